//! Rules and calendar of an enterprise: what ships, with what its overlay adds (`duties/*.yaml`, `calendar/days.yaml`, and
//! `calendar/holidays.yaml` when a new notice of holidays comes before a release).

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jingui_calendar::{Calendar, Holidays, Known, Need, OwnDays, Rules, Source};
use jingui_kinds::{
    Catalog,
    kind::{ChoiceOption, FieldType},
    names::ROLES,
};
use jingui_model::{Day, Diagnostic, Problem};

use super::DUTY;
use crate::{catalog::folder, embed, settings::SETTINGS, world::World};

const DUTIES: &str = "duties.yaml";
const HOLIDAYS: &str = "calendar/holidays.yaml";

/// The rules and the calendar in force.
#[derive(Debug)]
pub struct Agenda {
    /// The duties.
    pub rules: Rules,
    /// What the rules look at, by kind.
    pub(super) needs: BTreeMap<String, Need>,
    /// Which days are worked.
    pub calendar: Calendar,
    /// Up to where this node has followed what was committed.
    followed: AtomicU64,
}

impl Agenda {
    /// Reads what ships and what the overlay adds.
    ///
    /// # Errors
    /// Every mistake, with its place; `catalog.unreadable`.
    pub fn load(overlay: &Path, catalog: &Catalog) -> Result<Result<Self, Vec<Diagnostic>>, Problem> {
        let shipped = |name: &str| embed::below(name).into_iter().next().map(|(_, text)| text).unwrap_or_default();
        let own = folder(&overlay.join("duties"), "yaml")?;
        let days = folder(&overlay.join("calendar"), "yaml")?;
        let named = |name: &str| days.iter().find(|(file, _)| file.ends_with(name)).map(|(file, text)| Source { file, text });
        let (duties, holidays) = (shipped(DUTIES), shipped(HOLIDAYS));
        let own: Vec<Source<'_>> = own.iter().map(|(file, text)| Source { file, text }).collect();
        let mut found = vec![];
        let rules = Rules::load(&Source { file: DUTIES, text: &duties }, &own).unwrap_or_else(|f| {
            found.extend(f);
            Rules::default()
        });
        found.extend(rules.check_against(&Words(catalog)));
        let holidays = named("holidays.yaml").unwrap_or(Source { file: HOLIDAYS, text: &holidays });
        let holidays = Holidays::load(&holidays).unwrap_or_else(|f| {
            found.extend(f);
            Holidays::default()
        });
        let own = named("days.yaml").map_or(Ok(OwnDays::default()), |source| OwnDays::load(&source)).unwrap_or_else(|f| {
            found.extend(f);
            OwnDays::default()
        });
        let agenda = Self { needs: rules.needs(), rules, calendar: Calendar::new(holidays, &own), followed: AtomicU64::new(0) };
        Ok(if found.is_empty() { Ok(agenda) } else { Err(found) })
    }

    /// Fills the choices of duties into the kinds that name them.
    pub fn offer(&self, catalog: &mut Catalog) {
        let all: Vec<ChoiceOption> = self
            .rules
            .iter()
            .map(|d| ChoiceOption { code: d.code.clone(), label: d.label.clone(), clause: Some(d.clause.clone()) })
            .collect();
        for (kind, field) in [(DUTY, "rule"), ("delegation", "rules")] {
            let Some(kind) = catalog.kinds.get_mut(kind) else { continue };
            if let Some(field) = Arc::make_mut(kind).fields.iter_mut().find(|f| f.name == field)
                && let FieldType::Choice { options } | FieldType::Choices { options } = &mut field.ty
            {
                options.clone_from(&all);
            }
        }
    }

    /// The day after the enterprise was set up: what is entered on the first day was there before. Nothing as long as it is
    /// still being set up.
    pub(super) fn since(&self, world: &World) -> Option<Day> {
        let settings = world.table(SETTINGS).ok()?;
        let row = settings.row(settings.live().min()?)?;
        Some(row.created.day(jingui_kinds::act::Facts::zone(world)).plus_days(1))
    }

    pub(super) fn followed(&self) -> u64 {
        self.followed.load(Ordering::Relaxed)
    }

    pub(super) fn set_followed(&self, index: u64) {
        self.followed.store(index, Ordering::Relaxed);
    }
}

/// What the kinds know, for the check of the rules.
struct Words<'a>(&'a Catalog);

impl Known for Words<'_> {
    fn role(&self, role: &str) -> bool {
        ROLES.contains(&role)
    }
    fn kind(&self, kind: &str) -> bool {
        self.0.kinds.contains_key(kind)
    }
    fn state(&self, kind: &str, state: &str) -> bool {
        self.0.kinds.get(kind).is_some_and(|k| k.state(state).is_some())
    }
    fn transition(&self, kind: &str, transition: &str) -> bool {
        transition == "create" || self.0.kinds.get(kind).is_some_and(|k| k.transition(transition).is_some())
    }
    fn field(&self, kind: &str, field: &str) -> bool {
        self.0.kinds.get(kind).is_some_and(|k| k.field(field).is_some())
    }
}
