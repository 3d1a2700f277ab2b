//! Documents of an enterprise's own, filled: split runs, rows, hostile files; everything else stays byte for byte.

use jingui_docs::fill::{Filled, Filler, Template};
use proptest::prelude::*;

use crate::tools::{parts, zipped};

struct Values;

impl Filler for Values {
    fn value(&self, row: Option<(&str, usize)>, name: &str) -> Filled {
        match (row, name) {
            (Some((rows, n)), "name") => Filled::Text(format!("{rows}{n}")),
            (_, "empty") => Filled::Missing("签字人".to_owned()),
            (_, "lines") => Filled::Text("一\n二".to_owned()),
            (_, name) => Filled::Text(format!("<{name}&>")),
        }
    }

    fn rows(&self, name: &str) -> usize {
        if name == "none" { 0 } else { 3 }
    }
}

fn document(body: &str) -> Vec<u8> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<w:document xmlns:w=\"x\"><w:body>{body}</w:body></w:document>"
    );
    zipped(&[
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", &text),
        ("word/styles.xml", "<w:styles/>"),
        ("word/media/a.png", "\u{89}PNG"),
    ])
}

fn run(text: &str) -> String {
    format!("<w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r>")
}

fn p(text: &str) -> String {
    format!("<w:p><w:pPr/>{}</w:p>", run(text))
}

fn filled(body: &str) -> String {
    let bytes = Template::read(&document(body)).unwrap().fill(&Values).unwrap();
    String::from_utf8(parts(&bytes).into_iter().find(|(name, _)| name == "word/document.xml").unwrap().1).unwrap()
}

fn refused(bytes: &[u8]) -> String {
    Template::read(bytes).unwrap_err().code().to_owned()
}

#[test]
fn a_placeholder_that_word_split_into_runs_is_one() {
    let split: Vec<String> = ["甲方：{", "{par", "ty.na", "me}", "}（盖章）{{b}}"].into_iter().map(run).collect();
    let out = filled(&format!("<w:p>{}</w:p>", split.concat()));
    assert!(out.contains("甲方：&lt;party.name&amp;&gt;</w:t>"), "{out}");
    assert!(out.contains("（盖章）&lt;b&amp;&gt;"), "{out}");
    assert!(!out.contains("{{") && !out.contains("}}"), "{out}");
}

#[test]
fn what_holds_no_placeholder_stays_byte_for_byte() {
    let body =
        [p("不变 &amp; &#x4e00; <w:tab/>").replace("<w:tab/>", ""), "<!-- x --><w:sectPr w:a='1'  />".to_owned(), p("{{a}}")].concat();
    let before = document(&body);
    let after = Template::read(&before).unwrap().fill(&Values).unwrap();
    let (before, after) = (parts(&before), parts(&after));
    for ((name, old), (other, new)) in before.iter().zip(&after) {
        assert_eq!(name, other);
        if name == "word/document.xml" {
            let (old, new) = (String::from_utf8(old.clone()).unwrap(), String::from_utf8(new.clone()).unwrap());
            assert_eq!(new, old.replace("<w:t>{{a}}</w:t>", "<w:t xml:space=\"preserve\">&lt;a&amp;&gt;</w:t>"));
        } else {
            assert_eq!(old, new, "{name}");
        }
    }
}

