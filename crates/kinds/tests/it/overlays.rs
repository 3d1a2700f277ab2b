//! Mistakes in overlays: each is named by file, line, column and field, and an overlay never weakens a shipped kind.

use std::path::Path;

use crate::support::{example, sources};
use jingui_kinds::{Catalog, Source};

fn broken() -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut out: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .map(|p| Source { file: p.file_name().unwrap().to_string_lossy().into_owned(), text: std::fs::read_to_string(&p).unwrap() })
        .collect();
    out.sort_by(|a, b| a.file.cmp(&b.file));
    out
}

/// Each broken overlay by itself, all its mistakes; compared with `tests/broken/expected.txt`.
#[test]
fn every_mistake_is_named_with_its_place() {
    let mut lines = vec![];
    for source in broken() {
        let file = source.file.clone();
        let found = Catalog::load(&sources(), &[source]).err().unwrap_or_default();
        assert!(!found.is_empty(), "{file} is accepted");
        for diagnostic in found {
            // What is known grows with the product; the golden file keeps to what is wrong.
            let text = diagnostic.to_string();
            let text = text.split(" known=").next().unwrap_or(&text).to_owned();
            assert_eq!(diagnostic.file, file, "{text}");
            lines.push(text);
        }
    }
    let got = lines.join("\n") + "\n";
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken/expected.txt");
    if std::env::var_os("JINGUI_WRITE_GOLDEN").is_some() {
        std::fs::write(&golden, &got).unwrap();
    }
    assert_eq!(got, std::fs::read_to_string(golden).unwrap());
}

#[test]
fn an_overlay_adds_fields_to_a_shipped_kind() {
    let text = "extends: secret\nlabel: [本企业字段, Company fields]\nfields:\n  - {name: x_line, label: [产线, Line], type: text}\n";
    let overlay = [Source { file: "line.yaml".into(), text: text.into() }, example("mould_cabinet_key.yaml")];
    let catalog = Catalog::load(&sources(), &overlay).unwrap();
    let secret = catalog.kind("secret").unwrap();
    assert!(secret.field("x_line").is_some());
    assert_eq!(secret.form.last().unwrap().fields, ["x_line"]);
    assert_eq!(catalog.overlay.len(), 2);
    // What the shipped kind asks for is untouched.
    let shipped = crate::support::catalog().kind("secret").unwrap();
    assert_eq!(serde_json::to_value(&shipped.transitions).unwrap(), serde_json::to_value(&secret.transitions).unwrap());
}

#[test]
fn a_broken_file_is_reported_once_and_not_by_those_that_use_it() {
    let mut sources = sources();
    for source in &mut sources {
        if source.file == "kinds/person.yaml" {
            source.text = source.text.replace("group: organisation", "grupp: organisation");
        }
    }
    let found = Catalog::load(&sources, &[]).unwrap_err();
    assert!(found.iter().all(|d| d.file == "kinds/person.yaml"), "{found:?}");
}

#[test]
fn hostile_files_are_refused_and_do_not_crash() {
    let deep = "[".repeat(20_000);
    let large = "a: b\n".repeat(200_000);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    for text in ["", "null", "- 1", "\u{0}", "kind: [", "? {a: b}\n: c", "kind: 5", deep.as_str(), large.as_str(), bomb] {
        let source = Source { file: "hostile.yaml".into(), text: text.to_owned() };
        let found = Catalog::load(&sources(), &[source]).unwrap_err();
        assert!(found.iter().all(|d| d.file == "hostile.yaml" && d.line >= 1), "{found:?}");
    }
}
