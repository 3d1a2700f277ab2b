//! Version 2 of envelopes: a fresh key of SM4 encrypted to an SM2 key (GB/T 32918.4, [`crate::sm2_pke`]), and the message under it with
//! SM4-GCM (GB/T 32907, RFC 8998), as digital envelopes of GM/T 0010 are built.
//!
//! SM2 encryption knows nothing of what a message is for; GCM's associated data do: everything in front of the ciphertext, then `info`.
//! The key serves one message, which is what makes the nonce of zeros right. C3 of the SM2 part is a digest of the shared point and
//! the key, so one envelope has one recipient and one key (no second pair opens it to another message).
//!
//! Format: 2, C1 (65: 4, x, y), C3 (32), C2 (16), ciphertext, tag (16).

use jingui_model::{Problem, Rng};
use jingui_sm4::Sm4Gcm;
use sm2::PublicKey;
use zeroize::Zeroizing;

use crate::{
    Key, sm2_pke,
    suite::{NONCE, TAG, defect},
};

pub(crate) const VERSION: u8 = 2;
const HEADER: usize = 1 + sm2_pke::OVERHEAD + 16;

pub(crate) fn seal(public: &PublicKey, info: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Problem> {
    let key: Zeroizing<[u8; 16]> = Zeroizing::new(rng.array());
    let mut out = Vec::with_capacity(HEADER + plain.len() + TAG);
    out.push(VERSION);
    out.extend(sm2_pke::encrypt(public, &*key, rng)?);
    let aad = [&out, info].concat();
    let from = out.len();
    out.extend_from_slice(plain);
    let text = out.get_mut(from..).ok_or_else(|| defect("range"))?;
    let tag = Sm4Gcm::new(&key).seal_in_place_detached(&[0; NONCE], &aad, text).map_err(|_| defect("sm4-gcm"))?;
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Opens an envelope from its version on; nothing when it is refused.
pub(crate) fn open(private: &Key, info: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (header, rest) = sealed.split_first_chunk::<HEADER>()?;
    let (text, tag) = rest.split_last_chunk::<TAG>()?;
    let key = sm2_pke::decrypt(&sm2_pke::private_key(private)?, header.get(1..)?)?;
    let key: &[u8; 16] = key.as_slice().try_into().ok()?;
    let mut plain = Zeroizing::new(text.to_vec());
    Sm4Gcm::new(key).open_in_place_detached(&[0; NONCE], &[header, info].concat(), &mut plain, tag).ok()?;
    Some(plain)
}
