//! Server-sent events: only what the listener may notice.

use std::io::{BufRead as _, BufReader};

use serde_json::json;

use crate::support::{BOTH, Site};

#[test]
fn listeners_hear_of_what_they_may_notice_and_of_nothing_else() {
    for backend in BOTH {
        let site = Site::founded(backend);
        let office = site.person("office");
        site.hire("worker", &["staff"], None);
        let listener = site.person("worker");
        let stream = listener.start("GET", "/api/events", &[], b"");
        assert_eq!(stream.headers().get("content-type").and_then(|v| v.to_str().ok()), Some("text/event-stream"));
        let mut lines = BufReader::new(stream.into_body().into_reader()).lines();
        let hidden = office.make("secret", &json!({ "name": "不让员工知道的事项" }));
        let shown = office.make("department", &json!({ "name": "销售部" }));
        let mut seen = vec![];
        while let Some(Ok(line)) = lines.next() {
            seen.push(line.clone());
            if line.contains(&shown) {
                break;
            }
        }
        assert!(seen.iter().any(|l| l == "event: change"), "{seen:?}");
        assert!(!seen.iter().any(|l| l.contains(&hidden) || l.contains("不让")), "{seen:?}");
        assert!(lines.any(|l| l.is_ok_and(|l| l == "event: work")), "work follows");
    }
}

#[test]
fn streams_end_when_the_node_is_sealed() {
    let site = Site::founded(crate::support::Backend::chosen());
    let stream = site.person("office").start("GET", "/api/events", &[], b"");
    let reader = BufReader::new(stream.into_body().into_reader());
    assert_eq!(site.person("security").post("/api/seal", &json!({})).status, 204);
    assert!(reader.lines().all(|l| l.is_ok()), "it ends, and not by an error");
}
