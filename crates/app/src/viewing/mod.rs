//! Reading without taking (H 9.6.3, 8.3.1; B 5.1.2): a file of a record is looked at page by page, as pictures with the reader's name, the
//! time and a number across them; the file itself stays here.
//!
//! A *viewing* belongs to one session, one person, one version of a file. Before it opens, its intent is durable in the ledger with the number
//! that stands on the pages. Every request asks the policies again, so that whoever loses a right sees no further page; open viewers hear
//! of it. What was unsealed stays in memory, is wiped at the end, and the end comes after a quarter of an hour without use.

mod convert;
mod office;
mod open;
mod print;
mod release;
mod turns;

use std::{
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use jingui_kinds::{
    act::Facts as _,
    record::{FileVersion, Record},
};
use jingui_model::{Data, Id, Instant, Problem};
use jingui_policy::Action;
use jingui_view::{Document, Format, Limits, Office, PageText, Reader, Secret};
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use self::{office::Offices, open::Viewing};
pub use self::{
    open::{IDLE, Viewings},
    print::{PrintAsk, PrintView, Printed},
};
use crate::{
    files::{with_requested, wrapped},
    live::Live,
    shelf::font,
    world::caller::Caller,
};

/// How long a page may take to be read.
const PAGE: Duration = Duration::from_secs(10);
/// After so long a page or a search is taken for endless: what bounds it was not asked for a minute.
const ENDLESS: Duration = Duration::from_secs(60);
/// The same for a document that is opened, which an office program may first have to convert.
const ENDLESS_OPENING: Duration = Duration::from_secs(150);
/// How long one search goes on.
const SEARCH: Duration = Duration::from_secs(15);
/// Places that one search shows.
const HITS: usize = 500;
/// Characters of what is searched for.
const WORDS: usize = 100;
/// Signs of a viewing's number: no 0, 1, I, L, O, U, which are read as each other.
const SIGNS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A page's size.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PageView {
    /// Points across.
    pub width: f32,
    /// Points down.
    pub height: f32,
}

/// A viewing that is open.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ViewingView {
    /// For the requests that follow.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Id,
    /// What stands on each page and in the ledger.
    pub number: String,
    /// The file's name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The line across each page.
    pub across: String,
    /// Each page.
    pub pages: Vec<PageView>,
    /// It ends after so many seconds without use.
    pub idle_seconds: i64,
    /// May the reader have the file itself?
    pub may_take: bool,
    /// What the reader may print; nothing without an approved transfer.
    pub print: Option<PrintView>,
}

/// A rectangle on a page, in shares of its width and height, from above left.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PlaceView {
    /// From the left.
    pub x: f32,
    /// From above.
    pub y: f32,
    /// Across.
    pub width: f32,
    /// Down.
    pub height: f32,
}

/// A place where the words stand.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HitView {
    /// The page, from 1.
    pub page: usize,
    /// One rectangle for each line that the words run over.
    pub lines: Vec<PlaceView>,
}

/// What a search within a document found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SearchView {
    /// Each place, in the document's order.
    pub hits: Vec<HitView>,
    /// Are there more, or did it take too long to look at every page?
    pub more: bool,
    /// Pages that were looked at.
    pub pages: usize,
    /// Does the document have any words? A scan has none.
    pub words: bool,
}

