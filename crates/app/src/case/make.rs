//! Making a package: it is recorded first, then collected, written, verified, and its digest entered in the ledger.
//!
//! The note about each secret that is taken out is durable before anything is collected (B 5.1.2), as for every other way by which
//! content leaves.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jingui_docs::paper::{write_html, write_pdf};
use jingui_evidence::dossier::{Dossier, Findings, Matter, Trusted};
use jingui_kinds::act::Facts as _;
use jingui_ledger::suite::sha256;
use jingui_model::{Data, Id, Lang, Problem};
use serde_json::json;

use super::{
    Choice,
    collect::{collect, preview},
    papers::{CatalogLabels, Length, Voice, how_to_check, report},
};
use crate::{
    attest::{stamps, twin},
    ledger::blocking,
    live::Live,
    pipeline::Note,
    shelf,
    world::caller::Caller,
};

/// How long a package waits for the ledger's next checkpoint.
const SIGNED_WITHIN: Duration = Duration::from_secs(20);
/// Notes that are handed to the writer at once.
const AT_ONCE: usize = 64;

/// Above this many records the printed report names them only; the one for the screen says everything.
const MOST_PRINTED: usize = 200;

/// What comes along for reading.
#[derive(Debug, Clone)]
pub struct Extras {
    /// In which language the report is.
    pub lang: Lang,
    /// The page that checks packages in a browser.
    pub verify_page: Option<Vec<u8>>,
}

impl Default for Extras {
    fn default() -> Self {
        Self { lang: Lang::Zh, verify_page: None }
    }
}

/// A package.
#[derive(Debug)]
pub struct Made {
    /// The ZIP.
    pub bytes: Vec<u8>,
    /// A name for the file.
    pub name: String,
    /// Its digest in hexadecimal.
    pub sha256: String,
    /// What a reader learns from it who has the company's key.
    pub findings: Findings,
    /// Records that belong to it and that the caller may not read.
    pub left_out: u64,
    /// Where in the ledger it stands that it was made.
    pub entry: u64,
}

impl Live {
    /// Makes a package of what was chosen; `case` is the record that asks for it.
    ///
    /// # Errors
    /// Those of [`collect`]; `package.…` when what was collected does not verify, which is a fault of ours or damage.
    pub async fn make_package(
        self: &Arc<Self>,
        caller: &Caller,
        case: Option<(&str, Id)>,
        choice: &Choice,
        extras: Extras,
    ) -> Result<Made, Problem> {
        // Refuse before anything is recorded.
        preview(self, caller, choice).await?;
        let last = self.taken_out(caller, case, choice).await?;
        if !self.ledger.covered(last, SIGNED_WITHIN).await {
            return Err(Problem::unavailable("ledger.not_yet").arg("index", last).arg("size", self.ledger.state().size));
        }
        twin::advance(self).await?;
        let collected = collect(self, caller, choice).await?;
        let (name, key) = (collected.dossier.name.clone(), self.ledger.verifier().to_string());
        let mut dossier = collected.dossier;
        dossier.papers = self.papers(&dossier, extras).await?;
        dossier.seals = stamps::over(self, |algorithm| dossier.tag_manifest(algorithm)).await?;
        let (bytes, findings) = blocking(move || dossier.pack_for(&Trusted::read(&[&key], None)?)).await?;
        let sha256 = hex::encode(sha256(&[&bytes]));
        let fields = Data::from([
            ("sha256".to_owned(), json!(sha256)),
            ("size".to_owned(), json!(bytes.len())),
            ("entries".to_owned(), json!(findings.proven.len())),
        ]);
        let entry = self.pipeline.note(case_note(caller, case, "package_made", fields)).await?;
        Ok(Made { bytes, name: format!("{name}.zip"), sha256, findings, left_out: collected.left_out, entry })
    }

    /// What a package carries for reading.
    async fn papers(self: &Arc<Self>, dossier: &Dossier, extras: Extras) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
        let (live, dossier) = (Arc::clone(self), dossier.clone());
        blocking(move || {
            // As a stranger sees it: that the key is ours is for the reader to find out.
            let (_, findings) = dossier.clone().pack_for(&Trusted::default())?;
            let (catalog, scheme, zone) = {
                let world = live.world.read();
                (Arc::clone(&world.catalog), Arc::clone(world.grade_scheme()), world.zone())
            };
            let labels = CatalogLabels { catalog: &catalog, scheme: &scheme };
            let voice = Voice { messages: &live.messages, labels: &labels, lang: extras.lang, zone };
            let whole = report(&dossier, &findings, voice, Length::Whole);
            let printed =
                if dossier.records.len() > MOST_PRINTED { report(&dossier, &findings, voice, Length::Summary) } else { whole.clone() };
            let mut papers = BTreeMap::from([
                ("data/report.html".to_owned(), write_html(&whole)?.into_bytes()),
                ("data/HOW-TO-CHECK.zh.md".to_owned(), how_to_check(Lang::Zh).into_bytes()),
            ]);
            match shelf::fonts().and_then(|fonts| write_pdf(&printed, fonts)) {
                Ok(pdf) => drop(papers.insert("data/report.pdf".to_owned(), pdf.bytes)),
                // The same text is there as HTML: a machine without fonts makes packages all the same.
                Err(problem) => tracing::warn!(problem = %problem, "the report is not printed as PDF"),
            }
            papers.extend(extras.verify_page.map(|page| ("data/verify.html".to_owned(), page)));
            Ok(papers)
        })
        .await
    }

    /// Records that the secrets are taken out; the index of the last note.
    async fn taken_out(&self, caller: &Caller, case: Option<(&str, Id)>, choice: &Choice) -> Result<u64, Problem> {
        let Matter { name, case_no, .. } = &choice.matter;
        let fields = Data::from([
            ("matter".to_owned(), json!(name)),
            ("case_no".to_owned(), json!(case_no)),
            ("package".to_owned(), json!(case.map(|(_, id)| id))),
        ]);
        let mut last = 0;
        for secrets in choice.secrets.chunks(AT_ONCE) {
            let mut notes = tokio::task::JoinSet::new();
            for id in secrets {
                let kind = self.world.read().record(*id)?.kind;
                let note = Note { caller: caller.clone(), act: "packaged".to_owned(), kind, record: Some(*id), fields: fields.clone() };
                let pipeline = self.pipeline.clone();
                notes.spawn(async move { pipeline.note(note).await });
            }
            while let Some(done) = notes.join_next().await {
                last = last.max(done.map_err(|e| Problem::internal("node.task").detail(e))??);
            }
        }
        Ok(last)
    }
}

fn case_note(caller: &Caller, case: Option<(&str, Id)>, act: &str, fields: Data) -> Note {
    let (kind, record) = case.map_or(("system", None), |(kind, id)| (kind, Some(id)));
    Note { caller: caller.clone(), act: act.to_owned(), kind: kind.to_owned(), record, fields }
}
