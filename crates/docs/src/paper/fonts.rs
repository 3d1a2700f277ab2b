//! Which font files to print with: Chinese fonts from a Debian package, never from this repository.
//!
//! The engine reads no files: it names what it would like, the caller reads through [`Shelf`]. A collection
//! (ISO/IEC 14496-22, `.ttc`) holds the faces of several regions; the one for Simplified Chinese is picked by name.

use std::{fmt, sync::Arc};

use jingui_model::Problem;
use skrifa::{FontRef, MetadataProvider, raw::FileRef, string::StringId};

/// Folders where Debian puts fonts, the likeliest first.
pub const FOLDERS: &[&str] = &["/usr/share/fonts/opentype/noto", "/usr/share/fonts", "/usr/local/share/fonts"];

/// One face: a font file and its index in it. Cheap to clone.
#[derive(Clone)]
pub struct FontFile {
    /// The file.
    pub bytes: Arc<Vec<u8>>,
    /// Which face of a collection; 0 for a file with one face.
    pub index: u32,
}

impl fmt::Debug for FontFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FontFile({} bytes, face {})", self.bytes.len(), self.index)
    }
}

/// The faces that a paper is printed with.
#[derive(Debug, Clone)]
pub struct Fonts {
    /// For ordinary text.
    pub regular: FontFile,
    /// For headings and strong text; thickened from the regular face when there is none.
    pub bold: Option<FontFile>,
    /// For digests; the regular face when there is none.
    pub mono: Option<FontFile>,
    /// Asked in turn for characters that the others do not have.
    pub others: Vec<FontFile>,
}

/// Which design to prefer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Without serifs (黑体), for reports and tables.
    #[default]
    Sans,
    /// With serifs (宋体), for contracts and letters.
    Serif,
}

/// Reads font files on behalf of the engine.
pub trait Shelf {
    /// Paths of all files in a folder and below it; empty when there is no such folder.
    fn files(&self, folder: &str) -> Vec<String>;

    /// The content of one of these files; `None` when it cannot be read.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
}

/// File names in lower case, the best first: regular, then bold (empty: none).
const SANS: &[(&str, &str)] = &[
    ("notosanscjk-regular.ttc", "notosanscjk-bold.ttc"),
    ("notosanscjksc-regular.otf", "notosanscjksc-bold.otf"),
    ("notosanssc-regular.otf", "notosanssc-bold.otf"),
    ("notosanssc-regular.ttf", "notosanssc-bold.ttf"),
    ("sourcehansans-regular.ttc", "sourcehansans-bold.ttc"),
    ("sourcehansanssc-regular.otf", "sourcehansanssc-bold.otf"),
    ("sourcehansanscn-regular.otf", "sourcehansanscn-bold.otf"),
    ("wqy-microhei.ttc", ""),
    ("wqy-zenhei.ttc", ""),
];
const SERIF: &[(&str, &str)] = &[
    ("notoserifcjk-regular.ttc", "notoserifcjk-bold.ttc"),
    ("notoserifcjksc-regular.otf", "notoserifcjksc-bold.otf"),
    ("notoserifsc-regular.otf", "notoserifsc-bold.otf"),
    ("sourcehanserif-regular.ttc", "sourcehanserif-bold.ttc"),
    ("sourcehanserifsc-regular.otf", "sourcehanserifsc-bold.otf"),
    ("sourcehanserifcn-regular.otf", "sourcehanserifcn-bold.otf"),
];

/// Looks for a Chinese font in some folders; the other design is taken when the preferred one is missing.
///
/// # Errors
/// `docs.no_font` when there is none.
pub fn find(shelf: &dyn Shelf, folders: &[&str], family: Family) -> Result<Fonts, Problem> {
    let mut files: Vec<String> = folders.iter().flat_map(|folder| shelf.files(folder)).collect();
    // Whatever order the folder is listed in, the same font is chosen.
    files.sort();
    files.dedup();
    let named = |name: &str| files.iter().find(|path| !name.is_empty() && file_name(path) == name);
    let order = match family {
        Family::Sans => [SANS, SERIF],
        Family::Serif => [SERIF, SANS],
    };
    for (regular_name, bold_name) in order.into_iter().flatten() {
        let load = |name: &str| named(name).and_then(|path| shelf.read(path)).map(Arc::new);
        let Some(bytes) = load(regular_name) else { continue };
        let Some(index) = pick(&bytes, false) else { continue };
        let bold = load(bold_name).and_then(|bytes| pick(&bytes, false).map(|index| FontFile { index, bytes }));
        let mono = mono(shelf, &files, &bytes);
        return Ok(Fonts { regular: FontFile { bytes, index }, bold, mono, others: vec![] });
    }
    Err(no_font(folders))
}

fn no_font(folders: &[&str]) -> Problem {
    Problem::unavailable("docs.no_font").arg("folders", folders.join(", "))
}

/// The monospaced face: in the same collection, or in one of a different name.
fn mono(shelf: &dyn Shelf, files: &[String], bytes: &Arc<Vec<u8>>) -> Option<FontFile> {
    if let Some(index) = pick(bytes, true) {
        return Some(FontFile { bytes: Arc::clone(bytes), index });
    }
    ["notosansmono-regular.ttf", "dejavusansmono.ttf"].iter().find_map(|name| {
        let path = files.iter().find(|path| file_name(path) == *name)?;
        Some(FontFile { bytes: Arc::new(shelf.read(path)?), index: 0 })
    })
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_lowercase()
}

/// The face for Simplified Chinese in a font file; for one face alone, that one.
fn pick(bytes: &[u8], mono: bool) -> Option<u32> {
    match FileRef::new(bytes).ok()? {
        FileRef::Font(_) => (!mono).then_some(0),
        FileRef::Collection(collection) => {
            let names: Vec<(u32, String)> =
                (0..collection.len()).filter_map(|index| Some((index, family_name(&FontRef::from_index(bytes, index).ok()?)))).collect();
            let fits = |name: &str| name.contains("Mono") == mono;
            let sc = names.iter().find(|(_, name)| fits(name) && (name.ends_with(" SC") || name.ends_with(" CN")));
            sc.or_else(|| names.iter().find(|(_, name)| fits(name))).map(|(index, _)| *index)
        }
    }
}

fn family_name(font: &FontRef<'_>) -> String {
    let english = font.localized_strings(StringId::FAMILY_NAME).english_or_first();
    english.map(|name| name.chars().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bare(&'static [&'static str]);
    impl Shelf for Bare {
        fn files(&self, _: &str) -> Vec<String> {
            self.0.iter().map(|&name| name.to_owned()).collect()
        }
        fn read(&self, _: &str) -> Option<Vec<u8>> {
            Some(b"no font at all".to_vec())
        }
    }

    #[test]
    fn without_a_readable_chinese_font_the_folders_are_named() {
        for shelf in [Bare(&[]), Bare(&["/f/DejaVuSans.ttf"]), Bare(&["/f/NotoSansCJK-Regular.ttc"])] {
            let problem = find(&shelf, &["/f", "/g"], Family::Sans).expect_err("nothing to print with");
            assert_eq!(problem.code(), "docs.no_font");
            assert_eq!(problem.args(), [("folders".into(), "/f, /g".to_owned())]);
        }
    }
}
