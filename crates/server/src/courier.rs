//! The way out: posting requests to time-stamp authorities and witnesses (see `jingui_app::attest`).

use jingui_app::attest::courier::{Answer, Courier};
use jingui_model::Problem;
use jingui_store::outbound;
use ureq::Agent;

/// Posts over HTTP and HTTPS; HTTPS with the roots that the machine trusts.
pub struct HttpCourier {
    agent: Agent,
}

impl HttpCourier {
    /// With the machine's roots, read once.
    #[must_use]
    pub fn new() -> Self {
        Self { agent: outbound::agent(outbound::machine_roots()) }
    }
}

impl Default for HttpCourier {
    fn default() -> Self {
        Self::new()
    }
}

impl Courier for HttpCourier {
    fn post(&self, url: &str, content_type: &str, body: &[u8], limit: u64) -> Result<Answer, Problem> {
        let host = host(url).ok_or_else(|| Problem::invalid("courier.address").arg("url", url))?;
        let unreachable = |reason: String| Problem::unavailable("courier.unreachable").arg("host", host).detail(reason);
        let mut answer = self.agent.post(url).content_type(content_type).send(body).map_err(|e| unreachable(e.to_string()))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(limit).read_to_vec().map_err(|e| match e {
            ureq::Error::BodyExceedsLimit(limit) => Problem::too_large("courier.too_large").arg("limit", limit),
            other => unreachable(other.to_string()),
        })?;
        Ok(Answer { status, body })
    }
}

/// The host of an address with `http` or `https` and without a name and password in it.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty() && !host.contains('@') && !url.contains(char::is_whitespace)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_none_are_refused_before_anything_is_sent() {
        for url in ["", "ftp://a", "http://", "https:///x", "http://user:secret@a/", "file:///etc/passwd", "http://a b/"] {
            assert_eq!(HttpCourier::new().post(url, "text/plain", b"", 10).unwrap_err().code(), "courier.address", "{url}");
        }
        assert_eq!(host("https://tsa.example:8443/x?y"), Some("tsa.example:8443"));
    }
}
