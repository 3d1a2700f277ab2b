//! Printing under an approved transfer: numbered copies that are carriers of the register (B 4.2, 5.2.1, 5.2.2; H 8.3.1, 8.3.2, 9.1.2.1).

use jingui_app::{
    reading::ReadingChange,
    settings::SettingsChange,
    viewing::{PrintAsk, Printed, ViewingView},
    world::caller::Caller,
};
use jingui_docs::{
    paper::{Block, Paper, write_pdf},
    scan,
};
use jingui_kinds::record::Record;
use jingui_model::{Id, Instant, Lang, Problem};
use jingui_view::{Document, Format, Limits};
use serde_json::{Value, json};

use crate::support::{BOTH, Backend, House, house};

const SESSION: &str = "the session of one browser";
/// Stands on every page of what is printed, and nowhere else.
const CONTENT: &str = "淬火温度八百四十度";

struct Cast {
    house: House,
    department: Id,
    secret: Record,
    file: Id,
    zhou: Id,
}

/// A general secret in force with a document of three pages.
async fn cast(backend: Backend) -> Cast {
    let house = house(backend).await;
    house.person("chen", "陈主任", None, &["committee_chair"]).await;
    let department = house.department("热处理车间").await;
    let head = house.person("gao", "高主管", Some(department), &["staff"]).await;
    let officer = house.person("sun", "孙保密员", Some(department), &["staff"]).await;
    let zhou = house.person("zhou", "周工", Some(department), &["staff"]).await;
    house.act(&Caller::system(), &house.record(department), "edit", json!({ "officers": [officer], "heads": [head] })).await.unwrap();
    let category = {
        let world = house.live.world.read();
        world.catalog.taxonomies["bearing"].all().iter().find(|(n, _)| n.children.is_empty()).unwrap().0.code.clone()
    };
    let data = json!({
        "name": "热处理工艺参数", "category": category, "grade": "general", "department": department, "responsible": zhou,
        "carrier_forms": ["电子文档"], "circle_persons": [zhou], "term": { "months": 24 }, "declassification_condition": "技术公开后",
        "exclusion": "none", "points": [{ "name": "淬火介质配方", "content": "甲乙丙三组分" }],
    });
    let sun = house.caller("sun");
    let draft = house.create(&sun, "secret", data).await.unwrap();
    let mut paper = Paper::new(Lang::Zh, "工艺卡", Instant::from_micros(0));
    paper.blocks = vec![Block::text(CONTENT), Block::PageBreak, Block::text(CONTENT), Block::PageBreak, Block::text(CONTENT)];
    let pdf = write_pdf(&paper, jingui_app::shelf::fonts().unwrap()).unwrap().bytes;
    let content = Box::new(std::io::Cursor::new(pdf));
    house.live.attach(&sun, "secret", draft.id, "files", None, "工艺卡.pdf", "application/pdf", content).await.unwrap();
    let asked = house.act(&sun, &house.record(draft.id), "submit", json!({})).await.unwrap();
    house.act(&house.caller("office"), &asked, "approve", json!({})).await.unwrap();
    let secret = house.act(&house.caller("chen"), &asked, "approve", json!({})).await.unwrap();
    let file = house.record(secret.id).data["files"][0]["id"].as_str().unwrap().parse().unwrap();
    Cast { house, department, secret, file, zhou }
}

impl Cast {
    /// A transfer to Zhou that was approved.
    async fn transfer(&self, rights: &str, more: Value) -> Record {
        let sun = self.house.caller("sun");
        let draft = self.house.transfer(&sun, self.department, self.secret.id, self.zhou, rights).await;
        let draft = if more == json!({}) { draft } else { self.house.act(&sun, &draft, "edit", more).await.unwrap() };
        let asked = self.house.act(&sun, &draft, "send_inside", json!({})).await.unwrap();
        let approved = self.house.act(&self.house.caller("gao"), &asked, "approve", json!({})).await.unwrap();
        assert_eq!(approved.state, "approved");
        approved
    }

