//! Devices on which a person has signed in before (OWASP, *device cookies*): a sealed word in a cookie. It opens nothing; it tells
//! the person's own browser from strangers who guess, so that these can be slowed down without keeping the person out.
//!
//! It names account, end and a random number and carries a keyed digest over them, so that nothing has to be kept.

use jingui_model::{Id, Instant, Rng};

use crate::live::Live;

/// A device is known for half a year after the last sign-in.
pub const SECONDS: i64 = 180 * 86_400;

impl Live {
    /// A word for the device on which somebody has just signed in.
    pub(crate) fn known_device(&self, account: Id, now: Instant, rng: &dyn Rng) -> String {
        let body = format!("{account}.{}.{}", now.plus_seconds(SECONDS).micros() / 1_000_000, hex::encode(rng.array::<16>()));
        let seal = hex::encode(self.vault.blind("device", body.as_bytes()));
        format!("{body}.{seal}")
    }

    /// The place of a device in the throttle, when it is one of this account's.
    pub(crate) fn device_place(&self, account: Option<Id>, word: Option<&str>, now: Instant) -> Option<[u8; 32]> {
        let (body, seal) = word.filter(|w| w.len() < 300)?.rsplit_once('.')?;
        // Compared as keyed digests of both: how long that takes tells nothing about the right one.
        let right = hex::encode(self.vault.blind("device", body.as_bytes()));
        if self.vault.blind("compare", right.as_bytes()) != self.vault.blind("compare", seal.as_bytes()) {
            return None;
        }
        let mut parts = body.split('.');
        let (of, until) = (parts.next()?.parse::<Id>().ok()?, parts.next()?.parse::<i64>().ok()?);
        let good = Some(of) == account && now < Instant::from_micros(until.saturating_mul(1_000_000));
        good.then(|| self.vault.blind("throttle", body.as_bytes()))
    }
}
