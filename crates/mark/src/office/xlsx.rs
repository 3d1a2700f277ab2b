//! Excel: the mark in header and footer of every sheet and chart sheet (ECMA-376-1 §18.3.1.46). No row is inserted: formulas stay true.
//!
//! The texts have three sections behind `&L`, `&C`, `&R` and 255 characters together. Ours stands in the middle one, on a line of its
//! own below what is there. Which words are ours is known from the mark that the file keeps.

use jingui_model::Problem;

use super::{
    package::{Package, damaged},
    relations::relations,
    xml::{Edits, Element, scan, xml},
};
use crate::{Left, Mark};

const S: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
/// Characters of a header with its codes (§18.3.1.39).
const MAX: usize = 255;
/// What comes after `headerFooter` in a sheet (§18.3.1.99, §18.3.1.12).
const AFTER: &[&str] = &[
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "drawingHF",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
];
const ORDER: [&str; 6] = ["oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"];

fn sheets(package: &mut Package<'_>, main: &str) -> Result<Vec<String>, Problem> {
    let all = relations(package, main)?;
    let of = |sort: &str| matches!(sort, "worksheet" | "chartsheet" | "dialogsheet");
    Ok(all.into_iter().filter(|r| of(&r.sort)).filter_map(|r| package.find(&r.target?)).collect())
}

/// A header in its three sections.
fn split(text: &str) -> [String; 3] {
    let mut parts = [String::new(), String::new(), String::new()];
    // Words before any code stand in the middle.
    let mut at = 1;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '&' {
            let section = match chars.peek() {
                Some('L') => Some(0),
                Some('C') => Some(1),
                Some('R') => Some(2),
                _ => None,
            };
            if let Some(section) = section {
                chars.next();
                at = section;
                continue;
            }
            // "&&" and codes such as "&P": both characters belong together.
            if let Some(part) = parts.get_mut(at) {
                part.push(c);
                part.extend(chars.next());
            }
        } else if let Some(part) = parts.get_mut(at) {
            part.push(c);
        }
    }
    parts
}

fn join([left, middle, right]: &[String; 3]) -> String {
    let part = |code: &str, text: &String| if text.is_empty() { String::new() } else { format!("{code}{text}") };
    format!("{}{}{}", part("&L", left), part("&C", middle), part("&R", right))
}

fn code(words: &str) -> String {
    words.replace('&', "&&")
}

/// Adds our words to a header; gives whether the old ones had to go.
fn add(old: &str, words: &str, short: &str) -> (String, bool) {
    for words in [words, short] {
        let mut parts = split(old);
        let [_, middle, _] = &mut parts;
        *middle = if middle.is_empty() { code(words) } else { format!("{middle}\n{}", code(words)) };
        let text = join(&parts);
        if text.chars().count() <= MAX {
            return (text, false);
        }
    }
    let text: String = format!("&C{}", code(words));
    if text.chars().count() <= MAX { (text, true) } else { (format!("&C{}", code(short)).chars().take(MAX).collect(), true) }
}

/// Takes our words out of a header.
fn take(old: &str, ours: &[String]) -> String {
    let mut parts = split(old);
    let [_, middle, _] = &mut parts;
    for words in ours.iter().filter(|w| !w.is_empty()).map(|w| code(w)) {
        if let Some(rest) = middle.strip_suffix(words.as_str()) {
            *middle = rest.trim_end_matches(['\n', '\r']).to_owned();
            break;
        }
    }
    join(&parts)
}

/// What is put where no more fits.
fn short(mark: &Mark) -> String {
    format!("{} {}", mark.grade, mark.number).trim().chars().take(100).collect()
}

fn children<'e>(all: &'e [Element], parent: &'e Element) -> impl Iterator<Item = &'e Element> {
    all.iter().filter(move |e| e.depth == parent.depth + 1 && parent.holds(e))
}

fn said(text: &str, element: &Element) -> String {
    let inner = text.get(element.open.end..element.close.start).unwrap_or_default();
    let inner = if element.is_empty_tag() { "" } else { inner };
    quick_xml::escape::unescape(inner).map_or_else(|_| inner.to_owned(), std::borrow::Cow::into_owned)
}

