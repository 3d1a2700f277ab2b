//! Who may take out and bring in, what it leaves behind, and how it is taken back (B 3.1.3, 4.4, 5.1;
//! H 8.3.1, 9.5.4).

use jingui_app::{
    exchange::{IMPORT_LIMIT, ImportOptions},
    pipeline::Command,
    world::list::{Filter, ListQuery},
};
use jingui_docs::{Format, Limits, read};
use jingui_model::{Id, Lang};
use serde_json::json;

use crate::{
    exchange_appendix::{by_title, export, import},
    support::{Backend, House, house},
};

const DO: ImportOptions = ImportOptions { dry_run: false, create_missing: false, marked: false, lang: Lang::Zh };

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Two departments with an officer each, a head, somebody of the staff; a secret of either.
async fn two_departments(house: &House) -> [Id; 2] {
    let (forge, lab) = (house.department("锻造车间").await, house.department("研发部").await);
    let officer = house.person("mao", "毛立新", Some(forge), &["department_officer"]).await;
    let head = house.person("lei", "雷国梁", Some(forge), &["department_head"]).await;
    house.person("gong", "龚小平", Some(forge), &["staff"]).await;
    let system = jingui_app::world::caller::Caller::system();
    let data = crate::support::fields(json!({ "officers": [officer], "heads": [head] }));
    house.live.pipeline.change(Command::on(&system, "department", forge, "edit", data)).await.unwrap();
    for (name, department) in [("锻造温度曲线", forge), ("滚道素线修形", lab)] {
        house.system("secret", json!({ "name": name, "grade": "core", "department": department })).await;
    }
    [forge, lab]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_exports_more_than_they_may() {
    let house = house(Backend::chosen()).await;
    two_departments(&house).await;
    let lines = async |login: &str| {
        let done = house.live.export(&house.caller(login), "secret", &ListQuery::default(), "full", Format::Csv, Lang::Zh).await;
        done.map(|f| text(&f.bytes).lines().count() - 1)
    };
    assert_eq!(lines("office").await, Ok(2));
    for login in ["gong", "sysadmin", "secadmin", "auditor"] {
        let refused = lines(login).await.unwrap_err();
        assert!(refused.code().starts_with("policy."), "{login}: {refused}");
    }
    // A core secret is exported by those who know it only (B 4.2.1), be it of the own department.
    assert_eq!(lines("mao").await, Ok(0));
    let office = house.caller("office");
    house
        .create(&office, "secret", json!({ "name": "下料尺寸", "grade": "general", "department": house.department("锻造二车间").await }))
        .await
        .unwrap();
    let general = ListQuery { filters: vec![Filter::Among("grade".to_owned(), vec!["general".to_owned()])], ..ListQuery::default() };
    let file = house.live.export(&office, "secret", &general, "shown", Format::Json, Lang::Zh).await.unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&file.bytes).unwrap();
    assert_eq!(rows.len(), 1, "filtered as shown");
    assert_eq!((rows[0]["name"].as_str(), rows[0]["grade"].as_str(), rows[0].get("summary")), (Some("下料尺寸"), Some("一般秘密"), None));
}

/// H 8.3.1: what left is in the ledger before it leaves; a core secret's own time line says so, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_leaves_evidence() {
    let house = house(Backend::chosen()).await;
    two_departments(&house).await;
    let office = house.caller("office");
    let before = house.live.world.read().head();
    export(&house, &office, "secret", "appendix4", Format::Xlsx).await;
    let events = house.live.store.events_from(before, 100).await.unwrap();
    // The node notes its own health when it likes.
    let events: Vec<_> = events.iter().filter(|e| e.act != "health").collect();
    let acts: Vec<(&str, bool)> = events.iter().map(|e| (e.act.as_str(), e.record.is_some())).collect();
    assert_eq!(acts, [("export", false), ("exported", true), ("exported", true)]);
    let id = house.live.list(&office, "secret", &ListQuery::default()).unwrap().items[0].id;
    let lines = house.live.history(&office, "secret", id, None, 10).await.unwrap();
    assert_eq!((lines[0].act.as_str(), lines[0].circumstances.get("export")), ("exported", Some(&json!(events[0].index))));
}

/// B 5.1: phone numbers are for the office, the head of the department and the person.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personal_data_leave_masked() {
    let house = house(Backend::chosen()).await;
    let [forge, lab] = two_departments(&house).await;
    for (name, department, phone) in [("炉长甲", forge, "13812341234"), ("工程师乙", lab, "13956785678")] {
        house.system("person", json!({ "name": name, "department": department, "phone": phone })).await;
    }
    let csv = async |login: &str| text(&export(&house, &house.caller(login), "person", "full", Format::Csv).await.bytes);
    let all = csv("office").await;
    assert!(all.contains("13812341234") && all.contains("13956785678"));
    let head = csv("lei").await;
    assert!(head.contains("13812341234") && !head.contains("13956785678"), "{head}");
    let officer = csv("mao").await;
    assert!(officer.contains("138****1234") && !officer.contains("13812341234"), "{officer}");
    // What was masked never comes in as if it were the value.
    let done = import(&house, &house.caller("office"), "person", "full", "人员.csv", "姓名,手机\n丙,138****1234\n".as_bytes(), DO).await;
    assert_eq!(done.errors.iter().map(|e| (e.code.as_str(), e.cell.as_deref())).collect::<Vec<_>>(), [("import.masked", Some("B2"))]);
}

