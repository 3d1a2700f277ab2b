//! Signed scans filed back (B 4.4, H 10.2.3): the codes at the foot of the pages say which record and form a sheet belongs to.
//!
//! One batch may hold papers of many records; it is cut where the code changes. A page without a code is the back of the sheet before it.
//! A code finds its record with the caller's rights: what the caller may not know of is as unknown as what does not exist. What cannot be
//! filed is told page by page and can be filed by hand; nothing of it is kept, the file is still where it came from. The same sheets twice
//! are told, not filed twice. The bytes lie sealed on the disk while they wait, and once in memory while they are read.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Cursor, Read},
    path::PathBuf,
    sync::Arc,
};

use jingui_docs::scan::{self as sheets, Bytes, Limits, Media};
use jingui_kinds::{
    files::SCANS,
    form::Form,
    people::{FileWay, file_way},
    record::{FileVersion, Record, ScanOf},
};
use jingui_model::{Class, Id, Instant, Lang, Problem, Text};
use jingui_vault::{Key, file};
use serde::Serialize;

use super::code::{Code, PREFIX};
use crate::{
    exchange::file_name,
    files::{Upload, disk, versions, with_requested},
    ledger::blocking,
    live::Live,
    world::{World, caller::Caller},
};

/// Longest time that one file is read.
const PATIENCE: i64 = 180;
/// Most pages that are named one by one.
const MOST_PAGES: u32 = 10_000;

/// A signed scan that is filed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FiledScan))]
pub struct Filed {
    /// The file, to be opened like every file of the record.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub file: Id,
    /// Its name.
    pub name: String,
    /// 1, 2, 3 …
    pub version: u32,
    /// When it was filed.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub added: Instant,
}

/// What became of some pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScanOutcome {
    /// They are with their record now.
    Filed,
    /// They were there already.
    Already,
    /// No code, or one that leads to nothing that the caller knows of.
    Unknown,
    /// They belong to a record that does not take them.
    Refused,
}

/// Pages of one paper.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScanPart {
    /// Pages of the file, from 1.
    pub pages: Vec<u32>,
    /// What became of them.
    pub outcome: ScanOutcome,
    /// The register of the record that was found.
    pub kind: Option<String>,
    /// The record that was found.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub record: Option<Id>,
    /// Its number.
    pub number: Option<String>,
    /// The title of the form.
    pub title: Option<Text>,
    /// The file, once it is filed.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub file: Option<Id>,
    /// Which version of the signed paper it is.
    pub version: Option<u32>,
    /// Stable code of the reason, where it is not filed.
    pub code: Option<String>,
    /// The reason in the caller's language.
    pub message: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScanReport {
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Its pages; none when it was filed by hand without being read.
    pub pages: Option<usize>,
    /// Paper by paper.
    pub parts: Vec<ScanPart>,
}

/// The record that a person chose.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// Its register.
    pub kind: String,
    /// The record.
    pub record: Id,
    /// The form.
    pub form: String,
    /// Pages of the file, from 1; empty for all.
    pub pages: Vec<u32>,
}

/// The newest signed scan of a form that is filed with a record.
pub(super) fn newest(record: &Record, form: &str) -> Option<Filed> {
    let mut of: Vec<FileVersion> = versions(record).filter(|v| v.scan.as_ref().is_some_and(|s| s.form == form)).collect();
    of.sort_by_key(|v| (v.added, v.version));
    of.pop().map(|v| Filed { file: v.id, name: v.name, version: v.version, added: v.added })
}

/// A paper that was found on some pages.
struct Found {
    form: Arc<Form>,
    record: Record,
}

/// Which pages belong together, in the order in which they came.
struct Part {
    /// From 0.
    pages: Vec<usize>,
    code: Option<String>,
}

/// A scan that waits, sealed under a key that dies with it.
struct Waiting {
    key: Key,
    path: PathBuf,
    sha256: String,
    size: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

impl Live {
    /// Files a scan: by the codes on its pages, or where a person says.
    ///
    /// # Errors
    /// `docs.scan.*` when the file cannot be read, `file.disk`, `store.*`; of pages that find no record or are refused the report tells.
    pub async fn file_scan(
        self: &Arc<Self>,
        caller: &Caller,
        by_hand: Option<ByHand>,
        content: Box<dyn Read + Send>,
        lang: Lang,
    ) -> Result<ScanReport, Problem> {
        let waiting = self.waiting(content).await?;
        let _turn = self.scanning.acquire().await.map_err(|e| Problem::internal("node.task").detail(e))?;
        let sha256 = waiting.sha256.clone();
        let bytes: Bytes = blocking(move || {
            let mut plain = Vec::with_capacity(usize::try_from(waiting.size).unwrap_or(0));
            file::open(&waiting.key, &mut File::open(&waiting.path).map_err(disk)?, &mut plain)?;
            Ok(Arc::new(plain))
        })
        .await?;
        let media = Media::of(&bytes).ok_or_else(|| Problem::invalid("docs.scan.media"))?;
        let whole = Whole { live: Arc::clone(self), caller, bytes, media, sha256, lang };
        match by_hand {
            Some(hand) => whole.by_hand(hand).await,
            None => whole.by_codes().await,
        }
    }

