//! `clientDataJSON`: what the browser says of the question, the ceremony and the site (Web Authentication, §5.8.1).

use aws_lc_rs::constant_time;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::{Expected, Refusal};

const LONGEST: usize = 4096;

/// What the browser said. Fields that later standards add are passed over, as the standard asks.
#[derive(Debug, Clone, Deserialize)]
pub struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
    /// The page around a frame of another site.
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<String>,
}

impl ClientData {
    /// Reads it; nothing is checked yet but the form.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], also when a field stands there twice.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > LONGEST {
            return Err(Refusal::Malformed);
        }
        serde_json::from_slice(bytes).map_err(|_| Refusal::Malformed)
    }

    /// The question that it answers, as it says.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn challenge(&self) -> Result<Vec<u8>, Refusal> {
        URL_SAFE_NO_PAD.decode(&self.challenge).map_err(|_| Refusal::Malformed)
    }

    /// Is it for this ceremony, question and site?
    pub(crate) fn check(&self, ceremony: &str, expected: &Expected<'_>) -> Result<(), Refusal> {
        if self.ceremony != ceremony {
            return Err(Refusal::Ceremony);
        }
        if constant_time::verify_slices_are_equal(&self.challenge()?, expected.challenge).is_err() {
            return Err(Refusal::Challenge);
        }
        if !expected.origins.contains(&self.origin) {
            return Err(Refusal::Origin);
        }
        if self.cross_origin || self.top_origin.is_some() {
            return Err(Refusal::CrossOrigin);
        }
        Ok(())
    }
}