#[test]
fn lines_break_and_what_is_missing_stands_out_in_a_run_of_its_own() {
    let out = filled(&p("甲{{lines}}乙{{empty}}丙"));
    assert!(out.contains("甲一</w:t><w:br/><w:t xml:space=\"preserve\">二乙</w:t>"), "{out}");
    assert!(out.contains("<w:highlight w:val=\"yellow\"/></w:rPr><w:t xml:space=\"preserve\">〔签字人〕</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">丙"), "{out}");
}

#[test]
fn rows_repeat_between_their_marks_and_marks_of_their_own_rows_vanish() {
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", p(text));
    let row = |cells: &[&str]| format!("<w:tr>{}</w:tr>", cells.iter().map(|c| cell(c)).collect::<String>());
    let one = filled(&format!("<w:tbl>{}{}{}</w:tbl>", row(&["头"]), row(&["{{#r}}{{name}}", "{{x}}{{/r}}"]), row(&["尾 {{y}}"])));
    assert_eq!((one.matches("<w:tr>").count(), one.matches("&lt;x&amp;&gt;").count()), (5, 3), "{one}");
    assert!(one.contains("r0") && one.contains("r2") && one.contains("尾 &lt;y&amp;&gt;"), "{one}");
    let apart = filled(&format!("<w:tbl>{}{}{}{}</w:tbl>", row(&["{{#r}}"]), row(&["{{name}}"]), row(&["同"]), row(&["{{/r}}"])));
    assert_eq!((apart.matches("<w:tr>").count(), apart.matches("同").count()), (6, 3), "{apart}");
    let none = filled(&format!("<w:tbl>{}{}</w:tbl>", row(&["头"]), row(&["{{#none}}{{name}}{{/none}}"])));
    assert_eq!(none.matches("<w:tr>").count(), 1, "{none}");
    // A table inside a cell of the row goes with it.
    let nested =
        filled(&format!("<w:tbl><w:tr><w:tc>{}<w:tbl>{}</w:tbl>{}</w:tc></w:tr></w:tbl>", p("{{#r}}"), row(&["内 {{name}}"]), p("{{/r}}")));
    assert_eq!((nested.matches("<w:tbl>").count(), nested.matches("内 r").count()), (4, 3), "{nested}");
}

#[test]
fn a_broken_placeholder_is_refused_with_the_words_around_it() {
    for (body, code) in [
        (p("保管人 {{keeper 签字"), "docs.template.placeholder"),
        (p("多余 }} 括号"), "docs.template.placeholder"),
        (p("{{}}"), "docs.template.placeholder"),
        (p("{{保管人}}"), "docs.template.placeholder"),
        (p("{{a{{b}}}}"), "docs.template.placeholder"),
        (p("{{#rows}}不在表中{{/rows}}"), "docs.template.rows"),
        (format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", p("{{#rows}}没有结束")), "docs.template.rows"),
        (format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", p("{{#a}}{{#b}}{{/b}}{{/a}}")), "docs.template.rows"),
        (format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", p("{{#a}}x{{/a}}{{#b}}y{{/b}}")), "docs.template.rows"),
        (format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", p("{{/a}}")), "docs.template.rows"),
        (format!("<w:tbl><w:tr>{}</w:tr></w:tbl><w:tbl><w:tr>{}</w:tr></w:tbl>", p("{{#a}}"), p("{{/a}}")), "docs.template.rows"),
    ] {
        let problem = Template::read(&document(&body)).unwrap_err();
        assert_eq!(problem.code(), code, "{body}");
        assert!(problem.args().iter().any(|(name, value)| name == "around" && !value.is_empty()), "{body}");
    }
    let problem = Template::read(&document(&p("本单由保管人 {{keeper 签字后生效"))).unwrap_err();
    assert_eq!(problem.args()[0].1, "本单由保管人 {{keeper 签字后生效");
}

#[test]
fn hostile_files_are_refused() {
    assert_eq!(refused(b"no zip"), "docs.template.damaged");
    assert_eq!(refused(&zipped(&[("xl/workbook.xml", "<a/>")])), "docs.template.not_docx");
    let with = |name: &str, text: &str| zipped(&[("word/document.xml", "<w:document xmlns:w='x'/>"), (name, text)]);
    assert_eq!(refused(&with("../evil", "x")), "docs.template.unsafe");
    assert_eq!(refused(&with("word/vbaProject.bin", "x")), "docs.template.unsafe");
    assert_eq!(refused(&with("word/media/bomb.bin", &"0".repeat(40 << 20))), "docs.template.unsafe");
    let text = |text: &str| zipped(&[("word/document.xml", text)]);
    assert_eq!(refused(&text("<!DOCTYPE a [<!ENTITY b 'c'>]><w:document xmlns:w='x'>&b;</w:document>")), "docs.template.unsafe");
    assert_eq!(refused(&text("<w:document xmlns:w='x'><w:p><w:t>&b;</w:t></w:p></w:document>")), "docs.template.unsafe");
    assert_eq!(refused(&text("<w:document xmlns:w='x'><w:p></w:document>")), "docs.template.damaged");
    assert_eq!(refused(&text("<x:document xmlns:x='x'/>")), "docs.template.damaged");
    assert_eq!(
        refused(&text(&format!("<w:document xmlns:w='x'>{}{}</w:document>", "<w:x>".repeat(400), "</w:x>".repeat(400)))),
        "docs.template.unsafe"
    );
    assert_eq!(refused(&text("<?xml version='1.0' encoding='UTF-16'?><w:document xmlns:w='x'/>")), "docs.template.damaged");
    assert_eq!(refused(&vec![b'P'; (20 << 20) + 1]), "docs.template.too_large");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// However a text is parted into runs, the words come out the same.
    #[test]
    fn runs_do_not_matter(cuts in prop::collection::vec(0_usize..60, 0..8)) {
        let whole = "甲{{a}}乙{{b.c}}丙{{empty}}丁{{d?}}戊";
        let mut ends: Vec<usize> = cuts.into_iter().filter(|c| whole.is_char_boundary(*c)).chain([0, whole.len()]).collect();
        ends.sort_unstable();
        let runs: String = ends.windows(2).map(|w| run(&whole[w[0]..w[1]])).collect();
        let out = filled(&format!("<w:p>{runs}</w:p>"));
        let words: String = out.split("<w:t").skip(1).map(|rest| rest.split_once('>').unwrap().1.split("</w:t>").next().unwrap()).collect();
        prop_assert_eq!(words, "甲&lt;a&amp;&gt;乙&lt;b.c&amp;&gt;丙〔签字人〕丁&lt;d?&amp;&gt;戊");
    }

    /// Whatever the bytes are, nothing panics.
    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..400), text in ".{0,200}") {
        let _ = Template::read(&bytes);
        if let Ok(template) = Template::read(&zipped(&[("word/document.xml", text.as_str())])) {
            let _ = template.fill(&Values);
        }
    }
}
