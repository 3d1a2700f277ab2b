//! What an authority answers: `TimeStampResp` (RFC 3161 2.4.2).

use jingui_model::{Class, Problem};

use super::{
    der::{Malformed, Reader, tag},
    token::Token,
};

/// What a mistake in here is called.
const PART: &str = "TimeStampResp";
/// Longest text of an authority that goes into the operator's log.
const MAX_TEXT: usize = 200;

/// A granted reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The token.
    pub token: Token,
    /// Whether the authority granted something else than was asked (`grantedWithMods`); [`super::Request::check`] says what.
    pub modified: bool,
}

impl Reply {
    /// Reads the bytes of an `application/timestamp-reply`.
    ///
    /// # Errors
    /// `stamp.refused.…` with the authority's reason, `stamp.waiting`, `stamp.too_large`, `stamp.malformed`, and those of
    /// [`Token::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        super::limit(bytes)?;
        let mut inside = Reader::only(bytes, tag::SEQUENCE, PART)?.inside(PART);
        let mut info = inside.take(tag::SEQUENCE)?.inside("PKIStatusInfo");
        let status = info.number()?;
        let text = match info.maybe(tag::SEQUENCE)? {
            Some(list) => first_text(list.inside("statusString"))?,
            None => String::new(),
        };
        let failure = info.maybe(tag::BIT_STRING)?;
        info.end()?;
        let token = if inside.is_empty() { None } else { Some(inside.take(tag::SEQUENCE)?) };
        inside.end()?;
        match (status, token) {
            (0 | 1, Some(token)) => Ok(Self { token: Token::parse(token.whole)?, modified: status == 1 }),
            (0 | 1, None) => Err(Malformed("timeStampToken").into()),
            (3, _) => Err(Problem::unavailable("stamp.waiting").detail(text)),
            (2 | 4 | 5, None) => Err(refusal(status, failure.map(|v| v.body)).detail(text)),
            _ => Err(Malformed("status").into()),
        }
    }
}

/// What the authority says in words; for the log.
fn first_text(mut list: Reader<'_>) -> Result<String, Malformed> {
    let mut first = None;
    while !list.is_empty() {
        let text = list.take(tag::UTF8)?.body;
        first.get_or_insert(text);
    }
    let text = String::from_utf8_lossy(first.unwrap_or_default());
    Ok(text.chars().take(MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }).collect())
}

/// `PKIFailureInfo`: a string of bits, of which the lowest that is set gives the reason.
fn refusal(status: u64, failure: Option<&[u8]>) -> Problem {
    let bits = failure.and_then(|body| body.split_first()).map(|(_, bits)| bits).unwrap_or_default();
    let set = |n: usize| bits.get(n / 8).is_some_and(|byte| byte & (0x80 >> (n % 8)) != 0);
    if status != 2 {
        return Problem::of(Class::Unavailable, "stamp.refused.revoked");
    }
    match [0, 2, 5, 14, 15, 16, 17, 25].into_iter().find(|n| set(*n)) {
        Some(0) => Problem::invalid("stamp.refused.algorithm"),
        Some(2) => Problem::invalid("stamp.refused.request"),
        Some(5) => Problem::invalid("stamp.refused.format"),
        Some(14) => Problem::unavailable("stamp.refused.no_time"),
        Some(15) => Problem::invalid("stamp.refused.policy"),
        Some(16) => Problem::invalid("stamp.refused.extension"),
        Some(17) => Problem::invalid("stamp.refused.information"),
        Some(25) => Problem::unavailable("stamp.refused.failure"),
        _ => Problem::unavailable("stamp.refused.unsaid"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::der::{write, write_number};

    fn rejected(status: u64, failure: &[u8]) -> Result<Reply, Problem> {
        let text = write(tag::SEQUENCE, &[&write(tag::UTF8, &["线路\n忙".as_bytes()])]);
        let info = write(tag::SEQUENCE, &[&write_number(status), &text, failure]);
        Reply::parse(&write(tag::SEQUENCE, &[&info]))
    }

    #[test]
    fn each_reason_of_an_authority_has_its_code() {
        for (bit, code) in [
            (0, "stamp.refused.algorithm"),
            (2, "stamp.refused.request"),
            (5, "stamp.refused.format"),
            (14, "stamp.refused.no_time"),
            (15, "stamp.refused.policy"),
            (16, "stamp.refused.extension"),
            (17, "stamp.refused.information"),
            (25, "stamp.refused.failure"),
            (30, "stamp.refused.unsaid"),
        ] {
            let bits = (0x8000_0000_u32 >> bit).to_be_bytes();
            let refused = rejected(2, &write(tag::BIT_STRING, &[&[0], &bits]));
            assert_eq!(refused.as_ref().map_err(Problem::code), Err(code), "bit {bit}");
            assert_eq!(refused.map_err(|p| p.operator_detail().map(str::to_owned)), Err(Some("线路 忙".to_owned())));
        }
        assert_eq!(rejected(2, &[]).as_ref().map_err(Problem::code), Err("stamp.refused.unsaid"));
        assert_eq!(rejected(2, &write(tag::BIT_STRING, &[])).as_ref().map_err(Problem::code), Err("stamp.refused.unsaid"));
        assert_eq!(rejected(3, &[]).as_ref().map_err(Problem::code), Err("stamp.waiting"));
        assert_eq!(rejected(5, &[]).as_ref().map_err(Problem::code), Err("stamp.refused.revoked"));
        assert_eq!(rejected(0, &[]).as_ref().map_err(Problem::code), Err("stamp.malformed"));
        assert_eq!(rejected(9, &[]).as_ref().map_err(Problem::code), Err("stamp.malformed"));
    }
}
