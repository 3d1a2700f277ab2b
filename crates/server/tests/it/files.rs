//! Files in and out, imports and exports.

use serde_json::json;

use crate::support::{BOTH, Backend, Site, form};

#[test]
fn a_file_goes_in_and_comes_out_and_leaves_its_trace() {
    for backend in BOTH {
        let site = Site::founded(backend);
        let office = site.person("office");
        let rule = office.make("rule", &json!({ "name": "保密管理制度", "category": "system" }));
        let place = format!("/api/records/rule/{rule}/files/text");
        let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
        let sent = office.upload(&place, "../../制度 一.pdf", &content);
        assert_eq!(sent.status, 200, "{}", sent.text());
        let detail = sent.json();
        let file = detail["record"]["data"]
            .as_object()
            .expect("data")
            .values()
            .find_map(|v| v.as_array()?.first().filter(|f| f["sha256"].is_string()).cloned());
        let file = file.expect("file");
        assert_eq!((file["name"].clone(), file["size"].clone()), (json!("制度 一.pdf"), json!(3_000_000)));
        assert!(file.get("key").is_none() && file.get("object").is_none(), "keys never leave");
        let got = office.get(&format!("/api/records/rule/{rule}/files/{}", file["id"].as_str().expect("id")));
        assert_eq!((got.status, got.body == content), (200, true));
        assert_eq!(got.header("content-type"), "application/octet-stream");
        assert!(got.header("content-disposition").contains("filename*=UTF-8''%E5%88%B6%E5%BA%A6%20%E4%B8%80.pdf"));
        assert_eq!(got.header("content-encoding"), "");
        let next = office.upload(&format!("{place}?series={}", file["series"].as_str().expect("series")), "b.pdf", b"second");
        assert_eq!(next.status, 200, "{}", next.text());
        assert_eq!(office.upload(&place, "..", b"x").json()["code"], "file.name");
        let (kind, mut body) = form("c.pdf", b"cut off");
        body.truncate(body.len() - 20);
        let cut = office.send("POST", &place, &[("content-type", &kind)], &body);
        assert_eq!((cut.status, cut.json()["code"].clone()), (400, json!("request.broken_off")), "half a file is none");
    }
}

#[test]
fn an_upload_beyond_the_limit_is_refused_while_it_streams() {
    let site = Site::open_with(Backend::chosen(), jingui_server::ServerConfig { upload_max: 100_000, rate: 0, ..Default::default() });
    assert_eq!(site.stranger().post("/api/setup", &site.setup_body()).status, 201);
    let office = site.person("office");
    let rule = office.make("rule", &json!({ "name": "制度", "category": "system" }));
    let reply = office.upload(&format!("/api/records/rule/{rule}/files/text"), "a.bin", &vec![7; 150_000]);
    assert_eq!((reply.status, reply.json()["code"].clone()), (413, json!("request.too_large")), "{}", reply.text());
}

#[test]
fn what_is_exported_can_be_imported_again() {
    let site = Site::founded(Backend::chosen());
    let office = site.person("office");
    for name in ["研发部", "质检部"] {
        office.make("department", &json!({ "name": name }));
    }
    let export = office.get("/api/records/department/export?format=csv");
    assert_eq!(export.status, 200, "{}", export.text());
    assert!(export.text().contains("研发部") && export.header("content-disposition").starts_with("attachment"));
    assert_eq!(office.get("/api/records/department/export?format=exe").json()["code"], "export.format");
    let template = office.get("/api/records/department/template");
    assert_eq!((template.status, template.body.get(..2)), (200, Some(b"PK".as_slice())));
    let other = Site::founded(Backend::chosen());
    let office = other.person("office");
    let dry = office.upload("/api/imports/department?dry_run=true", "d.csv", &export.body);
    assert_eq!((dry.status, dry.json()["creates"].clone(), dry.json()["batch"].clone()), (200, json!(2), json!(null)), "{}", dry.text());
    let done = office.upload("/api/imports/department", "d.csv", &export.body);
    assert_eq!((done.status, done.json()["creates"].clone()), (200, json!(2)), "{}", done.text());
    let batch = done.json()["batch"].as_str().expect("batch").to_owned();
    assert_eq!(office.get("/api/records/department").json()["total"], 2);
    assert_eq!(office.get("/api/imports").json()["items"][0]["id"], json!(batch));
    let undone = office.send("POST", &format!("/api/imports/{batch}/undo"), &[], b"");
    assert_eq!((undone.status, undone.json()["records"].clone()), (200, json!(2)), "{}", undone.text());
    assert_eq!(office.get("/api/records/department").json()["total"], 0);
}
