//! The catalogue: what ships in the binary, and what the enterprise lays over it.
//!
//! Files in `DATA/overlay` (`kinds/*.yaml`, `forms/*.yaml` with `*.docx`, `policies/*.cedar`, `duties/*.yaml`, `calendar/*.yaml`) are read when the node starts; a
//! mistake in any of them keeps the node from starting and is named by file, line and field.

use std::path::Path;

use jingui_kinds::Catalog;
use jingui_law::Laws;
use jingui_model::{Diagnostic, Lang, Problem};
use jingui_policy::Authority;

use crate::{duties::Agenda, embed, law, messages::Messages};

/// The texts that ship.
///
/// # Errors
/// `messages.malformed`.
pub fn messages() -> Result<Messages, Problem> {
    let files = embed::below("messages/");
    Messages::load(files.iter().map(|(n, t)| (n.as_str(), t.as_str())))
}

/// What is in force: registers, policies, duties.
#[derive(Debug)]
pub struct Loaded {
    /// The registers.
    pub catalog: Catalog,
    /// The policies.
    pub authority: Authority,
    /// The duties and the calendar.
    pub agenda: Agenda,
    /// What would not hold by law.
    pub laws: Laws,
}

/// All of it, with an overlay folder if there is one.
///
/// # Errors
/// `catalog.invalid` with one part for each mistake.
pub fn load(overlay: &Path) -> Result<Loaded, Problem> {
    let shipped = kind_sources(embed::below(""));
    let mut extra = kind_sources(folder(&overlay.join("kinds"), "yaml")?);
    extra.extend(kind_sources(folder(&overlay.join("forms"), "yaml")?));
    let mut catalog = Catalog::load(&shipped, &extra).map_err(mistaken)?;
    let wrong = crate::document::own::attach(&mut catalog, &overlay.join("forms"));
    if !wrong.is_empty() {
        return Err(invalid(wrong));
    }
    let agenda = Agenda::load(overlay, &catalog)?.map_err(mistaken)?;
    agenda.offer(&mut catalog);
    let laws = law::load(overlay, &catalog)?.map_err(mistaken)?;
    let policies: Vec<jingui_policy::Source> =
        folder(&overlay.join("policies"), "cedar")?.into_iter().map(|(name, text)| jingui_policy::Source { name, text }).collect();
    let authority =
        Authority::with_overlay(&policies).map_err(|found| invalid(found.iter().map(jingui_policy::Diagnostic::problem).collect()))?;
    Ok(Loaded { catalog, authority, agenda, laws })
}

/// Mistakes with their places, as one problem.
fn mistaken(found: Vec<Diagnostic>) -> Problem {
    let part = |d: Diagnostic| {
        let place = Problem::invalid(d.code).at(d.path).arg("file", d.file).arg("line", d.line).arg("column", d.column);
        d.args.into_iter().fold(place, |p, (name, value)| p.arg(name, value))
    };
    invalid(found.into_iter().map(part).collect())
}

/// The mistakes in an overlay, in words, one line each.
#[must_use]
pub fn mistakes(messages: &Messages, problem: &Problem, lang: Lang) -> Vec<String> {
    let arg = |p: &Problem, name: &str| p.args().iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    problem
        .parts()
        .iter()
        .map(|p| format!("{}:{}: {}: {}", arg(p, "file"), arg(p, "line"), p.field().unwrap_or_default(), messages.problem(p, lang)))
        .collect()
}

fn invalid(parts: Vec<Problem>) -> Problem {
    Problem::invalid("catalog.invalid").arg("count", parts.len()).with(parts)
}

fn kind_sources(files: Vec<(String, String)>) -> Vec<jingui_kinds::Source> {
    files
        .into_iter()
        .filter(|(n, _)| n.ends_with(".yaml") && !n.starts_with("messages/") && !n.starts_with("examples/") && !n.starts_with("samples/"))
        .map(|(file, text)| jingui_kinds::Source { file, text })
        .collect()
}

pub(crate) fn folder(path: &Path, extension: &str) -> Result<Vec<(String, String)>, Problem> {
    let Ok(entries) = std::fs::read_dir(path) else { return Ok(vec![]) };
    let mut files = vec![];
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == extension) {
            let text =
                std::fs::read_to_string(&path).map_err(|e| Problem::invalid("catalog.unreadable").arg("file", path.display()).detail(e))?;
            files.push((path.display().to_string(), text));
        }
    }
    files.sort();
    Ok(files)
}
