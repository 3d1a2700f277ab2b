//! The shipped files, and short ways to say days, ids and records.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use jingui_calendar::{Calendar, Holidays, Member, OwnDays, Rules, Source};
use jingui_model::{Day, Id};

pub fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog").join(path)).unwrap()
}

static HOLIDAYS: LazyLock<Holidays> = LazyLock::new(|| {
    let text = text("calendar/holidays.yaml");
    Holidays::load(&Source { file: "calendar/holidays.yaml", text: &text }).unwrap()
});
static RULES: LazyLock<Rules> = LazyLock::new(|| rules(&text("duties.yaml")));

pub fn calendar() -> Calendar {
    Calendar::new(HOLIDAYS.clone(), &OwnDays::default())
}

pub fn with_own(own: &str) -> Calendar {
    Calendar::new(HOLIDAYS.clone(), &OwnDays::load(&Source { file: "own.yaml", text: own }).unwrap())
}

pub fn shipped() -> &'static Rules {
    &RULES
}

pub fn rules(text: &str) -> Rules {
    Rules::load(&Source { file: "duties.yaml", text }, &[]).unwrap_or_else(|e| panic!("{}", e[0]))
}

/// One duty with these keys, and what every duty needs.
pub fn one(keys: &str) -> Rules {
    let scope = if keys.contains("by:") { "" } else { "by: {role: office}, " };
    rules(&format!("duties: [{{code: d, label: [职责, Duty], clause: B 1, {scope}evidence: note, severity: normal, {keys}}}]"))
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn id(n: u8) -> Id {
    format!("00000000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

pub fn member(kind: &str, n: u8, state: &str, since: &str) -> Member {
    Member {
        kind: kind.to_owned(),
        record: id(n),
        state: state.to_owned(),
        since: day(since),
        until: None,
        department: None,
        values: BTreeMap::new(),
        days: BTreeMap::new(),
    }
}
