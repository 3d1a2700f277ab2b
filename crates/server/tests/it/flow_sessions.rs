//! Who is signed in where (B 7.1.2; H 9.6.2): the own sessions, those of others in the security administrator's hands, and word
//! of a sign-in on a device that was not known.

use serde_json::{Value, json};

use crate::support::{Backend, Client, PASSWORD, Reply, Site};

const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0";
const PHONE: &str = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";

/// Signs in with a browser; gives the session, and the cookie by which the device is known from then on.
fn sign_in(site: &Site, login: &str, agent: &str, known: Option<&str>) -> (Client, String) {
    let mut client = site.stranger();
    let body = json!({ "login": login, "password": PASSWORD }).to_string();
    let mut headers = vec![("content-type", "application/json"), ("user-agent", agent)];
    if let Some(known) = known {
        headers.push(("cookie", known));
    }
    let answer = client.start("POST", "/api/session", &headers, body.as_bytes());
    assert_eq!(answer.status().as_u16(), 200);
    let cookies: Vec<String> =
        answer.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap().split(';').next().unwrap().to_owned()).collect();
    client.cookie = Some(cookies[0].clone());
    (client, cookies[1].clone())
}

fn items(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["items"].as_array().unwrap().clone()
}

/// Notices of new devices that wait for somebody.
fn told(client: &Client) -> Vec<String> {
    let titles = items(&client.get("/api/work")).into_iter().filter(|i| i["record"]["kind"] == "notice");
    titles.map(|i| i["record"]["title"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn sessions_are_listed_with_their_device_and_ended_one_by_one_or_all_but_one() {
    let site = Site::founded(Backend::chosen());
    site.hire("worker", &["staff"], None);
    let (desk, _) = sign_in(&site, "worker", WINDOWS, None);
    let (phone, _) = sign_in(&site, "worker", PHONE, None);
    let (third, _) = sign_in(&site, "worker", PHONE, None);
    let list = items(&desk.get("/api/me/sessions"));
    let current: Vec<&Value> = list.iter().filter(|s| s["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!((current[0]["device"].as_str(), current[0]["way"].as_str()), (Some("Edge · Windows"), Some("password")));
    assert_eq!(current[0]["address"], "127.0.0.1");
    assert!(current[0]["created"].is_string() && current[0]["last_seen"].is_string());
    assert_eq!(list.iter().filter(|s| s["device"] == "Chrome · Android").count(), 2);

    let on_phone = items(&phone.get("/api/me/sessions")).into_iter().find(|s| s["current"] == true).unwrap();
    let own = format!("/api/me/sessions/{}", on_phone["id"].as_str().unwrap());
    assert_eq!(site.person("office").delete(&own).status, 404, "another's session is as good as none");
    assert_eq!(desk.delete(&own).status, 204);
    assert_eq!((phone.get("/api/me").status, third.get("/api/me").status), (401, 200));
    assert_eq!(desk.delete("/api/me/sessions").status, 204);
    assert_eq!((third.get("/api/me").status, desk.get("/api/me").status), (401, 200));
    assert_eq!(items(&desk.get("/api/me/sessions")).len(), 1);
    assert_eq!(desk.delete("/api/me/sessions").status, 204, "none left is no mistake");
    let noted = items(&site.person("auditor").get("/api/audit?act=session_ended"));
    assert_eq!(noted.len(), 2, "{noted:?}");
}

#[test]
fn the_security_administrator_sees_and_ends_sessions_of_others_and_nobody_else_does() {
    let site = Site::founded(Backend::chosen());
    site.hire("worker", &["staff"], None);
    let (worker, _) = sign_in(&site, "worker", WINDOWS, None);
    let (second, _) = sign_in(&site, "worker", WINDOWS, None);
    let security = site.person("security");
    let account = items(&security.get("/api/records/account?q=worker"))[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/accounts/{account}/sessions");
    for login in ["system", "auditor", "office", "worker"] {
        assert_eq!(site.person(login).get(&path).status, 403, "{login}");
        assert_eq!(site.person(login).delete(&path).status, 403, "{login}");
    }
    let seen = items(&security.get(&path));
    assert!(seen.len() >= 2 && seen.iter().all(|s| s["current"] == false), "{seen:?}");
    let id = items(&worker.get("/api/me/sessions")).into_iter().find(|s| s["current"] == true).unwrap()["id"].clone();
    let one = format!("{path}/{}", id.as_str().unwrap());
    assert_eq!(security.delete(&one).status, 204);
    assert_eq!((worker.get("/api/me").status, second.get("/api/me").status), (401, 200));
    assert_eq!(security.delete(&one).status, 404, "it is over");
    assert_eq!(security.delete(&path).status, 204);
    assert_eq!(second.get("/api/me").status, 401);
    let noted = items(&site.person("auditor").get("/api/audit?act=session_ended"));
    assert!(noted.iter().all(|n| n["record"] == account.as_str() && n["actor_name"] == "安全员"), "{noted:?}");
    assert_eq!(noted.len(), 2);
}

#[test]
fn a_sign_in_on_a_device_that_was_not_known_is_told_to_the_person() {
    let site = Site::founded(Backend::chosen());
    // The first sign-in of all tells nothing, nor does another beside it.
    let (office, device) = sign_in(&site, "office", WINDOWS, None);
    assert_eq!(told(&office), Vec::<String>::new());
    let (again, _) = sign_in(&site, "office", WINDOWS, None);
    assert_eq!(told(&again), Vec::<String>::new());
    // Another browser without a cookie is not known.
    let (phone, handed) = sign_in(&site, "office", PHONE, None);
    let notices = told(&phone);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("新设备登录") && notices[0].contains("Sign-in on a new device"), "{notices:?}");
    // Both devices are known by now, also when no session stands.
    assert_eq!(phone.delete("/api/me/sessions").status, 204);
    assert_eq!(phone.delete("/api/session").status, 204);
    sign_in(&site, "office", PHONE, Some(&handed));
    let (back, _) = sign_in(&site, "office", WINDOWS, Some(&device));
    assert_eq!(told(&back).len(), 1);
    // Another's cookie is none of this person's.
    let (_, other) = sign_in(&site, "auditor", WINDOWS, None);
    assert_eq!(back.delete("/api/me/sessions").status, 204);
    let (stranger, _) = sign_in(&site, "office", "curl/8.5", Some(&other));
    assert_eq!(told(&stranger).len(), 2);
    // Nobody else hears of it.
    assert_eq!(told(&site.person("system")), Vec::<String>::new());
}
