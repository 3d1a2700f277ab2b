//! Structured logs on standard error, and panics among them.

use tracing_subscriber::EnvFilter;

/// Starts logging.
pub fn start(json: bool) {
    let filter = EnvFilter::try_from_env("JINGUI_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        builder.json().flatten_event(true).init();
    } else {
        builder.with_ansi(false).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Only texts from the source: a formatted message might hold what somebody wrote.
        let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("-");
        tracing::error!(target: "jingui::panic", place, text, "a part of the program gave up");
    }));
}
