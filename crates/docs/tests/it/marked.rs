//! The returned file: same rows in the same places, wrong cells red with a note, errors listed,
//! and fit to be corrected and imported again.

use jingui_docs::{CellError, CellKind, Format, Limits, mark_errors, read, write_csv, write_json, write_xlsx};

use crate::tools::{cells, column, options, part, parts, read_xlsx, table, words};

fn wrong(row: u32, column: Option<usize>, message: &str) -> CellError {
    CellError { row, column, message: message.to_owned() }
}

#[test]
fn whatever_the_format_errors_come_back_in_their_cells() {
    let columns = vec![column("name", "名称", CellKind::Text), column("grade", "密级", CellKind::Text)];
    let table = table(columns, &[&["=齿轮", "绝密"], &["丝杠", "一般"], &["", "核心"]]);
    let limits = Limits::default();
    let opts = options();
    for (format, bytes) in
        [(Format::Xlsx, write_xlsx(&table, &opts).unwrap()), (Format::Csv, write_csv(&table)), (Format::Json, write_json(&table))]
    {
        let known = if format == Format::Json { ["name", "grade"] } else { ["名称", "密级"] };
        let grid = read(&bytes, format, &known, &limits).unwrap();
        let first = grid.rows[0].number;
        let errors = [
            wrong(first, Some(1), "没有这个密级"),
            wrong(first, Some(1), "第二个问题"),
            wrong(first + 2, None, "缺少名称"),
            wrong(first + 50, Some(9), "远处"),
        ];
        let marked = mark_errors(&bytes, format, &grid, &errors, &opts, &limits).unwrap();

        let again = read_xlsx(&marked, &known).unwrap();
        assert_eq!((cells(&again), again.header_row), (cells(&grid), grid.header_row), "{format:?}: the same rows");
        assert_eq!(again.rows.iter().map(|r| r.number).collect::<Vec<_>>(), [first, first + 1, first + 2]);

        let w = words();
        let list = read_xlsx(&marked, &[&w.error_cell, &w.error_row, &w.error_message]).unwrap();
        assert_eq!(list.sheet, w.errors);
        let listed: Vec<String> = list.rows.iter().map(|r| r.cells.join("|")).collect();
        assert_eq!(listed[0], format!("B{first}|{first}|{}|绝密|没有这个密级", known[1]));
        assert_eq!(listed[1], format!("B{first}|{first}|{}|绝密|第二个问题", known[1]));
        assert_eq!(listed[2], format!("|{}|||缺少名称", first + 2));
        assert_eq!(listed.len(), 4);

        let notes = part(&marked, "xl/comments1.xml");
        assert!(notes.contains(&format!("ref=\"B{first}\"")) && notes.contains("没有这个密级\n第二个问题"));
        assert!(notes.contains(&format!("ref=\"A{}\"", first + 2)), "a row's note sits on its first cell");
        assert!(part(&marked, "xl/styles.xml").contains("FFFF9999"));
        assert!(!parts(&marked).iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("<f>")));
    }
}

#[test]
fn a_slip_on_the_first_cell_says_what_is_wrong_with_cell_and_row() {
    let table = table(vec![column("a", "甲", CellKind::Text), column("b", "乙", CellKind::Text)], &[&["1", "2"]]);
    let bytes = write_csv(&table);
    let grid = read(&bytes, Format::Csv, &["甲", "乙"], &Limits::default()).unwrap();
    let errors = [wrong(2, None, "整行"), wrong(2, Some(0), "单格"), wrong(1, Some(1), "表头"), wrong(0, None, "不存在")];
    let marked = mark_errors(&bytes, Format::Csv, &grid, &errors, &options(), &Limits::default()).unwrap();
    let notes = part(&marked, "xl/comments1.xml");
    assert!(notes.contains("单格\n整行") && notes.contains("表头"));
    assert_eq!(notes.matches("<comment ").count(), 2);
}
