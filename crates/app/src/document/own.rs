//! Documents of an enterprise's own: `forms/*.docx` of the overlay, checked when the node starts and filled like the shipped forms.

use std::{cell::RefCell, collections::BTreeMap, path::Path, sync::Arc};

use jingui_docs::fill::{Filled, Filler, Placeholder, Template};
use jingui_kinds::{
    Catalog,
    form::{Form, placeholder},
    kind::{FieldType, Kind},
    people::ids,
};
use jingui_model::{Id, Problem};
use serde_json::Value;

use super::source::Source;

/// The running number of a row.
const ROW: &str = "row";
/// The classification mark.
const MARK: &str = "mark";

/// Puts the documents of a folder to their heads, and says what is wrong with them.
///
/// # Errors
/// One problem for each mistake, with file and the words around a placeholder.
pub fn attach(catalog: &mut Catalog, folder: &Path) -> Vec<Problem> {
    let mut found = vec![];
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "docx"));
    files.sort();
    for path in files {
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        // Word keeps a lock file beside a document that is open.
        if stem.starts_with("~$") {
            continue;
        }
        let at = |problem: Problem| problem.at("document").arg("file", path.display()).arg("line", 1).arg("column", 1);
        let Some(form) = catalog.forms.get(&stem).filter(|form| !form.shipped && form.body.is_empty()).cloned() else {
            found.push(at(Problem::invalid("form.no_head").arg("name", stem)));
            continue;
        };
        match read(&path) {
            Ok((bytes, template)) => {
                found.extend(check(&form, &template, &catalog.kinds).into_iter().map(at));
                catalog.forms.insert(stem, Arc::new(Form { document: Some(Arc::new(bytes)), ..Form::clone(&form) }));
            }
            Err(problem) => found.push(at(problem)),
        }
    }
    for form in catalog.forms.values().filter(|form| form.body.is_empty() && form.document.is_none()) {
        let missing = Problem::invalid("form.no_document").at("form").arg("file", &form.file).arg("line", 1).arg("column", 1);
        // A document that was refused is no missing one.
        if !found.iter().any(|p| p.args().iter().any(|(n, v)| n == "file" && v.ends_with(&[&form.form, ".docx"].concat()))) {
            found.push(missing.arg("name", &form.form));
        }
    }
    found
}

fn read(path: &Path) -> Result<(Vec<u8>, Template), Problem> {
    let bytes = std::fs::read(path).map_err(|e| Problem::invalid("docs.template.damaged").detail(e))?;
    let template = Template::read(&bytes)?;
    Ok((bytes, template))
}

/// Is every placeholder known, and does a graded record's document show its mark?
fn check(form: &Form, template: &Template, kinds: &BTreeMap<String, Arc<Kind>>) -> Vec<Problem> {
    let mut found: Vec<Problem> = template
        .placeholders()
        .iter()
        .filter(|p| !known(form, p, kinds))
        .map(|p| {
            let name = p.rows.as_ref().map_or_else(|| p.name.clone(), |rows| format!("{rows} / {}", p.name));
            Problem::invalid("form.document_field").arg("name", name).arg("kind", &form.kind).arg("around", &p.around)
        })
        .collect();
    let graded = kinds.get(&form.kind).is_some_and(|kind| kind.graded.is_some());
    if graded && !template.placeholders().iter().any(|p| p.name == MARK) {
        found.push(Problem::invalid("form.document_mark").arg("name", &form.form));
    }
    found
}

fn known(form: &Form, wanted: &Placeholder, kinds: &BTreeMap<String, Arc<Kind>>) -> bool {
    let Some(kind) = kinds.get(&form.kind) else { return false };
    let name = wanted.name.trim_end_matches('?');
    let path: Vec<&str> = name.split('.').collect();
    if wanted.opens {
        return kind.field(name).is_some_and(|f| !f.internal && matches!(f.ty, FieldType::Rows { .. } | FieldType::Refs { .. }));
    }
    if let Some(rows) = &wanted.rows {
        let in_row = match kind.field(rows).map(|f| &f.ty) {
            Some(FieldType::Rows { fields, .. }) => {
                matches!(path.as_slice(), [name] if fields.iter().any(|f| f.name == *name && !f.internal))
            }
            Some(FieldType::Refs { kind }) => placeholder(kind, &path, kinds).is_ok(),
            _ => false,
        };
        if in_row || name == ROW {
            return true;
        }
    }
    name == MARK || placeholder(&form.kind, &path, kinds).is_ok()
}

/// Fills the document.
///
/// # Errors
/// `docs.template.*`, `docs.write_failed`.
pub(super) fn fill(bytes: &[u8], source: &mut Source<'_>) -> Result<Vec<u8>, Problem> {
    Template::read(bytes)?.fill(&Filling { source: RefCell::new(source) })
}

/// What the document still misses.
pub(super) fn look(bytes: &[u8], source: &mut Source<'_>) -> Result<(), Problem> {
    let template = Template::read(bytes)?;
    let filling = Filling { source: RefCell::new(source) };
    for place in template.placeholders().iter().filter(|p| p.rows.is_none() && !p.opens) {
        filling.value(None, &place.name);
    }
    Ok(())
}

struct Filling<'s, 'a> {
    source: RefCell<&'s mut Source<'a>>,
}

impl Filling<'_, '_> {
    /// A place in a row; none when the row has no such place.
    fn cell(&self, (rows, n): (&str, usize), name: &str) -> Option<String> {
        let mut source = self.source.borrow_mut();
        if name == ROW {
            return Some((n + 1).to_string());
        }
        let kind = Arc::clone(source.kind());
        let field = kind.field(rows)?;
        let value = source.raw(rows)?.clone();
        match &field.ty {
            FieldType::Rows { fields, .. } => {
                let inner = fields.iter().find(|f| f.name == name)?;
                Some(value.get(n)?.get(name).map(|value| source.shown(inner, value)).unwrap_or_default())
            }
            FieldType::Refs { .. } => {
                let id: Id = *ids(Some(&value)).get(n)?;
                let path: Vec<&str> = name.split('.').collect();
                let words = source.value_of(id, &path);
                Some(words)
            }
            _ => None,
        }
    }
}

impl Filler for Filling<'_, '_> {
    fn value(&self, row: Option<(&str, usize)>, name: &str) -> Filled {
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        if let Some(words) = row.and_then(|row| self.cell(row, name)) {
            return Filled::Text(words);
        }
        let mut source = self.source.borrow_mut();
        if name == MARK {
            return Filled::Text(source.mark().map(|mark| [mark.line(), mark.number].join(" ").trim().to_owned()).unwrap_or_default());
        }
        let path: Vec<&str> = name.split('.').collect();
        let found = source.value(&path);
        if !found.words.is_empty() || optional || source.by_hand() {
            return Filled::Text(found.words);
        }
        let label = found.label.get(source.lang()).to_owned();
        source.miss(found.label);
        Filled::Missing(label)
    }

    fn rows(&self, name: &str) -> usize {
        let source = self.source.borrow();
        source.raw(name).and_then(Value::as_array).map_or(0, Vec::len)
    }
}
