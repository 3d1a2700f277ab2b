//! The stage: who is there, which records go by which name, whose turn it is. Everything is chosen in turn, nothing by chance,
//! so that a script gives the same year every time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jingui_kinds::people::ids;
use jingui_model::{Data, Day, Id, Problem, clock::FixedClock};
use serde_json::{Value, json};

use super::script::{Item, Script};
use crate::{
    live::Live,
    pipeline::Command,
    world::{
        World,
        caller::{Caller, Origin, strings},
        layout::Post,
    },
};

const AT_ONCE: usize = 50;

/// Everything that a script moves.
pub(super) struct Stage<'a> {
    pub live: &'a Arc<Live>,
    clock: &'a FixedClock,
    /// Records by the name under which the script made them.
    pub named: BTreeMap<String, Vec<Id>>,
    /// Whose turn it is.
    turns: BTreeMap<String, usize>,
    /// Persons that only the script knows of: they may leave and move.
    extras: Vec<Id>,
    number: u64,
}

/// What the placeholders of one item stand for: the same name is the same record throughout the item.
#[derive(Default)]
pub(super) struct Scene {
    pub me: Option<Id>,
    pub about: Option<Id>,
    pub due: Option<Day>,
    pub each: Option<Id>,
    pub last: Option<Id>,
    pub chosen: BTreeMap<String, Id>,
    pub number: u64,
}

impl<'a> Stage<'a> {
    pub fn new(live: &'a Arc<Live>, clock: &'a FixedClock) -> Self {
        Self { live, clock, named: BTreeMap::new(), turns: BTreeMap::new(), extras: vec![], number: 0 }
    }

    /// A second passes between two acts.
    pub fn tick(&self) {
        use jingui_model::Clock as _;
        self.clock.set(self.clock.now().plus_seconds(1));
    }

    pub fn scene(&mut self) -> Scene {
        self.number += 1;
        Scene { number: self.number, ..Scene::default() }
    }

    /// Fills the company up to the number of the script.
    pub async fn people(&mut self, script: &Script) -> Result<(), Problem> {
        let departments = self.all("department", "active");
        let there = self.persons().len();
        let mut commands = vec![];
        for n in there..script.people {
            let pick = |list: &[String], at: usize| list.get(at % list.len().max(1)).cloned().unwrap_or_default();
            let name = format!("{}{}", pick(&script.family, n), pick(&script.given, n / script.family.len().max(1)));
            let mut data =
                Data::from([("name".to_owned(), json!(format!("{name}{n}"))), ("employee_no".to_owned(), json!(format!("M-{n}")))]);
            data.extend(departments.get(n % departments.len().max(1)).map(|d| ("department".to_owned(), json!(d))));
            commands.push(Command::create(&Caller::system(), "person", data));
        }
        for part in commands.chunks(AT_ONCE) {
            let made = self.live.pipeline.group(part.to_vec()).await?;
            self.extras.extend(made.into_iter().map(|o| o.record.id));
        }
        Ok(())
    }

    /// Persons who work in a department: the three administrators stand apart from the company's work.
    pub fn persons(&self) -> Vec<Id> {
        let world = self.live.world.read();
        let placed = |id: &Id| world.record(*id).is_ok_and(|r| r.data.contains_key("department"));
        self.all("person", "active").into_iter().filter(placed).collect()
    }

    fn all(&self, kind: &str, state: &str) -> Vec<Id> {
        let world = self.live.world.read();
        let Ok(table) = world.table(kind) else { return vec![] };
        table.posted_any(Post::State, [state]).iter().filter_map(|r| table.row(r)).map(|r| r.id).collect()
    }

    /// Plays items for each of some persons.
    pub async fn each(&mut self, items: &[Item], persons: &[Id]) -> Result<(), Problem> {
        for person in persons {
            for item in items {
                let mut scene = self.scene();
                scene.each = Some(*person);
                self.play_in(item, &mut scene).await.map_err(|p| p.arg("item", item.kind.clone().unwrap_or_default()))?;
            }
        }
        Ok(())
    }

    /// Who does something: the system when the script does not say.
    pub fn caller(&mut self, by: Option<&str>, scene: &mut Scene) -> Result<Caller, Problem> {
        let person = match by {
            None | Some("system") => return Ok(Caller::system()),
            Some("me") => scene.me,
            Some(role) => self.choose(role, scene),
        };
        let person = person.ok_or_else(|| Problem::internal("simulate.script").arg("item", by.unwrap_or_default()))?;
        self.live.world.read().person_caller(person, Origin { door: "simulation".to_owned(), ..Origin::default() })
    }

