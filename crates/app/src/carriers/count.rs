//! Counting carriers by scanning (B 5.2.3, 6.3.3): each scan is kept at once and once, what is expected stands fixed from the start, and
//! the end of the count makes the differences rows of it.

use std::{collections::BTreeMap, sync::Arc};

use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Data, Id, Problem};
use jingui_policy::Action;
use serde::Serialize;
use serde_json::json;

use super::{
    read_code,
    reconcile::{Expected, Outcome, Scanned, reconcile},
};
use crate::{
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller, layout::Post},
};

/// The kind of a count.
pub const COUNT: &str = "stock_count";
/// The kind of a scan.
pub const ENTRY: &str = "count_entry";
/// The kind that is counted.
pub const CARRIER: &str = "carrier";
/// Scans in one request.
pub const MOST: usize = 500;
/// Commands in one transaction.
const CHUNK: usize = 60;
/// Carriers in these states are somewhere, and can be found.
const PRESENT: &[&str] = &["stored", "issued", "in_repair", "preserved"];

/// A scan on its way in.
#[derive(Debug, Clone)]
pub struct Scan {
    /// Made by the scanning page: the same scan sent twice is one.
    pub key: String,
    /// What was read.
    pub code: String,
    /// The zone in which the counter stands.
    pub zone: Option<Id>,
}

/// How it stands with a carrier in a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Expected, not found yet.
    Missing,
    /// Found in another zone.
    WrongPlace,
    /// Found, not expected.
    Surplus,
    /// Found in its place.
    Counted,
}

/// A carrier in a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CountedCarrier))]
pub struct Line {
    /// The carrier.
    pub id: Id,
    /// Number.
    pub number: Option<String>,
    /// Name, for those who may read it.
    pub name: Option<String>,
    /// Where the register says it is.
    pub zone: Option<String>,
    /// Where it was found, when elsewhere.
    pub found_in: Option<String>,
    /// Who holds it, when it is issued.
    pub holder: Option<String>,
    /// How it stands.
    pub standing: Standing,
}

/// A count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = StockCount))]
pub struct View {
    /// The count.
    pub id: Id,
    /// Its scope.
    pub name: String,
    /// Its state.
    pub state: String,
    /// The caller may scan now.
    pub may_scan: bool,
    /// How many are expected.
    pub expected: u64,
    /// How many of these were found.
    pub found: u64,
    /// Every carrier expected or found, what is amiss first.
    pub lines: Vec<Line>,
    /// Codes that belong to no carrier.
    pub unknown: Vec<String>,
}

/// What a scan was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ScanAnswer))]
pub struct Answer {
    /// The scan's key.
    pub key: String,
    /// `counted`, `wrong_place`, `surplus`; `again` when the carrier was scanned before, `unknown` when there is none.
    pub what: String,
    /// Number of the carrier.
    pub number: Option<String>,
}

/// The carriers of a department, and of a zone if one is given, that can be found.
pub(crate) fn in_scope(world: &World, count: &Record) -> Result<Vec<Id>, Problem> {
    let table = world.table(CARRIER)?;
    let mut rows = table.posted_any(Post::State, PRESENT);
    if let Some(department) = count.one("department") {
        rows &= world.pointing(CARRIER, "department", department);
    }
    if let Some(zone) = count.one("zone") {
        rows &= world.pointing(CARRIER, "zone", zone);
    }
    Ok(rows.iter().filter_map(|r| table.row(r)).map(|r| r.id).collect())
}

/// What a count has scanned, oldest first.
fn scans(world: &World, count: Id) -> Result<Vec<Scanned>, Problem> {
    let table = world.table(ENTRY)?;
    let mut all = vec![];
    for row in world.pointing(ENTRY, "count", count).iter().filter_map(|r| table.row(r)) {
        let scan = row.record()?;
        let code = scan.text("code").unwrap_or_default().to_owned();
        all.push(Scanned { carrier: scan.one("carrier"), code, zone: scan.one("zone") });
    }
    Ok(all)
}

/// The count as it stands.
pub(crate) fn outcome(world: &World, count: &Record) -> Result<(Vec<Expected>, Outcome), Problem> {
    let mut expected = vec![];
    for id in ids(count.data.get("carriers")) {
        let zone = world.record(id).ok().and_then(|r| r.one("zone"));
        expected.push(Expected { id, zone });
    }
    let outcome = reconcile(&expected, &scans(world, count.id)?);
    Ok((expected, outcome))
}

fn may_scan(count: &Record, caller: &Caller) -> bool {
    let me = caller.view.person;
    count.state == "counting" && caller.actor.active && me.is_some_and(|p| ids(count.data.get("counters")).contains(&p))
}

