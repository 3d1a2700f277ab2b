//! Where elements stand in a part, byte by byte, so that a change leaves everything around it as it was.

use std::ops::Range;

use jingui_model::Problem;
use quick_xml::{
    Reader,
    escape::escape,
    events::{BytesStart, Event},
};

use super::package::damaged;

/// Elements inside one another; a real document stays far below.
const MAX_DEPTH: usize = 512;
/// Elements of interest in one part.
const MAX_FOUND: usize = 2_000_000;

/// An element of interest.
#[derive(Debug, Clone)]
pub struct Element {
    /// Its name without prefix.
    pub name: String,
    /// How many elements it stands in.
    pub depth: usize,
    /// Its start tag.
    pub open: Range<usize>,
    /// Its end tag; the same as the start tag when it is empty (`<a/>`).
    pub close: Range<usize>,
}

impl Element {
    /// From its first byte to its last.
    pub const fn whole(&self) -> Range<usize> {
        self.open.start..self.close.end
    }

    /// Is it written as `<a/>`?
    pub fn is_empty_tag(&self) -> bool {
        self.open == self.close
    }

    /// Does another stand in it?
    pub const fn holds(&self, other: &Self) -> bool {
        self.open.start < other.open.start && other.close.end <= self.close.end
    }

    /// The value of an attribute, by its name without prefix.
    pub fn attribute(&self, text: &str, name: &str) -> Option<String> {
        self.attributes(text).into_iter().find(|(n, _)| n.rsplit(':').next() == Some(name)).map(|(_, value)| value)
    }

    /// All attributes with their full names.
    pub fn attributes(&self, text: &str) -> Vec<(String, String)> {
        let tag = text.get(self.open.clone()).unwrap_or_default();
        let mut reader = Reader::from_str(tag);
        reader.config_mut().check_end_names = false;
        let Ok(Event::Start(start) | Event::Empty(start)) = reader.read_event() else { return vec![] };
        let pair = |a: quick_xml::events::attributes::Attribute<'_>| {
            let name = a.key.as_ref().to_owned();
            Some((name, quick_xml::escape::unescape(&a.value).ok()?.into_owned()))
        };
        start.attributes().filter_map(|a| pair(a.ok()?)).collect()
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

/// Finds the elements that are wanted, in the order of their start tags; checks that the whole part is well formed.
///
/// # Errors
/// `mark.damaged`.
pub fn scan(text: &str, wanted: impl Fn(&str, usize) -> bool) -> Result<Vec<Element>, Problem> {
    let broken = || damaged("xml");
    let mut reader = Reader::from_str(text);
    let mut found: Vec<Element> = vec![];
    let mut open: Vec<Option<usize>> = vec![];
    let mut roots = 0_usize;
    loop {
        let from = usize::try_from(reader.buffer_position()).map_err(|_| broken())?;
        let event = reader.read_event().map_err(|_| broken())?;
        let to = usize::try_from(reader.buffer_position()).map_err(|_| broken())?;
        let keep = |start: &BytesStart<'_>, found: &mut Vec<Element>, depth: usize| -> Option<usize> {
            let name = local(start);
            wanted(&name, depth).then(|| {
                found.push(Element { name, depth, open: from..to, close: from..to });
                found.len() - 1
            })
        };
        match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH || found.len() > MAX_FOUND {
                    return Err(broken());
                }
                roots += usize::from(open.is_empty());
                let at = keep(&start, &mut found, open.len());
                open.push(at);
            }
            Event::Empty(start) => {
                roots += usize::from(open.is_empty());
                keep(&start, &mut found, open.len());
            }
            Event::End(_) => {
                if let Some(at) = open.pop().ok_or_else(broken)?
                    && let Some(element) = found.get_mut(at)
                {
                    element.close = from..to;
                }
            }
            Event::DocType(_) => return Err(Problem::invalid("mark.unsafe").detail("document type")),
            Event::Eof => break,
            _ => {}
        }
    }
    if open.is_empty() && roots == 1 { Ok(found) } else { Err(broken()) }
}

/// Changes to a text by place; they must not overlap.
#[derive(Debug, Default)]
pub struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts something in the place of some bytes (none: between two).
    pub fn replace(&mut self, range: Range<usize>, by: impl Into<String>) {
        self.0.push((range, by.into()));
    }

    /// Puts something at the end of what an element holds.
    pub fn append(&mut self, text: &str, element: &Element, what: &str) {
        if element.is_empty_tag() {
            let tag = text.get(element.open.clone()).unwrap_or_default();
            let head = tag.trim_end_matches("/>").trim_end();
            let name = head.trim_start_matches('<').split([' ', '\t', '\n', '\r']).next().unwrap_or_default();
            self.replace(element.open.clone(), format!("{head}>{what}</{name}>"));
        } else {
            self.replace(element.close.start..element.close.start, what);
        }
    }

    /// The text with all changes.
    ///
    /// # Errors
    /// `mark.damaged` when two changes touch the same bytes, which sound files never cause.
    pub fn apply(mut self, text: &str) -> Result<String, Problem> {
        // Stable: several insertions at one place keep their order.
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(text.len() + self.0.iter().map(|(_, by)| by.len()).sum::<usize>());
        let mut at = 0;
        for (range, by) in &self.0 {
            out.push_str(text.get(at..range.start).ok_or_else(|| damaged("overlap"))?);
            out.push_str(by);
            at = range.end;
        }
        out.push_str(text.get(at..).ok_or_else(|| damaged("overlap"))?);
        Ok(out)
    }
}

/// Text for XML.
pub fn xml(text: &str) -> String {
    escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_byte_by_byte() {
        let text = "<?xml version='1.0'?><a:r x='1'><b y=\"&lt;2\"/><c>t</c></a:r>";
        let found = scan(text, |_, _| true).expect("well formed");
        assert_eq!(found.iter().map(|e| (e.name.as_str(), e.depth)).collect::<Vec<_>>(), [("r", 0), ("b", 1), ("c", 1)]);
        assert_eq!(found.iter().map(|e| &text[e.whole()]).collect::<Vec<_>>()[1..], ["<b y=\"&lt;2\"/>", "<c>t</c>"]);
        assert_eq!(found[1].attribute(text, "y").as_deref(), Some("<2"));
        let mut edits = Edits::default();
        edits.append(text, &found[1], "<n/>");
        edits.append(text, &found[0], "<m/>");
        assert_eq!(edits.apply(text).expect("no overlap"), "<?xml version='1.0'?><a:r x='1'><b y=\"&lt;2\"><n/></b><c>t</c><m/></a:r>");
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for bad in ["", "<a>", "<a></b>", "</a>", "<a/><b/>", "<!DOCTYPE a><a/>"] {
            assert!(scan(bad, |_, _| true).is_err(), "{bad}");
        }
        assert!(scan(&"<a>".repeat(600), |_, _| true).is_err());
    }
}
