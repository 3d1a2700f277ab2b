//! Writes the feed of a year's duties to standard output, for other programs' readers (`scripts/interop/feeds.py`):
//!
//!     feed <catalogue folder> <year>

use std::{env, error::Error, fs, io::Write, path::Path};

use jingui_calendar::{
    Calendar, Facts, Holidays, OwnDays, Rules, Severity, Source, due,
    ical::{Entry, Feed, Sort, When},
};
use jingui_model::{Day, Instant, Lang, Zone};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(folder), Some(year)) = (args.next(), args.next()) else { return Err("feed <folder> <year>".into()) };
    let read = |name: &str| fs::read_to_string(Path::new(&folder).join(name));
    let (holidays, duties) = (read("calendar/holidays.yaml")?, read("duties.yaml")?);
    let holidays = Holidays::load(&Source { file: "holidays.yaml", text: &holidays }).map_err(|e| format!("{e:?}"))?;
    let rules = Rules::load(&Source { file: "duties.yaml", text: &duties }, &[]).map_err(|e| format!("{e:?}"))?;
    let calendar = Calendar::new(holidays, &OwnDays::default());
    let (from, to): (Day, Day) = (format!("{year}-01-01").parse()?, format!("{year}-12-31").parse()?);
    let changed: Instant = format!("{year}-01-01T00:00:00Z").parse()?;
    let facts = Facts { since: from, members: &[], happenings: &[] };
    let mut entries: Vec<Entry> = due(&rules, &calendar, from, to, &facts)
        .iter()
        .filter_map(|o| Some(Entry::todo(o, rules.get(&o.duty)?, "", changed, None, Zone::default(), Lang::Zh)))
        .collect();
    entries.push(Entry {
        key: "meeting/1".to_owned(),
        changed,
        sequence: 3,
        sort: Sort::Event { start: When::At(from, 9 * 60 + 30), end: When::At(from, 11 * 60), cancelled: false },
        summary: "A; b, c\\d\n\"é\" 🗓".repeat(9),
        description: String::new(),
        url: Some("https://jingui.example/meetings/1".to_owned()),
        categories: vec!["one, two".to_owned(), "three".to_owned()],
        alarms: vec![changed],
        severity: Severity::High,
    });
    let feed = Feed { name: "Jingui".to_owned(), zone: Zone::default(), lang: Lang::Zh, domain: "jingui.example".to_owned(), entries };
    std::io::stdout().write_all(feed.write().as_bytes())?;
    Ok(())
}
