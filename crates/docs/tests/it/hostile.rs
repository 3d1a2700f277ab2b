//! Files that are meant to hurt, or are simply not what they should be: a clear code, no panic,
//! no memory spent.

use jingui_docs::{CellKind, Format, Limits, read, write_xlsx};
use proptest::prelude::*;

use crate::tools::{book, book_parts, code, column, options, parts, read_xlsx, table, text_row, zipped};

const KNOWN: [&str; 2] = ["甲", "乙"];

fn good() -> Vec<(String, String)> {
    let xml = format!("<sheetData>{}{}</sheetData>", text_row(1, &KNOWN), text_row(2, &["1", "2"]));
    book_parts("", &[("表", "", &xml)])
}

/// The good workbook with one part replaced or added.
fn with(name: &str, text: &str) -> Vec<u8> {
    let mut parts = good();
    parts.retain(|(n, _)| n != name);
    parts.push((name.to_owned(), text.to_owned()));
    zipped(&parts)
}

#[test]
fn the_good_workbook_is_read() {
    assert_eq!(read_xlsx(&zipped(&good()), &KNOWN).unwrap().rows.len(), 1);
}

#[test]
fn bombs_are_refused_before_they_are_parsed() {
    let limits = Limits { max_uncompressed: 16 << 20, ..Limits::default() };
    let zeros = "0".repeat(20 << 20);
    assert_eq!(code(read(&with("xl/media/a.bin", &zeros), Format::Xlsx, &KNOWN, &limits)), "table.zip_bomb");
    let noise: String = (0_u32..4_000_000).map(|i| char::from(b'a' + (i.wrapping_mul(2_654_435_761) >> 27) as u8 % 26)).collect();
    assert_eq!(code(read(&with("xl/media/a.bin", &noise.repeat(5)), Format::Xlsx, &KNOWN, &limits)), "table.too_large_unpacked");
    let mut many = good();
    many.extend((0..4_001).map(|i| (format!("xl/media/{i}"), String::new())));
    assert_eq!(code(read_xlsx(&zipped(&many), &KNOWN)), "table.too_many_parts");
    let small = Limits { max_bytes: 100, ..Limits::default() };
    assert_eq!(code(read(&zipped(&good()), Format::Xlsx, &KNOWN, &small)), "table.too_large");
}

#[test]
fn a_size_that_lies_is_found_by_inflating() {
    let name = b"xl/media/a.bin";
    let mut file = with("xl/media/a.bin", &"a lie ".repeat(1_000));
    // The uncompressed size stands 20 bytes before the name in the central directory (APPNOTE 4.3.12: offset 24 of 46).
    let at = file.windows(name.len()).rposition(|w| w == name).unwrap() - 46 + 24;
    file[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    assert_eq!(code(read_xlsx(&file, &KNOWN)), "table.damaged");
}

#[test]
fn names_that_climb_or_repeat_are_refused() {
    for name in ["../etc/passwd", "/etc/passwd", "xl/..\\..\\x", "C:\\x"] {
        assert_eq!(code(read_xlsx(&with(name, "x"), &KNOWN)), "table.part_name", "{name}");
    }
    assert_eq!(code(read_xlsx(&with("XL/workbook.xml", "x"), &KNOWN)), "table.damaged");
}

#[test]
fn entities_are_never_expanded() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE sst [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><sst><si><t>&b;</t></si></sst>";
    assert_eq!(code(read_xlsx(&with("xl/sharedStrings.xml", bomb), &KNOWN)), "table.doctype");
    let hidden: Vec<u8> = bomb.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut parts: Vec<(String, Vec<u8>)> = good().into_iter().map(|(n, t)| (n, t.into_bytes())).collect();
    parts.retain(|(n, _)| n != "xl/sharedStrings.xml");
    parts.push(("xl/sharedStrings.xml".to_owned(), hidden));
    assert_eq!(code(read_xlsx(&zipped(&parts), &KNOWN)), "table.damaged");
    let external = "<!DOCTYPE worksheet [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>&x;</t></is></c></row></sheetData></worksheet>";
    assert_eq!(code(read_xlsx(&with("xl/worksheets/sheet1.xml", external), &KNOWN)), "table.doctype");
}

#[test]
fn memory_is_not_reserved_on_a_files_word() {
    let sst = "<sst uniqueCount = '999999999999999'><si><t>a</t></si></sst>";
    assert_eq!(code(read_xlsx(&with("xl/sharedStrings.xml", sst), &KNOWN)), "table.damaged");
    let styles = format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(400_001));
    let limits = Limits::default();
    assert_eq!(code(read(&with("xl/styles.xml", &styles), Format::Xlsx, &KNOWN, &limits)), "table.zip_bomb");
    // Parts that are loaded whole cannot be passed off as sheets.
    let rels = "<Relationships><Relationship Type=\"x/relationships/officeDocument\" Target=\"xl/worksheets/sheet1.xml\"/></Relationships>";
    assert_eq!(code(read_xlsx(&with("_rels/.rels", rels), &KNOWN)), "table.damaged");
    // Two cells at opposite corners are two cells, and the far one is beyond the limits.
    let corners = format!("<sheetData>{}<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>", text_row(1, &KNOWN));
    assert_eq!(code(read_xlsx(&book("", &[("表", "", &corners)]), &KNOWN)), "table.too_many_columns");
    // One long shared string in many cells is counted as often as it is copied.
    let long = "x".repeat(30_000);
    let row: String = (2..2_000).map(|i| format!("<row r=\"{i}\"><c r=\"A{i}\" t=\"s\"><v>0</v></c></row>")).collect();
    let mut parts = book_parts("", &[("表", "", &format!("<sheetData>{}{row}</sheetData>", text_row(1, &KNOWN)))]);
    parts.retain(|(n, _)| n != "xl/sharedStrings.xml");
    parts.push(("xl/sharedStrings.xml".to_owned(), format!("<sst><si><t>{long}</t></si></sst>")));
    let limits = Limits { max_uncompressed: 32 << 20, ..limits };
    assert_eq!(code(read(&zipped(&parts), Format::Xlsx, &KNOWN, &limits)), "table.too_large_unpacked");
}

