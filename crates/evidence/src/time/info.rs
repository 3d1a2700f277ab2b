//! What an authority states in a token: `TSTInfo` (RFC 3161 2.4.2).

use jingui_model::{Instant, Problem};
use serde::Serialize;

use super::{
    der::{Malformed, Reader, Value, small, tag},
    digest::Imprint,
    moment, name, oid,
};

/// What a mistake in here is called.
const PART: &str = "TSTInfo";

/// How far the true time may be from the stated one, to either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Accuracy {
    /// Whole seconds.
    pub seconds: u64,
    /// 0 to 999.
    pub millis: u16,
    /// 0 to 999.
    pub micros: u16,
}

/// The statement of an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The policy under which the authority works, with dots.
    pub policy: String,
    /// What was stamped.
    pub imprint: Imprint,
    /// The number of the token at this authority: the contents of the INTEGER in hexadecimal.
    pub serial: String,
    /// When, to the microsecond.
    pub time: Instant,
    /// When, as the token writes it, with every digit.
    pub time_text: String,
    /// How exact that is, when the token says so.
    pub accuracy: Option<Accuracy>,
    /// Whether tokens of this authority are in the order of their times.
    pub ordering: bool,
    /// The contents of the nonce's INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// How the authority calls itself; a hint only, its certificate counts.
    pub named: Option<String>,
    /// Extensions marked critical, with dots. None is known here, so a token with one cannot be relied on.
    pub critical: Vec<String>,
}

impl Info {
    /// Reads the DER of a `TSTInfo`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let mut inside = Reader::only(bytes, tag::SEQUENCE, PART)?.inside(PART);
        if inside.number()? != 1 {
            return Err(Malformed("version").into());
        }
        let policy = oid::dotted(inside.take(tag::OID)?.body).ok_or(Malformed("policy"))?;
        let imprint = Imprint::read(inside.take(tag::SEQUENCE)?)?;
        let serial = inside.take(tag::INTEGER)?.body;
        let gen_time = inside.take(tag::GENERALIZED_TIME)?.body;
        let time = moment::generalized(gen_time).ok_or(Malformed("genTime"))?;
        let accuracy = inside.maybe(tag::SEQUENCE)?.map(accuracy).transpose()?;
        let ordering = match inside.maybe(tag::BOOLEAN)?.map(|v| v.body) {
            None | Some([0]) => false,
            Some([0xff]) => true,
            Some(_) => return Err(Malformed("ordering").into()),
        };
        let nonce = inside.maybe(tag::INTEGER)?.map(|v| v.body.to_vec());
        let named = match inside.maybe(tag::constructed(0))? {
            Some(tsa) => {
                let mut one = tsa.inside("tsa");
                let named = name::general(one.next()?)?;
                one.end()?;
                Some(named)
            }
            None => None,
        };
        let critical = inside.maybe(tag::constructed(1))?.map(critical).transpose()?.unwrap_or_default();
        inside.end()?;
        if serial.is_empty() || nonce.as_ref().is_some_and(Vec::is_empty) {
            return Err(Malformed(PART).into());
        }
        Ok(Self {
            policy,
            imprint,
            serial: hex::encode(serial),
            time,
            time_text: String::from_utf8_lossy(gen_time).into_owned(),
            accuracy,
            ordering,
            nonce,
            named,
            critical,
        })
    }
}

/// `Accuracy`: each part may be missing; then it counts as 0.
fn accuracy(value: Value<'_>) -> Result<Accuracy, Malformed> {
    const PART: &str = "accuracy";
    let mut inside = value.inside(PART);
    let seconds = if inside.is_empty() { None } else { inside.maybe(tag::INTEGER)? };
    let millis = inside.maybe(tag::primitive(0))?;
    let micros = inside.maybe(tag::primitive(1))?;
    inside.end()?;
    let number = |value: Option<Value<'_>>| match value {
        None => Ok(0),
        Some(v) => super::der::magnitude(v.body).and_then(small).ok_or(Malformed(PART)),
    };
    let part = |value| u16::try_from(number(value)?).ok().filter(|n| *n < 1000).ok_or(Malformed(PART));
    Ok(Accuracy { seconds: number(seconds)?, millis: part(millis)?, micros: part(micros)? })
}

/// The identifiers of critical extensions.
fn critical(value: Value<'_>) -> Result<Vec<String>, Malformed> {
    const PART: &str = "extensions";
    let mut found = Vec::new();
    let mut list = value.inside(PART);
    while !list.is_empty() {
        let mut one = list.take(tag::SEQUENCE)?.inside(PART);
        let id = one.take(tag::OID)?.body;
        let flag = one.maybe(tag::BOOLEAN)?.is_some_and(|v| v.body != [0]);
        one.take(tag::OCTET_STRING)?;
        one.end()?;
        if flag {
            found.push(oid::dotted(id).ok_or(Malformed(PART))?);
        }
    }
    Ok(found)
}
