//! Cells of foreign workbooks: types, dates, errors, sheets, and the look of our own.

use jingui_docs::{CellKind, write_xlsx};

use crate::tools::{book, cells, code, column, options, part, read_xlsx, table, text_row};

fn one(properties: &str, row: &str) -> Result<Vec<String>, jingui_model::Problem> {
    let xml = format!("<sheetData>{}<row r=\"2\">{row}</row></sheetData>", text_row(1, &["甲", "乙", "丙", "丁", "戊", "己"]));
    read_xlsx(&book(properties, &[("表", "", &xml)]), &["甲", "乙"]).map(|grid| cells(&grid).remove(0))
}

#[test]
fn numbers_truths_and_formulas_come_out_as_shown() {
    let row = "<c r=\"A2\"><v>5</v></c><c r=\"B2\"><v>0.30000000000000004</v></c><c r=\"C2\" t=\"b\"><v>1</v></c>\
               <c r=\"D2\"><f>1+1</f><v>2</v></c><c r=\"E2\" t=\"str\"><f>A1</f><v>甲&amp;</v></c><c r=\"F2\" t=\"s\"><v>1</v></c>";
    assert_eq!(one("", row).unwrap(), ["5", "0.3", "TRUE", "2", "甲&", "乙"]);
}

#[test]
fn dates_are_days_in_both_calendars() {
    let row = "<c r=\"A2\" s=\"1\"><v>46347</v></c><c r=\"B2\" s=\"1\"><v>46347.5</v></c><c r=\"C2\" s=\"2\"><v>1.5</v></c>";
    assert_eq!(one("", row).unwrap()[..3], ["2026-11-21", "2026-11-21T12:00:00", "36:00:00"]);
    let row = "<c r=\"A2\" s=\"1\"><v>44885</v></c>";
    assert_eq!(one("date1904=\"1\"", row).unwrap()[0], "2026-11-21");
}

#[test]
fn wrong_cells_are_reported_all_at_once_with_their_place() {
    let row = "<c r=\"B2\" t=\"e\"><v>#REF!</v></c><c r=\"C2\"><v>410305199001011234</v></c><c r=\"D2\" t=\"e\"><v>#SPILL!</v></c><c r=\"E2\"><f>1+1</f></c><c r=\"F2\" t=\"str\"><f>A1</f><v></v></c>";
    let problem = one("", row).unwrap_err();
    let found: Vec<_> = problem.parts().iter().map(|p| (p.code(), p.field())).collect();
    assert_eq!(
        found,
        [
            ("table.cell_error", Some("B2")),
            ("table.number_too_long", Some("C2")),
            ("table.error_value", None),
            ("table.formula", Some("E2"))
        ]
    );
}

#[test]
fn hidden_sheets_are_passed_over_and_the_best_header_wins() {
    let good = format!("<sheetData>{}{}</sheetData>", text_row(1, &["甲", "乙", "丙"]), text_row(2, &["1", "2", "3"]));
    let poor = format!("<sheetData>{}{}</sheetData>", text_row(1, &["甲", "乙"]), text_row(2, &["x", "y"]));
    let known = ["甲", "乙", "丙"];
    let file = book("", &[("藏", "state=\"hidden\"", &good), ("少", "", &poor), ("全", "", &good)]);
    assert_eq!(read_xlsx(&file, &known).unwrap().sheet, "全");
    assert_eq!(code(read_xlsx(&book("", &[("少", "", &poor)]), &["丁", "戊"])), "table.no_header");
    let doubled = format!("<sheetData>{}{}</sheetData>", text_row(1, &["甲", "乙", " 甲"]), text_row(2, &["1", "2", "3"]));
    assert_eq!(code(read_xlsx(&book("", &[("重", "", &doubled)]), &known)), "table.duplicate_header");
    assert_eq!(code(read_xlsx(&book("", &[("空", "", "<sheetData/>")]), &known)), "table.empty");
}

#[test]
fn a_table_that_does_not_begin_in_a1_keeps_its_places() {
    let rows = "<row r=\"4\"><c r=\"C4\" t=\"s\"><v>0</v></c><c r=\"D4\" t=\"s\"><v>1</v></c></row>\
                <row r=\"9\"><c r=\"D9\"><v>7</v></c></row><row r=\"10\"><c r=\"B10\" s=\"1\"/></row>";
    let grid = read_xlsx(&book("", &[("表", "", &format!("<sheetData>{rows}</sheetData>"))]), &["甲", "乙"]).unwrap();
    assert_eq!((grid.header_row, grid.headers.join("|").as_str()), (4, "||甲|乙"));
    assert_eq!((grid.rows.len(), grid.rows[0].number, grid.rows[0].cells.join("|").as_str()), (1, 9, "|||7"));
}

#[test]
fn our_sheets_can_be_filtered_printed_and_read_from_afar() {
    let mut table = table(vec![column("a", "甲", CellKind::Text), column("b", "乙", CellKind::Text)], &[&["1", "2"]]);
    table.notes = (0..30).map(|i| format!("第 {i} 条")).collect();
    let file = write_xlsx(&table, &options()).unwrap();
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    for wanted in
        ["state=\"frozen\"", "<autoFilter ref=\"A10:B11\"", "paperSize=\"9\"", "orientation=\"landscape\"", "第 &amp;P 页，共 &amp;N 页"]
    {
        assert!(sheet.contains(wanted), "{wanted}");
    }
    assert!(part(&file, "xl/workbook.xml").contains("清单!$10:$10"), "the header row is repeated on every page");
    assert!(part(&file, "xl/styles.xml").contains("等线"));
    assert!(part(&file, "docProps/core.xml").contains("2026-09-21"), "the clock is the caller's");
    assert_eq!(read_xlsx(&file, &["甲", "乙"]).unwrap().header_row, 10);
}

#[test]
fn what_excel_cannot_hold_is_refused_with_its_place() {
    let long = "长".repeat(32_768);
    let table = table(vec![column("a", "甲", CellKind::Text)], &[&["1"], &[&long]]);
    let problem = write_xlsx(&table, &options()).unwrap_err();
    assert_eq!((problem.code(), problem.field()), ("table.cell_too_long", Some("A4")));
    assert_eq!(code(write_xlsx(&crate::tools::table(vec![], &[]), &options())), "table.no_columns");
}
