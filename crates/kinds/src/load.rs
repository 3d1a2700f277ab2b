//! Reading the catalog: the files that ship with the program, and the enterprise's overlay.
//!
//! The caller reads the bytes; this module reads the meaning and reports every mistake it finds
//! with file, line and column. An overlay may bring kinds of its own (group `register`), taxonomies of
//! its own, and fields (`x_…`) for shipped kinds; it can never change what a shipped kind asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jingui_model::{GradeScheme, Text};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    assess::Assessing,
    check, check_flow,
    diagnose::{Diagnostic, Report},
    form::{self, Form},
    grading::Grading,
    kind::{Field, Kind, Section},
    node::{self, Node},
    shape::{self, Shape, may, need},
    taxonomy::Taxonomy,
};

/// A file of the catalog: where it stands below the catalog folder (`kinds/secret.yaml`), and its text.
#[derive(Debug, Clone)]
pub struct Source {
    /// Path with forward slashes; what kind of file it is follows from it.
    pub file: String,
    /// The YAML text.
    pub text: String,
}

/// Everything that the catalog says.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// All kinds by name.
    pub kinds: BTreeMap<String, Arc<Kind>>,
    /// All taxonomies by name.
    pub taxonomies: BTreeMap<String, Taxonomy>,
    /// The grade schemes that an enterprise can choose from, by code.
    pub schemes: BTreeMap<String, GradeScheme>,
    /// The legal elements, and the protective measures against which a secret is scored.
    pub assessing: Assessing,
    /// The questionnaire of the grading aid.
    pub grading: Grading,
    /// Forms by code.
    pub forms: BTreeMap<String, Arc<Form>>,
    /// The field for signed scans that every kind with a form gets.
    pub scans: Option<Field>,
    /// Overlay files and the kinds that each brought or extended.
    pub overlay: Vec<(String, Vec<String>)>,
}

/// Largest file that is read, in bytes.
pub const FILE_MAX: usize = 512 * 1024;

static TAXONOMY_NODE_KEYS: [shape::KeyShape; 8] = [
    need("code", Shape::Str),
    need("label", Shape::Text),
    may("help", Shape::Text),
    may("grade_hint", shape::PROTECTION),
    may("carriers", Shape::List(&Shape::Text)),
    may("posts", Shape::List(&Shape::Text)),
    may("clause", Shape::Str),
    may("children", Shape::List(&TAXONOMY_NODE)),
];
static TAXONOMY_NODE: Shape = Shape::Struct(&TAXONOMY_NODE_KEYS);
static TAXONOMY: Shape =
    Shape::Struct(&[need("taxonomy", Shape::Str), need("label", Shape::Text), need("nodes", Shape::List(&TAXONOMY_NODE))]);
const SCHEME: Shape = Shape::Struct(&[
    need("code", Shape::Str),
    need("name", Shape::Text),
    need(
        "levels",
        Shape::List(&Shape::Struct(&[
            need("code", Shape::Str),
            need("name", Shape::Text),
            need("protection", shape::PROTECTION),
            may("term_min_months", Shape::Int),
            may("term_max_months", Shape::Int),
        ])),
    ),
]);

/// A kind that was read, with the report that knows its places.
struct Read {
    kind: Kind,
    report: Report,
    shipped: bool,
}

