//! Carrying bytes to a server outside and back: the only thing that this crate asks of a network. The door
//! crate brings the real one; a node without one asks nobody.

use jingui_model::Problem;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Posts bytes.
pub trait Courier: Send + Sync {
    /// Posts `body` to `url` and gives the answer, whatever its status, of at most `limit` bytes. Blocks.
    ///
    /// # Errors
    /// `courier.address` for an address that is none; `courier.unreachable` when there is no answer;
    /// `courier.too_large`.
    fn post(&self, url: &str, content_type: &str, body: &[u8], limit: u64) -> Result<Answer, Problem>;
}
