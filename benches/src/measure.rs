//! Percentiles of what users wait for: lists (plain, filtered, sorted, searched), details, and acts
//! through the whole pipeline by many clients at once.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::client::Client;

const ROUNDS: usize = 300;

/// Lists and details.
pub fn run(url: &str, login: &str, password: &str) -> Result<(), String> {
    let mut client = Client::connect(url)?;
    client.sign_in(login, password)?;
    let first = get(&mut client, "/api/records/secret?limit=200")?;
    let ledger = get(&mut client, "/api/ledger")?;
    println!("{} secrets in the register, {} events in the ledger", first["total"], ledger["size"]);
    let words = ["热处理", "轴承", "价格", "磨削 参数", "0012345", "淬火介质配方 7", "wind", "客户名单"];
    let grades = ["core", "important", "general"];
    let sorts = ["name", "-updated", "number", "-number", "grade", "created"];
    let sorted = |i: usize| sorts[i % sorts.len()];
    let searched = |i: usize| encode(words[i % words.len()]);
    let lists = [
        ("list, first page", paths(|i| format!("/api/records/secret?sort={}", sorted(i)))),
        ("list, filtered", paths(|i| format!("/api/records/secret?f.grade={}&state=effective,draft&sort={}", grades[i % 3], sorted(i)))),
        ("list, searched", paths(|i| format!("/api/records/secret?q={}", searched(i)))),
        (
            "list, filtered, sorted, searched",
            paths(|i| format!("/api/records/secret?q={}&f.grade={}&sort={}", searched(i), grades[i % 3], sorted(i))),
        ),
        ("search over all registers", paths(|i| format!("/api/search?q={}", searched(i)))),
    ];
    for (name, asked) in lists {
        let mut times = Vec::with_capacity(ROUNDS);
        for path in asked {
            let answer = client.send("GET", &path, b"")?;
            if answer.status != 200 {
                return Err(format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
            }
            times.push(answer.took);
        }
        print(name, &mut times);
    }
    let ids: Vec<String> = first["items"].as_array().into_iter().flatten().filter_map(|i| i["id"].as_str().map(str::to_owned)).collect();
    let mut times = Vec::with_capacity(ROUNDS);
    for id in ids.iter().cycle().take(ROUNDS.min(ids.len().max(1) * 3)) {
        let answer = client.send("GET", &format!("/api/records/secret/{id}"), b"")?;
        if answer.status != 200 {
            return Err(format!("detail: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        times.push(answer.took);
    }
    print("detail (with the reading durable in the ledger)", &mut times);
    Ok(())
}

fn paths(path: impl Fn(usize) -> String) -> Vec<String> {
    (0..ROUNDS).map(path).collect()
}

/// Durable acts by many clients.
pub fn acts(url: &str, login: &str, password: &str, clients: u64, seconds: u64) -> Result<(), String> {
    let mut first = Client::connect(url)?;
    first.sign_in(login, password)?;
    let cookie = first.cookie().to_owned();
    let department = get(&mut first, "/api/records/department?limit=1")?["items"][0]["id"].clone();
    let person = get(&mut first, "/api/records/person?limit=1")?["items"][0]["id"].clone();
    let counter = AtomicU64::new(0);
    let until = Instant::now() + Duration::from_secs(seconds);
    let started = Instant::now();
    let results: Vec<Result<Vec<Duration>, String>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..clients)
            .map(|c| {
                let (cookie, counter, department, person) = (&cookie, &counter, &department, &person);
                scope.spawn(move || {
                    let mut client = Client::connect(url)?.with_cookie(cookie);
                    let mut times = vec![];
                    while Instant::now() < until {
                        let n = counter.fetch_add(1, Ordering::Relaxed);
                        let data = json!({ "data": { "name": format!("检查发现 {c}-{n}"), "finding": "图纸柜未上锁", "source": "weekly", "severity": "minor", "department": department, "responsible": person, "due": "2027-01-31" } });
                        let answer = client.send("POST", "/api/records/corrective_action", data.to_string().as_bytes())?;
                        if answer.status != 201 {
                            return Err(format!("act: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
                        }
                        times.push(answer.took);
                    }
                    Ok(times)
                })
            })
            .collect();
        workers.into_iter().map(|w| w.join().unwrap_or_else(|_| Err("a client panicked".to_owned()))).collect()
    });
    let mut all = vec![];
    for result in results {
        all.extend(result?);
    }
    let rate = all.len() as f64 / started.elapsed().as_secs_f64();
    println!("{rate:.0} durable acts/s with {clients} clients");
    print("act", &mut all);
    Ok(())
}

fn get(client: &mut Client, path: &str) -> Result<Value, String> {
    let answer = client.send("GET", path, b"")?;
    serde_json::from_slice(&answer.body).map_err(|e| format!("{path}: {} {e}", answer.status))
}

fn print(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |q: f64| {
        times.get(((times.len() as f64 * q) as usize).min(times.len().saturating_sub(1))).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    println!("| {name} | {} | {:.1} | {:.1} | {:.1} |", times.len(), at(0.5), at(0.99), at(1.0));
}

fn encode(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