impl Live {
    /// How far a count is, for whoever may read it.
    ///
    /// # Errors
    /// `record.missing`, `policy.*`; `world.document`.
    pub async fn stock_count(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<View, Problem> {
        self.access(caller, COUNT, id, Action::Read, "read", Data::new()).await?;
        let world = self.world.read();
        let count = world.record(id)?;
        let (expected, outcome) = outcome(&world, &count)?;
        let carriers = world.table(CARRIER)?;
        let readable = world.visible(caller, carriers, Action::Read);
        let found_in: BTreeMap<Id, Id> = outcome.wrong_place.iter().copied().collect();
        let name_of = |id: Option<Id>| id.and_then(|z| world.title(z)).map(str::to_owned);
        let line = |id: Id, standing: Standing| -> Option<Line> {
            let (_, at, row) = world.row(id)?;
            let record = row.record().ok()?;
            Some(Line {
                id,
                number: row.number.as_deref().map(str::to_owned),
                name: readable.contains(at).then(|| row.title.to_string()),
                zone: name_of(record.one("zone")),
                found_in: name_of(found_in.get(&id).copied()),
                holder: name_of(record.one("holder")),
                standing,
            })
        };
        let groups = [
            (Standing::Missing, outcome.missing.clone()),
            (Standing::WrongPlace, outcome.wrong_place.iter().map(|(c, _)| *c).collect()),
            (Standing::Surplus, outcome.surplus.clone()),
            (Standing::Counted, outcome.counted.clone()),
        ];
        let lines = groups.into_iter().flat_map(|(s, all)| all.into_iter().map(move |c| (c, s))).filter_map(|(c, s)| line(c, s)).collect();
        Ok(View {
            id,
            name: count.text("name").unwrap_or_default().to_owned(),
            may_scan: may_scan(&count, caller),
            expected: expected.len() as u64,
            found: outcome.found() as u64,
            state: count.state,
            lines,
            unknown: outcome.unknown,
        })
    }

    /// Keeps scans, each once however often it is sent; says what each was.
    ///
    /// # Errors
    /// `record.missing`; `count.closed`, `count.not_counter`, `count.too_many`, `count.code`; `store.*`.
    pub async fn count_scans(self: &Arc<Self>, caller: &Caller, id: Id, all: &[Scan]) -> Result<Vec<Answer>, Problem> {
        if all.len() > MOST {
            return Err(Problem::too_large("count.too_many").arg("max", MOST));
        }
        self.access(caller, COUNT, id, Action::Read, "read", Data::new()).await?;
        let (answers, commands) = {
            let world = self.world.read();
            let count = world.record(id)?;
            if count.state != "counting" {
                return Err(Problem::conflict("count.closed"));
            }
            if !may_scan(&count, caller) {
                return Err(Problem::denied("count.not_counter"));
            }
            self.sort_scans(&world, caller, &count, all)?
        };
        let mut commands = commands.into_iter().peekable();
        while commands.peek().is_some() {
            self.pipeline.group(commands.by_ref().take(CHUNK).collect()).await?;
        }
        Ok(answers)
    }

    fn sort_scans(&self, world: &World, caller: &Caller, count: &Record, all: &[Scan]) -> Result<(Vec<Answer>, Vec<Command>), Problem> {
        let expected = ids(count.data.get("carriers"));
        let mut before: BTreeMap<(Option<Id>, String), ()> = BTreeMap::new();
        let place = |scan: &Scanned| {
            let what = if scan.carrier.is_some() { String::new() } else { scan.code.clone() };
            (scan.carrier, format!("{what}@{}", scan.zone.map(|z| z.to_string()).unwrap_or_default()))
        };
        for scan in scans(world, count.id)? {
            before.insert(place(&scan), ());
        }
        let (mut answers, mut commands) = (vec![], vec![]);
        for scan in all {
            let code = scan.code.trim();
            if code.is_empty() || code.chars().count() > 120 || code.chars().any(char::is_control) || scan.key.chars().count() > 80 {
                return Err(Problem::invalid("count.code"));
            }
            if scan.zone.is_some_and(|z| world.row(z).is_none_or(|(t, ..)| t.kind.kind != "zone")) {
                return Err(Problem::missing("record.missing"));
            }
            let (kind, number) = read_code(code, CARRIER);
            let carrier = if kind == CARRIER { world.numbered(CARRIER, number) } else { None };
            let scanned = Scanned { carrier, code: code.to_owned(), zone: scan.zone };
            let again = before.insert(place(&scanned), ()).is_some();
            let registered = carrier.and_then(|c| world.record(c).ok()).and_then(|r| r.one("zone"));
            let what = match carrier {
                None => "unknown",
                Some(_) if again => "again",
                Some(c) if !expected.contains(&c) => "surplus",
                Some(_) if registered.is_some() && scan.zone.is_some() && registered != scan.zone => "wrong_place",
                Some(_) => "counted",
            };
            let number = carrier.and_then(|c| world.row(c)).and_then(|(_, _, r)| r.number.as_deref().map(str::to_owned));
            answers.push(Answer { key: scan.key.clone(), what: what.to_owned(), number: number.clone() });
            if again {
                continue;
            }
            let mut data = Data::from([
                ("name".to_owned(), json!(number.unwrap_or_else(|| code.to_owned()))),
                ("count".to_owned(), json!(count.id)),
                ("code".to_owned(), json!(code)),
            ]);
            data.extend(carrier.map(|c| ("carrier".to_owned(), json!(c))));
            data.extend(scan.zone.map(|z| ("zone".to_owned(), json!(z))));
            data.extend(count.data.get("department").map(|d| ("department".to_owned(), d.clone())));
            commands.push(Command::create(&caller.on_behalf(), ENTRY, data).keyed(format!("scan/{}/{}", count.id, scan.key)));
        }
        Ok((answers, commands))
    }
}