#[test]
fn references_that_make_no_sense_do_no_harm() {
    for reference in ["B2:A1", "ZZZZZZZZZZZZ1:A9", "A99999999999999:B1", ""] {
        let xml = format!(
            "<dimension ref=\"{reference}\"/><sheetData>{}{}</sheetData><mergeCells><mergeCell ref=\"{reference}\"/></mergeCells>",
            text_row(1, &KNOWN),
            text_row(2, &["1", "2"])
        );
        // Either it is read as if the reference were not there, or it is called damaged.
        match read_xlsx(&book("", &[("表", "", &xml)]), &KNOWN) {
            Ok(grid) => assert_eq!(grid.rows.len(), 1),
            Err(problem) => assert_eq!(problem.code(), "table.damaged"),
        }
    }
    let merges = "<mergeCell ref=\"A2:A1048576\"/>".repeat(2_000);
    let rows: String = (2..3_002).map(|i| text_row(i, &["", "x"])).collect();
    let xml = format!("<sheetData>{}{}{rows}</sheetData><mergeCells>{merges}</mergeCells>", text_row(1, &KNOWN), text_row(2, &["组", "x"]));
    let limits = Limits { max_cells: 100_000, ..Limits::default() };
    let xml = xml.replacen("<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t></t></is></c>", "<row r=\"2\">", 1);
    assert_eq!(code(read(&book("", &[("表", "", &xml)]), Format::Xlsx, &KNOWN, &limits)), "table.too_many_cells");
}

