//! AWS Signature Version 4 in the `Authorization` header, as S3 wants it: the path is encoded once, and the
//! digest of the body is signed too, so that a store refuses bytes that changed on the way.
//!
//! The primitives are AWS-LC's; what is here is the order of the parts.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use jingui_model::Instant;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{hash, place::Keys};

/// Everything but the unreserved characters of RFC 3986 is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What is signed of a request.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    /// Unreserved characters and slashes.
    pub(super) path: &'a str,
    /// As [`query`] writes it.
    pub(super) query: &'a str,
    /// SHA-256 of the body in hexadecimal digits.
    pub(super) digest: &'a str,
    /// As [`stamp`] writes it.
    pub(super) stamp: &'a str,
}

/// An instant as `20130524T000000Z`.
pub(super) fn stamp(at: Instant) -> String {
    let mut text: String = at.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    text.push('Z');
    text
}

/// Parameters as they are sent and signed: encoded, then sorted by name.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let encode = |text| utf8_percent_encode(text, RESERVED).to_string();
    let mut pairs: Vec<_> = pairs.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The value of the `Authorization` header.
pub(super) fn authorization(keys: &Keys, region: &str, request: &Signed<'_>) -> String {
    let Signed { method, host, path, query, digest, stamp } = request;
    let (token, names) = match &keys.token {
        Some(token) => (format!("x-amz-security-token:{}\n", **token), "host;x-amz-content-sha256;x-amz-date;x-amz-security-token"),
        None => (String::new(), "host;x-amz-content-sha256;x-amz-date"),
    };
    let token = Zeroizing::new(token);
    let canonical = Zeroizing::new(format!(
        "{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{stamp}\n{}\n{names}\n{digest}",
        *token
    ));
    let day = stamp.get(..8).unwrap_or_default();
    let scope = format!("{day}/{region}/s3/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex::encode(hash(canonical.as_bytes())));
    let first = Zeroizing::new(format!("AWS4{}", *keys.secret));
    let mut key = mac(first.as_bytes(), day.as_bytes());
    for part in [region, "s3", "aws4_request"] {
        key = mac(key.as_ref(), part.as_bytes());
    }
    let signature = hex::encode(mac(key.as_ref(), text.as_bytes()));
    format!("AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}", keys.id)
}

fn mac(key: &[u8], data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(HMAC_SHA256, key), data)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples in the Amazon S3 API reference, "Authenticating requests: using the Authorization header".
    #[test]
    fn the_published_examples_come_out() {
        let keys = Keys::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let stamp = stamp("2013-05-24T00:00:00Z".parse().unwrap());
        assert_eq!(stamp, "20130524T000000Z");
        for (pairs, signature) in [
            (&[("lifecycle", "")][..], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            (&[("prefix", "J"), ("max-keys", "2")], "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] {
            let request = Signed {
                method: "GET",
                host: "examplebucket.s3.amazonaws.com",
                path: "/",
                query: &query(pairs),
                digest: &hex::encode(hash(b"")),
                stamp: &stamp,
            };
            let header = authorization(&keys, "us-east-1", &request);
            assert_eq!(header.rsplit_once("Signature=").unwrap().1, signature);
            assert!(header.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"));
        }
    }

    #[test]
    fn parameters_are_encoded_once_and_sorted() {
        assert_eq!(query(&[("b", "x/y+z="), ("a-b", "金 ~"), ("a", "")]), "a=&a-b=%E9%87%91%20~&b=x%2Fy%2Bz%3D");
    }
}
