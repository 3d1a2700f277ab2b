//! PDF: head, foot and words across each page, appended as an incremental update (ISO 32000-1 §7.5.6).
//!
//! The file as it was stands at the beginning of the marked one, byte for byte; where it ended is kept beside the mark. So a new mark
//! takes the place of the old one without any trace, and the mark comes out again to the last byte. When another program wrote the file
//! anew meanwhile, our streams are found by a key in them.

mod balance;
mod font;
mod page;

use std::collections::{BTreeMap, HashMap};

use jingui_model::Problem;
use lopdf::{Dictionary, Document, IncrementalDocument, LoadOptions, Object, ObjectId, Stream, dictionary};

use crate::{Face, Font, Format, Left, Limits, Mark, Marked};
use page::View;

/// The key in the information dictionary, in our streams, and the name of our drawing in a page.
const KEY: &str = "JinguiMark";
/// Where the file ended before it was marked.
const BASE: &str = "JinguiMarkBase";

fn damaged(what: &'static str) -> Problem {
    Problem::invalid("mark.damaged").detail(what)
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::internal("mark.write_failed").detail(error)
}

fn load(bytes: &[u8], limits: &Limits) -> Result<Document, Problem> {
    let max = usize::try_from(limits.max_unpacked).unwrap_or(usize::MAX);
    let options = LoadOptions { max_decompressed_size: Some(max.min(256 << 20)), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(|_| damaged("pdf"))?;
    if document.is_encrypted() || document.was_encrypted() || document.trailer.has(b"Encrypt") {
        return Err(Problem::invalid("mark.encrypted"));
    }
    Ok(document)
}

/// Every change after a signature is reported by readers as one, even an appended one (§12.8.1).
fn refuse_signed(document: &Document) -> Result<(), Problem> {
    let signature = |object: &Object| match object {
        Object::Dictionary(d) => d.has(b"ByteRange") && d.has(b"Contents"),
        _ => false,
    };
    let rights = document.catalog().is_ok_and(|c| c.has(b"Perms"));
    if rights || document.objects.values().any(|o| holds(o, &signature, 0)) { Err(Problem::conflict("mark.signed")) } else { Ok(()) }
}

fn holds(object: &Object, wanted: &dyn Fn(&Object) -> bool, depth: usize) -> bool {
    if wanted(object) || depth > 8 {
        return wanted(object);
    }
    match object {
        Object::Array(items) => items.iter().any(|o| holds(o, wanted, depth + 1)),
        Object::Dictionary(d) => d.iter().any(|(_, o)| holds(o, wanted, depth + 1)),
        _ => false,
    }
}

fn information(document: &Document) -> Option<(Option<ObjectId>, Dictionary)> {
    let (id, object) = document.dereference(document.trailer.get(b"Info").ok()?).ok()?;
    Some((id, object.as_dict().ok()?.clone()))
}

/// The file before our update with its bytes, when ours is the last update. A file that was written anew since keeps the number, but it
/// does not end there.
fn before<'b>(bytes: &'b [u8], document: &Document, limits: &Limits) -> Option<(&'b [u8], Document)> {
    let (_, information) = information(document)?;
    let base = usize::try_from(information.get(BASE.as_bytes()).ok()?.as_i64().ok()?).ok()?;
    let (head, tail) = bytes.split_at_checked(base)?;
    let ends = tail.windows(9).filter(|w| *w == b"startxref").count();
    let end = head.get(head.len().saturating_sub(1_024)..).unwrap_or_default();
    if ends != 1 || !end.windows(5).any(|w| w == b"%%EOF") {
        return None;
    }
    let old = load(head, limits).ok()?;
    (old.xref_recovery.is_none() && old.page_iter().eq(document.page_iter())).then_some((head, old))
}

pub fn read(bytes: &[u8], limits: &Limits) -> Option<Mark> {
    let document = load(bytes, limits).ok()?;
    let (_, information) = information(&document)?;
    Mark::unsealed(std::str::from_utf8(information.get(KEY.as_bytes()).ok()?.as_str().ok()?).ok()?)
}

