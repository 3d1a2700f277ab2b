//! What a mark says, and what putting it gave.

use jingui_model::Problem;
use serde::{Deserialize, Serialize};

use crate::Format;

/// A mark, its texts ready for people (H 9.2.1: number, grade, term, unit).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// The number of the record.
    pub number: String,
    /// The grade in words.
    pub grade: String,
    /// How long it is secret, in words.
    pub term: String,
    /// Whose it is.
    pub unit: String,
    /// One line for the head of each page; empty: nothing is put there.
    pub header: String,
    /// One line for the foot of each page.
    pub footer: String,
    /// Some words to lie across each page.
    pub watermark: String,
}

impl Mark {
    /// The mark as it is kept in a file, in ASCII, so that no program on the way can spoil it.
    pub(crate) fn sealed(&self) -> Result<String, Problem> {
        let json = serde_json::to_string(self).map_err(|e| Problem::internal("mark.write_failed").detail(e))?;
        Ok(ascii(&json))
    }

    /// And back.
    pub(crate) fn unsealed(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The same without characters that no file can hold, each text at most 200 characters.
    pub(crate) fn clean(&self) -> Self {
        let line = |text: &str| -> String {
            let c = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
            c.filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).take(200).collect::<String>().trim().to_owned()
        };
        Self {
            number: line(&self.number),
            grade: line(&self.grade),
            term: line(&self.term),
            unit: line(&self.unit),
            header: line(&self.header),
            footer: line(&self.footer),
            watermark: line(&self.watermark).chars().take(60).collect(),
        }
    }
}

/// JSON with everything above ASCII escaped.
pub(crate) fn ascii(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")));
        }
        out
    })
}

/// What could not be put, though the file was marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// Excel has no watermark.
    NoWatermark,
    /// A header or footer of a sheet was full, and its own words were replaced.
    SheetTextReplaced,
    /// The picture was marked before; its band is new, the words across it are the old ones.
    OldWatermark,
    /// JPEG was packed anew, with a little loss.
    PackedAnew,
}

/// A marked file.
#[derive(Debug, Clone)]
pub struct Marked {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is.
    pub format: Format,
    /// What was not put, or not as one would think.
    pub left: Vec<Left>,
}

/// How much one file may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Bytes of everything in it, unpacked.
    pub max_unpacked: u64,
    /// Pages of a PDF.
    pub max_pages: usize,
    /// Pixels of a picture.
    pub max_pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 200 << 20, max_unpacked: 1 << 30, max_pages: 20_000, max_pixels: 60_000_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_kept_in_ascii_and_comes_back() {
        let mark = Mark { number: "SM-1".to_owned(), grade: "核心秘密𠮷".to_owned(), ..Mark::default() };
        let sealed = mark.sealed().expect("it is json");
        assert!(sealed.is_ascii());
        assert_eq!(Mark::unsealed(&sealed), Some(mark));
    }

    #[test]
    fn what_no_xml_can_hold_is_left_out() {
        let mark = Mark { header: " a\u{0}b\nc\u{ffff} ".to_owned(), watermark: "水".repeat(100), ..Mark::default() }.clean();
        assert_eq!(mark.header, "ab c");
        assert_eq!(mark.watermark.chars().count(), 60);
    }
}
