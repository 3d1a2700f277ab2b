//! Web hooks: the group robots of DingTalk, WeCom and Feishu by their documented forms, and a signed JSON for the
//! enterprise's own programs. What the other side answers is read here too: they say “200 OK” to what they refuse.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jingui_model::{Instant, Problem};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::letter::{Letter, Line, link, plain, unmarked};

/// Longest body for DingTalk and Feishu, in bytes.
pub const BODY_MAX: usize = 20_000;
/// Longest markdown content for WeCom, in bytes.
pub const WECOM_MAX: usize = 4096;
/// Longest body for an own program.
pub const OWN_MAX: usize = 64 << 10;
/// More lines than these nobody reads on a telephone.
const LINES_MAX: usize = 60;
/// Most of an answer that is read.
pub const ANSWER_MAX: u64 = 16 << 10;

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// 钉钉自定义机器人.
    DingTalk,
    /// 企业微信群机器人.
    WeCom,
    /// 飞书自定义机器人.
    Feishu,
    /// A program of the enterprise.
    Own,
}

/// A hook: where, and with which secret.
#[derive(Clone)]
pub struct Hook {
    /// To whom.
    pub way: Way,
    /// The address as the platform gave it; it is a secret itself.
    pub url: String,
    /// For signing, if the platform asks for it.
    pub secret: Option<String>,
}

/// What is posted. Its address and headers are secret and have no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub url: String,
    /// Headers beside the content type, which is JSON.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Hook {
    /// The request that carries a letter. Lines that do not fit are counted at its end.
    ///
    /// # Errors
    /// `notify.too_long` when not even the head fits.
    pub fn request(&self, letter: &Letter, now: Instant) -> Result<Request, Problem> {
        for most in (0..=letter.lines.len().min(LINES_MAX)).rev() {
            let (lines, more) = letter.shown(most);
            if let Some(request) = self.fitting(letter, lines, more.as_deref(), now)? {
                return Ok(request);
            }
        }
        Err(Problem::invalid("notify.too_long"))
    }

    fn fitting(&self, letter: &Letter, lines: &[Line], more: Option<&str>, now: Instant) -> Result<Option<Request>, Problem> {
        let seconds = now.micros().div_euclid(1_000_000);
        let (mut url, mut headers) = (self.url.clone(), vec![]);
        let (body, most) = match self.way {
            Way::DingTalk => {
                if let Some(secret) = &self.secret {
                    let millis = now.micros().div_euclid(1000);
                    let sign = BASE64_STANDARD.encode(mac(secret.as_bytes(), format!("{millis}\n{secret}").as_bytes()));
                    let joint = if url.contains('?') { '&' } else { '?' };
                    let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC);
                    url = format!("{url}{joint}timestamp={millis}&sign={sign}");
                }
                (dingtalk(letter, lines, more), BODY_MAX)
            }
            Way::WeCom => match wecom(letter, lines, more) {
                Some(body) => (body, usize::MAX),
                None => return Ok(None),
            },
            Way::Feishu => {
                let mut body = feishu(letter, lines, more);
                if let (Some(secret), Some(map)) = (&self.secret, body.as_object_mut()) {
                    let sign = BASE64_STANDARD.encode(mac(format!("{seconds}\n{secret}").as_bytes(), b""));
                    map.insert("timestamp".to_owned(), json!(seconds.to_string()));
                    map.insert("sign".to_owned(), json!(sign));
                }
                (body, BODY_MAX)
            }
            Way::Own => (own(letter, lines, more), OWN_MAX),
        };
        let body = serde_json::to_vec(&body).map_err(|e| Problem::internal("notify.form").detail(e))?;
        if let (Way::Own, Some(secret)) = (self.way, &self.secret) {
            let mut signed = format!("{seconds}.").into_bytes();
            signed.extend_from_slice(&body);
            headers.push(("X-Jingui-Timestamp", seconds.to_string()));
            headers.push(("X-Jingui-Signature", format!("sha256={}", hex::encode(mac(secret.as_bytes(), &signed)))));
        }
        Ok((body.len() <= most).then_some(Request { url, headers, body }))
    }
}

/// 钉钉: `markdown`, which is only shown whole when somebody is called by number or identifier in the text as well.
fn dingtalk(letter: &Letter, lines: &[Line], more: Option<&str>) -> Value {
    let handle = handle(&letter.to);
    let mut text = format!("### {}\n\n", unmarked(&letter.subject));
    match handle {
        Some(handle) => text.push_str(&format!("@{handle}\n\n")),
        None => text.push_str(&format!("{}\n\n", unmarked(&letter.person))),
    }
    text.push_str(&list(lines, more, &letter.footer));
    let mobile = handle.filter(|h| h.bytes().all(|b| b.is_ascii_digit() || b == b'+' || b == b'-'));
    let at = match (handle, mobile) {
        (_, Some(mobile)) => json!({ "atMobiles": [mobile], "isAtAll": false }),
        (Some(user), None) => json!({ "atUserIds": [user], "isAtAll": false }),
        (None, None) => json!({ "isAtAll": false }),
    };
    json!({ "msgtype": "markdown", "markdown": { "title": plain(&letter.subject), "text": text }, "at": at })
}