/// B 3.1.3: an officer brings in for the own department, which the form need not name; nothing for another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn officers_import_for_their_own_department_only() {
    let house = house(Backend::chosen()).await;
    let [forge, _] = two_departments(&house).await;
    let officer = house.caller("mao");
    let own = import(&house, &officer, "secret", "appendix4", "清单.csv", "秘密点名称,密级\n碾环余量,一般\n".as_bytes(), DO).await;
    assert_eq!(own.errors, []);
    assert_eq!(by_title(&house, "secret")["碾环余量"]["department"], json!(forge));
    let others =
        import(&house, &officer, "secret", "full", "清单.csv", "秘密点名称,密级,责任部门\n凸度,一般,研发部\n".as_bytes(), DO).await;
    assert!(others.batch.is_none() && others.errors.iter().all(|e| e.code.starts_with("policy.")), "{:?}", others.errors);
    // A post that nobody has is made by the office, not by an officer.
    let making = ImportOptions { create_missing: true, ..DO };
    let file = "秘密点名称,密级,知悉范围\n凸度二,一般,碾环工\n".as_bytes();
    let refused = import(&house, &officer, "secret", "appendix4", "清单.csv", file, making).await;
    assert_eq!(refused.errors.iter().map(|e| (e.code.as_str(), e.row)).collect::<Vec<_>>(), [("import.not_made", 2)]);
    let made = import(&house, &house.caller("office"), "secret", "appendix4", "清单.csv", file, making).await;
    assert_eq!((made.errors.as_slice(), made.makes.len()), ([].as_slice(), 1));
    for login in ["gong", "sysadmin"] {
        let refused = house.live.import(&house.caller(login), "secret", "appendix4", "a.csv", file.to_vec(), DO).await.unwrap_err();
        assert!(refused.code().starts_with("policy."), "{login}: {refused}");
    }
    let refused = house.live.import(&house.caller("office"), "account", "full", "a.csv", b"x".to_vec(), DO).await.unwrap_err();
    assert_eq!(refused.code(), "act.arises");
}

/// An import is taken back whole as long as nobody worked with it; the ledger keeps both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_is_taken_back_until_somebody_works_with_it() {
    let house = house(Backend::chosen()).await;
    let office = house.caller("office");
    let file = "姓名,工号\n甲,K1\n乙,K2\n".as_bytes();
    let first = import(&house, &office, "person", "full", "人员.csv", file, DO).await;
    let batch = first.batch.unwrap();
    let twice = import(&house, &office, "person", "full", "人员.csv", file, DO).await;
    assert_eq!(twice.errors.iter().map(|e| e.code.as_str()).collect::<Vec<_>>(), ["import.value_taken"; 2]);
    assert_eq!(house.live.undo_import(&office, batch).await, Ok(2));
    assert_eq!(house.live.undo_import(&office, batch).await.unwrap_err().code(), "import.undone");
    let listed = house.live.imports(&office).unwrap();
    assert_eq!(listed.iter().map(|b| (b.state.as_str(), b.undoable, b.made)).collect::<Vec<_>>(), [("undone", false, 2)]);
    assert!(!by_title(&house, "person").contains_key("甲"));

    // What was unique is free again; after a restart, too, nothing of it is back.
    let again = import(&house, &office, "person", "full", "人员.csv", file, DO).await;
    assert_eq!(again.errors, []);
    let house = house.restart().await;
    let office = house.caller("office");
    assert_eq!(by_title(&house, "person").keys().filter(|n| ["甲", "乙"].contains(&n.as_str())).count(), 2);

    // Changed since: it stays, and the refusal says which.
    let person = |name: &str| {
        let world = house.live.world.read();
        let table = world.table("person").unwrap();
        table.live().iter().filter_map(|r| table.row(r)).find(|r| &*r.title == name).unwrap().id
    };
    house.act(&office, &house.record(person("乙")), "edit", json!({ "position": "班长" })).await.unwrap();
    let refused = house.live.undo_import(&office, again.batch.unwrap()).await.unwrap_err();
    assert_eq!((refused.code(), refused.parts().len(), refused.parts()[0].code()), ("import.changed", 1, "import.changed_record"));

    // Referred to since: it stays, too.
    let third = import(&house, &office, "person", "full", "人员.csv", "姓名,工号\n丁,\n".as_bytes(), DO).await;
    house.create(&office, "secret", json!({ "name": "某配方", "circle_persons": [person("丁")] })).await.unwrap();
    let refused = house.live.undo_import(&office, third.batch.unwrap()).await.unwrap_err();
    assert_eq!(refused.parts()[0].code(), "import.used_record");
    let stranger = house.person("gong", "龚小平", None, &["staff"]).await;
    assert_ne!(stranger, Id::nil());
    assert_eq!(house.live.undo_import(&house.caller("gong"), third.batch.unwrap()).await.unwrap_err().code(), "record.missing");
    assert!(house.live.imports(&house.caller("gong")).unwrap().is_empty());
}

