//! One-time codes from an app (RFC 6238): SHA-1, six digits, thirty seconds, as every such app
//! understands. HMAC-SHA1 comes from AWS-LC; the collisions known of SHA-1 do not touch HMAC.
//!
//! A code works once: the caller stores the step that was used and hands it back next time
//! (RFC 6238 section 5.2). The step before and the one after are accepted for clocks that drift.

use std::fmt::Write as _;

use aws_lc_rs::{constant_time, hmac};
use jingui_model::{Instant, Rng};

/// Seconds of a step.
pub const PERIOD: i64 = 30;
/// Bytes of a secret: the hash's length (RFC 4226 section 4, requirement 6).
pub const SECRET: usize = 20;

/// A new secret, to be sealed by the caller.
#[must_use]
pub fn generate_secret(rng: &dyn Rng) -> Vec<u8> {
    rng.array::<SECRET>().to_vec()
}

/// The text of the picture that the app scans.
#[must_use]
pub fn otpauth_uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let (issuer, account) = (escape(issuer), escape(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={PERIOD}", base32(secret))
}

/// The secret for typing by hand: base 32 without padding (RFC 4648 section 6).
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::with_capacity(secret.len().div_ceil(5) * 8);
    for block in secret.chunks(5) {
        let value = block.iter().chain(std::iter::repeat(&0)).take(5).fold(0u64, |v, b| v << 8 | u64::from(*b));
        for i in 0..(block.len() * 8).div_ceil(5) {
            let digit = usize::try_from(value >> (35 - 5 * i) & 31).unwrap_or(0);
            out.extend(ALPHABET.get(digit).map(|b| char::from(*b)));
        }
    }
    out
}

/// Percent-encoding of everything but unreserved characters (RFC 3986 section 2.3).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The number of a code (RFC 4226 section 5.3, dynamic truncation), below 10⁸.
fn number(secret: &[u8], step: u64) -> u32 {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = tag.last().map_or(0, |b| usize::from(b & 0xf));
    tag.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |b| u32::from_be_bytes(*b) & 0x7fff_ffff)
}

/// Checks a code at a moment. The answer is the step that it belongs to, to be stored as used;
/// `None` when the code is wrong, older or newer than one step, or not after the last used step.
#[must_use]
pub fn verify(secret: &[u8], code: &str, at: Instant, last_used_step: Option<u64>) -> Option<u64> {
    let typed: String = code.chars().filter(|c| !c.is_whitespace()).take(7).collect();
    let now = u64::try_from(at.micros().div_euclid(PERIOD * 1_000_000)).ok()?;
    let mut found = None;
    // All three are tried in any case, so that time tells nothing.
    for step in now.saturating_sub(1)..=now.saturating_add(1) {
        let expected = format!("{:06}", number(secret, step) % 1_000_000);
        let fits = constant_time::verify_slices_are_equal(expected.as_bytes(), typed.as_bytes()).is_ok();
        if fits && last_used_step.is_none_or(|last| step > last) {
            found = Some(step);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn rfc_6238_appendix_b() {
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = u64::try_from(seconds / PERIOD).unwrap();
            assert_eq!(number(SEED, step) % 100_000_000, code);
            assert_eq!(verify(SEED, &format!("{:06}", code % 1_000_000), at(seconds), None), Some(step));
        }
    }

    #[test]
    fn rfc_4226_appendix_d() {
        let codes = [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        assert!((0..).zip(codes).all(|(step, code)| number(SEED, step) % 1_000_000 == code));
    }

    #[test]
    fn a_code_works_once_and_within_one_step() {
        let code = "287082"; // step 1
        assert_eq!(verify(SEED, code, at(0), None), Some(1));
        assert_eq!(verify(SEED, code, at(89), None), Some(1));
        assert_eq!(verify(SEED, code, at(90), None), None);
        assert_eq!(verify(SEED, code, at(59), Some(0)), Some(1));
        assert_eq!(verify(SEED, code, at(59), Some(1)), None);
        assert_eq!(verify(SEED, code, at(59), Some(2)), None);
        assert_eq!(verify(SEED, code, at(-1), None), None);
    }

    #[test]
    fn only_six_digits_are_a_code() {
        assert_eq!(verify(SEED, "287 082", at(59), None), Some(1));
        for bad in ["", "28708", "2870821", "287083", "94287082", "２８７０８２", "-87082"] {
            assert_eq!(verify(SEED, bad, at(59), None), None, "{bad}");
        }
    }

    #[test]
    fn the_uri_escapes_names_and_carries_base32() {
        // RFC 4648 section 10.
        for (text, code) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(text.as_bytes()), code);
        }
        assert_eq!(
            otpauth_uri(b"foobar", "金匮", "wang li"),
            "otpauth://totp/%E9%87%91%E5%8C%AE:wang%20li?secret=MZXW6YTBOI&issuer=%E9%87%91%E5%8C%AE&algorithm=SHA1&digits=6&period=30"
        );
    }
}