/// 企业微信: `markdown`; nothing when it is too long.
fn wecom(letter: &Letter, lines: &[Line], more: Option<&str>) -> Option<Value> {
    let who = handle(&letter.to).map_or_else(|| unmarked(&letter.person), |handle| format!("<@{handle}>"));
    let content = format!("### {}\n{who}\n{}", unmarked(&letter.subject), list(lines, more, &letter.footer));
    (content.len() <= WECOM_MAX).then(|| json!({ "msgtype": "markdown", "markdown": { "content": content } }))
}

/// 飞书: `post`, whose parts are data and no markup.
fn feishu(letter: &Letter, lines: &[Line], more: Option<&str>) -> Value {
    let text = |text: &str| json!({ "tag": "text", "text": text });
    let who = handle(&letter.to).map_or_else(|| text(&plain(&letter.person)), |handle| json!({ "tag": "at", "user_id": handle }));
    let mut content = vec![json!([who])];
    for line in lines {
        let shown = plain(&line.text);
        content.push(match line.link.as_deref().and_then(link) {
            Some(href) => json!([{ "tag": "a", "text": shown, "href": href }]),
            None => json!([text(&shown)]),
        });
    }
    content.extend(more.map(|more| json!([text(&plain(more))])));
    content.push(json!([text(&plain(&letter.footer))]));
    json!({ "msg_type": "post", "content": { "post": { "zh_cn": { "title": plain(&letter.subject), "content": content } } } })
}

fn own(letter: &Letter, lines: &[Line], more: Option<&str>) -> Value {
    let lines: Vec<Value> = lines.iter().map(|l| json!({ "text": plain(&l.text), "link": l.link })).collect();
    json!({
        "id": letter.id,
        "to": letter.to,
        "subject": plain(&letter.subject),
        "lines": lines,
        "more": more.map(plain),
        "footer": plain(&letter.footer),
    })
}

/// The work as a list in markdown.
fn list(lines: &[Line], more: Option<&str>, footer: &str) -> String {
    let mut out = String::new();
    for line in lines {
        let shown = unmarked(&line.text);
        match line.link.as_deref().and_then(link) {
            Some(href) => out.push_str(&format!("- [{shown}]({href})\n")),
            None => out.push_str(&format!("- {shown}\n")),
        }
    }
    if let Some(more) = more {
        out.push_str(&format!("- {}\n", unmarked(more)));
    }
    out.push_str(&format!("\n> {}\n", unmarked(footer)));
    out
}

/// How a platform knows a person, if it can be one: it stands in markup.
fn handle(to: &str) -> Option<&str> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"_-.+".contains(&b);
    ((1..=64).contains(&to.len()) && to.bytes().all(known) && !to.eq_ignore_ascii_case("all")).then_some(to)
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

/// What an answer means.
///
/// # Errors
/// `notify.busy` and `courier.status` when it is worth trying again; `notify.redirected`, `notify.sign`, `notify.refused`
/// when a person has to do something.
pub fn verdict(way: Way, status: u16, body: &[u8]) -> Result<(), Problem> {
    match status {
        200..=299 => {}
        300..=399 => return Err(Problem::invalid("notify.redirected")),
        429 => return Err(Problem::unavailable("notify.busy")),
        408 | 425 | 500..=599 => return Err(Problem::unavailable("courier.status").arg("status", status)),
        _ => return Err(Problem::invalid("notify.refused").arg("reason", status)),
    }
    let field = match way {
        Way::Own => return Ok(()),
        Way::DingTalk | Way::WeCom => "errcode",
        Way::Feishu => "code",
    };
    let answer: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    // An older robot of Feishu says it in another field.
    let code = answer.get(field).or_else(|| answer.get("StatusCode")).and_then(Value::as_i64);
    match (way, code) {
        (_, Some(0)) => Ok(()),
        // Too many in a minute: 钉钉 130101 and 410100; 企业微信 45009 and 45033; 飞书 11232 and 9499 by load; -1: busy.
        (_, Some(-1)) | (Way::DingTalk, Some(130_101 | 410_100)) | (Way::WeCom, Some(45_009 | 45_033)) | (Way::Feishu, Some(11_232)) => {
            Err(Problem::unavailable("notify.busy"))
        }
        (Way::DingTalk, Some(310_000)) | (Way::Feishu, Some(19_021)) => Err(Problem::invalid("notify.sign")),
        (_, Some(code)) => Err(Problem::invalid("notify.refused").arg("reason", code)),
        (_, None) => Err(Problem::invalid("notify.no_robot")),
    }
}