    /// Nothing of a scan touches the disk unsealed, even while it waits for its turn.
    async fn waiting(&self, content: Box<dyn Read + Send>) -> Result<Waiting, Problem> {
        let id = Id::new(&*self.clock, &*self.rng);
        let path = self.objects.temp_dir().join(format!("{id}.scan"));
        let mut waiting = Waiting { key: Key::generate(&*self.rng), path, sha256: String::new(), size: 0 };
        let (suite, rng) = (self.vault.suite(), Arc::clone(&self.rng));
        blocking(move || {
            let mut content = content;
            let mut out = File::create_new(&waiting.path).map_err(disk)?;
            let digest = file::seal(suite, &waiting.key, id, &*rng, &mut *content, &mut out)?;
            waiting.sha256 = hex::encode(digest.plain_sha256);
            waiting.size = digest.plain_len;
            Ok(waiting)
        })
        .await
    }

    /// The record and form behind a code, as far as the caller may know of them.
    fn behind(&self, world: &World, caller: &Caller, code: &str) -> Option<Found> {
        let code = Code::read(&self.vault, code)?;
        let id = match code.number.parse::<Id>() {
            Ok(id) => id,
            Err(_) => world.numbered(&code.kind, &code.number)?,
        };
        self.paper(world, caller, &code.kind, id, &code.form)
    }

    fn paper(&self, world: &World, caller: &Caller, kind: &str, id: Id, form: &str) -> Option<Found> {
        let form = world.catalog.forms.get(form).filter(|f| f.kind == kind).cloned()?;
        let record = world.record(id).ok().filter(|r| r.kind == kind)?;
        let target = world.target(caller, world.kind(kind).ok()?, &record);
        world.known(caller, &target).then_some(Found { form, record })
    }
}

/// A scan in memory.
struct Whole<'a> {
    live: Arc<Live>,
    caller: &'a Caller,
    bytes: Bytes,
    media: Media,
    sha256: String,
    lang: Lang,
}