impl Live {
    /// Opens a viewing of a file for a session.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`, `file.missing`; `view.*` when the file cannot be shown; `store.*`.
    pub async fn view_file(
        self: &Arc<Self>,
        caller: &Caller,
        session: &str,
        kind: &str,
        record: Id,
        file: Id,
        purpose: Option<&str>,
    ) -> Result<ViewingView, Problem> {
        let number = self.viewing_number();
        let mut fields = Data::from([("file".to_owned(), json!(file)), ("viewing".to_owned(), json!(number))]);
        match self.reading_purpose(caller, record, purpose) {
            Ok(known) => fields.extend(known),
            Err(problem) if self.may_view_files(caller, record) => return Err(problem),
            // Whoever may not look is told so, and of no purpose.
            Err(_) => {}
        }
        self.access(caller, kind, record, Action::ViewFile, "view_file", fields).await?;
        let found = self.outgoing(caller, record, file).await?;
        let (version, limits) = (found.version.clone(), Limits::default());
        if version.size > limits.bytes {
            return Err(Problem::too_large("view.large"));
        }
        let name = version.name.clone();
        let (offices, now) = (Arc::clone(&self.viewings.offices), self.clock.now());
        let opening = move || {
            let mut bytes: Secret = Zeroizing::new(Vec::with_capacity(usize::try_from(version.size).unwrap_or(0)));
            found.write_to(&mut *bytes)?;
            document(bytes, &name, &limits, &offices, now)
        };
        let document = self.viewings.turns.work(file, ENDLESS_OPENING, opening).await?;
        let across = {
            let world = self.world.read();
            let at = world.zone().wall(self.clock.now());
            [caller.name.as_str(), at.as_str(), number.as_str()].join(" ")
        };
        let pages = document.sizes().iter().map(|s| PageView { width: s.width, height: s.height }).collect();
        let viewing = Viewing {
            id: Id::new(&*self.clock, &*self.rng),
            session: self.token_digest(session),
            address: caller.origin.address.clone(),
            account: caller.actor.account,
            kind: kind.to_owned(),
            record,
            file,
            document,
            number: number.clone(),
            reader: Reader { words: across.clone() },
            texts: parking_lot::Mutex::default(),
        };
        let viewing = self.viewings.put(viewing, self.clock.now());
        Ok(ViewingView {
            id: viewing.id,
            number,
            name: version.name,
            version: version.version,
            across,
            pages,
            idle_seconds: IDLE,
            may_take: self.may_take(caller, kind, record),
            print: self.may_print(caller, kind, record),
        })
    }

    /// One page of a viewing as a picture, counted from 1.
    ///
    /// # Errors
    /// `view.gone`, `record.missing`, `policy.denied`, `view.page`, `view.damaged`, `view.slow`.
    pub async fn viewing_page(
        self: &Arc<Self>,
        caller: &Caller,
        session: &str,
        id: Id,
        page: usize,
        width: u32,
    ) -> Result<Vec<u8>, Problem> {
        let viewing = self.viewing(caller, session, id).await?;
        let page = page.checked_sub(1).ok_or_else(|| Problem::missing("view.page"))?;
        let drawn = Arc::clone(&viewing);
        let drawing = move || {
            let began = Moment::now();
            drawn.document.page(page, width, &drawn.reader, &font()?, &|| began.elapsed() > PAGE)
        };
        let picture = self.viewings.turns.work(viewing.file, ENDLESS, drawing).await?;
        // While it waited for its turn the right may have gone.
        self.viewing(caller, session, id).await?;
        Ok(picture)
    }

    /// Searches within a viewing.
    ///
    /// # Errors
    /// `view.gone`, `record.missing`, `policy.denied`, `view.words`.
    pub async fn viewing_search(self: &Arc<Self>, caller: &Caller, session: &str, id: Id, words: &str) -> Result<SearchView, Problem> {
        let viewing = self.viewing(caller, session, id).await?;
        if words.trim().is_empty() || words.chars().count() > WORDS {
            return Err(Problem::invalid("view.words").arg("most", WORDS).at("q"));
        }
        let (words, file) = (words.to_owned(), viewing.file);
        let found = self.viewings.turns.work(file, ENDLESS, move || Ok(search(&viewing, &words))).await?;
        self.viewing(caller, session, id).await?;
        Ok(found)
    }

    /// Ends a viewing; one that is not open any more is fine.
    pub fn end_viewing(&self, session: &str, id: Id) {
        let session = self.token_digest(session);
        if self.viewings.of(&session).iter().any(|(v, _)| v.id == id) {
            self.viewings.end(id);
        }
    }

    /// Viewings of a session that may not go on, or were not used for long: they end now, and whoever looks at them is told.
    #[must_use]
    pub fn lost_viewings(&self, session: &str) -> Vec<Id> {
        if self.viewings.count() == 0 {
            return vec![];
        }
        let now = self.clock.now();
        let mut lost = vec![];
        for (viewing, used) in self.viewings.of(&self.token_digest(session)) {
            let origin = crate::world::caller::Origin { door: "session".to_owned(), ..Default::default() };
            let caller = self.world.read().caller(viewing.account, origin, None);
            let stands = caller.is_ok_and(|caller| self.may_view(&caller, &viewing, &viewing.address).is_ok());
            if !stands || now >= used.plus_seconds(IDLE) {
                self.viewings.end(viewing.id);
                lost.push(viewing.id);
            }
        }
        lost
    }

