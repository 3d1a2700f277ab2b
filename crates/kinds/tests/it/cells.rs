//! What goes out as a cell comes in unchanged (B appendix 4 both ways), and what people write is understood.

use std::collections::BTreeMap;

use crate::support::{catalog, data, id};
use jingui_kinds::{
    Field, FieldType, Kind, Record,
    kind::ChoiceOption,
    parse::{Found, Resolver, parse_cell, parse_row},
    text::{Words, cells, display, full_exchange},
};
use jingui_model::{Id, Instant, Lang, Text};
use proptest::prelude::*;
use serde_json::{Value, json};

const POSTS: [&str; 4] = ["工艺技术员", "生产主管", "工装 / 夹具管理员", "客户经理、华东"];
const PEOPLE: [&str; 3] = ["王建国", "Li, Hua", "他说\"好\""];

struct Book;

impl Book {
    fn names() -> BTreeMap<Id, String> {
        let posts = POSTS.iter().enumerate().map(|(i, n)| (id(200 + i as u64), (*n).to_owned()));
        posts.chain(PEOPLE.iter().enumerate().map(|(i, n)| (id(1 + i as u64), (*n).to_owned()))).collect()
    }
}

impl Resolver for Book {
    fn find(&self, kind: &str, text: &str) -> Found {
        let (names, base): (&[&str], u64) = if kind == "post" { (&POSTS, 200) } else { (&PEOPLE, 1) };
        names.iter().position(|n| *n == text).map_or(Found::None, |i| Found::One(id(base + i as u64)))
    }
}

fn words(lang: Lang) -> Words<'static> {
    Words { catalog: catalog(), scheme: &catalog().schemes["three"], lang }
}

fn field(ty: FieldType) -> Field {
    serde_json::from_value(json!({"name": "f", "label": {"zh": "字段", "en": "field"}, "type": serde_json::to_value(ty).unwrap()})).unwrap()
}

fn parsed(text: &str, ty: FieldType) -> Result<Value, String> {
    parse_cell(text, &field(ty), words(Lang::Zh), &Book).map_err(|p| p.code().to_owned())
}

#[test]
fn terms_as_people_write_them() {
    for (text, months) in [
        ("3 年", 36),
        ("3年", 36),
        ("３ 年", 36),
        ("三年", 36),
        ("18 个月", 18),
        ("18月", 18),
        ("1年6个月", 18),
        ("1.5 年", 18),
        ("十二个月", 12),
        ("2 years", 24),
        ("1 month", 1),
    ] {
        assert_eq!(parsed(text, FieldType::Term {}), Ok(json!({"months": months})), "{text}");
    }
    for text in ["长期", "长期（直至公开）", "永久", "Open-ended"] {
        assert_eq!(parsed(text, FieldType::Term {}), Ok(json!({"open": true})), "{text}");
    }
    for (text, code) in [
        ("3-5 年", "cell.term_range"),
        ("1 至 3 年", "cell.term_range"),
        ("3", "cell.term_unit"),
        ("很久", "cell.term"),
        ("0 年", "cell.term"),
        ("999999999999999999 年", "cell.term"),
        ("1.05年", "cell.term"),
    ] {
        assert_eq!(parsed(text, FieldType::Term {}), Err(code.to_owned()), "{text}");
    }
}

#[test]
fn days_flags_amounts_and_grades_as_people_write_them() {
    for text in ["2026年1月2日", "2026 年 1 月 2 日", "2026/1/2", "２０２６-01-02"] {
        assert_eq!(parsed(text, FieldType::Day {}), Ok(json!("2026-01-02")), "{text}");
    }
    assert_eq!(parsed("202X 年 X 月 X 日", FieldType::Day {}), Err("cell.day".into()));
    for (text, cents) in [("1,234.50", 123_450), ("¥12", 1200), ("12.5万元", 12_500_000), ("3 元", 300), ("-0.01", -1), ("RMB 5", 500)]
    {
        assert_eq!(parsed(text, FieldType::Money {}), Ok(json!({"cents": cents, "currency": "CNY"})), "{text}");
    }
    assert_eq!(parsed("5 USD", FieldType::Money {}), Ok(json!({"cents": 500, "currency": "USD"})));
    assert_eq!(parsed("五元", FieldType::Money {}), Err("cell.money".into()));
    for text in ["核心秘密", "核心", "core", "Core secret"] {
        assert_eq!(parsed(text, FieldType::Grade {}), Ok(json!("core")), "{text}");
    }
    assert_eq!(parsed("绝密", FieldType::Grade {}), Err("cell.grade".into()));
    assert_eq!((parsed("√", FieldType::Flag {}), parsed("否", FieldType::Flag {})), (Ok(json!(true)), Ok(json!(false))));
    assert_eq!(parsed("1,200 件", FieldType::Integer { min: None, max: None, unit: Some(Text::new("件", "pieces")) }), Ok(json!(1200)));
}

