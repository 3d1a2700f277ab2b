//! Reads the crate's YAML files and says what is wrong with them by file, line, column and path of the value, as
//! the files of kinds do.

use std::fmt;

pub use jingui_model::Diagnostic;
use jingui_model::Text;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor},
};

/// Largest file that is read, in bytes.
pub const FILE_MAX: usize = 512 * 1024;

/// A file: its name as people know it, and its text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// `duties.yaml`, `calendar/holidays.yaml`, or the name of an overlay file.
    pub file: &'a str,
    /// The YAML text.
    pub text: &'a str,
}

/// A mistake at a place.
pub(crate) fn diagnostic(at: &Place, path: impl Into<String>, code: &'static str) -> Diagnostic {
    Diagnostic::new(&at.file, at.line, at.column, path, code)
}

/// Where an entry of a file stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
}

/// An entry with the place where it stands.
pub(crate) type Placed<T> = serde_saphyr::Spanned<T>;

pub(crate) fn place<T>(file: &str, entry: &Placed<T>) -> Place {
    Place { file: file.to_owned(), line: entry.referenced.line(), column: entry.referenced.column() }
}

/// Reads a file into its type.
pub(crate) fn read<T: DeserializeOwned>(source: &Source<'_>) -> Result<T, Diagnostic> {
    let start = Place { file: source.file.to_owned(), line: 1, column: 1 };
    if source.text.len() > FILE_MAX {
        return Err(diagnostic(&start, "", "calendar.file_too_large").arg("max", FILE_MAX));
    }
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let mut path = String::new();
    let read = serde_saphyr::with_deserializer_from_str_with_options(source.text, options, |de| {
        let mut track = serde_path_to_error::Track::new();
        let value = T::deserialize(serde_path_to_error::Deserializer::new(de, &mut track));
        if value.is_err() {
            path = track.path().to_string();
        }
        value
    });
    read.map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |l| (l.line().max(1), l.column().max(1)));
        let detail: String = error.without_snippet().to_string().chars().take(200).collect();
        // The wrapper that remembers places is no part of what people wrote.
        let path = path.replace(".value.", ".");
        let path = path.strip_suffix(".value").unwrap_or(&path).trim_start_matches('.').replace('?', "");
        diagnostic(&Place { line, column, ..start }, path, "calendar.syntax").arg("detail", detail)
    })
}

/// A bilingual text in the short form of the catalogue, `[中文, English]`, or `{zh, en}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label(pub Text);

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Both;
        impl<'de> Visitor<'de> for Both {
            type Value = Label;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in both languages: [zh, en]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Label, A::Error> {
                let (zh, en) = (seq.next_element::<String>()?, seq.next_element::<String>()?);
                match (zh, en, seq.next_element::<String>()?) {
                    (Some(zh), Some(en), None) => full(zh, en),
                    _ => Err(de::Error::invalid_length(0, &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Label, A::Error> {
                let text = Text::deserialize(de::value::MapAccessDeserializer::new(map))?;
                full(text.zh, text.en)
            }
        }
        fn full<E: de::Error>(zh: String, en: String) -> Result<Label, E> {
            if zh.trim().is_empty() || en.trim().is_empty() {
                return Err(E::custom("a text is empty"));
            }
            Ok(Label(Text::new(zh.trim(), en.trim())))
        }
        d.deserialize_any(Both)
    }
}