/// Files that are no honest tables are refused by name, and say why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_files_are_refused_by_name() {
    let house = house(Backend::chosen()).await;
    let office = house.caller("office");
    let many = format!("秘密点名称\n{}", (0..=IMPORT_LIMIT).map(|i| format!("点{i}\n")).collect::<String>());
    let files: [(&str, Vec<u8>, &str); 5] = [
        ("a.xlsx", b"no workbook".to_vec(), "table.not_xlsx"),
        ("../../b.xlsx", b"PK\x03\x04broken".to_vec(), ""),
        ("c.csv", vec![], "table.empty"),
        ("d.csv", "完全,不同\n1,2\n".as_bytes().to_vec(), "table.no_header"),
        ("e.csv", many.into_bytes(), ""),
    ];
    for (name, bytes, code) in files {
        let refused = house.live.import(&office, "secret", "appendix4", name, bytes, DO).await.unwrap_err();
        let plain = name.rsplit('/').next().unwrap();
        assert!(refused.args().iter().any(|(n, v)| n == "file" && v == plain), "{name}: {refused}");
        assert!(house.live.messages.problem(&refused, Lang::Zh).contains(plain), "{name}");
        if !code.is_empty() {
            assert_eq!(refused.parts()[0].code(), code, "{name}");
        }
    }
    let only_title = house.live.import(&office, "secret", "full", "f.csv", "秘密点名称,密级\n".as_bytes().to_vec(), DO).await.unwrap_err();
    assert_eq!(only_title.parts()[0].code(), "import.nothing");
}

/// A template is typed, explains itself, and what is filled in comes in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_offers_what_can_be_chosen() {
    let house = house(Backend::chosen()).await;
    two_departments(&house).await;
    let office = house.caller("office");
    for (form, wanted) in [("appendix4", "序号 秘密点名称 密级 载体形式"), ("full", "秘密点名称 信息类别")] {
        let file = house.live.template(&office, "secret", form, Lang::Zh).await.unwrap();
        assert!(file.name.ends_with(".xlsx"), "{}", file.name);
        let guide = read(&file.bytes, Format::Xlsx, &["列", "必填", "可选值"], &Limits::default()).unwrap();
        let columns: Vec<&str> = guide.rows.iter().map(|r| r.cells[0].as_str()).collect();
        assert!(columns.join(" ").starts_with(wanted), "{columns:?}");
        let line = |name: &str| guide.rows.iter().find(|r| r.cells[0] == name).map(|r| r.cells.clone()).unwrap();
        assert_eq!(line("秘密点名称")[1], "是", "required");
        assert_eq!(line("密级")[3].lines().collect::<Vec<_>>(), ["核心秘密", "重要秘密", "一般秘密"]);
        if form == "full" {
            assert_eq!(line("责任部门")[3].lines().collect::<std::collections::BTreeSet<_>>(), ["锻造车间", "研发部"].into());
            assert!(!columns.contains(&"编号") && !columns.contains(&"查新报告"), "what the program sets is not asked for");
        }
    }
    let refused = house.live.template(&house.caller("gong"), "secret", "full", Lang::Zh).await.unwrap_err();
    assert!(refused.code().starts_with("policy."));
    assert_eq!(house.live.template(&office, "secret", "nothing", Lang::Zh).await.unwrap_err().code(), "exchange.unknown");
}

/// OWASP, formula injection: a cell that a spreadsheet could run goes out as text and comes in as it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn formulas_in_cells_stay_text() {
    let house = house(Backend::chosen()).await;
    let office = house.caller("office");
    let name = "=HYPERLINK(\"http://example.invalid\",\"点我\")";
    house.create(&office, "secret", json!({ "name": name, "remark": "@SUM(A1:A9)" })).await.unwrap();
    let csv = export(&house, &office, "secret", "full", Format::Csv).await;
    assert!(!text(&csv.bytes).contains(",=HYPERLINK") && !text(&csv.bytes).contains(",\"=HYPERLINK"));
    for format in [Format::Csv, Format::Xlsx] {
        let file = export(&house, &office, "secret", "full", format).await;
        let done = import(&house, &office, "secret", "full", &file.name, &file.bytes, ImportOptions { dry_run: true, ..DO }).await;
        assert_eq!(
            (done.errors.as_slice(), &done.preview[0].data["name"], &done.preview[0].data["remark"]),
            ([].as_slice(), &json!(name), &json!("@SUM(A1:A9)"))
        );
    }
}