impl Catalog {
    /// The kind with a name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Arc<Kind>> {
        self.kinds.get(name)
    }

    /// Reads and checks the whole catalog. `shipped` are all files below `catalog/` (others than
    /// `kinds/`, `taxonomies/`, `schemes.yaml`, `measures.yaml` and `grading.yaml` are passed over),
    /// `overlay` the enterprise's own.
    ///
    /// # Errors
    /// Every mistake found, sorted by file and line.
    pub fn load(shipped: &[Source], overlay: &[Source]) -> Result<Self, Vec<Diagnostic>> {
        let mut catalog = Self::default();
        let mut found = vec![];
        let (mut kinds, mut extensions, mut broken) = (vec![], vec![], BTreeSet::new());
        for source in shipped {
            catalog.read_shipped(source, &mut kinds, &mut broken, &mut found);
        }
        for source in overlay.iter().filter(|s| !is_form(&s.file)) {
            catalog.read_overlay(source, &mut kinds, &mut extensions, &mut broken, &mut found);
        }
        duplicates(&mut kinds);
        for (node, mut report) in extensions {
            extend(&node, &mut report, &mut kinds, &mut catalog.overlay);
            found.append(&mut report.found);
        }
        let mut all: BTreeMap<String, Kind> = kinds.iter().rev().map(|r| (r.kind.kind.clone(), r.kind.clone())).collect();
        for read in &mut kinds {
            check::kind(&read.kind, &all, &catalog.taxonomies, read.shipped, &mut read.report);
            check_flow::kind(&read.kind, &all, &mut read.report);
            found.append(&mut read.report.found);
        }
        // Of no file of a kind, so it stands in none of its forms either.
        if let Some(field) = &catalog.scans {
            for kind in printed(shipped, overlay) {
                if let Some(kind) = all.get_mut(&kind).filter(|k| k.field(&field.name).is_none()) {
                    kind.fields.push(field.clone());
                }
            }
        }
        // What a form says of a kind that cannot be read is no mistake of the form.
        if broken.is_empty() {
            catalog.read_forms(shipped, overlay, &all, &mut found);
        }
        // That a kind is missing because its own file is broken need not be said again elsewhere.
        found.retain(|d| {
            !(d.code.contains("unknown") && d.args.iter().any(|(n, v)| n == "name" && broken.contains(v.split('.').next().unwrap_or(v))))
        });
        if !found.is_empty() {
            found.sort_by(|a, b| (&a.file, a.line, a.column, &a.path).cmp(&(&b.file, b.line, b.column, &b.path)));
            return Err(found);
        }
        catalog.kinds = all.into_iter().map(|(name, kind)| (name, Arc::new(kind))).collect();
        Ok(catalog)
    }

    fn read_shipped(&mut self, source: &Source, kinds: &mut Vec<Read>, broken: &mut BTreeSet<String>, found: &mut Vec<Diagnostic>) {
        let file = source.file.as_str();
        let stem = |prefix: &str| file.strip_prefix(prefix).and_then(|f| f.strip_suffix(".yaml")).map(str::to_owned);
        if let Some(stem) = stem("kinds/") {
            let Some((node, mut report)) = tree(source, found) else { return };
            if let Some(kind) = typed::<Kind>(&node, shape::KIND, &mut report) {
                if kind.kind != stem {
                    report.add("kind", "kind.file_name", &[("value", &kind.kind), ("wanted", &stem)]);
                }
                kinds.push(Read { kind, report, shipped: true });
            } else {
                broken.insert(stem);
                found.append(&mut report.found);
            }
        } else if stem("taxonomies/").is_some() {
            let Some((node, mut report)) = tree(source, found) else { return };
            self.add_taxonomy(&node, &mut report);
            found.append(&mut report.found);
        } else {
            match file {
                "schemes.yaml" => {
                    let Some((node, mut report)) = tree(source, found) else { return };
                    let list: Vec<GradeScheme> = typed(&node, Shape::List(&SCHEME), &mut report).unwrap_or_default();
                    schemes(&list, &mut report);
                    found.append(&mut report.found);
                    self.schemes = list.into_iter().map(|s| (s.code.clone(), s)).collect();
                }
                "measures.yaml" => {
                    let Some((node, mut report)) = tree(source, found) else { return };
                    self.assessing = typed(&node, crate::assess::ASSESSING, &mut report).unwrap_or_default();
                    found.append(&mut report.found);
                }
                "scans.yaml" => {
                    let Some((node, mut report)) = tree(source, found) else { return };
                    self.scans = typed(&node, shape::FIELD, &mut report);
                    found.append(&mut report.found);
                }
                "grading.yaml" => {
                    let Some((node, mut report)) = tree(source, found) else { return };
                    if let Some(grading) = typed::<Grading>(&node, crate::grading::GRADING, &mut report) {
                        grading.check(&mut report);
                        self.grading = grading;
                    }
                    found.append(&mut report.found);
                }
                _ => {}
            }
        }
    }

    /// Forms ship in `forms/`; one of the overlay with the code of a shipped one takes its place.
    fn read_forms(&mut self, shipped: &[Source], overlay: &[Source], all: &BTreeMap<String, Kind>, found: &mut Vec<Diagnostic>) {
        let shipped = shipped.iter().filter(|s| s.file.starts_with("forms/")).map(|s| (s, true));
        for (source, shipped) in shipped.chain(overlay.iter().filter(|s| is_form(&s.file)).map(|s| (s, false))) {
            let Some((node, mut report)) = tree(source, found) else { continue };
            if let Some(read) = typed::<Form>(&node, form::FORM, &mut report) {
                let stem = source.file.rsplit('/').next().and_then(|f| f.strip_suffix(".yaml")).unwrap_or_default();
                if read.form != stem || !check::is_name(&read.form) {
                    report.add("form", "kind.file_name", &[("value", &read.form), ("wanted", stem)]);
                }
                // An enterprise's own document has its words in a file beside.
                if shipped && read.body.is_empty() {
                    report.add("", "kind.missing_key", &[("key", "body")]);
                }
                if self.forms.get(&read.form).is_some_and(|other| other.shipped == shipped) {
                    report.add("form", "kind.duplicate", &[("name", &read.form)]);
                }
                form::check(&read, all, &mut report);
                self.forms.insert(read.form.clone(), Arc::new(Form { file: source.file.clone(), shipped, ..read }));
            }
            found.append(&mut report.found);
        }
    }

    fn read_overlay(
        &mut self,
        source: &Source,
        kinds: &mut Vec<Read>,
        extensions: &mut Vec<(Node, Report)>,
        broken: &mut BTreeSet<String>,
        found: &mut Vec<Diagnostic>,
    ) {
        let Some((node, mut report)) = tree(source, found) else { return };
        if node.get("extends").is_some() {
            extensions.push((node, report));
        } else if node.get("taxonomy").is_some() {
            self.add_taxonomy(&node, &mut report);
            found.append(&mut report.found);
        } else if let Some(kind) = typed::<Kind>(&node, shape::KIND, &mut report) {
            self.overlay.push((source.file.clone(), vec![kind.kind.clone()]));
            kinds.push(Read { kind, report, shipped: false });
        } else {
            broken.extend(node.get("kind").and_then(Node::as_str).map(str::to_owned));
            found.append(&mut report.found);
        }
    }

    fn add_taxonomy(&mut self, node: &Node, report: &mut Report) {
        let Some(taxonomy) = typed::<Taxonomy>(node, TAXONOMY, report) else { return };
        let mut seen = BTreeSet::new();
        for (inner, _) in taxonomy.all() {
            if !seen.insert(&inner.code) {
                report.add("nodes", "kind.duplicate", &[("name", &inner.code)]);
            }
        }
        if self.taxonomies.contains_key(&taxonomy.name) {
            report.add("taxonomy", "kind.duplicate", &[("name", &taxonomy.name)]);
        }
        self.taxonomies.insert(taxonomy.name.clone(), taxonomy);
    }
}

