//! Relationships between parts, content types, and the custom property that keeps the mark (ECMA-376-2 §6.5; ECMA-376-1 §22.3).
//!
//! Custom document properties survive saving in Word, Excel, PowerPoint, WPS and LibreOffice; unknown parts do not.

use jingui_model::Problem;

use super::{
    package::{Package, damaged},
    xml::{Edits, scan, xml},
};
use crate::Mark;

const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const CUSTOM: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties";
const CUSTOM_TYPE: &str = "application/vnd.openxmlformats-officedocument.custom-properties+xml";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const CONTENT_TYPES: &str = "[Content_Types].xml";
/// The name of our property.
const PROPERTY: &str = "JinguiMark";

/// One relationship.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Its id in the part.
    pub id: String,
    /// The last word of its type (`header`, `worksheet`).
    pub sort: String,
    /// The part it leads to; `None` for targets outside.
    pub target: Option<String>,
}

/// Where the relationships of a part stand; the empty name is the package itself.
fn rels_of(part: &str) -> String {
    match part.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/_rels/{file}.rels"),
        None => format!("_rels/{part}.rels"),
    }
}

/// A target as the name of a part (RFC 3986 §5.2.4, as far as parts need it).
fn resolve(part: &str, target: &str) -> Option<String> {
    if let Some(rooted) = target.strip_prefix('/') {
        return Some(rooted.to_owned());
    }
    let mut steps: Vec<&str> = part.rsplit_once('/').map_or(vec![], |(folder, _)| folder.split('/').collect());
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// The relationships of a part.
///
/// # Errors
/// `mark.damaged`.
pub fn relations(package: &mut Package<'_>, part: &str) -> Result<Vec<Relation>, Problem> {
    let Some(text) = package.text(&rels_of(part))? else { return Ok(vec![]) };
    let found = scan(&text, |name, _| name == "Relationship")?;
    let one = |e: &super::xml::Element| {
        let outside = e.attribute(&text, "TargetMode").is_some_and(|m| m == "External");
        let target = e.attribute(&text, "Target")?;
        let sort = e.attribute(&text, "Type")?.rsplit('/').next().unwrap_or_default().to_owned();
        Some(Relation { id: e.attribute(&text, "Id")?, sort, target: if outside { None } else { resolve(part, &target) } })
    };
    Ok(found.iter().filter_map(one).collect())
}

/// Adds a relationship and gives its id.
///
/// # Errors
/// `mark.damaged`.
pub fn relate(package: &mut Package<'_>, part: &str, id: &str, ty: &str, target: &str) -> Result<(), Problem> {
    let name = rels_of(part);
    let text = package.text(&name)?.unwrap_or_else(|| format!("{HEAD}<Relationships xmlns=\"{RELATIONS}\"></Relationships>"));
    let root = scan(&text, |_, depth| depth == 0)?;
    let root = root.first().ok_or_else(|| damaged("relationships"))?;
    let mut edits = Edits::default();
    let line = format!("<Relationship xmlns=\"{RELATIONS}\" Id=\"{}\" Type=\"{ty}\" Target=\"{}\"/>", xml(id), xml(target));
    edits.append(&text, root, &line);
    let text = edits.apply(&text)?;
    package.set(&name, text);
    Ok(())
}

/// Takes relationships out by id.
///
/// # Errors
/// `mark.damaged`.
pub fn unrelate(package: &mut Package<'_>, part: &str, gone: impl Fn(&str) -> bool) -> Result<(), Problem> {
    let name = rels_of(part);
    let Some(text) = package.text(&name)? else { return Ok(()) };
    let found = scan(&text, |name, _| name == "Relationship")?;
    let mut edits = Edits::default();
    for element in found.iter().filter(|e| e.attribute(&text, "Id").is_some_and(|id| gone(&id))) {
        edits.replace(element.whole(), "");
    }
    let text = edits.apply(&text)?;
    package.set(&name, text);
    Ok(())
}

/// Says what a part is.
///
/// # Errors
/// `mark.damaged`.
pub fn declare(package: &mut Package<'_>, part: &str, ty: &str) -> Result<(), Problem> {
    let text = package.must(CONTENT_TYPES)?;
    let root = scan(&text, |_, depth| depth == 0)?;
    let root = root.first().ok_or_else(|| damaged("content types"))?;
    let mut edits = Edits::default();
    let ns = "http://schemas.openxmlformats.org/package/2006/content-types";
    edits.append(&text, root, &format!("<Override xmlns=\"{ns}\" PartName=\"/{}\" ContentType=\"{ty}\"/>", xml(part)));
    let text = edits.apply(&text)?;
    package.set(CONTENT_TYPES, text);
    Ok(())
}

/// Takes a part out, with what says what it is.
///
/// # Errors
/// `mark.damaged`.
pub fn withdraw(package: &mut Package<'_>, part: &str) -> Result<(), Problem> {
    let text = package.must(CONTENT_TYPES)?;
    let found = scan(&text, |name, _| name == "Override")?;
    let rooted = format!("/{part}");
    let mut edits = Edits::default();
    for element in found.iter().filter(|e| e.attribute(&text, "PartName").is_some_and(|n| n.eq_ignore_ascii_case(&rooted))) {
        edits.replace(element.whole(), "");
    }
    let text = edits.apply(&text)?;
    package.set(CONTENT_TYPES, text);
    package.remove(part);
    Ok(())
}

/// The part that holds the custom properties.
fn properties(package: &mut Package<'_>) -> Result<Option<String>, Problem> {
    let all = relations(package, "")?;
    Ok(all.into_iter().find(|r| r.sort == "custom-properties").and_then(|r| r.target).filter(|t| package.find(t).is_some()))
}

/// The mark that stands in the properties.
///
/// # Errors
/// `mark.damaged`.
pub fn kept(package: &mut Package<'_>) -> Result<Option<Mark>, Problem> {
    let Some(part) = properties(package)? else { return Ok(None) };
    let text = package.must(&part)?;
    let found = scan(&text, |name, _| matches!(name, "property" | "lpwstr"))?;
    let Some(ours) = found.iter().find(|e| e.attribute(&text, "name").as_deref() == Some(PROPERTY)) else { return Ok(None) };
    let Some(value) = found.iter().find(|e| e.name == "lpwstr" && ours.holds(e)) else { return Ok(None) };
    let inner = text.get(value.open.end..value.close.start).unwrap_or_default();
    Ok(quick_xml::escape::unescape(inner).ok().and_then(|t| Mark::unsealed(t.trim())))
}

/// Keeps the mark in the properties, or takes it out.
///
/// # Errors
/// `mark.damaged`, `mark.write_failed`.
pub fn keep(package: &mut Package<'_>, mark: Option<&Mark>) -> Result<(), Problem> {
    const NS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties";
    const VT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes";
    let part = match (properties(package)?, mark) {
        (Some(part), _) => part,
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            // A part of that name that nothing leads to would be in the way.
            let part = if package.find("docProps/custom.xml").is_some() { "docProps/jingui.xml" } else { "docProps/custom.xml" };
            package.set(part, format!("{HEAD}<Properties xmlns=\"{NS}\" xmlns:vt=\"{VT}\"></Properties>"));
            declare(package, part, CUSTOM_TYPE)?;
            relate(package, "", "rIdJinguiMark", CUSTOM, part)?;
            part.to_owned()
        }
    };
    let text = package.must(&part)?;
    let found = scan(&text, |name, depth| depth == 0 || name == "property")?;
    let root = found.first().ok_or_else(|| damaged("properties"))?;
    let (ours, others): (Vec<_>, Vec<_>) =
        found.iter().filter(|e| e.name == "property").partition(|e| e.attribute(&text, "name").as_deref() == Some(PROPERTY));
    if mark.is_none() && others.is_empty() && relations(package, "")?.iter().any(|r| r.id == "rIdJinguiMark") {
        unrelate(package, "", |id| id == "rIdJinguiMark")?;
        return withdraw(package, &part);
    }
    let mut edits = Edits::default();
    for element in ours {
        edits.replace(element.whole(), "");
    }
    if let Some(mark) = mark {
        // Ids count from 2 (ECMA-376-1, 22.3.2.1).
        let next = others.iter().filter_map(|e| e.attribute(&text, "pid")?.parse::<u32>().ok()).max().unwrap_or(1).saturating_add(1);
        let property = format!(
            "<property xmlns=\"{NS}\" xmlns:vt=\"{VT}\" fmtid=\"{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}\" pid=\"{next}\" \
             name=\"{PROPERTY}\"><vt:lpwstr>{}</vt:lpwstr></property>",
            xml(&mark.sealed()?)
        );
        edits.append(&text, root, &property);
    }
    let text = edits.apply(&text)?;
    package.set(&part, text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_resolved_beside_their_part() {
        assert_eq!(resolve("word/document.xml", "header1.xml").as_deref(), Some("word/header1.xml"));
        assert_eq!(resolve("ppt/slides/slide1.xml", "../media/a.png").as_deref(), Some("ppt/media/a.png"));
        assert_eq!(resolve("xl/workbook.xml", "/xl/worksheets/sheet1.xml").as_deref(), Some("xl/worksheets/sheet1.xml"));
        assert_eq!(resolve("", "../../etc/passwd"), None);
        assert_eq!([rels_of(""), rels_of("word/document.xml")], ["_rels/.rels", "word/_rels/document.xml.rels"]);
    }
}
