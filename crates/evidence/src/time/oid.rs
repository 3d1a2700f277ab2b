//! Object identifiers: those that are known here, and how any other is written for people.

use super::der::{self, Malformed, tag};

/// Declares identifiers by the contents of their DER value.
macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $bytes:expr;)*) => {
        $($(#[$doc])* pub const $name: &[u8] = &$bytes;)*
    };
}
oids! {
    /// 1.2.840.113549.1.7.2, CMS SignedData.
    SIGNED_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    /// 1.2.156.10197.6.1.4.2.2, the same in GM/T 0010.
    SIGNED_DATA_GM = [0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x02];
    /// 1.2.840.113549.1.9.16.1.4, id-ct-TSTInfo (RFC 3161 2.4.2).
    TST_INFO = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
    /// 1.2.840.113549.1.9.3
    CONTENT_TYPE = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
    /// 1.2.840.113549.1.9.4
    MESSAGE_DIGEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
    /// 1.2.840.113549.1.9.16.2.12 (RFC 2634)
    SIGNING_CERTIFICATE = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c];
    /// 1.2.840.113549.1.9.16.2.47 (RFC 5035)
    SIGNING_CERTIFICATE_V2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f];
    /// 2.16.840.1.101.3.4.2.1
    SHA256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    /// 2.16.840.1.101.3.4.2.2
    SHA384 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    /// 2.16.840.1.101.3.4.2.3
    SHA512 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
    /// 1.2.156.10197.1.401
    SM3 = [0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11];
    /// 1.2.156.10197.1.301, the curve (and in older files the signature)
    SM2 = [0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d];
    /// 1.2.156.10197.1.301.1
    SM2_SIGN = [0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x01];
    /// 1.2.156.10197.1.501
    SM2_WITH_SM3 = [0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75];
    /// 1.2.840.10045.2.1
    EC_PUBLIC_KEY = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    /// 1.2.840.113549.1.1.1
    RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    /// 2.5.29.15
    KEY_USAGE = [0x55, 0x1d, 0x0f];
    /// 2.5.29.37
    EXTENDED_KEY_USAGE = [0x55, 0x1d, 0x25];
    /// 2.5.29.14
    SUBJECT_KEY_IDENTIFIER = [0x55, 0x1d, 0x0e];
    /// 1.3.6.1.5.5.7.3.8, id-kp-timeStamping
    TIME_STAMPING = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];
    /// 2.5.29.37.0
    ANY_PURPOSE = [0x55, 0x1d, 0x25, 0x00];
}

/// Numbers with dots: `1.2.156.10197.1.401`. Nothing when the bytes are no identifier or a number in it needs more than 64 bits.
pub fn dotted(body: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut number: u64 = 0;
    let mut fresh = true;
    for byte in body {
        if (fresh && *byte == 0x80) || number >> 57 != 0 {
            return None;
        }
        number = number << 7 | u64::from(byte & 0x7f);
        fresh = byte & 0x80 == 0;
        if !fresh {
            continue;
        }
        if out.is_empty() {
            let first = (number / 40).min(2);
            out = format!("{first}.{}", number - first * 40);
        } else {
            out = format!("{out}.{number}");
        }
        number = 0;
    }
    (fresh && !out.is_empty()).then_some(out)
}

/// The whole DER value of an identifier that is written with dots.
pub fn from_dotted(text: &str) -> Option<Vec<u8>> {
    let numbers: Vec<u64> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [first, second, rest @ ..] = numbers.as_slice() else { return None };
    if *first > 2 || (*first < 2 && *second > 39) {
        return None;
    }
    let mut body = Vec::new();
    for number in std::iter::once(first.checked_mul(40)?.checked_add(*second)?).chain(rest.iter().copied()) {
        let sevens = (64 - number.leading_zeros()).div_ceil(7).max(1);
        for at in (0..sevens).rev() {
            let low = u8::try_from(number >> (7 * at) & 0x7f).unwrap_or_default();
            body.push(if at == 0 { low } else { low | 0x80 });
        }
    }
    Some(der::write(tag::OID, &[&body]))
}

/// The identifier of an `AlgorithmIdentifier`'s contents and what follows it.
pub fn algorithm<'a>(body: &'a [u8], part: &'static str) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    let mut reader = der::Reader::new(body, part);
    let id = reader.take(tag::OID)?;
    let parameters = if reader.is_empty() { &[][..] } else { reader.next()?.whole };
    reader.end()?;
    Ok((id.body, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_with_dots_and_read_again() {
        for (text, body) in [
            ("1.2.156.10197.1.401", SM3),
            ("1.2.156.10197.1.501", SM2_WITH_SM3),
            ("1.2.156.10197.6.1.4.2.2", SIGNED_DATA_GM),
            ("1.2.840.113549.1.9.16.1.4", TST_INFO),
            ("2.16.840.1.101.3.4.2.1", SHA256),
            ("2.5.29.37.0", ANY_PURPOSE),
        ] {
            assert_eq!(dotted(body).as_deref(), Some(text));
            assert_eq!(from_dotted(text), Some(der::write(tag::OID, &[body])));
        }
        for text in ["", "1", "3.1", "1.40", "1.2.x", "1.2.", "1.99999999999999999999"] {
            assert_eq!(from_dotted(text), None, "{text}");
        }
        for body in [&[][..], &[0x80, 0x01], &[0x2a, 0x86], &[0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]] {
            assert_eq!(dotted(body), None, "{body:02x?}");
        }
    }
}