pub fn strip(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Problem> {
    let document = load(bytes, limits)?;
    if !information(&document).is_some_and(|(_, i)| i.has(KEY.as_bytes())) {
        return Ok(bytes.to_vec());
    }
    if let Some((head, _)) = before(bytes, &document, limits) {
        return Ok(head.to_vec());
    }
    let mut update = begin(bytes, document, limits)?;
    for id in pages(&update, limits)? {
        let mut page = page::dictionary(&update, id)?;
        let contents = page::contents(update.get_prev_documents(), &page);
        page.set("Contents", Object::Array(contents));
        update.new_document.set_object(id, Object::Dictionary(page));
    }
    keep(&mut update, None, 0)?;
    save(update)
}

fn begin(bytes: &[u8], document: Document, limits: &Limits) -> Result<IncrementalDocument, Problem> {
    refuse_signed(&document)?;
    // An update points back to a table that must be where it is said to be.
    if document.xref_recovery.is_some() || document.xref_start == 0 {
        return Err(damaged("cross-reference"));
    }
    let mut update = IncrementalDocument::create_from(bytes.to_vec(), document);
    // That of a file with both sorts of tables belongs to its old part.
    update.new_document.trailer.remove(b"XRefStm");
    pages(&update, limits)?;
    Ok(update)
}

fn pages(update: &IncrementalDocument, limits: &Limits) -> Result<Vec<ObjectId>, Problem> {
    let mut ids: Vec<ObjectId> = update.get_prev_documents().page_iter().take(limits.max_pages.saturating_add(1)).collect();
    if ids.len() > limits.max_pages {
        return Err(Problem::too_large("mark.too_many_pages").arg("max", limits.max_pages));
    }
    if ids.is_empty() {
        return Err(damaged("pages"));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

pub fn put(bytes: &[u8], mark: &Mark, font: &Font, limits: &Limits) -> Result<Marked, Problem> {
    let mark = mark.clean();
    let document = load(bytes, limits)?;
    let (bytes, document) = before(bytes, &document, limits).unwrap_or((bytes, document));
    let mut update = begin(bytes, document, limits)?;
    let face = Face::open(font)?;
    let (lines, used) = font::lines(&face, [&mark.header, &mark.footer, &mark.watermark])?;
    let type0 = font::embed(&mut update.new_document, font, &face, &used)?;
    let resources = dictionary! {
        "Font" => dictionary! { "F" => type0 },
        "ExtGState" => dictionary! { "G" => dictionary! { "Type" => "ExtGState", "ca" => 0.16, "CA" => 0.16 } },
    };
    let resources = update.new_document.add_object(resources);
    let stream = |update: &mut IncrementalDocument, content: Vec<u8>, mut dictionary: Dictionary| {
        dictionary.set(KEY, true);
        update.new_document.add_object(Stream::new(dictionary, content))
    };
    let open = stream(&mut update, b"q\n".to_vec(), Dictionary::new());
    // Pages of one shape share their drawing.
    let mut drawings: BTreeMap<[i64; 6], ObjectId> = BTreeMap::new();
    let mut ends: HashMap<usize, ObjectId> = HashMap::new();
    for id in pages(&update, limits)? {
        let mut dictionary = page::dictionary(&update, id)?;
        let previous = update.get_prev_documents();
        let view = View::of(previous, &dictionary);
        let contents = page::contents(previous, &dictionary);
        let left_open = balance::left_open(previous, &contents, limits);
        let mut inherited = page::resources(previous, &dictionary);
        let drawing = match drawings.get(&view.key()) {
            Some(id) => *id,
            None => {
                let form = dictionary! {
                    "Type" => "XObject", "Subtype" => "Form", "BBox" => view.bounds(), "Resources" => resources,
                };
                let id = stream(&mut update, view.draw(&lines).into_bytes(), form);
                drawings.insert(view.key(), id);
                id
            }
        };
        let end = match ends.get(&left_open) {
            Some(id) => *id,
            None => {
                // Line ends keep apart what streams that are joined may not run together (§7.8.2).
                let content = format!("\n{}q /{KEY} Do Q\n", "Q ".repeat(left_open + 1));
                let id = stream(&mut update, content.into_bytes(), Dictionary::new());
                ends.insert(left_open, id);
                id
            }
        };
        let mut objects = inherited
            .get(b"XObject")
            .ok()
            .and_then(|o| update.get_prev_documents().dereference(o).ok()?.1.as_dict().ok().cloned())
            .unwrap_or_default();
        objects.set(KEY, drawing);
        inherited.set("XObject", objects);
        dictionary.set("Resources", inherited);
        let contents = [Object::Reference(open)].into_iter().chain(contents).chain([Object::Reference(end)]).collect();
        dictionary.set("Contents", Object::Array(contents));
        update.new_document.set_object(id, Object::Dictionary(dictionary));
    }
    keep(&mut update, Some(&mark), bytes.len())?;
    Ok(Marked { bytes: save(update)?, format: Format::Pdf, left: Vec::<Left>::new() })
}

/// Keeps the mark in the information dictionary, or takes it out.
fn keep(update: &mut IncrementalDocument, mark: Option<&Mark>, base: usize) -> Result<(), Problem> {
    let (id, mut dictionary) = information(update.get_prev_documents()).unwrap_or_default();
    dictionary.remove(KEY.as_bytes());
    dictionary.remove(BASE.as_bytes());
    if let Some(mark) = mark {
        dictionary.set(KEY, Object::string_literal(mark.sealed()?));
        dictionary.set(BASE, i64::try_from(base).map_err(failed)?);
    }
    match id {
        Some(id) => update.new_document.set_object(id, Object::Dictionary(dictionary)),
        None => {
            let id = update.new_document.add_object(dictionary);
            update.new_document.trailer.set("Info", id);
        }
    }
    Ok(())
}

fn save(mut update: IncrementalDocument) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    update.save_to(&mut out).map_err(failed)?;
    Ok(out)
}
