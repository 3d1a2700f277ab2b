//! A template accepts what its columns accept, explains itself, and can be imported.

use jingui_docs::{CellKind, Table, Words, write_template};

use crate::tools::{catalogue, cells, column, headers, options, part, parts, read_xlsx, table, words};

fn template() -> Table {
    let posts: Vec<String> = (1..60).map(|i| format!("岗位第{i}号")).collect();
    let mut columns = vec![
        column("name", "名称", CellKind::Text),
        column("grade", "密级", CellKind::Choice(vec!["核心秘密".to_owned(), "一般秘密".to_owned()])),
        column("post", "岗位", CellKind::Choice(posts)),
        column("comma", "含逗号", CellKind::Choice(vec!["甲,乙".to_owned(), "=丙".to_owned()])),
        column("day", "定密日期", CellKind::Day),
        column("count", "份数", CellKind::Integer),
        column("paper", "纸质", CellKind::Bool),
        column("value", "估值", CellKind::Decimal),
    ];
    columns[0].required = true;
    columns[0].help = "写清保护的是什么。".repeat(40);
    table(columns, &[&["例：热处理工艺", "核心秘密", "岗位第3号", "甲,乙", "2026-11-21", "3", "是", "12.5"]])
}

#[test]
fn each_column_has_its_rule() {
    let file = write_template(&template(), &options()).unwrap();
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    let rule = |col: &str| {
        let whole = sheet.split("<dataValidation ").find(|r| r.contains(&format!("sqref=\"{col}2:{col}1048576\""))).unwrap();
        whole.split("</dataValidation>").next().unwrap().to_owned()
    };
    assert!(rule("A").contains("prompt="), "help beside the cell");
    assert!(rule("B").contains("type=\"list\"") && rule("B").contains("核心秘密,一般秘密"));
    assert!(rule("C").contains("'选项'!$A$1:$A$59"), "longer than 255: from the hidden sheet: {}", rule("C"));
    assert!(rule("D").contains("'选项'!$B$1:$B$2"), "a comma would split a choice");
    assert!(rule("E").contains("type=\"date\"") && rule("F").contains("type=\"whole\"") && rule("H").contains("type=\"decimal\""));
    assert!(rule("G").contains("是,否") && rule("G").contains(&words().refused_choice));
    let book = part(&file, "xl/workbook.xml");
    assert!(book.contains("name=\"选项\" sheetId=\"3\" state=\"hidden\""), "{book}");
    assert!(
        parts(&file).iter().any(|(name, bytes)| name == "xl/comments1.xml" && String::from_utf8_lossy(bytes).contains("写清保护的是什么"))
    );
}

#[test]
fn the_guide_describes_every_column_and_is_visible() {
    let template = template();
    let file = write_template(&template, &options()).unwrap();
    let words = words();
    let guide = read_xlsx(&file, &[&words.guide_column, &words.guide_kind, &words.guide_help]).unwrap();
    assert_eq!(guide.sheet, words.guide);
    let names: Vec<&str> = guide.rows.iter().map(|r| r.cells[0].as_str()).collect();
    assert_eq!(names, headers(&template));
    assert_eq!(guide.rows[0].cells[1..3], [words.yes.clone(), words.kind_text.clone()]);
    assert_eq!(guide.rows[1].cells[3], "核心秘密\n一般秘密");
}

#[test]
fn a_filled_template_is_imported_though_required_columns_are_marked() {
    let template = template();
    let grid = read_xlsx(&write_template(&template, &options()).unwrap(), &headers(&template)).unwrap();
    assert_eq!((grid.sheet.as_str(), grid.headers.join("|")), ("清单", headers(&template).join("|")));
    assert_eq!(cells(&grid), template.rows);
}

#[test]
fn every_word_stands_in_the_catalogue_in_both_languages() {
    for code in Words::CODES {
        assert!(["zh", "en"].iter().all(|lang| !catalogue(code, lang).is_empty()), "{code}");
    }
}
