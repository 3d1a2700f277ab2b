//! Documents (文书): forms filled from records, as an editable document, for print and for the screen (B appendices 5 and 6, and the forms
//! that B 4 to 11 and H 7 to 9 name).
//!
//! What stands on a paper comes from the record through what its reader may read: what is masked in exports is masked here, what a
//! reference points to is read with the reader's rights. Of something graded the reading is durable in the ledger before the paper
//! leaves ([decision 5](../../../../docs/decisions/0005-reads-are-acts.md)), and every page bears the mark (B 5.2.1, H 9.2.1).

mod code;
pub(crate) mod own;
mod page;
pub mod scan;
mod source;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use jingui_docs::paper::{DOCX_MEDIA, Orientation, Paper, write_docx, write_html, write_pdf};
use jingui_kinds::{form::Form, record::Record};
use jingui_model::{Data, Id, Lang, Problem, Protection, Text};
use jingui_policy::Action;
use serde::Serialize;
use serde_json::json;

pub(crate) use self::source::Pieces;
use self::source::Source;
use crate::{
    exchange::{ExportFile, file_name},
    ledger::blocking,
    live::Live,
    pipeline::Note,
    refusal, shelf,
    world::{World, caller::Caller},
};

/// What a paper is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Editable.
    Docx,
    /// For print.
    Pdf,
    /// For the screen, and for print from there.
    Html,
}

impl Format {
    /// By its name: `docx`, `pdf`, `html`.
    ///
    /// # Errors
    /// `document.format`.
    pub fn named(name: &str) -> Result<Self, Problem> {
        match name {
            "docx" => Ok(Self::Docx),
            "pdf" => Ok(Self::Pdf),
            "html" => Ok(Self::Html),
            other => Err(Problem::invalid("document.format").at("format").arg("format", other.chars().take(20).collect::<String>())),
        }
    }

    /// Its name, also the ending of its files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Pdf => "pdf",
            Self::Html => "html",
        }
    }

    const fn media(self) -> &'static str {
        match self {
            Self::Docx => DOCX_MEDIA,
            Self::Pdf => "application/pdf",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// A form that can be filled from a record or a kind.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Offered {
    /// Its code.
    pub form: String,
    /// Its title.
    pub title: Text,
    /// Clauses of the guides that ask for it.
    pub clauses: Vec<String>,
    /// `docx`, `pdf`, `html`: how it can be had.
    pub formats: Vec<String>,
    /// Terms that the record does not have yet; they are marked on the paper.
    pub missing: Vec<Text>,
    /// The newest signed scan of it that is filed with the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan: Option<scan::Filed>,
}

/// A document before it is written.
struct Composed {
    content: Content,
    title: String,
    number: String,
    missing: Vec<Text>,
    /// Graded things that were read besides the record itself.
    opened: BTreeMap<Id, String>,
}

enum Content {
    Paper(Box<Paper>),
    /// Written by the enterprise's own document.
    Ready(Vec<u8>),
}

impl Live {
    /// The forms of a kind, the first of them first.
    ///
    /// # Errors
    /// `kind.unknown`.
    pub fn forms_of(&self, kind: &str) -> Result<Vec<Offered>, Problem> {
        let world = self.world.read();
        world.kind(kind)?;
        Ok(forms(&world, kind).into_iter().map(|form| offered(&form, vec![], None)).collect())
    }

    /// The forms that can be filled from a record, with what each still misses.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`.
    pub fn documents(&self, caller: &Caller, kind: &str, id: Id, lang: Lang) -> Result<Vec<Offered>, Problem> {
        let world = self.world.read();
        let record = world.record(id)?;
        let target = world.target(caller, world.kind(kind)?, &record);
        let ruling = world.rule(caller, Action::Read, &target);
        if record.kind != kind || !world.known(caller, &target) {
            return Err(Problem::missing("record.missing"));
        }
        if !ruling.allowed {
            return Err(refusal::denied(Action::Read, &ruling));
        }
        let mut found = vec![];
        for form in forms(&world, kind) {
            let mut source = Source::of(&world, caller, record.clone(), lang, self)?;
            if !source.holds(form.condition.as_deref()) {
                continue;
            }
            match &form.document {
                Some(bytes) => own::look(bytes, &mut source)?,
                None => drop(page::blocks(&mut source, &form)),
            }
            found.push(offered(&form, source.missing(), scan::newest(&record, &form.form)));
        }
        Ok(found)
    }

    /// A form filled from a record; the reading of something graded is recorded first.
    ///
    /// # Errors
    /// `document.unknown_form`, `document.no_form`, `record.missing`, `policy.denied`, `docs.*`, `store.*`.
    pub async fn document(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        id: Id,
        form: Option<&str>,
        format: Format,
        lang: Lang,
    ) -> Result<(ExportFile, Vec<Text>), Problem> {
        let form = self.chosen(caller, kind, Some(id), form, lang)?;
        let fields = Data::from([("form".to_owned(), json!(form.form)), ("format".to_owned(), json!(format.name()))]);
        self.reading(caller, kind, id, fields.clone()).await?;
        let composed = {
            let world = self.world.read();
            let record = world.record(id)?;
            let source = Source::of(&world, caller, record, lang, self)?;
            compose(source, &form, format)?
        };
        for (id, kind) in &composed.opened {
            self.reading(caller, kind, *id, fields.clone()).await?;
        }
        let missing = composed.missing.clone();
        let file = blocking(move || write(composed, format)).await?;
        Ok((file, missing))
    }

