//! Known answers: before a vault is made or unlocked, everything that it will compute with shows that it computes what the standards
//! say, on this machine and in this build. A mismatch keeps the vault locked: better no vault than one that nobody else can open.
//!
//! The answers are a table, so that tests can show that a wrong one is noticed.

use std::sync::OnceLock;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use jingui_model::Problem;
use sm2::dsa::{Signature, VerifyingKey, signature::Verifier as _};

use crate::{
    Key, sm2_pke,
    suite::{self, Suite},
};

/// What must come out.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    /// Test case 14 of the GCM specification by McGrew and Viega: zero key, nonce and block.
    pub aes_256_gcm: [u8; 32],
    /// SHA-256 of `abc` (FIPS 180-4, example B.1 of its first edition).
    pub sha_256: [u8; 32],
    /// RFC 4231, test case 2.
    pub hmac_sha_256: [u8; 32],
    /// HKDF-SHA256 of 32 bytes 7, salt of 32 bytes 9, info `info`; from another implementation.
    pub hkdf_sha_256: [u8; 32],
    /// RFC 8032, 7.1, test 1: the signature of nothing.
    pub ed25519: [u8; 64],
    /// SM4 and SM4-GCM (GB/T 32907, RFC 8998), in each backend that this machine may use.
    pub sm4: jingui_sm4::Answers,
    /// GB/T 32905, A.1: SM3 of `abc`.
    pub sm3: [u8; 32],
    /// As `hmac_sha_256`, with SM3; from another implementation.
    pub hmac_sm3: [u8; 32],
    /// As `hkdf_sha_256`, with SM3; from another implementation.
    pub hkdf_sm3: [u8; 32],
    /// GB/T 32918.5, A.2: the signature of `message digest`.
    pub sm2: [u8; 64],
    /// GB/T 32918.5, annex C: C1, C3 and C2 of `encryption standard`.
    pub sm2_pke: [u8; 116],
}