    /// A viewing that is open and may go on; another's is as good as none.
    async fn viewing(self: &Arc<Self>, caller: &Caller, session: &str, id: Id) -> Result<Arc<Viewing>, Problem> {
        let gone = || Problem::missing("view.gone");
        let viewing = self.viewings.used(id, &self.token_digest(session), self.clock.now()).ok_or_else(gone)?;
        if viewing.account != caller.actor.account {
            return Err(gone());
        }
        match self.may_view(caller, &viewing, &caller.origin.address) {
            Ok(()) => Ok(viewing),
            Err(problem) => {
                self.viewings.end(id);
                if problem.code().starts_with("policy.") || problem.code().starts_with("reading.") || problem.code() == "record.missing" {
                    // The refusal is written down as any other; should the right be back by now, the reader opens the file anew.
                    let fields = Data::from([("file".to_owned(), json!(viewing.file))]);
                    self.access(caller, &viewing.kind, viewing.record, Action::ViewFile, "view_file", fields).await?;
                }
                Err(problem)
            }
        }
    }

    /// Somebody looks at a record: where it has office files, a program gets ready to show one.
    pub(crate) fn expect_reading(&self, record: Id) {
        let named = self.world.read().record(record).is_ok_and(|record| with_requested(&record).any(|v| Office::named(&v.name)));
        if named {
            self.viewings.offices.expect(self.clock.now());
        }
    }

    /// Do the policies let somebody look at a record's files at all?
    fn may_view_files(&self, caller: &Caller, record: Id) -> bool {
        let world = self.world.read();
        let may = |record: Record| {
            let kind = world.kind(&record.kind).ok()?;
            Some(world.rule(caller, Action::ViewFile, &world.target(caller, kind, &record)).allowed)
        };
        world.record(record).ok().and_then(may).unwrap_or(false)
    }

    /// Asked on every request: the policies, the conditions of reading, that the version is still there, and for what is locked an opening that stands (B 4.2.1).
    fn may_view(&self, caller: &Caller, viewing: &Viewing, address: &str) -> Result<(), Problem> {
        let version = {
            let world = self.world.read();
            let record = world.record(viewing.record)?;
            world.allow(caller, Action::ViewFile, &world.target(caller, world.kind(&viewing.kind)?, &record))?;
            self.reading_stands(&world, caller, &record, address)?;
            let there = with_requested(&record).find(|v: &FileVersion| v.id == viewing.file);
            there.ok_or_else(|| Problem::missing("file.missing"))?
        };
        if version.lock.is_some() {
            self.unlocked_key(caller, viewing.record, viewing.file, &wrapped(&version)?)?;
        }
        Ok(())
    }

    /// Ten signs by chance: nobody finds another's by counting.
    fn viewing_number(&self) -> String {
        let chance: [u8; 10] = self.rng.array();
        let sign = |b: &u8| char::from(SIGNS.get(usize::from(*b) % SIGNS.len()).copied().unwrap_or(b'2'));
        let all: Vec<char> = chance.iter().map(sign).collect();
        all.chunks(5).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }
}

/// The document of a file; an office file by way of the box.
fn document(bytes: Secret, name: &str, limits: &Limits, offices: &Offices, now: Instant) -> Result<Document, Problem> {
    let font = font()?;
    match Format::of(&bytes, name)? {
        Format::Office(office) => {
            jingui_view::weigh(office, &bytes, limits)?;
            let made = convert::to_pdf(offices.take()?, office, bytes, limits.bytes);
            // Whoever opened one opens another.
            offices.expect(now);
            Document::open(Format::Pdf, made?, &font, limits)
        }
        format => Document::open(format, bytes, &font, limits),
    }
}

fn search(viewing: &Viewing, words: &str) -> SearchView {
    let began = Moment::now();
    let mut found = SearchView { hits: vec![], more: false, pages: 0, words: false };
    for page in 0..viewing.document.sizes().len() {
        if found.hits.len() >= HITS || began.elapsed() > SEARCH {
            found.more = true;
            break;
        }
        let held = viewing.texts.lock().get(&page).map(Arc::clone);
        let text = held.unwrap_or_else(|| {
            // A page that cannot be read has no words.
            let read = viewing.document.text(page, &|| began.elapsed() > SEARCH).unwrap_or_default();
            let read: Arc<PageText> = Arc::new(read);
            viewing.texts.lock().insert(page, Arc::clone(&read));
            read
        });
        found.pages += 1;
        found.words |= !text.letters.is_empty();
        for hit in text.find(words, HITS - found.hits.len()) {
            let lines = hit.lines.iter().map(|r| PlaceView { x: r.x, y: r.y, width: r.width, height: r.height }).collect();
            found.hits.push(HitView { page: page + 1, lines });
        }
    }
    found
}
