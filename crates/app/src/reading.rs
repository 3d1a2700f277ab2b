//! What has to hold, besides the policies, each time somebody reads a file (B 4.2, 5.1.2, 5.3.2; H 8.2.1, 8.3.1): that the time for which
//! it was granted is not over, a confidentiality agreement in force, an examination that is still valid, a network of a zone of the level,
//! and a purpose. From which grade on each is asked for is a security setting; the time always counts.
//!
//! Asked anew for every page, so that an agreement that ended this morning ends the reading this morning.

use std::net::IpAddr;

use jingui_kinds::{act::Facts as _, record::Record};
use jingui_model::{Data, Day, Id, NetworkRange, Problem, Protection};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    live::Live,
    settings,
    world::{World, caller::Caller},
};

/// Shortest and longest purpose, in characters.
const PURPOSE: std::ops::RangeInclusive<usize> = 2..=500;
/// What a setting says that asks for nothing.
const NEVER: &str = "never";

/// From which protection on each condition is asked for: `general`, `important`, `core` or `never`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReadingSettings {
    /// A confidentiality agreement in force.
    pub reading_agreement: String,
    /// An examination that is still valid.
    pub reading_training: String,
    /// A network of a secure zone of at least the level.
    pub reading_place: String,
    /// A purpose, where none is known from a granted request or an opening.
    pub reading_purpose: String,
}

impl ReadingSettings {
    /// As the settings say.
    pub(crate) fn of(settings: &Record) -> Self {
        let said = |name: &str| settings.text(name).unwrap_or(NEVER).to_owned();
        Self {
            reading_agreement: said("reading_agreement"),
            reading_training: said("reading_training"),
            reading_place: said("reading_place"),
            reading_purpose: said("reading_purpose"),
        }
    }
}

/// Conditions of reading to change; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadingChange {
    /// From which protection on: `general`, `important`, `core`, `never`.
    pub reading_agreement: Option<String>,
    /// The same.
    pub reading_training: Option<String>,
    /// The same.
    pub reading_place: Option<String>,
    /// The same.
    pub reading_purpose: Option<String>,
}

impl ReadingChange {
    /// The fields as they are to be; the kind checks what may stand in them.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let all = [
            ("reading_agreement", &self.reading_agreement),
            ("reading_training", &self.reading_training),
            ("reading_place", &self.reading_place),
            ("reading_purpose", &self.reading_purpose),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, json!(value.as_ref()?))))
    }
}

/// Is a condition asked for at this protection? What is not understood is asked for.
fn asked(setting: &str, protection: Protection) -> bool {
    match setting {
        NEVER => false,
        "core" => protection >= Protection::Core,
        "important" => protection >= Protection::Important,
        _ => protection >= Protection::General,
    }
}

/// Has somebody a record of a kind in this state whose last day has not passed?
fn holds(world: &World, kind: &str, state: &str, person: Option<Id>, today: Day) -> Result<bool, Problem> {
    let Some(person) = person else { return Ok(false) };
    let all = world.pointing_in(kind, "person", person, &[state])?;
    Ok(all.iter().any(|r| r.day("until").is_none_or(|last| last >= today)))
}

/// The requests by which somebody knows a secret.
fn grants(world: &World, caller: &Caller, secret: &Record) -> Result<Vec<Record>, Problem> {
    if secret.kind != "secret" {
        return Ok(vec![]);
    }
    let mut all = world.pointing_in("access_request", "secret", secret.id, &["granted"])?;
    all.retain(|r| r.one("applicant").is_some_and(|who| Some(who) == caller.view.person));
    Ok(all)
}

/// Does an address lie in a network of a zone that is fit for the protection?
fn inside(world: &World, address: &str, protection: Protection) -> Result<bool, Problem> {
    let Ok(address) = address.parse::<IpAddr>() else { return Ok(false) };
    let fits = |zone: &Record| match zone.text("level") {
        Some("core") => true,
        Some("important") => protection <= Protection::Important,
        Some("general") => protection <= Protection::General,
        _ => false,
    };
    let zones = world.in_states("zone", &["active"])?;
    let networks = zones.iter().filter(|zone| fits(zone)).filter_map(|zone| zone.data.get("networks")?.as_array()).flatten();
    Ok(networks.filter_map(Value::as_str).filter_map(NetworkRange::parse).any(|range| range.contains(address)))
}

impl Live {
    /// May somebody whom the policies let read a record's files do so now, from this address?
    ///
    /// # Errors
    /// `reading.over`, `reading.agreement`, `reading.training`, `reading.place`; `kind.unknown`, `world.document`.
    pub(crate) fn reading_stands(&self, world: &World, caller: &Caller, record: &Record, address: &str) -> Result<(), Problem> {
        let protection = world.target(caller, world.kind(&record.kind)?, record).protection;
        if caller.system || protection == Protection::None {
            return Ok(());
        }
        let today = self.clock.now().day(world.zone());
        // On the list because of a request, whose time ran out although nobody has taken the name off yet.
        let grants = grants(world, caller, record)?;
        let by_request = grants.iter().any(|r| r.data.get("opened") == Some(&Value::Bool(true)));
        if by_request && grants.iter().all(|r| r.day("until").is_some_and(|last| last < today)) {
            return Err(Problem::denied("reading.over"));
        }
        let set = ReadingSettings::of(&settings::record(world)?);
        let person = caller.view.person;
        if asked(&set.reading_agreement, protection) && !holds(world, "agreement", "in_force", person, today)? {
            return Err(Problem::denied("reading.agreement"));
        }
        if asked(&set.reading_training, protection) && !holds(world, "exam_result", "valid", person, today)? {
            return Err(Problem::denied("reading.training"));
        }
        if asked(&set.reading_place, protection) && !inside(world, address, protection)? {
            return Err(Problem::denied("reading.place").arg("address", address));
        }
        Ok(())
    }

    /// What somebody reads a record's files for: what was said now, or what a granted request or an opening says.
    ///
    /// # Errors
    /// `reading.purpose` when it has to be said, or is too short or too long.
    pub(crate) fn reading_purpose(&self, caller: &Caller, record: Id, said: Option<&str>) -> Result<Data, Problem> {
        let world = self.world.read();
        let record = world.record(record)?;
        if let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) {
            if !PURPOSE.contains(&said.chars().count()) {
                return Err(Problem::invalid("reading.purpose").at("purpose"));
            }
            return Ok(Data::from([("purpose".to_owned(), json!(said))]));
        }
        let protection = world.target(caller, world.kind(&record.kind)?, &record).protection;
        let known = grants(&world, caller, &record)?.into_iter().find_map(|r| r.text("purpose").map(str::to_owned));
        let known = match known {
            None => self.opening_purpose(&world, caller, record.id)?,
            known => known,
        };
        let needed = asked(&ReadingSettings::of(&settings::record(&world)?).reading_purpose, protection);
        match known {
            Some(known) => Ok(Data::from([("purpose".to_owned(), json!(known))])),
            None if needed && !caller.system => Err(Problem::invalid("reading.purpose").at("purpose")),
            None => Ok(Data::new()),
        }
    }
}