    async fn view(&self, who: &str) -> ViewingView {
        let caller = self.house.caller(who);
        self.house.live.view_file(&caller, SESSION, "secret", self.secret.id, self.file, None).await.unwrap()
    }

    async fn print(&self, who: &str, viewing: &ViewingView, ask: PrintAsk, key: Option<&str>) -> Result<Printed, Problem> {
        self.house.live.print_viewing(&self.house.caller(who), SESSION, viewing.id, ask, key, Lang::Zh).await
    }

    async fn refused(&self, who: &str, viewing: &ViewingView, ask: PrintAsk) -> String {
        self.print(who, viewing, ask, None).await.unwrap_err().code().to_owned()
    }

    fn carriers(&self) -> Vec<Record> {
        let world = self.house.live.world.read();
        world.pointing_in("carrier", "secrets", self.secret.id, &["making", "issued", "stored"]).unwrap()
    }

    /// From which grade on an examination is asked for.
    async fn training(&self, from: &str) {
        let reading = ReadingChange { reading_training: Some(from.to_owned()), ..ReadingChange::default() };
        let change = SettingsChange { reading, ..SettingsChange::default() };
        self.house.live.change_settings(&self.house.caller("secadmin"), &change).await.unwrap();
    }

    /// What the ledger says of prints, latest first: index and circumstances.
    async fn prints(&self) -> Vec<(u64, jingui_model::Data)> {
        let lines = self.house.live.history(&self.house.caller("office"), "secret", self.secret.id, None, 50).await.unwrap();
        lines.into_iter().filter(|l| l.act == "print_file").map(|l| (l.index, l.circumstances)).collect()
    }
}

const fn copies(copies: usize) -> PrintAsk {
    PrintAsk { copies, first: None, last: None }
}

