//! What is written can be read again without loss, and nothing that is written is a formula.

use jingui_docs::{CellKind, Format, Limits, Table, read, write_csv, write_json, write_xlsx};
use proptest::prelude::*;

use crate::tools::{cells, column, headers, keys, options, part, table};

/// Cells that hurt: formulas, quotes, escapes of Excel's own, line ends, controls, other planes.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "['=+@\\-\t\r\n,;\"＝＋ a1]{0,6}",
        2 => "\\PC{0,12}",
        1 => "[ \u{3000}_x0-9A-F\u{0}-\u{1F}\u{FFFE}𠮷\u{FEFF}]{0,12}",
        1 => prop::sample::select(vec!["=1+1", "'=1", "''", "'", "_x000D_", "-5", "+86 379", "007", "1e5", "TRUE", "2026-11-21", "1900-01-01", "12.50", "12.5"]).prop_map(str::to_owned),
    ]
}

fn kinds() -> [CellKind; 4] {
    [CellKind::Text, CellKind::Decimal, CellKind::Day, CellKind::Choice(vec!["甲".to_owned()])]
}

fn any_table() -> impl Strategy<Value = Table> {
    prop::collection::vec(prop::collection::vec(cell(), 4), 1..6).prop_map(|mut rows| {
        // A row without any visible content is not a record; each row here has one.
        for (i, row) in rows.iter_mut().enumerate() {
            row.push(format!("第{i}行"));
        }
        let mut columns: Vec<_> = (0..).zip(kinds()).map(|(i, kind)| column(&format!("k{i}"), &format!("列{i}"), kind)).collect();
        columns.push(column("last", "末列", CellKind::Text));
        Table { rows, ..table(columns, &[]) }
    })
}

proptest! {
    #[test]
    fn csv_is_lossless_and_inert(table in any_table()) {
        let file = write_csv(&table);
        let grid = read(&file, Format::Csv, &headers(&table), &Limits::default()).unwrap();
        prop_assert_eq!(cells(&grid), table.rows.clone());
        // The csv crate, as an independent reader of RFC 4180, sees the same records, none of them hot.
        let mut other = csv::ReaderBuilder::new().has_headers(true).from_reader(&file[3..]);
        for (theirs, ours) in other.records().zip(&table.rows) {
            for (field, cell) in theirs.unwrap().iter().zip(ours) {
                prop_assert!(field == cell || field.strip_prefix('\'') == Some(cell));
                prop_assert!(!field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋']));
            }
        }
    }

    #[test]
    fn json_is_lossless(table in any_table()) {
        let grid = read(&write_json(&table), Format::Json, &keys(&table), &Limits::default()).unwrap();
        prop_assert_eq!(cells(&grid), table.rows);
    }

    #[test]
    fn xlsx_is_lossless_and_has_no_formula(table in any_table()) {
        let file = write_xlsx(&table, &options()).unwrap();
        let grid = read(&file, Format::Xlsx, &headers(&table), &Limits::default()).unwrap();
        prop_assert_eq!(cells(&grid), table.rows);
        prop_assert!(!part(&file, "xl/worksheets/sheet1.xml").contains("<f"));
    }
}

#[test]
fn csv_follows_rfc_4180_with_a_mark_for_excel() {
    let table = table(vec![column("a", "甲", CellKind::Text), column("b", "乙", CellKind::Text)], &[&["=1", "a,\"b\""], &["x"]]);
    assert_eq!(write_csv(&table), "\u{FEFF}甲,乙\r\n'=1,\"a,\"\"b\"\"\"\r\nx,\r\n".as_bytes());
}

#[test]
fn every_cell_that_looks_like_a_formula_carries_the_quote_prefix() {
    let table = table(vec![column("a", "甲", CellKind::Text), column("b", "乙", CellKind::Text)], &[&["=HYPERLINK(\"x\")", "安全"]]);
    let file = write_xlsx(&table, &options()).unwrap();
    let (sheet, styles) = (part(&file, "xl/worksheets/sheet1.xml"), part(&file, "xl/styles.xml"));
    let xfs: Vec<&str> = styles.split("<cellXfs").nth(1).unwrap().split("<xf ").skip(1).collect();
    let quoted = |cell: &str| {
        let attributes = sheet.split(&format!("<c r=\"{cell}\"")).nth(1).unwrap().split('>').next().unwrap().to_owned();
        assert!(attributes.contains("t=\"s\""), "{cell} is text");
        let style: usize = attributes.split("s=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        xfs[style].contains("quotePrefix=\"1\"")
    };
    assert!(quoted("A3"));
    assert!(!quoted("B3"));
}

#[test]
fn numbers_and_days_become_typed_cells_only_when_nothing_is_lost() {
    let columns = vec![column("n", "数", CellKind::Decimal), column("d", "日", CellKind::Day)];
    let table = table(columns, &[&["12.5", "2026-11-21"], &["0012", "2026/11/21"], &["-3", "长期"]]);
    let file = write_xlsx(&table, &options()).unwrap();
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    for (cell, typed) in [("A3", true), ("B3", true), ("A4", false), ("B4", false), ("A5", true), ("B5", false)] {
        let attributes = sheet.split(&format!("<c r=\"{cell}\"")).nth(1).unwrap().split('>').next().unwrap();
        assert_eq!(!attributes.contains("t=\"s\""), typed, "{cell}");
    }
    assert_eq!(cells(&read(&file, Format::Xlsx, &["数", "日"], &Limits::default()).unwrap()), table.rows);
}

#[test]
fn csv_is_read_as_people_have_it() {
    let known = ["名称", "密级"];
    let expect = vec![vec!["齿轮, 一号".to_owned(), "核心".to_owned()], vec!["丝杠".to_owned(), "一般".to_owned()]];
    let comma = "名称,密级\r\n\"齿轮, 一号\",核心\r\n\r\n丝杠,一般\r\n\r\n";
    let files: Vec<Vec<u8>> = vec![
        comma.as_bytes().to_vec(),
        encoding_rs::GB18030.encode(comma).0.into_owned(),
        "清单\n名称;密级\n齿轮, 一号;核心\n\n丝杠;一般".as_bytes().to_vec(),
        [b"\xFF\xFE".to_vec(), "名称\t密级\n齿轮, 一号\t核心\n\n丝杠\t一般\n".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        "sep=|\r\n名称|密级\r\n齿轮, 一号|核心\r\n\r\n丝杠|一般".as_bytes().to_vec(),
    ];
    let numbers = [[2, 4], [2, 4], [3, 5], [2, 4], [3, 5]];
    for (file, numbers) in files.iter().zip(numbers) {
        let grid = read(file, Format::Csv, &known, &Limits::default()).unwrap();
        assert_eq!(cells(&grid), expect);
        assert_eq!(grid.rows.iter().map(|r| r.number).collect::<Vec<_>>(), numbers, "rows as a spreadsheet counts them");
    }
}

#[test]
fn json_from_elsewhere_is_taken_by_its_meaning() {
    let file = br#"[{"name": "a", "n": 3.0, "ok": true}, {"n": 12345678901234567, "name": null, "extra": 0.5}]"#;
    let grid = read(file, Format::Json, &["name", "n"], &Limits::default()).unwrap();
    assert_eq!(grid.headers, ["name", "n", "ok", "extra"]);
    assert_eq!(cells(&grid), [["a", "3", "TRUE", ""], ["", "12345678901234567", "", "0.5"]]);
}
