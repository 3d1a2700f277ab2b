//! The form of B, appendix 4 (list of trade secrets): ten columns, seven rows, a title above.

use jingui_docs::{CellKind, Column, Format, Limits, Table, read, write_csv, write_json, write_xlsx};

use crate::tools::{book, cells, column, headers, keys, options, read_xlsx, text_row};

const HEADERS: [&str; 10] =
    ["序号", "秘密点名称", "密级", "载体形式", "知悉范围", "保密期限", "解密条件", "定密日期", "定密审批人", "备注"];

const DAY: &str = "202X 年 X 月 X 日";

#[rustfmt::skip]
const ROWS: [[&str; 10]; 7] = [
    ["1", "风电轴承热处理工艺参数", "核心秘密", "电子文档、生产控制系统", "工艺技术员、生产主管、技术总监", "长期", "技术公开或产品退市", DAY, "XXX", "含淬火温度、回火时间等"],
    ["2", "某汽车主机厂定制轴承价格体系", "核心秘密", "电子文档（CRM 系统）", "销售总监、客户经理 XXX", "3 年", "合作终止后 1 年", DAY, "XXX", "含折扣政策、付款方式"],
    ["3", "精密磨削加工进给量参数", "重要秘密", "电子文档、纸质文件", "工艺技术员、操作工", "5 年", "技术迭代后", DAY, "XXX", "适用于型号 XXX 轴承"],
    ["4", "轴承生产所涉钢材的技术协议", "重要秘密", "电子文档、纸质协议", "采购经理、工艺技术员、原材料检验专员", "3 年", "合作终止后 1 年", DAY, "XXX", "含钢材成分、力学性能、验收标准"],
    ["5", "锻造工装及模具（图纸、实物及库房）", "核心秘密", "电子文档、纸质图纸、实物、库房台账", "工艺技术员、工装模具管理员、库房管理员、锻造车间主管", "长期", "工装模具报废且无替代需求", DAY, "XXX", "含工装模具设计参数、库房存储位置及领用记录"],
    ["6", "车加工专用工装及夹具（图纸、实物及库房）", "核心秘密", "电子文档、纸质图纸、实物、库房台账", "工艺技术员、车加工车间主管、工装 / 夹具管理员、库房管理员", "长期", "专用工装 / 夹具报废且对应车型停产", DAY, "XXX", "含工装定位精度、夹具夹持参数"],
    ["7", "锻造温度闭环控制的技术资料", "核心秘密", "电子文档、纸质资料、生产控制系统参数文件", "工艺技术员、生产主管、设备工程师", "长期", "技术公开或替代工艺启用", DAY, "XXX", "含温度传感器校准数据、闭环控制算法"],
];

fn form() -> Table {
    let grades = vec!["核心秘密".to_owned(), "重要秘密".to_owned(), "一般秘密".to_owned()];
    let kinds = |i| match i {
        0 => CellKind::Integer,
        2 => CellKind::Choice(grades.clone()),
        7 => CellKind::Day,
        _ => CellKind::Text,
    };
    let columns: Vec<Column> = (0..).zip(HEADERS).map(|(i, header)| column(&format!("f{i}"), header, kinds(i))).collect();
    let rows = ROWS.iter().map(|row| row.iter().map(|c| (*c).to_owned()).collect()).collect();
    Table { title: "附录四 商业秘密清单参考文本".to_owned(), notes: vec!["2026 年 11 月".to_owned()], columns, rows }
}

#[test]
fn the_form_survives_all_three_formats() {
    let form = form();
    let limits = Limits::default();
    let xlsx = write_xlsx(&form, &options()).unwrap();
    let grid = read(&xlsx, Format::Xlsx, &headers(&form), &limits).unwrap();
    assert_eq!((grid.header_row, grid.headers.as_slice()), (3, HEADERS.map(str::to_owned).as_slice()));
    assert_eq!((cells(&grid), grid.rows[0].number), (form.rows.clone(), 4));

    let again = write_xlsx(&Table { rows: cells(&grid), ..form.clone() }, &options()).unwrap();
    assert_eq!(again, xlsx, "written again, byte for byte");

    let csv = read(&write_csv(&form), Format::Csv, &headers(&form), &limits).unwrap();
    assert_eq!((csv.header_row, cells(&csv)), (1, form.rows.clone()));
    let json = read(&write_json(&form), Format::Json, &keys(&form), &limits).unwrap();
    assert_eq!((json.headers.join(","), cells(&json)), (keys(&form).join(","), form.rows.clone()));
}

#[test]
fn the_form_as_people_type_it_is_found_below_its_title() {
    let spaced: Vec<String> = HEADERS.iter().map(|h| format!(" {}\u{3000}{} ", &h[..3], &h[3..])).collect();
    let spaced: Vec<&str> = spaced.iter().map(String::as_str).collect();
    let mut rows = text_row(1, &["附录四 商业秘密清单参考文本"]) + &text_row(3, &spaced);
    for (number, row) in (4..).zip(&ROWS) {
        rows += &text_row(number, row);
    }
    rows += &text_row(11, &["..."; 10]);
    rows += &text_row(12, &[""; 10]);
    let xml = format!("<sheetData>{rows}</sheetData><mergeCells><mergeCell ref=\"A1:J1\"/></mergeCells>");
    let cover = format!("<sheetData>{}</sheetData>", text_row(1, &["秘密点名称", "见第二张表"]));
    let grid = read_xlsx(&book("", &[("封面", "", &cover), ("清单", "", &xml)]), &HEADERS).unwrap();
    assert_eq!((grid.sheet.as_str(), grid.header_row, grid.headers.join("|")), ("清单", 3, HEADERS.join("|")));
    assert_eq!(grid.rows.len(), 8, "seven rows and the row of dots, which the caller judges");
    assert_eq!(grid.rows[4].cells, ROWS[4]);
    assert_eq!((grid.rows[7].number, grid.rows[7].cells[0].as_str()), (11, "..."));
}

#[test]
fn a_group_is_filled_down_only_where_cells_are_merged() {
    // B, appendix 3: a category over several rows; the second group is empty cells without a merge.
    let rows = text_row(1, &["类别", "名称"])
        + &text_row(2, &["技术信息", "图纸"])
        + &text_row(3, &["", "工艺"])
        + &text_row(4, &["经营信息", "客户"])
        + &text_row(5, &["", "报价"]);
    let xml = format!("<sheetData>{rows}</sheetData><mergeCells count=\"1\"><mergeCell ref=\"A2:A3\"/></mergeCells>");
    let grid = read_xlsx(&book("", &[("表", "", &xml)]), &["类别", "名称"]).unwrap();
    let groups: Vec<&str> = grid.rows.iter().map(|r| r.cells[0].as_str()).collect();
    assert_eq!(groups, ["技术信息", "技术信息", "经营信息", ""]);
}

#[test]
fn the_forms_as_another_program_writes_them_are_read() {
    let form = include_bytes!("../../../../tests/fixtures/appendix4.xlsx");
    let grid = read_xlsx(form, &HEADERS).unwrap();
    assert_eq!(grid.headers, HEADERS);
    let seven: Vec<_> = grid.rows.iter().take(7).map(|row| row.cells.clone()).collect();
    assert_eq!(seven, ROWS);

    let taxonomy = include_bytes!("../../../../tests/fixtures/appendix3.xlsx");
    let grid = read_xlsx(taxonomy, &["密级", "载体形式"]).unwrap();
    assert!(grid.rows.iter().all(|row| !row.cells[0].is_empty()), "merged categories stand in every row");
}
