//! Suite `0x0002`: SM4-GCM (GB/T 32907, RFC 8998), SM3 (GB/T 32905), HMAC-SM3, and HKDF (RFC 5869) over it. SM4-GCM is our own
//! (`jingui-sm4`), SM3 and HMAC are RustCrypto's.
//!
//! SM4 takes keys of 16 bytes: the first 16 of the 32 that were derived for this cipher alone.

use hmac::{Hmac, KeyInit, Mac};
use jingui_model::Problem;
use jingui_sm4::Sm4Gcm;
use sm3::{Digest, Sm3};
use zeroize::Zeroizing;

use crate::{
    Key,
    suite::{Cipher, NONCE, SM4_SM3, Suite, TAG, defect},
};

#[derive(Debug)]
pub(crate) struct Sm4Sm3;

fn mac(key: &[u8], parts: &[&[u8]]) -> Result<Zeroizing<[u8; 32]>, Problem> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).map_err(|_| defect("hmac key"))?;
    for part in parts {
        mac.update(part);
    }
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

/// RFC 5869, 2.3, for as many bytes as the hash has: T(1) = HMAC(PRK, info ‖ 0x01).
fn expand(prk: &[u8; 32], info: &[&[u8]]) -> Result<Key, Problem> {
    let parts: Vec<&[u8]> = info.iter().copied().chain([[1].as_slice()]).collect();
    mac(prk, &parts).map(|key| Key::from_bytes(*key))
}

impl Suite for Sm4Sm3 {
    fn id(&self) -> u16 {
        SM4_SM3
    }

    fn derive(&self, secret: &Key, salt: &[u8], info: &[&[u8]]) -> Result<Key, Problem> {
        expand(&*mac(salt, &[secret.bytes()])?, info)
    }

    fn expand(&self, secret: &Key, info: &[&[u8]]) -> Result<Key, Problem> {
        expand(secret.bytes(), info)
    }

    fn cipher(&self, key: &Key) -> Result<Box<dyn Cipher>, Problem> {
        let key = key.bytes().first_chunk().ok_or_else(|| defect("sm4 key"))?;
        Ok(Box::new(Gcm(Sm4Gcm::new(key))))
    }

    fn mac(&self, key: &Key, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of any length.
        mac(key.bytes(), parts).map(|mac| *mac).unwrap_or_default()
    }

    fn hash(&self, bytes: &[u8]) -> [u8; 32] {
        Sm3::digest(bytes).into()
    }
}

struct Gcm(Sm4Gcm);

impl Cipher for Gcm {
    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], out: &mut Vec<u8>, from: usize) -> Result<(), Problem> {
        let plain = out.get_mut(from..).ok_or_else(|| defect("range"))?;
        let tag = self.0.seal_in_place_detached(&nonce, aad, plain).map_err(|_| defect("sm4-gcm"))?;
        out.extend_from_slice(&tag);
        Ok(())
    }

    fn open(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &[u8], out: &mut [u8]) -> bool {
        let Some((text, tag)) = sealed.split_last_chunk::<TAG>() else { return false };
        if text.len() != out.len() {
            return false;
        }
        // A refused text stays as it is: ciphertext.
        out.copy_from_slice(text);
        self.0.open_in_place_detached(&nonce, aad, out, tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derive_is_extract_then_expand_and_expand_is_hmac() {
        // RFC 5869, 2.2 and 2.3.
        let (secret, salt) = (Key::from_bytes([7; 32]), Key::from_bytes([9; 32]));
        let prk = Key::from_bytes(Sm4Sm3.mac(&salt, &[secret.bytes()]));
        let direct = Sm4Sm3.derive(&secret, salt.bytes(), &[b"in", b"fo"]).unwrap();
        assert!(direct == Sm4Sm3.expand(&prk, &[b"info"]).unwrap());
        assert_eq!(*direct.bytes(), Sm4Sm3.mac(&prk, &[b"info\x01"]));
    }

    #[test]
    fn a_text_of_the_wrong_length_is_refused() {
        let cipher = Sm4Sm3.cipher(&Key::from_bytes([1; 32])).unwrap();
        let mut sealed = b"text".to_vec();
        cipher.seal([0; 12], b"", &mut sealed, 0).unwrap();
        let mut out = [0; 4];
        assert!(cipher.open([0; 12], b"", &sealed, &mut out) && out == *b"text");
        assert!(!cipher.open([0; 12], b"", &sealed, &mut out[..3]));
        assert!(!cipher.open([0; 12], b"", &sealed[..15], &mut out));
        assert!(!cipher.open([0; 12], b"x", &sealed, &mut out));
        assert_ne!(out, *b"text", "a refused text is not decrypted");
    }
}
