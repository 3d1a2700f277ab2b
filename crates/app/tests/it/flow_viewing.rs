//! Reading without taking: opened in the ledger first, drawn for one session, ended with the right (H 9.6.3, 8.3.1; B 5.1.2, 4.2).

use jingui_app::viewing::ViewingView;
use jingui_docs::paper::{Block, Paper, write_docx, write_pdf};
use jingui_kinds::record::{FileVersion, Record};
use jingui_model::{Id, Instant, Lang, Problem};
use serde_json::json;

use crate::support::{Backend, House, house};

struct Cast {
    house: House,
    department: Id,
    secret: Record,
}

const SESSION: &str = "the session of one browser";

/// A general secret in force with a document, a printed one and a text.
async fn cast() -> Cast {
    let house = house(Backend::chosen()).await;
    house.person("chen", "陈主任", None, &["committee_chair"]).await;
    let department = house.department("热处理车间").await;
    let head = house.person("gao", "高主管", Some(department), &["staff"]).await;
    let officer = house.person("sun", "孙保密员", Some(department), &["staff"]).await;
    let holder = house.person("zhou", "周工", Some(department), &["staff"]).await;
    house.person("xu", "徐工", Some(department), &["staff"]).await;
    let record = house.record(department);
    house
        .act(&jingui_app::world::caller::Caller::system(), &record, "edit", json!({ "officers": [officer], "heads": [head] }))
        .await
        .unwrap();
    let category = {
        let world = house.live.world.read();
        world.catalog.taxonomies["bearing"].all().iter().find(|(n, _)| n.children.is_empty()).unwrap().0.code.clone()
    };
    let data = json!({
        "name": "热处理工艺参数", "category": category, "grade": "general", "department": department, "responsible": holder,
        "carrier_forms": ["电子文档"], "circle_persons": [holder], "term": { "months": 24 }, "declassification_condition": "技术公开后",
        "exclusion": "none", "points": [{ "name": "淬火介质配方", "content": "甲乙丙三组分" }],
    });
    let sun = house.caller("sun");
    let draft = house.create(&sun, "secret", data).await.unwrap();
    let mut paper = Paper::new(Lang::Zh, "工艺卡", Instant::from_micros(0));
    paper.blocks = vec![Block::text("淬火温度八百四十度")];
    let pdf = write_pdf(&paper, jingui_app::shelf::fonts().unwrap()).unwrap().bytes;
    for (name, bytes) in [("工艺卡.docx", write_docx(&paper).unwrap()), ("工艺卡.pdf", pdf), ("记录.txt", "淬火 840".into())] {
        let content = Box::new(std::io::Cursor::new(bytes));
        house.live.attach(&sun, "secret", draft.id, "files", None, name, "application/octet-stream", content).await.unwrap();
    }
    let asked = house.act(&sun, &house.record(draft.id), "submit", json!({})).await.unwrap();
    house.act(&house.caller("office"), &asked, "approve", json!({})).await.unwrap();
    let secret = house.act(&house.caller("chen"), &asked, "approve", json!({})).await.unwrap();
    Cast { house, department, secret }
}

impl Cast {
    fn file(&self, name: &str) -> FileVersion {
        let record = self.house.record(self.secret.id);
        let all: Vec<FileVersion> = serde_json::from_value(record.data["files"].clone()).unwrap();
        all.into_iter().find(|v| v.name == name).unwrap()
    }

    async fn view(&self, who: &str, name: &str) -> Result<ViewingView, Problem> {
        let live = &self.house.live;
        live.view_file(&self.house.caller(who), SESSION, "secret", self.secret.id, self.file(name).id, None).await
    }

    async fn page(&self, who: &str, session: &str, id: Id) -> Result<Vec<u8>, Problem> {
        self.house.live.viewing_page(&self.house.caller(who), session, id, 1, 400).await
    }

    async fn take(&self, who: &str, name: &str) -> Result<(), Problem> {
        let found = self.house.live.open_file(&self.house.caller(who), "secret", self.secret.id, self.file(name).id).await?;
        found.write_to(&mut std::io::sink()).map(drop)
    }

    fn later(&self, seconds: i64) {
        self.house.clock.set(self.house.live.clock.now().plus_seconds(seconds));
    }

