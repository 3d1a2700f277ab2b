//! Labels with a code for things in a register: carriers, zones, equipment, folders of secrets (B 5.2.1, 5.4.1; H 9.1.2, 9.2.1).
//!
//! A code says kind and number only. A name is printed when it is asked for, and only what the caller may read; of what is graded,
//! printing one is an export with its note in the ledger before the label leaves.

use std::sync::Arc;

use jingui_docs::paper::{Label, LabelStock, Paper, write_labels};
use jingui_kinds::{act::Facts as _, record::Record};
use jingui_model::{Data, Id, Lang, Problem};
use jingui_policy::Action;
use serde_json::{Value, json};

use super::code_of;
use crate::{
    ledger::blocking,
    live::Live,
    settings, shelf,
    world::{World, caller::Caller},
};

/// Labels in one request.
pub const MOST: usize = 500;

/// How labels are wanted.
#[derive(Debug, Clone, Default)]
pub struct LabelAsk {
    /// What they are printed on (`a4_3x8`, `a4_5x13`, `60x40`, `50x30`).
    pub stock: String,
    /// Places of the first sheet that are used up already.
    pub skip: usize,
    /// With the name.
    pub names: bool,
}

impl Live {
    /// Labels as PDF, in the order asked for.
    ///
    /// # Errors
    /// `label.stock`, `label.none`, `label.too_many`, `label.no_number`; `record.missing`, `policy.*` when one of them may not be read; `docs.*`.
    pub async fn labels(self: &Arc<Self>, caller: &Caller, kind: &str, ids: &[Id], ask: &LabelAsk, lang: Lang) -> Result<Vec<u8>, Problem> {
        let stock = LabelStock::of(&ask.stock)
            .ok_or_else(|| Problem::invalid("label.stock").arg("stock", ask.stock.chars().take(30).collect::<String>()).at("stock"))?;
        if ids.is_empty() {
            return Err(Problem::invalid("label.none").at("ids"));
        }
        if ids.len() > MOST {
            return Err(Problem::too_large("label.too_many").arg("max", MOST).at("ids"));
        }
        for id in ids {
            let fields = Data::from([("part".to_owned(), json!("label"))]);
            self.access(caller, kind, *id, Action::Read, "export", fields).await?;
        }
        let (paper, labels) = {
            let world = self.world.read();
            let company = settings::company(&settings::record(&world)?);
            let labels =
                ids.iter().map(|id| label(&world, &world.record(*id)?, ask.names, &company, lang)).collect::<Result<Vec<_>, _>>()?;
            let mut paper = Paper::new(lang, self.messages.fill("label.title", &[], lang), self.clock.now());
            paper.zone = world.zone();
            paper.author = company;
            (paper, labels)
        };
        let skip = ask.skip;
        blocking(move || Ok(write_labels(&paper, &labels, stock, skip, shelf::fonts()?)?.bytes)).await
    }
}

fn label(world: &World, record: &Record, name: bool, company: &str, lang: Lang) -> Result<Label, Problem> {
    let kind = world.kind(&record.kind)?;
    let number = record.number.clone().ok_or_else(|| Problem::conflict("label.no_number"))?;
    let grade = kind.graded.as_ref().and_then(|f| record.data.get(f)).and_then(Value::as_str);
    let mark = grade.and_then(|g| world.grade_scheme().level(g)).map(|l| l.name.get(lang).to_owned()).unwrap_or_default();
    let department = world.department(record.id).and_then(|d| world.title(d)).unwrap_or_default();
    let unit = if department.is_empty() { company.to_owned() } else { format!("{company} {department}") };
    let title = record.data.get(&kind.title).and_then(Value::as_str).filter(|_| name).unwrap_or_default().to_owned();
    Ok(Label { code: code_of(&record.kind, &number), number, mark, name: title, unit })
}
