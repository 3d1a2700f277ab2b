//! Alarms when a program's requests fail (H 9.6.4): by share and by number, once in a window, for the security administrator.

use serde_json::{Value, json};

use crate::support::{Backend, Client, Site};

fn program(site: &Site, name: &str) -> Client {
    let made = site.person("office").post("/api/tokens", &json!({ "name": name, "scopes": ["read:organisation"], "expires_days": 1 }));
    let mut client = site.stranger();
    client.token = made.json()["token"].as_str().map(str::to_owned);
    client
}

/// The alarms that are there once `count` of them are.
fn alarms(security: &Client, count: usize) -> Vec<Value> {
    for _ in 0..300 {
        let items = security.get("/api/records/interface_alarm?limit=100").json()["items"].as_array().cloned().unwrap_or_default();
        if items.len() >= count {
            return items;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{count} alarms never came");
}

fn figure(site: &Site, name: &str) -> u64 {
    let text = site.stranger().get("/metrics").text();
    let line = text.lines().find(|l| l.starts_with(name) && !l.starts_with('#')).unwrap_or_default().to_owned();
    line.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{name}: {line}"))
}

#[test]
fn many_failures_of_a_program_raise_one_alarm_that_the_security_administrator_settles() {
    let site = Site::founded(Backend::chosen());
    let (security, system) = (site.person("security"), site.person("system"));
    // The window is so long that none ends while this runs, unless it began to long ago: then there are two, which is right too.
    assert_eq!(system.put("/api/settings", &json!({ "alarm_minutes": 1440 })).status, 403);
    let set = security.put("/api/settings", &json!({ "alarm_minutes": 1440, "alarm_failures": 40, "alarm_percent": 60 }));
    assert_eq!((set.status, set.json()["alarm_failures"].as_i64()), (200, Some(40)), "{}", set.text());
    assert_eq!(security.put("/api/settings", &json!({ "alarm_percent": 101 })).status, 422);

    // Well: most requests work.
    let good = program(&site, "erp");
    for n in 0..30 {
        let path = if n % 3 == 0 { "/api/records/secret/00000000-0000-7000-8000-000000000000/export" } else { "/api/records/post" };
        good.get(path);
    }
    for _ in 0..5 {
        assert_eq!(good.post("/api/records/post", &json!({ "data": { "name": "x" } })).status, 403);
    }
    assert_eq!(alarms(&security, 0).len(), 0);

    // Nineteen refusals say nothing of a share; with the twentieth it is all of them.
    let wild = program(&site, "采集程序");
    for _ in 0..25 {
        assert_eq!(wild.post("/api/records/post", &json!({ "data": { "name": "x" } })).status, 403);
    }
    let raised = alarms(&security, 1);
    assert_eq!(raised.len(), 1, "{raised:?}");
    let data = &raised[0]["data"];
    assert_eq!((data["requests"].as_u64(), data["failures"].as_u64()), (Some(20), Some(20)), "{data}");
    assert!(raised[0]["title"].as_str().unwrap().starts_with("采集程序 · ") && data["person"].is_string());

    // Who shows no token that there is, is counted apart.
    let mut nobody = site.stranger();
    nobody.token = Some("jgt_0000".to_owned());
    for _ in 0..25 {
        assert_eq!(nobody.get("/api/records/post").status, 401);
    }
    let both = alarms(&security, 2);
    assert_eq!(both.len(), 2, "{both:?}");
    let unknown = both.iter().find(|a| a["data"]["token"].is_null()).unwrap();
    assert!(unknown["title"].as_str().unwrap().contains("Programs without a good token"));
    // By number: forty among many that work.
    for _ in 0..60 {
        good.get("/api/records/post");
    }
    for _ in 0..45 {
        good.post("/api/records/post", &json!({ "data": { "name": "x" } }));
    }
    let three = alarms(&security, 3);
    let by_number = three.iter().find(|a| a["data"]["failures"] == 40).unwrap_or_else(|| panic!("{three:?}"));
    assert!(by_number["title"].as_str().unwrap().starts_with("erp · "));
    assert_eq!(figure(&site, "jingui_interface_alarms_total"), 3);
    assert!(figure(&site, "jingui_interface_failures_total") >= 25 + 25 + 40);
    assert!(figure(&site, "jingui_interface_requests_total") >= 185);

    // It waits for the security administrator, whose it is to find out; people at their screens are no programs.
    let work = security.get("/api/work").json();
    assert!(work["items"].as_array().unwrap().iter().filter(|i| i["record"]["kind"] == "interface_alarm").count() == 3, "{work}");
    let id = unknown["id"].as_str().unwrap();
    assert_eq!(system.act("interface_alarm", id, "settle", &json!({ "finding": "x" })).status, 403);
    assert_eq!(security.act("interface_alarm", id, "settle", &json!({})).status, 422, "what was found is to be said");
    assert_eq!(security.act("interface_alarm", id, "settle", &json!({ "finding": "令牌已到期，已更换" })).status, 200);
    assert_eq!(site.person("office").post("/api/records/interface_alarm", &json!({ "data": { "name": "x" } })).status, 403);
}