/// Words of each page of a PDF.
fn words(pdf: &[u8]) -> Vec<String> {
    let font = jingui_app::shelf::font().unwrap();
    let document = Document::open(Format::Pdf, pdf.to_vec().into(), &font, &Limits::default()).unwrap();
    let page = |n| document.text(n, &|| false).unwrap().letters.iter().map(|l| l.text.clone()).collect::<String>();
    (0..document.sizes().len()).map(page).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_2_1_each_copy_is_a_carrier_that_is_out_until_the_transfer_ends_and_the_ledger_says_so_first() {
    for backend in BOTH {
        let cast = cast(backend).await;
        let transfer = cast.transfer("edit", json!({})).await;
        let viewing = cast.view("zhou").await;
        let offered = viewing.print.clone().expect("the console shows it");
        assert_eq!((Some(offered.transfer.as_str()), offered.copies), (transfer.number.as_deref(), 20));
        let ask = PrintAsk { copies: 2, first: Some(2), last: Some(3) };
        let made = cast.print("zhou", &viewing, ask, Some("one")).await.unwrap();

        let carriers = cast.carriers();
        assert_eq!(carriers.iter().map(|c| c.number.clone().unwrap()).collect::<Vec<_>>(), made.carriers);
        for (n, carrier) in (1..).zip(&carriers) {
            let said = |name: &str| carrier.data.get(name).cloned().unwrap_or_default();
            assert_eq!((carrier.state.as_str(), said("form"), said("grade")), ("issued", json!("paper"), json!("general")));
            assert_eq!((said("copy_no"), said("pages"), said("printed_pages")), (json!(format!("{n}/2")), json!(2), json!("2–3")));
            assert_eq!(
                (said("holder"), said("made_by"), said("return_due")),
                (json!(cast.zhou), json!(cast.zhou), transfer.data["return_due"].clone())
            );
            assert_eq!((said("transfers"), said("secrets")), (json!([transfer.id]), json!([cast.secret.id])));
            assert_eq!(
                (said("viewing_no"), said("department"), said("term")),
                (json!(viewing.number), json!(cast.department), json!({ "months": 24 }))
            );
            let out = cast.house.live.world.read().pointing_in("carrier_issue", "carrier", carrier.id, &["out"]).unwrap();
            assert_eq!(out.len(), 1, "it is in the register of issues and has to come back");
            assert_eq!((&out[0].data["receiver"], &out[0].data["return_due"]), (&json!(cast.zhou), &transfer.data["return_due"]));
        }
        assert_eq!(cast.house.record(transfer.id).data["printed"], json!(2));

        let prints = cast.prints().await;
        let (index, said) = &prints[0];
        assert_eq!(
            (prints.len(), &said["viewing"], &said["copies"], &said["pages"]),
            (1, &json!(viewing.number), &json!(2), &json!("2–3"))
        );
        assert_eq!(
            (&said["transfer"], &said["carriers"]),
            (&json!(transfer.number), &json!(carriers.iter().map(|c| c.id).collect::<Vec<_>>()))
        );
        let lines = cast.house.live.history(&cast.house.caller("office"), "carrier", carriers[0].id, None, 9).await.unwrap();
        assert!(lines.iter().all(|l| l.index > *index), "the intent was there before the first copy");

        let pages = words(&made.bytes);
        assert_eq!(pages.len(), 4);
        for (n, page) in pages.iter().enumerate() {
            assert!(!page.contains("淬火"), "what is printed is a picture: {page}");
            let page = page.replace(' ', "");
            for mark in [
                made.carriers[n / 2].as_str(),
                &format!("第{}份，共2份", n / 2 + 1),
                &format!("第{}张，共2张", n % 2 + 1),
                "商业秘密",
                &viewing.number,
                "周工",
            ] {
                assert!(page.contains(mark), "{mark}: {page}");
            }
        }

        // The code on each sheet is the carrier's, as on a label: counting by scanning reads it from the paper.
        let seen = scan::read(&std::sync::Arc::new(made.bytes.clone()), "jingui:carrier:", &scan::Limits::default(), &|| false).unwrap();
        let codes: Vec<_> = (0..4).map(|n| vec![jingui_app::carriers::code_of("carrier", &made.carriers[n / 2])]).collect();
        assert_eq!(seen.pages, codes);

        // The same request again prints the same copies, and says so; for something else its key is taken.
        let again = cast.print("zhou", &viewing, ask, Some("one")).await.unwrap();
        assert_eq!((again.carriers, cast.carriers().len()), (made.carriers.clone(), 2));
        assert_eq!(cast.prints().await[0].1["repeated"], json!(true));
        assert_eq!(cast.print("zhou", &viewing, copies(1), Some("one")).await.unwrap_err().code(), "request.key_reused");

        // Taken back like every other carrier; before that the transfer is not settled.
        let office = cast.house.caller("office");
        let sun = cast.house.caller("sun");
        let sent = cast.house.act(&sun, &cast.house.record(transfer.id), "send", json!({ "packed": true })).await.unwrap();
        let ended = json!({ "end_note": "全部收回" });
        assert_eq!(cast.house.act(&office, &sent, "settle", ended.clone()).await.unwrap_err().code(), "guard.none_in");
        for carrier in &carriers {
            let out = cast.house.live.world.read().pointing_in("carrier_issue", "carrier", carrier.id, &["out"]).unwrap();
            cast.house.act(&office, &out[0], "give_back", json!({ "condition": "完好" })).await.unwrap();
        }
        cast.house.until("both are back", |h| carriers.iter().all(|c| h.record(c.id).state == "stored")).await;
        cast.house.act(&office, &sent, "settle", ended).await.unwrap();
        assert_eq!(cast.refused("zhou", &viewing, copies(1)).await, "print.no_transfer", "a closed transfer releases nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_2_nothing_is_printed_without_a_transfer_that_releases_the_original() {
    let cast = cast(Backend::chosen()).await;
    for who in ["zhou", "sun", "office", "chen"] {
        let viewing = cast.view(who).await;
        assert!(viewing.print.is_none(), "{who}");
        assert_eq!(cast.refused(who, &viewing, copies(1)).await, "print.no_transfer", "{who}");
    }
    let lines = cast.house.live.history(&cast.house.caller("office"), "secret", cast.secret.id, None, 50).await.unwrap();
    assert_eq!(lines.iter().filter(|l| l.act == "denied" && l.circumstances.get("verb") == Some(&json!("print_file"))).count(), 4);

    cast.transfer("view", json!({})).await;
    let looks = cast.view("zhou").await;
    assert_eq!(
        (looks.print.is_none(), cast.refused("zhou", &looks, copies(1)).await),
        (true, "print.no_transfer".to_owned()),
        "who only looks"
    );
    let asked = cast.view("sun").await;
    assert_eq!(cast.print("sun", &asked, copies(1), None).await.unwrap().carriers.len(), 1, "whoever asked for it sends it");

    cast.transfer("edit", json!({})).await;
    let viewing = cast.view("zhou").await;
    assert_eq!(cast.print("zhou", &viewing, copies(1), None).await.unwrap().carriers.len(), 1);
    let other = cast.house.live.print_viewing(&cast.house.caller("zhou"), "another session", viewing.id, copies(1), None, Lang::Zh).await;
    assert_eq!(other.unwrap_err().code(), "view.gone");
    cast.house.clock.set(cast.house.live.clock.now().plus_seconds(9 * 24 * 3600));
    let late = cast.view("zhou").await;
    assert!(late.print.is_none());
    assert_eq!(cast.refused("zhou", &late, copies(1)).await, "print.no_transfer", "its period is over");
    assert_eq!((cast.carriers().len(), cast.prints().await.len()), (2, 2), "nothing was entered for what was refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_8_3_1_no_more_is_printed_than_was_approved_and_than_one_print_takes() {
    let cast = cast(Backend::chosen()).await;
    let transfer = cast.transfer("edit", json!({ "prints": 3 })).await;
    let viewing = cast.view("zhou").await;
    assert_eq!(viewing.print.as_ref().unwrap().copies, 3);
    for (ask, code) in [
        (copies(0), "print.copies"),
        (copies(21), "print.copies"),
        (copies(4), "print.approved"),
        (PrintAsk { copies: 1, first: Some(0), last: None }, "print.range"),
        (PrintAsk { copies: 1, first: Some(3), last: Some(2) }, "print.range"),
        (PrintAsk { copies: 1, first: None, last: Some(4) }, "print.range"),
    ] {
        assert_eq!(cast.refused("zhou", &viewing, ask).await, code, "{ask:?}");
    }
    assert_eq!((cast.carriers().len(), cast.prints().await.len()), (0, 0));
    // Two at once, of which only one fits: never four.
    let (one, two) = tokio::join!(cast.print("zhou", &viewing, copies(2), None), cast.print("zhou", &viewing, copies(2), None));
    let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.iter().map(Problem::code).collect::<Vec<_>>(), ["print.approved"]);
    assert_eq!((cast.carriers().len(), &cast.house.record(transfer.id).data["printed"]), (2, &json!(2)));
    cast.print("zhou", &viewing, copies(1), None).await.unwrap();
    assert_eq!(cast.refused("zhou", &viewing, copies(1)).await, "print.approved");
    assert!(cast.view("zhou").await.print.is_none(), "nothing is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_2_conditions_of_reading_and_withdrawn_rights_hold_for_printing() {
    let cast = cast(Backend::chosen()).await;
    cast.transfer("edit", json!({})).await;
    let viewing = cast.view("zhou").await;
    cast.training("general").await;
    assert_eq!(cast.refused("zhou", &viewing, copies(1)).await, "reading.training");
    cast.training("never").await;
    let viewing = cast.view("zhou").await;
    let other = cast.house.caller("sun").id();
    let off = json!({ "circle_persons": [other], "responsible": other });
    cast.house.act(&Caller::system(), &cast.house.record(cast.secret.id), "edit", off).await.unwrap();
    assert_eq!(cast.refused("zhou", &viewing, copies(1)).await, "record.missing", "it is not even there");
    assert_eq!((cast.carriers().len(), cast.prints().await.len()), (0, 0));
}