/// Does a file of the overlay lie in its folder of forms?
fn is_form(file: &str) -> bool {
    file.rsplit('/').nth(1) == Some("forms")
}

/// The tree of a file.
fn tree(source: &Source, found: &mut Vec<Diagnostic>) -> Option<(Node, Report)> {
    if source.text.len() > FILE_MAX {
        found.push(Diagnostic::new(&source.file, 1, 1, "", "kind.file_too_large").arg("max", FILE_MAX));
        return None;
    }
    match node::read(&source.file, &source.text) {
        Ok(node) => Some((node, Report::new(&source.file))),
        Err(diagnostic) => {
            found.push(diagnostic);
            None
        }
    }
}

/// A tree as a typed value; nothing when its shape is wrong (the report says why).
fn typed<T: DeserializeOwned>(node: &Node, shape: Shape, report: &mut Report) -> Option<T> {
    let before = report.found.len();
    let value = shape::check(node, shape, "", report);
    if report.found.len() > before {
        return None;
    }
    match serde_json::from_value(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            report.add("", "kind.unreadable", &[("detail", &error.to_string())]);
            None
        }
    }
}

/// Levels of a scheme fall strictly or stay, and their codes are different.
fn schemes(list: &[GradeScheme], report: &mut Report) {
    for (i, scheme) in list.iter().enumerate() {
        let codes: BTreeSet<_> = scheme.levels.iter().map(|l| &l.code).collect();
        let falling = scheme.levels.windows(2).all(|w| matches!(w, [a, b] if a.protection >= b.protection));
        if scheme.levels.is_empty() || codes.len() != scheme.levels.len() || !falling {
            report.add(format!("[{i}].levels"), "kind.levels", &[("name", &scheme.code)]);
        }
    }
}