#[test]
fn limits_are_kept_in_every_format() {
    let limits = Limits { max_rows: 2, max_columns: 2, max_cell_chars: 3, ..Limits::default() };
    let csv = |text: &str| code(read(text.as_bytes(), Format::Csv, &KNOWN, &limits));
    assert_eq!(csv("甲,乙\n1,2\n1,2\n1,2\n"), "table.too_many_rows");
    assert_eq!(csv("甲,乙\n1,2,3\n"), "table.too_many_columns");
    assert_eq!(csv("甲,乙\n1234,2\n"), "table.cell_too_long");
    assert!(read("甲,乙\n'=12,2,,,\n".as_bytes(), Format::Csv, &KNOWN, &limits).is_ok(), "the escape and empty fields do not count");
    let json = |text: &str| code(read(text.as_bytes(), Format::Json, &KNOWN, &limits));
    assert_eq!(json(r#"[{"甲":1},{"甲":1},{"甲":1}]"#), "table.too_many_rows");
    assert_eq!(json(r#"[{"甲":1,"乙":2,"丙":3}]"#), "table.too_many_columns");
    assert_eq!(json(r#"[{"甲":"1234","乙":2}]"#), "table.cell_too_long");
    let xlsx = |row: &str| {
        code(read(&book("", &[("表", "", &format!("<sheetData>{}{row}</sheetData>", text_row(1, &KNOWN)))]), Format::Xlsx, &KNOWN, &limits))
    };
    assert_eq!(xlsx(&(2..5).map(|i| text_row(i, &["1"])).collect::<String>()), "table.too_many_rows");
    assert_eq!(xlsx(&text_row(2, &["1", "2", "3"])), "table.too_many_columns");
    assert_eq!(xlsx(&text_row(2, &["1234"])), "table.cell_too_long");
}

#[test]
fn what_is_not_read_is_named() {
    let ole = |stream: &str| {
        [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), vec![0; 600], stream.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
    };
    assert_eq!(code(read_xlsx(&ole("EncryptedPackage"), &KNOWN)), "table.encrypted");
    assert_eq!(code(Format::sniff("清单.xlsx", &ole("EncryptedPackage"))), "table.encrypted");
    assert_eq!(code(Format::sniff("清单.xls", &ole("Workbook"))), "table.old_xls");
    assert_eq!(code(read_xlsx(&with("xl/vbaProject.bin", "x"), &KNOWN)), "table.macro");
    let types = "<Types><Override ContentType=\"application/vnd.ms-excel.sheet.macroEnabled.main+xml\"/></Types>";
    assert_eq!(code(read_xlsx(&with("[Content_Types].xml", types), &KNOWN)), "table.macro");
    assert_eq!(code(read_xlsx(&with("xl/workbook.bin", "x"), &KNOWN)), "table.xlsb");
    assert_eq!(code(read_xlsx(&zipped(&[("word/document.xml", "x"), ("_rels/.rels", "x")]), &KNOWN)), "table.not_xlsx");
    assert_eq!(code(read_xlsx(b"not a zip", &KNOWN)), "table.not_xlsx");
    let csv = |bytes: &[u8]| code(read(bytes, Format::Csv, &KNOWN, &Limits::default()));
    assert_eq!(csv(b"\x81\xFF\xFF,\xFF"), "table.encoding");
    assert_eq!(csv("甲,乙\n\0,1".as_bytes()), "table.not_text");
    assert_eq!(csv("甲,乙\n1,\"2\n3,4\n".as_bytes()), "table.quote");
    let json = |text: &str| code(read(text.as_bytes(), Format::Json, &KNOWN, &Limits::default()));
    assert_eq!(json(r#"{"甲": 1}"#), "table.not_json");
    assert_eq!(json(r#"[{"甲": 1, "甲": 2}]"#), "table.not_json");
    assert_eq!(json(r#"[{"甲": [1], "乙": 2}]"#), "table.nested_value");
    assert_eq!(json(r#"[{"甲": 123456789012345678901234567890, "乙": 2}]"#), "table.number_too_long");
    assert_eq!(json(&format!("[{{\"甲\": {}", "[".repeat(100_000))), "table.not_json");
    assert_eq!(json("[]"), "table.empty");
}

fn sample() -> Vec<u8> {
    let columns = vec![column("a", "甲", CellKind::Text), column("b", "乙", CellKind::Day)];
    write_xlsx(&table(columns, &[&["齿轮", "2026-11-21"], &["=1", "长期"]]), &options()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_file_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
        let mut file = sample();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = read_xlsx(&file, &KNOWN);
        file.truncate(cut.index(file.len()));
        prop_assert!(read_xlsx(&file, &KNOWN).is_err(), "a file that is cut has no directory");
    }

    #[test]
    fn damaged_xml_in_a_whole_zip_never_panics(which in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"<>/\"'&;=:AZ019 \x00\xFF".to_vec())), 1..12)) {
        let mut parts = parts(&sample());
        let chosen = which.index(parts.len());
        let bytes = &mut parts[chosen].1;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(grid) = read_xlsx(&zipped(&parts), &KNOWN) {
            prop_assert!(grid.rows.iter().all(|row| row.cells.len() == grid.headers.len()));
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,80}") {
        for format in [Format::Xlsx, Format::Csv, Format::Json] {
            for bytes in [&bytes[..], text.as_bytes()] {
                if let Ok(grid) = read(bytes, format, &[], &Limits::default()) {
                    prop_assert!(grid.rows.iter().all(|row| row.cells.len() == grid.headers.len()));
                }
            }
        }
        let _ = Format::sniff("x", &bytes);
    }
}
