//! What the tests share: words, options, small tables, and workbooks made part by part.

use std::io::{Cursor, Read as _, Write as _};

use jingui_docs::{CellKind, Column, Format, Grid, Limits, Table, Words, XlsxOptions, read};
use jingui_model::{Instant, Problem};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The Chinese words from the catalogue, so that the tests see what users see.
pub fn words() -> Words {
    Words::fill(|code| catalogue(code, "zh"))
}

/// A text of the catalogue in one language.
pub fn catalogue(code: &str, lang: &str) -> String {
    let file = include_str!("../../../../catalog/messages/docs.yaml");
    let line = file.lines().find(|line| line.starts_with(&format!("{code}: "))).unwrap_or_else(|| panic!("no text for {code}"));
    let from = line.find(&format!("{lang}: \"")).unwrap() + lang.len() + 3;
    line[from..].split("\", en: ").next().unwrap().trim_end_matches("\"}").to_owned()
}

pub fn options() -> XlsxOptions {
    XlsxOptions { words: words(), heading: true, created: Instant::from_micros(1_790_000_000_000_000) }
}

pub fn column(key: &str, header: &str, kind: CellKind) -> Column {
    Column { key: key.to_owned(), header: header.to_owned(), kind, required: false, help: String::new(), width: 0 }
}

pub fn table(columns: Vec<Column>, rows: &[&[&str]]) -> Table {
    let rows = rows.iter().map(|row| row.iter().map(|c| (*c).to_owned()).collect()).collect();
    Table { title: "清单".to_owned(), notes: vec![], columns, rows }
}

pub fn headers(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|c| c.header.as_str()).collect()
}

pub fn keys(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|c| c.key.as_str()).collect()
}

pub fn cells(grid: &Grid) -> Vec<Vec<String>> {
    grid.rows.iter().map(|row| row.cells.clone()).collect()
}

pub fn read_xlsx(bytes: &[u8], known: &[&str]) -> Result<Grid, Problem> {
    read(bytes, Format::Xlsx, known, &Limits::default())
}

pub fn code<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
    result.unwrap_err().code().to_owned()
}

/// One part of a workbook as text.
pub fn part(book: &[u8], name: &str) -> String {
    let mut zip = ZipArchive::new(Cursor::new(book)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

pub fn parts(book: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(book)).unwrap();
    let mut out = vec![];
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).unwrap();
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).unwrap();
        out.push((file.name().unwrap().into_owned(), bytes));
    }
    out
}

pub fn zipped<N: AsRef<str>, B: AsRef<[u8]>>(parts: &[(N, B)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in parts {
        zip.start_file(name.as_ref(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The least workbook: each sheet a name, attributes for it, and the XML inside `worksheet`.
/// Styles: 0 general, 1 a date, 2 a duration.
pub fn book_parts(book_properties: &str, sheets: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    let mut list = String::new();
    let mut relations = String::new();
    let mut out = vec![];
    for (i, (name, attributes, xml)) in (1..).zip(sheets) {
        list += &format!("<sheet name=\"{name}\" sheetId=\"{i}\" {attributes} r:id=\"rId{i}\"/>");
        relations += &format!("<Relationship Id=\"rId{i}\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet{i}.xml\"/>");
        out.push((format!("xl/worksheets/sheet{i}.xml"), format!("<worksheet xmlns=\"{MAIN}\">{xml}</worksheet>")));
    }
    let package = "http://schemas.openxmlformats.org/package/2006";
    let mut fixed = |name: &str, xml: String| out.push((name.to_owned(), xml));
    fixed("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\"/>"));
    fixed(
        "_rels/.rels",
        format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{REL}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    fixed("xl/_rels/workbook.xml.rels", format!("<Relationships xmlns=\"{package}/relationships\">{relations}</Relationships>"));
    fixed(
        "xl/workbook.xml",
        format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><workbookPr {book_properties}/><sheets>{list}</sheets></workbook>"),
    );
    fixed(
        "xl/styles.xml",
        format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"46\"/></cellXfs></styleSheet>"
        ),
    );
    fixed("xl/sharedStrings.xml", format!("<sst xmlns=\"{MAIN}\" uniqueCount=\"2\"><si><t>甲</t></si><si><t>乙</t></si></sst>"));
    out
}

pub fn book(book_properties: &str, sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    zipped(&book_parts(book_properties, sheets))
}

/// A row of inline text cells.
pub fn text_row(number: u32, cells: &[&str]) -> String {
    let cells: String = (0..)
        .zip(cells)
        .map(|(i, text)| format!("<c r=\"{}\" t=\"inlineStr\"><is><t>{text}</t></is></c>", jingui_docs::cell_name(number, i)))
        .collect();
    format!("<row r=\"{number}\">{cells}</row>")
}
