//! The vault: keys, sealed records, sealed files, the ways to unlock, account passwords and
//! one-time codes. Why: everything that says something is encrypted at rest, so that a stolen
//! disk, backup or database dump tells nothing.
//!
//! Bytes in, bytes out: this crate knows nothing of databases, folders, HTTP or kinds. Clock and
//! randomness are parameters. Every primitive comes from elsewhere (AWS-LC; Argon2, SM2 and SM3
//! from RustCrypto; SM4-GCM from `jingui-sm4`); what stands here is how they are put together, written down with vectors in
//! this crate's `README.md`.
//!
//! ```text
//! passphrase | key file | recovery code | sheets | device ─▶ root ─▶ tenant ─▶ epoch of a protection ─▶ record ─▶ file
//!                                                   └▶ system: settings, jobs, blind index, seeds
//! ```

pub mod backup;
mod base64_bytes;
pub mod batch;
pub mod custody;
mod derive;
pub mod envelope;
mod envelope_hpke;
mod envelope_sm2;
pub mod file;
mod file_read;
mod file_write;
pub mod key_file;
pub mod keyring;
pub mod keys;
mod lifecycle;
pub mod password;
mod printed;
pub mod random;
pub mod record;
pub mod recovery;
pub mod self_test;
pub mod share_paper;
pub mod shares;
pub mod signing;
mod sm2_pke;
pub mod suite;
mod suite_sm;
pub mod totp;
pub mod unlock;
pub mod vault;

pub use backup::{BackupKeys, Door, Recipient, RecipientSecret};
pub use file::FileDigest;
pub use key_file::generate_key_file;
pub use keyring::{KeyringFile, RootWrap};
pub use keys::{Key, unwrap, wrap};
pub use lifecycle::NewRoot;
pub use random::SystemRng;
pub use record::RecordKey;
pub use recovery::generate_recovery_code;
pub use unlock::{Cost, Device, Method, OnDevice, Unlock};
pub use vault::Vault;