fn duplicates(kinds: &mut [Read]) {
    let mut seen = BTreeSet::new();
    for read in kinds {
        if !seen.insert(read.kind.kind.clone()) {
            let name = read.kind.kind.clone();
            read.report.add("kind", "kind.duplicate", &[("name", &name)]);
        }
    }
}

/// Adds an overlay's fields to a shipped kind.
fn extend(node: &Node, report: &mut Report, kinds: &mut [Read], overlay: &mut Vec<(String, Vec<String>)>) {
    let before = report.found.len();
    let value = shape::check(node, shape::EXTENSION, "", report);
    if report.found.len() > before {
        return;
    }
    let name = value.get("extends").and_then(Value::as_str).unwrap_or_default();
    let Some(target) = kinds.iter_mut().find(|r| r.kind.kind == name) else {
        report.add("extends", "kind.unknown_kind", &[("name", name)]);
        return;
    };
    let fields: Vec<crate::Field> = match serde_json::from_value(value.get("fields").cloned().unwrap_or_default()) {
        Ok(fields) => fields,
        Err(error) => return report.add("fields", "kind.unreadable", &[("detail", &error.to_string())]),
    };
    for (i, field) in fields.iter().enumerate() {
        let path = format!("fields[{i}]");
        if target.kind.field(&field.name).is_some() {
            report.add(format!("{path}.name"), "overlay.changes_shipped", &[("name", &field.name), ("kind", name)]);
        } else if !field.name.starts_with("x_") {
            report.add(format!("{path}.name"), "overlay.prefix", &[("name", &field.name)]);
        }
        if field.required {
            report.add(format!("{path}.required"), "overlay.required", &[("name", &field.name)]);
        }
    }
    if report.found.len() > before {
        return;
    }
    if !target.kind.form.is_empty() {
        let label: Text = value.get("label").and_then(|l| serde_json::from_value(l.clone()).ok()).unwrap_or_default();
        target.kind.form.push(Section { label, fields: fields.iter().map(|f| f.name.clone()).collect(), help: None });
    }
    // The places of the new fields are those of the overlay file: their mistakes are looked for here and now.
    let at = target.kind.fields.len();
    target.kind.fields.extend(fields);
    target.report.adopt(report, at);
    overlay.push((report.file.clone(), vec![name.to_owned()]));
}

/// The kinds that have a form.
fn printed(shipped: &[Source], overlay: &[Source]) -> BTreeSet<String> {
    let forms = shipped.iter().filter(|s| s.file.starts_with("forms/")).chain(overlay.iter().filter(|s| is_form(&s.file)));
    // What cannot be read is told when the forms are.
    let kind = |source: &Source| tree(source, &mut vec![])?.0.get("kind").and_then(Node::as_str).map(str::to_owned);
    forms.filter_map(kind).collect()
}
