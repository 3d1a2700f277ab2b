//! The console's files and the page around them.

use crate::support::{Backend, Site};

#[test]
fn every_address_of_the_console_is_the_page_with_a_fresh_nonce() {
    let site = Site::open(Backend::chosen());
    let page = |path: &str| site.stranger().send("GET", path, &[("accept", "text/html")], b"");
    let (one, other) = (page("/"), page("/records/secret/some-id"));
    assert_eq!((one.status, other.status), (200, 200));
    assert!(!one.text().contains("__CSP_NONCE__") && one.text().contains("<html"));
    let nonce = |reply: &crate::support::Reply| {
        let policy = reply.header("content-security-policy").to_owned();
        policy.split("'nonce-").nth(1).and_then(|p| p.split('\'').next()).map(str::to_owned)
    };
    assert!(nonce(&one).is_some_and(|n| n.len() == 32 && one.text().contains(&n)));
    assert_ne!(nonce(&one), nonce(&other));
    assert_eq!(one.header("cache-control"), "no-store");
    assert_eq!(page("/assets/gone-1234.js").status, 404, "a missing script is no page");
    assert_eq!(page("/../Cargo.toml").status, 200, "which is the page, not the file");
    assert_eq!(site.stranger().post("/", &serde_json::json!({})).status, 405);
    for asset in one.text().split("=\"/assets/").skip(1).filter_map(|t| t.split('"').next()) {
        let reply = site.stranger().get(&format!("/assets/{asset}"));
        assert_eq!(reply.status, 200, "{asset}");
        assert!(reply.header("cache-control").contains("immutable"), "{asset}");
    }
}