/// The right answers.
pub const STANDARD: Answers = Answers {
    aes_256_gcm: bytes("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    sha_256: bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    hmac_sha_256: bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    hkdf_sha_256: bytes("ba888d9c6660a4943df681ffc0e639b8ebd92152488ef34b27fd656a9bb2b086"),
    ed25519: bytes(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    sm4: jingui_sm4::STANDARD,
    sm3: bytes("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    hmac_sm3: bytes("2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"),
    hkdf_sm3: bytes("4459d41e19d71e6582d3ff5346ba42306f4327d10d6d9d13696aaaa3ff0420d9"),
    sm2: bytes(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
    ),
    sm2_pke: bytes(concat!(
        "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0",
        "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766",
        "21886ca989ca9c7d58087307ca93092d651efa",
    )),
};

const ED25519_SEED: [u8; 32] = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const ED25519_KEY: [u8; 32] = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const SM2_KEY: [u8; 65] = bytes(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
);
/// The private key of the standard's examples.
const SM2_PRIVATE: [u8; 32] = bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");

/// Bytes from hexadecimal, while compiling.
#[expect(clippy::indexing_slicing, clippy::panic, reason = "evaluated while compiling: a wrong length or digit stops the build")]
const fn bytes<const N: usize>(text: &str) -> [u8; N] {
    const fn digit(c: u8) -> u8 {
        match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => panic!("no digit"),
        }
    }
    let text = text.as_bytes();
    assert!(text.len() == 2 * N);
    let (mut out, mut at) = ([0; N], 0);
    while at < N {
        out[at] = digit(text[2 * at]) << 4 | digit(text[2 * at + 1]);
        at += 1;
    }
    out
}

/// Holds everything against known answers. Takes less than a millisecond in a release build.
///
/// # Errors
/// `vault.self_test_failed`, naming the first that differs.
pub fn self_test(answers: &Answers) -> Result<(), Problem> {
    let check = |right: bool, what: &str| if right { Ok(()) } else { Err(Problem::internal("vault.self_test_failed").arg("what", what)) };
    let world = suite::suite(suite::AES_SHA256)?;
    let mut sealed = vec![0; 16];
    let cipher = world.cipher(&Key::from_bytes([0; 32]))?;
    cipher.seal([0; 12], b"", &mut sealed, 0)?;
    check(sealed == answers.aes_256_gcm, "aes-256-gcm")?;
    let mut plain = [1; 16];
    check(cipher.open([0; 12], b"", &answers.aes_256_gcm, &mut plain) && plain == [0; 16], "aes-256-gcm open")?;
    check(!cipher.open([1; 12], b"", &answers.aes_256_gcm, &mut plain), "aes-256-gcm refusal")?;
    check(world.hash(b"abc") == answers.sha_256, "sha-256")?;
    check(mac(world) == answers.hmac_sha_256, "hmac-sha-256")?;
    check(derived(world)? == answers.hkdf_sha_256, "hkdf-sha-256")?;
    let pair = Ed25519KeyPair::from_seed_and_public_key(&ED25519_SEED, &ED25519_KEY);
    check(pair.is_ok_and(|pair| pair.sign(b"").as_ref() == answers.ed25519), "ed25519")?;
    let key = UnparsedPublicKey::new(&ED25519, ED25519_KEY);
    check(key.verify(b"", &answers.ed25519).is_ok() && key.verify(b"x", &answers.ed25519).is_err(), "ed25519 verification")?;

    let china = suite::suite(suite::SM4_SM3)?;
    // The quickest is the one in use; the portable one is what a file may be read with on another machine.
    for backend in [jingui_sm4::Backend::best(), jingui_sm4::Backend::Portable] {
        jingui_sm4::self_test(backend, &answers.sm4).map_err(|e| Problem::internal("vault.self_test_failed").arg("what", e))?;
    }
    check(china.hash(b"abc") == answers.sm3, "sm3")?;
    check(mac(china) == answers.hmac_sm3, "hmac-sm3")?;
    check(derived(china)? == answers.hkdf_sm3, "hkdf-sm3")?;
    check(sm2_verifies(b"message digest", &answers.sm2) && !sm2_verifies(b"message digesu", &answers.sm2), "sm2")?;
    let private = sm2_pke::private_key(&Key::from_bytes(SM2_PRIVATE));
    let plain = private.and_then(|key| sm2_pke::decrypt(&key, &answers.sm2_pke));
    check(plain.is_some_and(|plain| plain.as_slice() == b"encryption standard"), "sm2 encryption")
}

/// The outcome of [`self_test`] with the right answers, computed once.
pub(crate) fn passed() -> Result<(), Problem> {
    static OUTCOME: OnceLock<Result<(), Problem>> = OnceLock::new();
    OUTCOME.get_or_init(|| self_test(&STANDARD)).clone()
}

/// RFC 4231 test case 2 has a key of four bytes, which HMAC pads with zeros to the block: the same key here.
fn mac(suite: &dyn Suite) -> [u8; 32] {
    let mut key = [0; 32];
    key.iter_mut().zip(b"Jefe").for_each(|(slot, byte)| *slot = *byte);
    suite.mac(&Key::from_bytes(key), &[b"what do ya want ", b"for nothing?"])
}

fn derived(suite: &dyn Suite) -> Result<[u8; 32], Problem> {
    suite.derive(&Key::from_bytes([7; 32]), &[9; 32], &[b"info"]).map(|key| *key.bytes())
}

fn sm2_verifies(message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_sec1_bytes("1234567812345678", &SM2_KEY);
    let signature = Signature::from_slice(signature);
    key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_computes_what_the_standards_say() {
        self_test(&STANDARD).unwrap();
        passed().unwrap();
    }

    #[test]
    fn a_wrong_answer_is_named() {
        let named = |f: fn(&mut Answers)| {
            let mut answers = STANDARD;
            f(&mut answers);
            let problem = self_test(&answers).unwrap_err();
            assert_eq!(problem.code(), "vault.self_test_failed");
            problem.args()[0].1.to_string()
        };
        assert_eq!(named(|a| a.aes_256_gcm[0] ^= 1), "aes-256-gcm");
        assert_eq!(named(|a| a.sha_256[0] ^= 1), "sha-256");
        assert_eq!(named(|a| a.hmac_sha_256[0] ^= 1), "hmac-sha-256");
        assert_eq!(named(|a| a.hkdf_sha_256[0] ^= 1), "hkdf-sha-256");
        assert_eq!(named(|a| a.ed25519[0] ^= 1), "ed25519");
        assert_eq!(named(|a| a.sm4.tag[0] ^= 1), format!("sm4-gcm tag ({})", jingui_sm4::Backend::best()));
        assert_eq!(named(|a| a.sm3[0] ^= 1), "sm3");
        assert_eq!(named(|a| a.hmac_sm3[0] ^= 1), "hmac-sm3");
        assert_eq!(named(|a| a.hkdf_sm3[0] ^= 1), "hkdf-sm3");
        assert_eq!(named(|a| a.sm2[63] ^= 1), "sm2");
        assert_eq!(named(|a| a.sm2_pke[115] ^= 1), "sm2 encryption");
    }
}
