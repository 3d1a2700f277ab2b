//! One message in each form, byte for byte; the signs were reckoned with another program (Python's hmac).

use jingui_model::Instant;
use jingui_notify::{Letter, Line, Way, hook};
use serde_json::{Value, json};

use crate::{hook, letter};

const WAYS: [Way; 4] = [Way::DingTalk, Way::WeCom, Way::Feishu, Way::Own];

fn now() -> Instant {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn body(way: Way, letter: &Letter) -> Value {
    serde_json::from_slice(&hook(way, true).request(letter, now()).unwrap_or_else(|p| panic!("{p}")).body).unwrap()
}

#[test]
fn dingtalk_takes_markdown_calls_the_person_and_is_signed_in_the_address() {
    let request = hook(Way::DingTalk, true).request(&letter(1), now()).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(
        request.url,
        "https://oapi.dingtalk.com/robot/send?access_token=T0KEN&timestamp=1795230000000&sign=wL877C11IBylGRfMuDSaHsSZmg8vAIldvIoiUfw7P6c%3D"
    );
    let expected = json!({
        "msgtype": "markdown",
        "markdown": {
            "title": "金匮：有工作等您办理",
            "text": "### 金匮：有工作等您办理\n\n@13800000000\n\n\
                     - [BM-2026-001 审批密级变更（2026-12-01 到期）](https://jingui.example/r/grade_change/1)\n\n> 请登录后查看，勿回复本消息\n",
        },
        "at": { "atMobiles": ["13800000000"], "isAtAll": false },
    });
    assert_eq!(body(Way::DingTalk, &letter(1)), expected);
    // Without a signing secret (a robot with a keyword or an address list) the address stays as it was given.
    let bare = hook(Way::DingTalk, false).request(&letter(1), now()).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(bare.url, "https://oapi.dingtalk.com/robot/send?access_token=T0KEN");
    let user = Letter { to: "manager4220".to_owned(), ..letter(1) };
    assert_eq!(body(Way::DingTalk, &user)["at"], json!({ "atUserIds": ["manager4220"], "isAtAll": false }));
}

#[test]
fn wecom_takes_markdown_and_knows_people_by_their_identifier() {
    let to = Letter { to: "li.gong".to_owned(), ..letter(1) };
    let expected = json!({
        "msgtype": "markdown",
        "markdown": {
            "content": "### 金匮：有工作等您办理\n<@li.gong>\n\
                        - [BM-2026-001 审批密级变更（2026-12-01 到期）](https://jingui.example/r/grade_change/1)\n\n> 请登录后查看，勿回复本消息\n",
        },
    });
    assert_eq!(body(Way::WeCom, &to), expected);
    let request = hook(Way::WeCom, true).request(&to, now()).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(request.url, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=T0KEN");
}

#[test]
fn feishu_takes_a_post_and_is_signed_in_the_body() {
    let to = Letter { to: "ou_18eac85d35e26f989317ad4f02e8bbbb".to_owned(), ..letter(1) };
    let expected = json!({
        "timestamp": "1795230000",
        "sign": "S0bJDDiaQJG1ABODeUUiZKrNRS6mhsopIpwVZsixc+I=",
        "msg_type": "post",
        "content": { "post": { "zh_cn": {
            "title": "金匮：有工作等您办理",
            "content": [
                [{ "tag": "at", "user_id": "ou_18eac85d35e26f989317ad4f02e8bbbb" }],
                [{ "tag": "a", "text": "BM-2026-001 审批密级变更（2026-12-01 到期）", "href": "https://jingui.example/r/grade_change/1" }],
                [{ "tag": "text", "text": "请登录后查看，勿回复本消息" }],
            ],
        } } },
    });
    assert_eq!(body(Way::Feishu, &to), expected);
}

#[test]
fn an_own_program_can_check_who_sent_it_and_when() {
    let request = hook(Way::Own, true).request(&letter(1), now()).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(request.headers[0], ("X-Jingui-Timestamp", "1795230000".to_owned()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"SECexample");
    let signed = [b"1795230000.".as_slice(), &request.body].concat();
    let sign = hex::decode(request.headers[1].1.strip_prefix("sha256=").unwrap()).unwrap();
    aws_lc_rs::hmac::verify(&key, &signed, &sign).unwrap();
    assert_eq!(body(Way::Own, &letter(1))["to"], "13800000000");
}

/// Hundreds of lines stay within the limit of each platform, and what was left out is counted.
#[test]
fn what_does_not_fit_is_counted() {
    let long = letter(900);
    for way in WAYS {
        let request = hook(way, true).request(&long, now()).unwrap_or_else(|p| panic!("{p}"));
        let text = String::from_utf8(request.body.clone()).unwrap();
        let shown = text.matches("BM-2026-").count();
        assert!(shown > 10 && shown < 900, "{way:?} {shown}");
        assert!(text.contains(&format!("另有 {} 项", 900 - shown)), "{way:?}");
        let most = if way == Way::Own { hook::OWN_MAX } else { hook::BODY_MAX };
        assert!(request.body.len() <= most, "{way:?} {}", request.body.len());
        if way == Way::WeCom {
            assert!(body(way, &long)["markdown"]["content"].as_str().unwrap().len() <= hook::WECOM_MAX);
        }
    }
}

/// A department's code stands in a number and is typed by a person: it must not become a link, a call to everyone or a header.
#[test]
fn words_cannot_become_markup() {
    let evil = "[点这里](http://evil.example) <@all> @all **x** `y`\r\nBcc: a@b \u{202e}gpj";
    let mut bad = Letter { to: "all".to_owned(), person: evil.to_owned(), subject: evil.to_owned(), ..letter(0) };
    bad.lines = vec![Line { text: evil.to_owned(), link: Some("javascript:alert(1)".to_owned()) }];
    for way in WAYS {
        let text = String::from_utf8(hook(way, true).request(&bad, now()).unwrap_or_else(|p| panic!("{p}")).body).unwrap();
        assert!(!text.contains("javascript:") || way == Way::Own, "{text}");
        assert!(!text.contains("\\r") && !text.contains('\u{202e}'), "{text}");
        if matches!(way, Way::DingTalk | Way::WeCom) {
            let shown = body(way, &bad);
            let shown = shown["markdown"]["text"].as_str().or(shown["markdown"]["content"].as_str()).unwrap().to_owned();
            for sign in ["](", "@", "**", "`", "<"] {
                assert!(!shown.contains(sign), "{way:?} {sign}: {shown}");
            }
        }
    }
    assert!(!bad.text().contains('\r'));
    assert_eq!(bad.text().lines().filter(|l| l.starts_with("Bcc")).count(), 0);
}

/// “200 OK” is not yet a yes.
#[test]
fn answers_are_read_by_their_codes() {
    let verdict = |way, status, body: &str| hook::verdict(way, status, body.as_bytes()).map_err(|p| (p.code().to_owned(), p.class()));
    let code = |way, status, body: &str| verdict(way, status, body).unwrap_err().0;
    for way in [Way::DingTalk, Way::WeCom] {
        assert_eq!(verdict(way, 200, r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
    }
    assert_eq!(verdict(Way::Feishu, 200, r#"{"code":0,"msg":"success","data":{}}"#), Ok(()));
    assert_eq!(verdict(Way::Feishu, 200, r#"{"StatusCode":0,"StatusMessage":"success"}"#), Ok(()));
    assert_eq!(verdict(Way::Own, 204, ""), Ok(()));
    assert_eq!(code(Way::DingTalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#), "notify.sign");
    assert_eq!(code(Way::Feishu, 200, r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}"#), "notify.sign");
    assert_eq!(code(Way::WeCom, 200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#), "notify.refused");
    assert_eq!(code(Way::WeCom, 200, "<html>"), "notify.no_robot");
    assert_eq!(code(Way::Own, 302, ""), "notify.redirected");
    assert_eq!(code(Way::Own, 403, ""), "notify.refused");
    for (way, status, body) in [
        (Way::DingTalk, 200, r#"{"errcode":130101,"errmsg":"send too fast"}"#),
        (Way::WeCom, 200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
        (Way::Feishu, 200, r#"{"code":11232,"msg":"frequency limited"}"#),
        (Way::Own, 429, ""),
        (Way::Own, 503, ""),
    ] {
        assert_eq!(verdict(way, status, body).unwrap_err().1, jingui_model::Class::Unavailable, "{way:?} {status} {body}");
    }
}
