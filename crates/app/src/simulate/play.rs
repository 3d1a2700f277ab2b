//! One thing of the script is done, by the people whose work it is, through the same door as any act.

use jingui_kinds::{
    people::{asked, excluded, ids},
    record::Record,
};
use jingui_model::{Data, Id, Problem};
use serde_json::json;

use super::{
    object,
    script::{Act, Item},
    stage::{Scene, Stage},
};
use crate::{
    duties::DUTY,
    pipeline::Command,
    world::caller::{Caller, Origin},
};

/// Most votes that an approval can need.
const VOTES: usize = 8;

impl Stage<'_> {
    /// Plays an item; gives what it made.
    pub async fn play(&mut self, item: &Item) -> Result<Vec<Id>, Problem> {
        let mut scene = self.scene();
        self.play_in(item, &mut scene).await
    }

    /// Does what a duty asks for.
    pub async fn steps(&mut self, steps: &[Item], duty: &Record) -> Result<(), Problem> {
        let mut scene = self.scene();
        scene.me = duty.one("responsible");
        scene.about = crate::duties::book::about(duty);
        scene.due = duty.day("due");
        for step in steps {
            self.play_in(step, &mut scene).await?;
        }
        Ok(())
    }

    /// Finishes a duty by a note, and a file where one is asked for.
    pub async fn finish(&mut self, duty: &Record, note: &str) -> Result<(), Problem> {
        let mut scene = self.scene();
        scene.me = duty.one("responsible");
        let caller = self.caller(Some("me"), &mut scene)?;
        self.tick();
        if duty.text("evidence") == Some("note_and_file") {
            let sheet = Box::new(std::io::Cursor::new(duty.number.clone().unwrap_or_default()));
            self.live.attach(&caller, DUTY, duty.id, "files", None, "record.txt", "text/plain", sheet).await?;
        }
        let input = Data::from([("result".to_owned(), json!(note))]);
        self.live.pipeline.change(Command::on(&caller, DUTY, duty.id, "finish", input)).await.map(|_| ())
    }

    pub(super) async fn play_in(&mut self, item: &Item, scene: &mut Scene) -> Result<Vec<Id>, Problem> {
        // Whose duty it is does it, unless the script says otherwise; what merely happens, the system enters.
        let by = item.by.as_deref().or(scene.me.map(|_| "me"));
        let mut made = vec![];
        if let Some(kind) = &item.kind {
            let caller = self.caller(by, scene)?;
            let data = object(self.fill(&item.data, scene)?);
            self.tick();
            let record = self.live.pipeline.change(Command::create(&caller, kind, data)).await?.record;
            made.push(record.id);
            if !self.live.world.read().kind(kind)?.on_create.is_empty() {
                super::settle(self.live).await?;
            }
            for act in &item.acts {
                self.act(kind, record.id, act, by, scene).await?;
            }
            scene.last = Some(record.id);
            if let Some(alias) = &item.alias {
                self.named.entry(alias.clone()).or_default().push(record.id);
            }
        } else if let (Some(on), Some(act)) = (&item.on, &item.act) {
            let id = self.fill(&json!(on), scene)?;
            let id: Id = id.as_str().and_then(|s| s.parse().ok()).ok_or_else(|| Problem::internal("simulate.script").arg("item", on))?;
            let kind = self.live.world.read().record(id)?.kind;
            let act = Act { act: act.clone(), input: item.input.clone(), by: None };
            self.act(&kind, id, &act, by, scene).await?;
        }
        let last = scene.last;
        for then in &item.then {
            Box::pin(self.play_in(then, scene)).await?;
            scene.last = last;
        }
        Ok(made)
    }

    /// Does an act and gives the votes that it needs. What is done already is not done again: yesterday something came between.
    async fn act(&mut self, kind: &str, id: Id, act: &Act, by: Option<&str>, scene: &mut Scene) -> Result<(), Problem> {
        let beyond = {
            let world = self.live.world.read();
            let state = world.record(id)?.state;
            world.kind(kind)?.transition(&act.act).is_some_and(|t| !t.from.contains(&state))
        };
        if beyond && scene.me.is_some() {
            return Ok(());
        }
        let caller = self.caller(act.by.as_deref().or(by), scene)?;
        let input = object(self.fill(&act.input, scene)?);
        self.tick();
        let mut record = self.live.pipeline.change(Command::on(&caller, kind, id, &act.act, input)).await?.record;
        for _ in 0..VOTES {
            if record.pending.is_none() {
                return Ok(());
            }
            let voter = self.voter(&record)?;
            self.tick();
            record = self.live.pipeline.change(Command::on(&voter, kind, id, "approve", Data::new())).await?.record;
        }
        Ok(())
    }

    /// Somebody whose vote a record waits for.
    fn voter(&self, record: &Record) -> Result<Caller, Problem> {
        let candidates = self.voters();
        let world = self.live.world.read();
        let kind = world.kind(&record.kind)?;
        for person in candidates {
            let Ok(caller) = world.person_caller(person, Origin { door: "simulation".to_owned(), ..Origin::default() }) else { continue };
            let never = excluded(kind, record, &caller.view).is_some();
            if asked(kind, record, &caller.view, &*world) && !never && !ids(record.data.get("person")).contains(&person) {
                return Ok(caller);
            }
        }
        Err(Problem::conflict("simulate.nobody_votes").arg("kind", &record.kind))
    }
}