/// Writes the headers of one sheet anew; the elements that are not there are made when `change` gives words for them.
fn rewrite(text: &str, change: &mut dyn FnMut(&str, &str, &Element) -> String) -> Result<String, Problem> {
    let found = scan(text, |_, depth| depth <= 2)?;
    let root = found.first().ok_or_else(|| damaged("sheet"))?;
    let old = found.iter().find(|e| e.depth == 1 && e.name == "headerFooter");
    let nothing = Element { name: String::new(), depth: 1, open: 0..0, close: 0..0 };
    let holder = old.unwrap_or(&nothing);
    let mut inner = String::new();
    for name in ORDER {
        let was = old.and_then(|o| children(&found, o).find(|e| e.name == name)).map(|e| said(text, e)).unwrap_or_default();
        let now = change(name, &was, holder);
        if !now.is_empty() {
            inner.push_str(&format!("<{name} xml:space=\"preserve\">{}</{name}>", xml(&now)));
        }
    }
    let attributes: String = old
        .map(|o| o.attributes(text))
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| !name.starts_with("xmlns"))
        .map(|(name, value)| format!(" {name}=\"{}\"", xml(&value)))
        .collect();
    let element = if inner.is_empty() && attributes.is_empty() {
        String::new()
    } else {
        format!("<headerFooter xmlns=\"{S}\"{attributes}>{inner}</headerFooter>")
    };
    let mut edits = Edits::default();
    match old {
        Some(old) => edits.replace(old.whole(), element),
        None => match children(&found, root).find(|e| AFTER.contains(&e.name.as_str())) {
            Some(next) => edits.replace(next.open.start..next.open.start, element),
            None => edits.append(text, root, &element),
        },
    }
    edits.apply(text)
}

/// Takes the words of the kept mark out of all sheets.
pub fn strip(package: &mut Package<'_>, main: &str, old: Option<&Mark>) -> Result<(), Problem> {
    let Some(old) = old else { return Ok(()) };
    let ours = [old.header.clone(), old.footer.clone(), short(old)];
    for sheet in sheets(package, main)? {
        let text = package.must(&sheet)?;
        if !text.contains("headerFooter") {
            continue;
        }
        let text = rewrite(&text, &mut |_, was, _| take(was, &ours))?;
        package.set(&sheet, text);
    }
    Ok(())
}

/// Puts the mark into the header and footer of each sheet.
pub fn put(package: &mut Package<'_>, main: &str, mark: &Mark) -> Result<Vec<Left>, Problem> {
    let mut left = if mark.watermark.is_empty() { vec![] } else { vec![Left::NoWatermark] };
    let short = short(mark);
    for sheet in sheets(package, main)? {
        let text = package.must(&sheet)?;
        let new = rewrite(&text, &mut |name, was, holder| {
            let on = |attribute: &str| holder.attribute(&text, attribute).is_some_and(|v| matches!(v.as_str(), "1" | "true"));
            let used = match name.get(..4) {
                Some("even") => on("differentOddEven"),
                Some("firs") => on("differentFirst"),
                _ => true,
            };
            let words = if name.ends_with("Header") { &mark.header } else { &mark.footer };
            if !used || words.is_empty() {
                return was.to_owned();
            }
            let (now, replaced) = add(was, words, &short);
            if replaced {
                left.push(Left::SheetTextReplaced);
            }
            now
        })?;
        package.set(&sheet, new);
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_sheet_are_kept_and_ours_come_out_again() {
        for old in ["", "&L左&C中 A&&B&R&P / &N", "plain", "&R&D", "&C&\"Arial,Bold\"&12Title"] {
            let (now, replaced) = add(old, "核心秘密 R&D", "核心");
            assert!(!replaced && now.contains("核心秘密 R&&D"), "{now}");
            let back = take(&now, &["核心秘密 R&D".to_owned()]);
            assert_eq!(split(&back), split(old), "{old}");
        }
    }

    #[test]
    fn a_full_header_takes_the_short_form_then_gives_way() {
        let long = "词".repeat(120);
        let (now, replaced) = add(&"x".repeat(200), &long, "核心 1");
        assert_eq!((now.ends_with("\n核心 1"), replaced), (true, false));
        let (now, replaced) = add(&"x".repeat(253), &long, "核心 1");
        assert_eq!((now, replaced), (format!("&C{long}"), true));
    }
}