    /// The office takes somebody off the need-to-know list.
    async fn withdraw(&self) {
        let system = jingui_app::world::caller::Caller::system();
        let other = self.house.caller("sun").id();
        self.house
            .act(&system, &self.house.record(self.secret.id), "edit", json!({ "circle_persons": [other], "responsible": other }))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_3_each_sort_of_file_is_read_and_searched_and_the_ledger_says_so_first() {
    let cast = cast().await;
    for name in ["工艺卡.docx", "工艺卡.pdf", "记录.txt"] {
        let viewing = cast.view("zhou", name).await.unwrap_or_else(|p| panic!("{name}: {p:?}"));
        assert!(viewing.across.starts_with("周工 ") && viewing.across.ends_with(&viewing.number) && !viewing.may_take);
        let jpeg = cast.page("zhou", SESSION, viewing.id).await.unwrap();
        assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]));
        let zhou = cast.house.caller("zhou");
        let found = cast.house.live.viewing_search(&zhou, SESSION, viewing.id, "淬火").await.unwrap();
        assert!(found.words && !found.hits.is_empty() && found.hits.iter().all(|h| h.page == 1), "{name}: {found:?}");
        let lines = cast.house.live.history(&cast.house.caller("office"), "secret", cast.secret.id, None, 5).await.unwrap();
        let line = lines
            .iter()
            .find(|l| l.circumstances.get("viewing") == Some(&json!(viewing.number)))
            .expect("the number on the page is in the ledger");
        assert_eq!((line.act.as_str(), line.actor_name.as_str()), ("view_file", "周工"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_3_a_viewing_belongs_to_one_session_and_ends_unused() {
    let cast = cast().await;
    let viewing = cast.view("zhou", "工艺卡.pdf").await.unwrap();
    assert_eq!(cast.page("zhou", "another session", viewing.id).await.unwrap_err().code(), "view.gone");
    assert_eq!(cast.page("sun", SESSION, viewing.id).await.unwrap_err().code(), "view.gone", "another person, were the session theirs");
    cast.later(jingui_app::viewing::IDLE - 1);
    cast.page("zhou", SESSION, viewing.id).await.expect("each use counts anew");
    cast.later(jingui_app::viewing::IDLE);
    assert_eq!(cast.page("zhou", SESSION, viewing.id).await.unwrap_err().code(), "view.gone");
    assert_eq!(cast.house.live.lost_viewings(SESSION), [viewing.id]);
    assert_eq!(cast.house.live.viewings.count(), 0, "wiped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_5_1_2_a_right_that_is_withdrawn_shows_no_further_page_and_closes_the_viewer() {
    let cast = cast().await;
    let (one, two) = (cast.view("zhou", "工艺卡.pdf").await.unwrap(), cast.view("zhou", "记录.txt").await.unwrap());
    cast.page("zhou", SESSION, one.id).await.unwrap();
    cast.withdraw().await;
    assert_eq!(cast.page("zhou", SESSION, one.id).await.unwrap_err().code(), "record.missing", "it is not even there");
    assert_eq!(cast.house.live.lost_viewings(SESSION), [two.id], "the other one is told");
    assert_eq!(cast.house.live.viewings.count(), 0);
    assert_eq!(cast.view("zhou", "工艺卡.pdf").await.unwrap_err().code(), "record.missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_2_the_original_leaves_by_an_approved_transfer_only() {
    let cast = cast().await;
    for who in ["zhou", "sun", "office", "chen"] {
        cast.view(who, "工艺卡.pdf").await.unwrap_or_else(|p| panic!("{who} reads: {p:?}"));
        let refused = cast.take(who, "工艺卡.pdf").await.unwrap_err();
        assert_eq!(refused.code(), "policy.forbidden", "{who}");
        let marked =
            cast.house.live.open_marked(&cast.house.caller(who), "secret", cast.secret.id, cast.file("工艺卡.pdf").id, Lang::Zh).await;
        assert_eq!(marked.unwrap_err().code(), "policy.forbidden", "{who}: a marked copy is a copy");
    }
    let zhou = cast.house.caller("zhou").id();
    for (rights, may) in [("view", false), ("edit", true)] {
        let draft = cast.house.transfer(&cast.house.caller("sun"), cast.department, cast.secret.id, zhou, rights).await;
        assert!(cast.take("zhou", "工艺卡.pdf").await.is_err(), "a draft releases nothing");
        let asked = cast.house.act(&cast.house.caller("sun"), &draft, "send_inside", json!({})).await.unwrap();
        assert!(cast.take("zhou", "工艺卡.pdf").await.is_err(), "neither does one that nobody approved");
        let approved = cast.house.act(&cast.house.caller("gao"), &asked, "approve", json!({})).await.unwrap();
        assert_eq!(approved.state, "approved");
        assert_eq!(cast.take("zhou", "工艺卡.pdf").await.is_ok(), may, "{rights}");
        assert_eq!(cast.view("zhou", "记录.txt").await.unwrap().may_take, may);
    }
    cast.take("sun", "工艺卡.pdf").await.expect("whoever asked for the transfer sends it");
    assert!(cast.take("chen", "工艺卡.pdf").await.is_err(), "nobody else");
    cast.later(9 * 24 * 3600);
    assert!(cast.take("zhou", "工艺卡.pdf").await.is_err(), "its period is over");
}