/// The sample rows of B appendix 4 as they stand in the guide, places that the guide leaves open filled in.
#[test]
fn the_rows_of_appendix_4_are_understood() {
    let secret = catalog().kind("secret").unwrap();
    let form = secret.exchange("appendix4").unwrap();
    let row = [
        "6",
        "车加工专用工装及夹具",
        "核心秘密",
        "电子文档、纸质图纸、实物、库房台账",
        "工艺技术员、工装 / 夹具管理员、王建国",
        "长期",
        "报废且停产",
        "2026年1月2日",
        "王建国",
        "含定位精度",
    ];
    let cells: Vec<_> = row.iter().map(|c| (*c).to_owned()).collect();
    let read = parse_row(secret, form, &cells, words(Lang::Zh), &Book).unwrap();
    assert_eq!(read["circle_posts"], json!([id(200), id(202)]));
    assert_eq!(read["circle_persons"], json!([id(1)]));
    assert_eq!(read["carrier_forms"], json!(["电子文档", "纸质图纸", "实物", "库房台账"]));
    assert_eq!((&read["grade"], &read["term"], &read["approver"]), (&json!("core"), &json!({"open": true}), &json!(id(1))));
    let bad: Vec<_> = ["7", "某参数", "绝密", "", "张三", "3-5 年", "", "昨天", "张三", ""].iter().map(|c| (*c).to_owned()).collect();
    let problems = parse_row(secret, form, &bad, words(Lang::Zh), &Book).unwrap_err();
    assert_eq!(
        problems.iter().map(|(i, p)| (*i, p.code())).collect::<Vec<_>>(),
        [(2, "cell.grade"), (4, "cell.ref_missing"), (5, "cell.term_range"), (7, "cell.day"), (8, "cell.ref_missing")]
    );
    let third: Vec<_> =
        ["技术信息", "制造工艺", "锻造温度曲线", "核心秘密", "电子文档", "生产主管"].iter().map(|c| (*c).to_owned()).collect();
    let read = parse_row(secret, secret.exchange("appendix3").unwrap(), &third, words(Lang::Zh), &Book).unwrap();
    assert_eq!((&read["category"], &read["name"]), (&json!("process"), &json!("锻造温度曲线")));
}

fn record(kind: &Kind, values: Value) -> Record {
    Record {
        id: id(1),
        kind: kind.kind.clone(),
        number: Some("SM-2026-0001".into()),
        state: "draft".into(),
        version: 1,
        created: Instant::default(),
        creator: id(1),
        updated: Instant::default(),
        data: data(values),
        pending: None,
        acknowledged: BTreeMap::new(),
        batch: None,
    }
}

fn texts() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9热处理、，,;；/|｜\"\\\\n（） >-]{1,12}".prop_map(|s| s.trim().to_owned()).prop_filter("empty", |s| !s.is_empty())
}

fn tags() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set(texts(), 1..4).prop_map(|s| s.into_iter().collect())
}

prop_compose! {
    fn secrets()(
        (name, remark, tags, tender) in (texts(), "[a-z热处\n理]{0,20}", tags(), texts()),
        (months, open) in (1_i64..=1200, any::<bool>()),
        (cents, score) in (-1_000_000_000_i64..1_000_000_000, 0_i64..=100),
        posts in proptest::collection::btree_set(0_u64..4, 1..4),
        people in proptest::collection::btree_set(0_u64..3, 1..3),
        rows in proptest::collection::vec((texts(), texts(), texts()), 1..4),
        measures in proptest::sample::subsequence(vec!["keeper", "marked", "zone", "video"], 1..4),
        category in proptest::sample::select(vec!["process_heat", "technical", "finance_core", "customer"]),
    ) -> Value {
        let ids = |base: u64, set: &std::collections::BTreeSet<u64>| set.iter().map(|n| json!(id(base + n))).collect::<Vec<_>>();
        let rows: Vec<_> = rows.into_iter().map(|(a, b, c)| json!({"name": a, "content": b, "evidence": c})).collect();
        let mut out = json!({
            "name": name, "declassification_condition": tender, "carrier_forms": tags, "circle_posts": ids(200, &posts), "circle_persons": ids(1, &people),
            "term": if open { json!({"open": true}) } else { json!({"months": months}) }, "value_amount": {"cents": cents, "currency": "CNY"},
            "value_score": score, "points": rows, "measures": measures, "category": category, "grade": "core", "subject": "process",
            "classified_on": "2026-01-02", "approver": id(2), "exclusion": "none",
        });
        if !remark.trim().is_empty() {
            out["remark"] = json!(remark.trim());
        }
        out
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn export_and_import_lose_nothing(values in secrets(), english in any::<bool>()) {
        let (secret, words) = (catalog().kind("secret").unwrap(), words(if english { Lang::En } else { Lang::Zh }));
        let (full, names) = (full_exchange(secret), Book::names());
        let record = record(secret, values);
        let row = cells(secret, &full, &record, 1, words, &names);
        let back = parse_row(secret, &full, &row, words, &Book).map_err(|p| TestCaseError::fail(format!("{p:?} {row:?}")))?;
        prop_assert_eq!(&back, &record.data);
        let four = secret.exchange("appendix4").unwrap();
        let back = parse_row(secret, four, &cells(secret, four, &record, 1, words, &names), words, &Book).map_err(|p| TestCaseError::fail(format!("{p:?}")))?;
        for (name, value) in back {
            prop_assert_eq!(Some(&value), record.data.get(&name), "{}", name);
        }
    }

    #[test]
    fn any_cell_is_read_or_refused_without_a_crash(text in "\\PC{0,40}") {
        for ty in [
            FieldType::Term {}, FieldType::Money {}, FieldType::Day {}, FieldType::Flag {}, FieldType::Grade {}, FieldType::Tags { suggest: vec![] },
            FieldType::Decimal { scale: 2, unit: None }, FieldType::Taxonomy { of: "bearing".into() }, FieldType::Refs { kind: "post".into() },
            FieldType::Choice { options: vec![ChoiceOption { code: "a".into(), label: Text::new("甲", "A"), clause: None }] },
        ] {
            let ty = field(ty);
            if let Ok(value) = parse_cell(&text, &ty, words(Lang::Zh), &Book) {
                let again = display(&value, &ty, words(Lang::Zh), &Book::names());
                prop_assert_eq!(parse_cell(&again, &ty, words(Lang::Zh), &Book).ok(), Some(value), "{:?}", again);
            }
        }
    }
}