    /// A form of a kind with nothing in it, to be filled in by hand.
    ///
    /// # Errors
    /// `document.unknown_form`, `document.no_form`, `kind.unknown`, `docs.*`.
    pub async fn blank_document(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        form: Option<&str>,
        format: Format,
        lang: Lang,
    ) -> Result<ExportFile, Problem> {
        let form = self.chosen(caller, kind, None, form, lang)?;
        let composed = {
            let world = self.world.read();
            compose(Source::empty(&world, caller, kind, lang, self)?, &form, format)?
        };
        blocking(move || write(composed, format)).await
    }

    /// The record of a kind with this number.
    ///
    /// # Errors
    /// `kind.unknown`, `document.unknown_number`.
    pub fn numbered(&self, kind: &str, number: &str) -> Result<Id, Problem> {
        let world = self.world.read();
        world.table(kind)?;
        world
            .numbered(kind, number)
            .ok_or_else(|| Problem::missing("document.unknown_number").arg("number", number.chars().take(80).collect::<String>()))
    }

    fn chosen(&self, caller: &Caller, kind: &str, id: Option<Id>, code: Option<&str>, lang: Lang) -> Result<Arc<Form>, Problem> {
        let world = self.world.read();
        world.kind(kind)?;
        let all = forms(&world, kind);
        if let Some(code) = code {
            let unknown = || Problem::missing("document.unknown_form").at("form").arg("form", code.chars().take(60).collect::<String>());
            return all.into_iter().find(|form| form.form == code).ok_or_else(unknown);
        }
        let mut fitting = all;
        if let Some(id) = id {
            let record = world.record(id).ok().filter(|r| r.kind == kind).ok_or_else(|| Problem::missing("record.missing"))?;
            let source = Source::of(&world, caller, record, lang, self)?;
            fitting.retain(|form| source.holds(form.condition.as_deref()));
        }
        fitting.into_iter().next().ok_or_else(|| Problem::missing("document.no_form"))
    }

    /// Asks for the reading and records it; a program with the key file leaves a note like anybody else.
    async fn reading(self: &Arc<Self>, caller: &Caller, kind: &str, id: Id, fields: Data) -> Result<(), Problem> {
        self.access(caller, kind, id, Action::Read, ACT, fields.clone()).await?;
        let graded = {
            let world = self.world.read();
            let record = world.record(id)?;
            world.target(caller, world.kind(kind)?, &record).protection > Protection::None
        };
        if caller.system && graded {
            let note = Note { caller: caller.clone(), act: ACT.to_owned(), kind: kind.to_owned(), record: Some(id), fields };
            self.pipeline.note(note).await?;
        }
        Ok(())
    }
}

/// What a mark on a record's files says: its pieces, and the company's name. That the caller may read the record was asked before.
pub(crate) fn mark_of(
    world: &World,
    caller: &Caller,
    record: &Record,
    lang: Lang,
    live: &Live,
) -> Result<Option<(Pieces, String)>, Problem> {
    let source = Source::of(world, caller, record.clone(), lang, live)?;
    let company = source.company().to_owned();
    Ok(source.pieces().map(|pieces| (pieces, company)))
}

/// What the ledger calls it.
const ACT: &str = "document";

/// The forms of a kind in their order.
fn forms(world: &World, kind: &str) -> Vec<Arc<Form>> {
    let mut all: Vec<Arc<Form>> = world.catalog.forms.values().filter(|form| form.kind == kind).cloned().collect();
    all.sort_by(|a, b| (a.order, &a.form).cmp(&(b.order, &b.form)));
    all
}

fn offered(form: &Form, missing: Vec<Text>, scan: Option<scan::Filed>) -> Offered {
    // A document of the enterprise's own is printed by the word processor that knows its fonts.
    let formats = if form.document.is_some() { vec![Format::Docx] } else { vec![Format::Docx, Format::Pdf, Format::Html] };
    let formats = formats.into_iter().map(|f| f.name().to_owned()).collect();
    Offered { form: form.form.clone(), title: form.title.clone(), clauses: form.clauses.clone(), formats, missing, scan }
}

fn compose(mut source: Source<'_>, form: &Form, format: Format) -> Result<Composed, Problem> {
    let title = source.plain(&form.title);
    let number = source.number().unwrap_or_default().to_owned();
    let content = match &form.document {
        Some(_) if format != Format::Docx => return Err(Problem::invalid("document.docx_only").at("format")),
        Some(bytes) => Content::Ready(own::fill(bytes, &mut source)?),
        None => Content::Paper(Box::new(paper(&mut source, form, &title))),
    };
    Ok(Composed { content, title, number, missing: source.missing(), opened: source.opened() })
}

fn paper(source: &mut Source<'_>, form: &Form, title: &str) -> Paper {
    let blocks = page::blocks(source, form);
    let mut paper = Paper::new(source.lang(), title, source.now());
    paper.blocks = blocks;
    paper.zone = source.zone();
    paper.subtitle = source.number().map(|number| source.say("document.number", &[("number", number)])).unwrap_or_default();
    paper.header = source.company().to_owned();
    paper.author = source.company().to_owned();
    paper.footer = source.footer();
    paper.page_label = source.say("paper.page", &[]);
    paper.code = source.code(form);
    if form.landscape {
        paper.orientation = Orientation::Landscape;
    }
    paper.mark = source.mark();
    paper
}

fn write(composed: Composed, format: Format) -> Result<ExportFile, Problem> {
    let bytes = match (composed.content, format) {
        (Content::Ready(bytes), _) => bytes,
        (Content::Paper(paper), Format::Docx) => write_docx(&paper)?,
        (Content::Paper(paper), Format::Pdf) => write_pdf(&paper, shelf::fonts()?)?.bytes,
        (Content::Paper(paper), Format::Html) => write_html(&paper)?.into_bytes(),
    };
    Ok(ExportFile { name: file_name(&[&composed.title, &composed.number], format.name()), media: format.media(), bytes })
}
