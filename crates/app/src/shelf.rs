//! The fonts that papers are printed with: read from the machine's folders, once (Debian's package of Noto CJK).

use std::{
    fs,
    sync::{Arc, OnceLock},
};

use jingui_docs::paper::fonts::{self, FOLDERS, Family, Fonts, Shelf};
use jingui_model::Problem;
use jingui_view::Font;

/// Deeper than this no font is looked for.
const DEEPEST: usize = 4;

struct Disk;

impl Shelf for Disk {
    fn files(&self, folder: &str) -> Vec<String> {
        let mut found = vec![];
        list(folder, DEEPEST, &mut found);
        found
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(path).ok()
    }
}

fn list(folder: &str, deeper: usize, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path().to_string_lossy().into_owned();
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push(path);
        } else if deeper > 0 {
            list(&path, deeper - 1, found);
        }
    }
}

/// The one that marks and pages are written with.
///
/// # Errors
/// `docs.no_font`.
pub fn font() -> Result<Font, Problem> {
    let regular = &fonts()?.regular;
    Ok(Font { bytes: Arc::clone(&regular.bytes), index: regular.index })
}

/// The fonts, found at the first question.
///
/// # Errors
/// `docs.no_font` when the machine has none with Chinese characters.
pub fn fonts() -> Result<&'static Fonts, Problem> {
    static FOUND: OnceLock<Fonts> = OnceLock::new();
    if let Some(fonts) = FOUND.get() {
        return Ok(fonts);
    }
    let fonts = fonts::find(&Disk, FOLDERS, Family::Sans)?;
    Ok(FOUND.get_or_init(|| fonts))
}
