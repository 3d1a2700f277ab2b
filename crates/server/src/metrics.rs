//! Figures for Prometheus (text format 0.0.4): how much and how long, never what or who.

use std::{collections::BTreeMap, fmt::Write as _, sync::atomic::Ordering, time::Duration};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jingui_app::node::Phase;
use parking_lot::Mutex;

use crate::state::App;

const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

#[derive(Debug, Default, Clone)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

/// Requests by method, route and class of status.
#[derive(Debug, Default)]
pub struct Requests(Mutex<BTreeMap<(&'static str, String, u16), Histogram>>);

impl Requests {
    /// One more.
    pub fn seen(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut all = self.0.lock();
        let one = all.entry((method, route.to_owned(), status / 100)).or_default();
        for (bucket, bound) in one.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        one.count += 1;
        one.seconds += seconds;
    }

    fn write(&self, out: &mut String) {
        let name = "jingui_http_request_seconds";
        head(out, name, "histogram", "Requests by route and class of status.");
        for ((method, route, class), one) in self.0.lock().iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{class}xx\"");
            for (count, bound) in one.buckets.iter().zip(BOUNDS) {
                line(out, &format!("{name}_bucket{{{labels},le=\"{bound}\"}} {count}"));
            }
            line(out, &format!("{name}_bucket{{{labels},le=\"+Inf\"}} {}", one.count));
            line(out, &format!("{name}_sum{{{labels}}} {}", one.seconds));
            line(out, &format!("{name}_count{{{labels}}} {}", one.count));
        }
    }
}

/// `GET /metrics`
pub async fn metrics(State(app): State<App>) -> Response {
    let text = render(&app);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn render(app: &App) -> String {
    let mut out = String::new();
    let phase = app.node.phase();
    head(&mut out, "jingui_phase", "gauge", "1 for the phase that the node is in.");
    for name in ["setup", "sealed", "loading", "ready"] {
        line(&mut out, &format!("jingui_phase{{phase=\"{name}\"}} {}", u8::from(phase.name() == name)));
    }
    let mut number = |name: &str, kind: &str, help: &str, value: f64| {
        head(&mut out, name, kind, help);
        line(&mut out, &format!("{name} {value}"));
    };
    let exact = |n: u64| n as f64;
    number("jingui_uptime_seconds", "gauge", "Seconds since the process serves.", app.began.elapsed().as_secs_f64());
    if let Some(bytes) = resident() {
        number("process_resident_memory_bytes", "gauge", "Resident memory.", exact(bytes));
    }
    number("jingui_event_streams", "gauge", "Open event streams.", exact(app.streams.load(Ordering::Relaxed)));
    if let Phase::Ready(live) = &phase {
        let m = &live.metrics;
        for (name, help, value) in [
            ("jingui_batches_total", "Transactions of the pipeline.", &m.batches),
            ("jingui_acts_total", "Committed changes.", &m.acts),
            ("jingui_denials_total", "Denials by policy.", &m.denials),
            ("jingui_policy_errors_total", "Policies that could not be evaluated; each is an alarm.", &m.policy_errors),
            ("jingui_effects_total", "Effects that ran.", &m.effects),
            ("jingui_effect_failures_total", "Effects that failed and are tried again.", &m.effect_failures),
        ] {
            number(name, "counter", help, exact(value.load(Ordering::Relaxed)));
        }
        for (name, help, value) in [
            ("jingui_interface_requests_total", "Requests of programs.", &live.interfaces.requests),
            (
                "jingui_interface_failures_total",
                "Requests of programs that were refused (401, 403) or failed (5xx).",
                &live.interfaces.failures,
            ),
            ("jingui_interface_alarms_total", "Windows in which too many requests of a program failed.", &live.interfaces.alarms),
        ] {
            number(name, "counter", help, exact(value.load(Ordering::Relaxed)));
        }
        number(
            "jingui_loading_seconds",
            "gauge",
            "How long reading all records took when the node was unlocked.",
            exact(m.loading.load(Ordering::Relaxed)) / 1e6,
        );
        let ledger = live.ledger.state();
        number("jingui_ledger_entries", "gauge", "Entries under the last signed checkpoint.", exact(ledger.size));
        number("jingui_ledger_committed", "gauge", "Entries committed in the database.", exact(ledger.committed));
        number(
            "jingui_ledger_lag",
            "gauge",
            "Committed entries that no checkpoint covers yet.",
            exact(ledger.committed.saturating_sub(ledger.size)),
        );
        number("jingui_ledger_halted", "gauge", "1 when the ledger cannot be extended.", f64::from(u8::from(ledger.halted.is_some())));
    }
    app.requests.write(&mut out);
    out
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    line(out, &format!("# HELP {name} {help}\n# TYPE {name} {kind}"));
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{text}");
}

/// Resident memory in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|l| l.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}
