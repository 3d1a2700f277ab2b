//! A certificate for one record, or for one file of it: a page with digest, time, proof and a code that opens the checking page (B 8.1.2).
//!
//! It shows nothing of the content but what the digest is of. Who may read the record may have one.

use std::{collections::BTreeMap, sync::Arc};

use jingui_docs::paper::write_pdf;
use jingui_evidence::dossier::{Attached, Dossier, Record, Trusted, safe_name};
use jingui_kinds::act::Facts as _;
use jingui_model::{Data, Id, Lang, Problem};
use jingui_policy::Action;
use serde_json::{Value, json};

use super::{
    Choice,
    chronicle::{Chronicle, Step},
    collect::{Entries, dossier_of},
    papers::{CatalogLabels, Certificate, Voice, certificate},
};
use crate::{ledger::blocking, live::Live, shelf, world::caller::Caller};

impl Live {
    /// A certificate as PDF. `base` is where the checking page is to be had.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`; `file.missing`; `ledger.not_yet` when no checkpoint covers the act yet; `docs.no_font`.
    pub async fn certificate(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        id: Id,
        file: Option<Id>,
        base: &str,
        lang: Lang,
    ) -> Result<Vec<u8>, Problem> {
        let fields = Data::from([("file".to_owned(), json!(file))]);
        self.access(caller, kind, id, Action::Read, "certified", fields).await?;
        let definition = Arc::clone(self.world.read().kind(kind)?);
        let chronicle = Chronicle::read(self, id, definition, vec![id], self.clock.now()).await?;
        let chronicle = chronicle.ok_or_else(|| Problem::missing("record.missing"))?;
        let (step, field) = match file {
            Some(file) => vouching(&chronicle, file).ok_or_else(|| Problem::missing("file.missing"))?,
            None => (chronicle.steps.iter().rfind(|s| s.changes_something()).ok_or_else(|| Problem::missing("record.missing"))?, None),
        };
        let dossier = self.certified(caller, &chronicle, step, field.as_deref(), file).await?;
        let (live, base) = (Arc::clone(self), base.to_owned());
        blocking(move || {
            // As a stranger sees it: that the key is ours is for the reader to find out.
            let (_, findings) = dossier.clone().pack_for(&Trusted::default())?;
            let (catalog, scheme, zone) = {
                let world = live.world.read();
                (Arc::clone(&world.catalog), Arc::clone(world.grade_scheme()), world.zone())
            };
            let labels = CatalogLabels { catalog: &catalog, scheme: &scheme };
            let voice = Voice { messages: &live.messages, labels: &labels, lang, zone };
            let paper = certificate(&Certificate::new(&dossier, &findings, &base)?, voice);
            Ok(write_pdf(&paper, shelf::fonts()?)?.bytes)
        })
        .await
    }

    /// A package of the one entry, from which the certificate is made.
    async fn certified(
        self: &Arc<Self>,
        caller: &Caller,
        chronicle: &Chronicle,
        step: &Step,
        field: Option<&str>,
        file: Option<Id>,
    ) -> Result<Dossier, Problem> {
        let opened = step.opened.fields.iter().filter(|f| Some(f.name.as_str()) == field).cloned().collect();
        let grade = chronicle.kind.graded.as_deref().and_then(|field| chronicle.text(field)).map(str::to_owned);
        let mut record = Record {
            id: chronicle.id,
            kind: chronicle.kind.kind.clone(),
            number: chronicle.number.clone(),
            label: Some(chronicle.title().to_owned()).filter(|title| !title.is_empty()),
            grade,
            entries: vec![step.index],
            points: vec![],
            files: vec![],
        };
        let mut files = BTreeMap::new();
        if let (Some(file), Some(field)) = (file, field) {
            let outgoing = self.outgoing(caller, chronicle.id, file).await?;
            let name = outgoing.version.name.clone();
            let bytes = blocking(move || {
                let mut bytes = vec![];
                outgoing.write_to(&mut bytes)?;
                Ok(bytes)
            })
            .await?;
            let attached = Attached::new(&name, &bytes, step.index, field);
            files.insert(attached.path.clone(), bytes);
            record.files.push(attached);
        }
        let entries = Entries::from([(step.index, (step.entry.clone(), opened))]);
        let dossier = dossier_of(self, caller, &Choice::default(), entries).await?;
        Ok(Dossier { name: safe_name(&chronicle.called()), records: vec![record], files, ..dossier })
    }
}

/// The first act that vouches for a file, and the field that names it.
fn vouching(chronicle: &Chronicle, file: Id) -> Option<(&Step, Option<String>)> {
    let names = |value: &Value| serde_json::from_value::<Named>(value.clone()).is_ok_and(|v| v.id == file);
    chronicle.steps.iter().find_map(|step| {
        let holds = |value: &Value| value.as_array().map_or_else(|| names(value), |items| items.iter().any(names));
        let field = step.opened.fields.iter().find(|f| f.name.starts_with("data.") && holds(&f.value))?;
        Some((step, Some(field.name.clone())))
    })
}

/// What the ledger says of a file that is wanted here: the record’s file without its key.
#[derive(serde::Deserialize)]
struct Named {
    id: Id,
    #[expect(dead_code, reason = "only a file has one")]
    sha256: String,
}