impl Whole<'_> {
    async fn by_codes(self) -> Result<ScanReport, Problem> {
        let (bytes, clock) = (Arc::clone(&self.bytes), Arc::clone(&self.live.clock));
        let started = clock.now();
        let reading = tokio::task::spawn_blocking(move || {
            let late = || clock.now().micros() - started.micros() > PATIENCE * 1_000_000;
            sheets::read(&bytes, PREFIX, &Limits::default(), &late)
        });
        // A file that brings a reader down is a broken file to the one who sent it.
        let read = reading.await.map_err(|e| Problem::invalid("docs.scan.damaged").detail(e))??;
        let count = read.pages.len();
        let mut parts = vec![];
        for part in divided(&self.live, &read.pages) {
            let pages = if part.pages.len() == count { vec![] } else { part.pages.clone() };
            let found = part.code.as_deref().and_then(|code| self.live.behind(&self.live.world.read(), self.caller, code));
            let shown: Vec<u32> = part.pages.iter().filter_map(|n| u32::try_from(n + 1).ok()).collect();
            parts.push(match found {
                Some(found) => self.file(found, pages, shown).await?,
                None => self.left(shown, None, ScanOutcome::Unknown, &unknown(part.code.is_some())),
            });
        }
        Ok(ScanReport { sha256: self.sha256, pages: Some(count), parts })
    }

    async fn by_hand(self, hand: ByHand) -> Result<ScanReport, Problem> {
        if hand.pages.iter().any(|n| *n == 0 || *n > MOST_PAGES) || hand.pages.len() > MOST_PAGES as usize {
            return Err(Problem::invalid("scan.page_list").at("pages"));
        }
        let found = self.live.paper(&self.live.world.read(), self.caller, &hand.kind, hand.record, &hand.form);
        let found = found.ok_or_else(|| Problem::missing("record.missing"))?;
        let pages = hand.pages.iter().map(|n| *n as usize - 1).collect();
        let part = self.file(found, pages, hand.pages).await?;
        Ok(ScanReport { sha256: self.sha256, pages: None, parts: vec![part] })
    }

    /// Files some pages, all of them when `pages` is empty.
    async fn file(&self, found: Found, pages: Vec<usize>, shown: Vec<u32>) -> Result<ScanPart, Problem> {
        let named: Vec<u32> = if pages.is_empty() { vec![] } else { shown.clone() };
        let of = ScanOf { form: found.form.form.clone(), sha256: self.sha256.clone(), pages: named };
        // The same sheets, whether they came by their code or somebody attached the file by hand.
        let same = |v: &FileVersion| v.scan.as_ref() == Some(&of) || (pages.is_empty() && v.sha256 == self.sha256);
        if let Some(there) = with_requested(&found.record).find(same) {
            let mut part = self.left(shown, Some(&found), ScanOutcome::Already, &Problem::conflict("scan.already"));
            (part.file, part.version) = (Some(there.id), Some(there.version));
            return Ok(part);
        }
        match self.attached(&found, of, pages).await {
            Ok(filed) => Ok(ScanPart {
                outcome: ScanOutcome::Filed,
                file: Some(filed.file),
                version: Some(filed.version),
                code: None,
                message: None,
                ..self.left(shown, Some(&found), ScanOutcome::Filed, &Problem::conflict("scan.already"))
            }),
            Err(problem) if matches!(problem.class(), Class::Internal | Class::Unavailable) => Err(problem),
            Err(problem) => Ok(self.left(shown, Some(&found), ScanOutcome::Refused, &problem)),
        }
    }

    async fn attached(&self, found: &Found, of: ScanOf, pages: Vec<usize>) -> Result<Filed, Problem> {
        let (kind, record, form) = (&found.record.kind, &found.record, &found.form);
        let field = {
            let world = self.live.world.read();
            let kind = world.kind(kind)?;
            let at_once = |f: &&String| matches!(file_way(kind, record, f, &self.caller.view, false), Some(FileWay::AtOnce));
            form.signed.as_ref().filter(at_once).cloned().unwrap_or_else(|| SCANS.to_owned())
        };
        // Before anything is cut: whoever may not file it is told so at once.
        self.live.may_attach(self.caller, kind, record.id, &field)?;
        let content: Box<dyn Read + Send> = if pages.is_empty() {
            Box::new(Cursor::new(Shared(Arc::clone(&self.bytes))))
        } else if self.media == Media::Pdf {
            let bytes = Arc::clone(&self.bytes);
            Box::new(Cursor::new(blocking(move || sheets::cut(&bytes, &pages, &Limits::default())).await?))
        } else {
            return Err(Problem::invalid("scan.undivided"));
        };
        let series =
            versions_in(record, &field).into_iter().rfind(|v| v.scan.as_ref().is_some_and(|s| s.form == of.form)).map(|v| v.series);
        let name = file_name(&[form.title.get(self.lang), record.number.as_deref().unwrap_or_default()], self.media.ending());
        let upload = Upload { field: &field, series, name: &name, media: self.media.name(), scan: Some(of) };
        let outcome = self.live.attach_upload(self.caller, kind, record.id, upload, content).await?;
        newest(&outcome.record, &form.form).ok_or_else(|| Problem::internal("file.malformed"))
    }

    fn left(&self, pages: Vec<u32>, found: Option<&Found>, outcome: ScanOutcome, problem: &Problem) -> ScanPart {
        ScanPart {
            pages,
            outcome,
            kind: found.map(|f| f.record.kind.clone()),
            record: found.map(|f| f.record.id),
            number: found.and_then(|f| f.record.number.clone()),
            title: found.map(|f| f.form.title.clone()),
            file: None,
            version: None,
            code: Some(problem.code().to_owned()),
            message: Some(self.live.messages.problem(problem, self.lang)),
        }
    }
}

fn unknown(has_code: bool) -> Problem {
    Problem::missing(if has_code { "scan.unknown" } else { "scan.no_code" })
}

fn versions_in(record: &Record, field: &str) -> Vec<FileVersion> {
    record.data.get(field).cloned().and_then(|v| serde_json::from_value(v).ok()).unwrap_or_default()
}

/// Pages by the paper that they belong to. A sheet on which two papers are named belongs to neither.
fn divided(live: &Live, pages: &[Vec<String>]) -> Vec<Part> {
    let mut parts: Vec<Part> = vec![];
    let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
    let mut current: Option<usize> = None;
    for (n, codes) in pages.iter().enumerate() {
        let ours: Vec<&String> = codes.iter().filter(|c| Code::read(&live.vault, c).is_some()).collect();
        let at = match (ours.as_slice(), codes.first()) {
            ([code], _) => Some(*by_code.entry((*code).clone()).or_insert_with(|| {
                parts.push(Part { pages: vec![], code: Some((*code).clone()) });
                parts.len() - 1
            })),
            ([], None) => current,
            // Another system's paper, or two at once: a person looks at it.
            (_, first) => {
                parts.push(Part { pages: vec![], code: first.cloned().filter(|_| ours.is_empty()) });
                Some(parts.len() - 1)
            }
        };
        let at = at.unwrap_or_else(|| {
            parts.push(Part { pages: vec![], code: None });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(at) {
            part.pages.push(n);
        }
        current = Some(at);
    }
    parts
}

/// The bytes that others read, too.
struct Shared(Bytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
