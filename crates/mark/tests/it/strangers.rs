//! An office program of strangers makes the files, opens the marked ones and prints them; `scripts/setup.sh test` installs it.

use std::{path::Path, process::Command};

use crate::{pdf::said, tools::*};

/// Files of one sort to another, with a profile of its own.
fn convert(folder: &Path, to: &str, file: &Path) -> Vec<u8> {
    let home = format!("-env:UserInstallation=file://{}/home", folder.display());
    let out = folder.join("out");
    let ran = Command::new("soffice")
        .args([home.as_str(), "--headless", "--norestore", "--convert-to", to, "--outdir"])
        .arg(&out)
        .arg(file)
        .output()
        .unwrap_or_else(|e| panic!("soffice (scripts/setup.sh test installs it): {e}"));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let made = out.join(file.file_stem().unwrap()).with_extension(to);
    std::fs::read(&made).unwrap_or_else(|e| panic!("{}: {e}; {}", made.display(), String::from_utf8_lossy(&ran.stderr)))
}

fn round(sample: &str, content: &str, to: &str, words: &[&str], pages: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(sample);
    std::fs::write(&file, content).unwrap();
    let old = convert(folder.path(), to, &file);
    let marked = put(&old, &mark()).bytes;
    let file = folder.path().join(format!("marked.{to}"));
    std::fs::write(&file, &marked).unwrap();
    let printed = said(&if to == "pdf" { marked.clone() } else { convert(folder.path(), "pdf", &file) });
    assert_eq!(printed.len(), pages, "no page more or less: {printed:?}");
    for page in &printed {
        assert!(page.contains("编号") && page.contains("未经批准不得外传"), "each page says it: {page}");
    }
    let all = printed.concat();
    for wanted in words {
        assert!(all.contains(wanted), "{wanted} is missing in {all}");
    }
    if to != "pdf" {
        // What the program writes anew still carries the mark, and the next mark takes its place.
        let again = convert(folder.path(), to, &file);
        assert_eq!(read(&again), Some(mark()), "kept when saved");
        let changed = put(&again, &later()).bytes;
        std::fs::write(&file, &changed).unwrap();
        let printed = said(&convert(folder.path(), "pdf", &file));
        for page in &printed {
            assert_eq!(page.matches("编号").count(), 1, "{page}");
            assert!(page.contains("一般秘密★") && !page.contains("核心秘密"), "{page}");
        }
    }
}

#[test]
fn a_document_of_a_word_processor_is_marked_printed_saved_and_marked_anew() {
    let words = ["original head", "淬火温度八百四十度 first section", "second section"];
    round("text.fodt", include_str!("samples/text.fodt"), "docx", &words, 2);
}

#[test]
fn a_workbook_is_marked_printed_saved_and_marked_anew() {
    round("sheets.fods", include_str!("samples/sheets.fods"), "xlsx", &["42", "第二张表"], 2);
}

#[test]
fn a_presentation_is_marked_printed_saved_and_marked_anew() {
    round("slides.fodp", include_str!("samples/slides.fodp"), "pptx", &["第一页 first slide", "第二页 second slide"], 2);
}

#[test]
fn a_printed_document_is_marked() {
    round("text.fodt", include_str!("samples/text.fodt"), "pdf", &["original head", "淬火温度八百四十度", "second section"], 2);
}