    /// The next record or person behind a name; the same one throughout a scene.
    fn choose(&mut self, name: &str, scene: &mut Scene) -> Option<Id> {
        if let Some(id) = scene.chosen.get(name) {
            return Some(*id);
        }
        let (kind, _) = name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len());
        let mut all = self.candidates(kind);
        let taken: BTreeSet<Id> = scene.chosen.values().copied().chain(scene.me).chain(scene.each).collect();
        // Two names in one scene are two people, where there are two.
        if all.iter().any(|id| !taken.contains(id)) {
            all.retain(|id| !taken.contains(id));
        }
        let turn = self.turns.entry(kind.to_owned()).or_default();
        let id = all.get(*turn % all.len().max(1)).copied()?;
        *turn += 1;
        scene.chosen.insert(name.to_owned(), id);
        Some(id)
    }

    fn candidates(&self, name: &str) -> Vec<Id> {
        if let Some(made) = self.named.get(name) {
            // Records that are over serve nobody any more.
            let world = self.live.world.read();
            return made.iter().copied().filter(|id| usable(&world, *id)).collect();
        }
        let working: BTreeSet<Id> = self.persons().into_iter().collect();
        match name {
            "person" => working.into_iter().collect(),
            "leaver" | "mover" => self.extras.iter().copied().filter(|p| working.contains(p)).collect(),
            // One that nobody leads is only being set up.
            "department" => self.led_departments(),
            "post" => self.all("post", "active"),
            "head" => self.led("heads"),
            "officer" => self.led("officers"),
            role => self.with_role(role),
        }
    }

    fn led(&self, field: &str) -> Vec<Id> {
        let world = self.live.world.read();
        let led = world.in_states("department", &["active"]).unwrap_or_default();
        led.iter().flat_map(|r| ids(r.data.get(field))).collect()
    }

    fn led_departments(&self) -> Vec<Id> {
        let world = self.live.world.read();
        let led = |id: &Id| world.record(*id).is_ok_and(|r| !ids(r.data.get("heads")).is_empty());
        self.all("department", "active").into_iter().filter(led).collect()
    }

    fn with_role(&self, role: &str) -> Vec<Id> {
        let role = if role == "chair" { "committee_chair" } else { role };
        let world = self.live.world.read();
        let accounts = world.in_states("account", &["enabled"]).unwrap_or_default();
        let holds = accounts.iter().filter(|a| strings(a.data.get("roles")).any(|r| r == role));
        holds.flat_map(|a| ids(a.data.get("person"))).collect()
    }

    /// Those who may be asked to agree to something: whoever leads, and whoever has a role.
    pub fn voters(&self) -> Vec<Id> {
        let roles = ["office", "committee_chair", "committee", "legal", "security_admin", "system_admin"];
        let mut all: Vec<Id> = roles.iter().flat_map(|r| self.with_role(r)).chain(self.led("heads")).chain(self.led("officers")).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Placeholders filled in, at any depth.
    pub fn fill(&mut self, value: &Value, scene: &mut Scene) -> Result<Value, Problem> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('@') {
                Some(name) => self.named_value(name, scene)?,
                None => Value::String(text.replace("%n", &scene.number.to_string())),
            },
            Value::Array(list) => Value::Array(list.iter().map(|v| self.fill(v, scene)).collect::<Result<_, _>>()?),
            Value::Object(map) => {
                let mut out = serde_json::Map::new();
                for (key, value) in map {
                    out.insert(key.clone(), self.fill(value, scene)?);
                }
                Value::Object(out)
            }
            other => other.clone(),
        })
    }

    fn named_value(&mut self, name: &str, scene: &mut Scene) -> Result<Value, Problem> {
        let wrong = || Problem::internal("simulate.script").arg("item", name);
        let today = self.live.today();
        if let Some(days) = name.strip_prefix("day") {
            return Ok(json!(today.plus_days(days.parse().map_err(|_| wrong())?)));
        }
        if let Some(days) = name.strip_prefix("spread+") {
            // Spread over the time, so that not everything ends on one day; never within the next ten.
            let most: u64 = days.parse().map_err(|_| wrong())?;
            let days = 10 + (scene.number * 37) % most.max(1);
            return Ok(json!(today.plus_days(i32::try_from(days).unwrap_or(0))));
        }
        if name == "due" {
            return Ok(json!(scene.due.unwrap_or(today).max(today)));
        }
        let (base, field) = name.split_once('.').map_or((name, None), |(b, f)| (b, Some(f)));
        let id = match (base, field) {
            (alias, Some("last")) => return Ok(json!(self.named.get(alias).and_then(|l| l.last()).copied().ok_or_else(wrong)?)),
            (alias, Some("of")) => return Ok(json!(self.of(alias, scene).ok_or_else(wrong)?)),
            ("me", _) => scene.me,
            ("about", _) => scene.about,
            ("each", _) => scene.each,
            ("last", _) => scene.last,
            (other, _) => self.choose(other, scene),
        };
        let id = id.ok_or_else(wrong)?;
        match field {
            None => Ok(json!(id)),
            Some(field) => {
                let world = self.live.world.read();
                world.record(id)?.data.get(field).cloned().ok_or_else(wrong)
            }
        }
    }

    /// The last record of a name that is about the same person as the duty.
    fn of(&self, alias: &str, scene: &Scene) -> Option<Id> {
        let world = self.live.world.read();
        let person = |id: Id| world.record(id).ok()?.one("person");
        let wanted = person(scene.about?)?;
        self.named.get(alias)?.iter().rev().copied().find(|id| person(*id) == Some(wanted) && usable(&world, *id))
    }
}

/// Is a record in a state that something can still begin with?
fn usable(world: &World, id: Id) -> bool {
    use jingui_kinds::flow::Tone;
    let Some((table, _, row)) = world.row(id) else { return false };
    let tone = table.kind.state(&row.state).map(|s| s.tone);
    let away = table.kind.kind == "carrier" && &*row.state != "stored";
    !away && !matches!(tone, Some(Tone::Ended | Tone::Bad))
}
