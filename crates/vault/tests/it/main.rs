//! The vault from outside: sealed files, key rings and the published vectors.

#![expect(clippy::duplicate_mod, reason = "the same promises for each suite")]

/// The promises of sealed files, once in each suite.
#[cfg(test)]
#[path = "."]
mod aes {
    const SUITE: u16 = jingui_vault::suite::AES_SHA256;
    mod file;
}
#[cfg(test)]
#[path = "."]
mod sm4 {
    const SUITE: u16 = jingui_vault::suite::SM4_SM3;
    mod file;
}
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod vectors;
