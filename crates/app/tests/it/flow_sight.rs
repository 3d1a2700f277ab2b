//! What people are shown around the registers: home page, chart, matrix, search, audit, views, need-to-know list.

use jingui_app::{assessment::Because, audit::AuditQuery, world::caller::Caller};
use jingui_kinds::grading::Answers;
use jingui_model::{Clock as _, Id};
use serde_json::json;

use crate::support::{Backend, House, house};

struct Cast {
    house: House,
    department: Id,
    secret: Id,
}

/// A department with head and officer, a post with a holder, one core secret in force.
async fn cast() -> Cast {
    let house = house(Backend::chosen()).await;
    house.person("chen", "陈主任", None, &["committee_chair"]).await;
    house.person("lin", "林委员", None, &["committee"]).await;
    let department = house.department("热处理车间").await;
    let head = house.person("head", "何部长", Some(department), &["staff"]).await;
    let officer = house.person("sun", "孙保密员", Some(department), &["staff"]).await;
    let heads = json!({ "heads": [head], "officers": [officer] });
    house.act(&Caller::system(), &house.record(department), "edit", heads).await.unwrap();
    let post = house
        .system("post", json!({ "name": "热处理工程师", "department": department, "clearance": "core", "duty": "保管工艺卡" }))
        .await
        .id;
    let holder = house.person("zhou", "周工", Some(department), &["staff"]).await;
    house.act(&Caller::system(), &house.record(holder), "edit", json!({ "posts": [post] })).await.unwrap();
    let data = json!({ "name": "淬火介质配方", "summary": "甲乙丙", "grade": "core", "department": department, "circle_posts": [post],
        "responsible": head, "term": { "open": true }, "classified_on": "2026-11-01", "points": [{ "name": "配比", "content": "3:2:1" }] });
    let secret = house.system("secret", data).await;
    let secret = house.act(&Caller::system(), &secret, "register", json!({})).await.unwrap().id;
    Cast { house, department, secret }
}

/// B 3.1: three layers on one page; B 3.1.3: each post with its duty.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_3_1_the_chart_shows_committee_office_and_departments() {
    let Cast { house, department, .. } = cast().await;
    let chart = house.live.chart(&house.caller("zhou")).unwrap();
    assert_eq!(chart.committee.iter().map(|p| (p.name.as_str(), p.chair)).collect::<Vec<_>>(), [("陈主任", true), ("林委员", false)]);
    assert_eq!(chart.office.len(), 1);
    let shown = chart.departments.iter().find(|d| d.id == department).unwrap();
    assert_eq!((shown.people, shown.heads[0].name.as_str(), shown.officers[0].name.as_str()), (3, "何部长", "孙保密员"));
    assert_eq!((shown.posts[0].holders[0].name.as_str(), shown.posts[0].graded), ("周工", true));
    assert_eq!(shown.posts[0].duty.as_deref(), Some("保管工艺卡"));
    house.act(&Caller::system(), &house.record(house.caller("zhou").id()), "leave", json!({ "left_on": "2026-11-21" })).await.unwrap();
    let after = house.live.chart(&house.caller("head")).unwrap();
    assert!(after.departments.iter().all(|d| d.posts.iter().all(|p| p.holders.is_empty())), "who left holds nothing");
}

/// B 2.4, 4.1.2: the need-to-know list person by person, by name or by post; only for those who may read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_4_1_2_the_need_to_know_list_is_shown_person_by_person() {
    let Cast { house, secret, .. } = cast().await;
    let knowers = house.live.knowers(&house.caller("zhou"), secret).await.unwrap();
    let said: Vec<_> = knowers.iter().map(|k| (k.name.as_str(), k.because)).collect();
    assert_eq!(said, [("何部长", Because::Person), ("周工", Because::Post)]);
    house.person("gao", "高工", None, &["staff"]).await;
    // Those who may know that it exists are told why not; others do not learn that it does.
    for (login, code) in
        [("sysadmin", "policy.forbidden"), ("auditor", "policy.forbidden"), ("sun", "policy.forbidden"), ("gao", "record.missing")]
    {
        assert_eq!(house.live.knowers(&house.caller(login), secret).await.unwrap_err().code(), code, "{login}");
        assert_eq!(house.live.assessment(&house.caller(login), secret).await.unwrap_err().code(), code, "{login}");
    }
    let assessed = house.live.assessment(&house.caller("office"), secret).await.unwrap();
    // B 5.1.2; H 8.3.1: both are readings of a graded record, on record like any other.
    let query = AuditQuery { record: Some(secret), act: Some("read".to_owned()), ..AuditQuery::default() };
    let page = house.live.audit(&house.caller("auditor"), &query).await.unwrap();
    let told: Vec<_> = page.items.iter().map(|l| (l.actor_name.as_str(), l.details.get("part").and_then(|p| p.as_str()))).collect();
    assert_eq!(told, [("保密专员", Some("assessment")), ("周工", Some("knowers"))]);
    let denied = AuditQuery { record: Some(secret), act: Some("denied".to_owned()), ..AuditQuery::default() };
    assert_eq!(house.live.audit(&house.caller("auditor"), &denied).await.unwrap().items.len(), 8, "and so are the refusals");
    let met = |code: &str| assessed.measures.iter().find(|m| m.code == code).unwrap().met;
    assert!(met("circle_named") && met("accounts_ready") && met("access_logged") && met("circle_narrow"));
    assert!(!met("files_sealed") && !met("rules_acknowledged") && assessed.percent < 80);
}

/// B 2.3: from a tenth of the year's revenue on, a loss suggests the highest grade; the company's own revenue counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_2_3_the_grading_aid_knows_the_companys_revenue() {
    let Cast { house, .. } = cast().await;
    let settings = jingui_app::settings::record(&house.live.world.read()).unwrap();
    house
        .act(&Caller::system(), &settings, "edit", json!({ "revenue": { "cents": 10_000_000_000_i64, "currency": "CNY" } }))
        .await
        .unwrap();
    let factors = house.live.grading_form().factors.iter().map(|f| (f.code.clone(), 1)).collect();
    let answers = Answers { factors, loss_cents: Some(1_000_000_000), ..Answers::default() };
    let office = house.caller("office");
    assert_eq!(house.live.suggest_grade(&office, answers.clone()).unwrap().suggested.as_deref(), Some("core"));
    let small = Answers { loss_cents: Some(100_000), ..answers.clone() };
    assert_eq!(house.live.suggest_grade(&office, small).unwrap().suggested.as_deref(), Some("general"));
    // Whoever grades nothing cannot find the revenue out by trying losses.
    house.person("curious", "好奇", None, &["staff"]).await;
    let told = house.live.suggest_grade(&house.caller("curious"), answers).unwrap();
    assert_ne!(told.suggested.as_deref(), Some("core"));
}

/// H 9.5.2; B 2.4: everyone's numbers are their own; the system administrator counts secrets and cannot tell whose they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_5_2_the_overview_counts_what_one_may_know_of() {
    let Cast { house, .. } = cast().await;
    let office = house.live.overview(&house.caller("office")).unwrap();
    assert_eq!(office.secrets.iter().map(|g| g.total).sum::<u64>(), 1);
    assert_eq!((office.departments.len(), office.departments[0].in_force), (1, 1));
    assert_eq!((office.measures.secrets, office.measures.sampled), (1, false));
    let admin = house.live.overview(&house.caller("sysadmin")).unwrap();
    assert_eq!(admin.secrets.iter().map(|g| g.total).sum::<u64>(), 1, "it exists");
    assert!(admin.departments.is_empty() && admin.measures.average.is_none(), "and that is all");
    let stranger = house.person("xu", "徐工", None, &["staff"]).await;
    let xu = house.live.overview(&house.caller("xu")).unwrap();
    assert_eq!(xu.secrets.iter().map(|g| g.total).sum::<u64>(), 0);
    // What ends soon, what is open and overdue.
    let soon = json!({ "name": "价格", "grade": "general", "circle_persons": [stranger], "term": { "months": 12 }, "classified_on": "2025-12-01" });
    let secret = house.system("secret", soon).await;
    house.act(&Caller::system(), &secret, "register", json!({})).await.unwrap();
    let late = json!({ "name": "门禁失灵", "source": "weekly", "severity": "minor", "department": house.department("门卫").await, "responsible": stranger, "due": "2026-11-01" });
    house.system("corrective_action", late).await;
    let office = house.live.overview(&house.caller("office")).unwrap();
    assert_eq!((office.expiring, office.expired, office.corrective_open, office.corrective_overdue), (1, 0, 1, 1));
    // B 4.3.2: my work lists the term that comes near, not those that are far off or open.
    let far = json!({ "name": "工装图纸", "grade": "general", "circle_persons": [stranger], "term": { "months": 36 }, "classified_on": "2026-11-01" });
    let far = house.system("secret", far).await;
    house.act(&Caller::system(), &far, "register", json!({})).await.unwrap();
    let work = house.live.work(&house.caller("office")).unwrap();
    let near: Vec<Id> = work.items.iter().filter(|i| i.record.kind == "secret").map(|i| i.record.id).collect();
    assert_eq!(near, [secret.id]);
}

/// Features 1.2, 1.3: the matrix has words, and every denial says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_denial_says_why_and_who_could() {
    let Cast { house, secret, .. } = cast().await;
    let matrix = house.live.authority_matrix().await.unwrap();
    assert!(matrix.roles.iter().all(|r| r.label.zh != r.code) && matrix.groups.iter().all(|g| g.label.en != g.code));
    assert!(matrix.rows.len() > 50);
    let why = house.live.why(&house.caller("sysadmin"), "read", "secret", Some(secret)).unwrap();
    assert!(!why.allowed && why.policies.iter().any(|p| p.id == "administrators_never_read_secrets"));
    let xu = house.person("xu", "徐工", None, &["staff"]).await;
    assert!(!xu.to_string().is_empty());
    assert_eq!(house.live.why(&house.caller("xu"), "read", "secret", Some(secret)).unwrap_err().code(), "record.missing");
    assert!(house.live.why(&house.caller("office"), "create", "secret", None).unwrap().allowed);
    assert_eq!(house.live.why(&house.caller("office"), "fly", "secret", None).unwrap_err().code(), "policy.action_unknown");
}

/// H 8.2.1: the search box finds what one may read, and nothing of what one may only know to exist.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_8_2_1_search_finds_only_what_one_may_read() {
    let Cast { house, secret, .. } = cast().await;
    let hits = |login: &str| house.live.search(&house.caller(login), "淬火").unwrap().items;
    assert_eq!(hits("zhou").iter().map(|b| b.id).collect::<Vec<_>>(), [secret]);
    for login in ["sysadmin", "auditor", "sun"] {
        assert!(hits(login).is_empty(), "{login}");
    }
    let across = house.live.search(&house.caller("zhou"), "热处理").unwrap();
    let kinds: Vec<_> = across.kinds.iter().map(|k| k.kind.as_str()).collect();
    assert_eq!(kinds, ["department", "post"]);
    assert!(house.live.search(&house.caller("zhou"), "  ").unwrap().items.is_empty());
}

/// B 7.2.2; H 9.5.2: the auditor sees who did what and when, and never what a secret says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_7_2_2_the_access_log_names_acts_and_withholds_content() {
    let Cast { house, department, secret } = cast().await;
    house.live.read(&house.caller("zhou"), "secret", secret).await.unwrap();
    house.live.read(&house.caller("sysadmin"), "secret", secret).await.unwrap_err();
    let auditor = house.caller("auditor");
    let query = AuditQuery { record: Some(secret), ..AuditQuery::default() };
    let page = house.live.audit(&auditor, &query).await.unwrap();
    let acts: Vec<_> = page.items.iter().map(|l| (l.act.as_str(), l.actor_name.as_str(), l.outcome)).collect();
    assert_eq!(acts[..2], [("denied", "系统员", "denied"), ("read", "周工", "done")]);
    let made = page.items.iter().find(|l| l.act == "create").unwrap();
    assert!(made.withheld && made.changed.contains(&"points".to_owned()) && made.title.is_none());
    let all = serde_json::to_string(&page).unwrap();
    for word in ["淬火", "甲乙丙", "3:2:1"] {
        assert!(!all.contains(word), "{word} in the access log");
    }
    // Filters, and the time range found without reading everything.
    let by = AuditQuery { actor: Some(house.caller("zhou").id()), ..AuditQuery::default() };
    let found = house.live.audit(&auditor, &by).await.unwrap();
    assert_eq!(found.items.iter().map(|l| l.act.as_str()).collect::<Vec<_>>(), ["read"]);
    let later = house.clock.now().plus_seconds(60);
    house.clock.set(later);
    house.live.read(&house.caller("zhou"), "secret", secret).await.unwrap();
    let first = AuditQuery { act: Some("read".to_owned()), to: Some(later.plus_seconds(-1)), ..AuditQuery::default() };
    assert_eq!(house.live.audit(&auditor, &first).await.unwrap().items.len(), 1);
    let second = AuditQuery { act: Some("read".to_owned()), from: Some(later), ..AuditQuery::default() };
    assert_eq!(house.live.audit(&auditor, &second).await.unwrap().items.len(), 1);
    let wrong = AuditQuery { from: Some(later), to: Some(later.plus_seconds(-1)), ..AuditQuery::default() };
    assert_eq!(house.live.audit(&auditor, &wrong).await.unwrap_err().code(), "audit.range");
    // Pages hang together.
    let mut seen = vec![];
    let mut before = None;
    loop {
        let page = house.live.audit(&auditor, &AuditQuery { before, limit: 7, ..AuditQuery::default() }).await.unwrap();
        seen.extend(page.items.iter().map(|l| l.index));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert!(seen.windows(2).all(|w| w[0] > w[1]));
    assert_eq!(seen.len() as u64, house.live.store.counts().await.unwrap().events);
    // Ungraded records are told in full to those who may read them.
    let office = house.caller("office");
    let open = house.live.audit(&office, &AuditQuery { record: Some(department), ..AuditQuery::default() }).await.unwrap();
    assert!(open.items.iter().any(|l| l.details.contains_key("data.name") && l.title.as_deref() == Some("热处理车间")));
    // Whoever audits nothing is told why.
    assert!(house.live.audit(&house.caller("zhou"), &AuditQuery::default()).await.unwrap_err().code().starts_with("policy."));
    house.person("xu", "徐工", None, &["staff"]).await;
    assert_eq!(house.live.audit(&house.caller("xu"), &query).await.unwrap_err().code(), "record.missing");
}

/// B 7.2.2: a search through the log is bounded for each request and goes on where it stopped, to the beginning of the ledger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b_7_2_2_a_search_of_the_log_goes_on_to_its_beginning() {
    let Cast { house, secret, .. } = cast().await;
    house.live.read(&house.caller("zhou"), "secret", secret).await.unwrap();
    let auditor = house.caller("auditor");
    for query in [
        // The oldest events of all, sought from the newest on; and something that never happened.
        AuditQuery { actor: Some(Id::nil()), ..AuditQuery::default() },
        AuditQuery { act: Some("never".to_owned()), ..AuditQuery::default() },
        AuditQuery { record: Some(secret), act: Some("create".to_owned()), ..AuditQuery::default() },
    ] {
        let whole = house.live.audit(&auditor, &AuditQuery { limit: 200, ..query.clone() }).await.unwrap();
        let (mut seen, mut before, mut steps, mut reached) = (vec![], None, 0, None);
        loop {
            let page = house.live.audit_within(&auditor, &AuditQuery { before, limit: 200, ..query.clone() }, 3).await.unwrap();
            assert!(
                reached.is_none() || page.searched_to.is_none() || page.searched_to <= reached,
                "searched up to, further and further back"
            );
            assert!(page.complete || page.next.is_some(), "a search that stopped says where it goes on");
            reached = page.searched_to.or(reached);
            seen.extend(page.items.into_iter().map(|l| l.index));
            (before, steps) = (page.next, steps + 1);
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, whole.items.iter().map(|l| l.index).collect::<Vec<_>>());
        assert!(steps > 1 && whole.complete);
    }
}

/// H 9.5.4: the time line tells what a field held before, however long ago that was set.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_5_4_the_time_line_knows_values_from_long_before() {
    let Cast { house, .. } = cast().await;
    let office = house.caller("office");
    let made = house.create(&office, "secret", json!({ "name": "砂轮修整参数", "summary": "最初的概要" })).await.unwrap();
    for n in 0..230 {
        house.act(&office, &made, "edit", json!({ "remark": n.to_string() })).await.unwrap();
    }
    house.act(&office, &made, "edit", json!({ "summary": "后来的概要" })).await.unwrap();
    let lines = house.live.history(&office, "secret", made.id, None, 5).await.unwrap();
    assert_eq!(lines[0].before.get("summary"), Some(&json!("最初的概要")));
    assert_eq!(lines[1].before.get("remark"), Some(&json!("228")));
    assert_eq!(lines[4].before.get("remark"), Some(&json!("225")), "the last line of a page, too");
    let first = house.live.history(&office, "secret", made.id, Some(lines[4].index), 200).await.unwrap();
    assert!(first.iter().all(|l| l.changes.keys().all(|f| l.before.contains_key(f))));
    let start = house.live.history(&office, "secret", made.id, Some(first.last().unwrap().index), 200).await.unwrap();
    assert!(start.last().is_some_and(|l| l.act == "create" && l.before.is_empty()));
}

/// H 9.6.2: whoever asks never decides, so an office of one is told that it needs another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h_9_6_2_an_office_of_one_is_told_that_it_needs_another() {
    let Cast { house, .. } = cast().await;
    let told =
        |login: &str| -> Vec<String> { house.live.overview(&house.caller(login)).unwrap().findings.into_iter().map(|f| f.code).collect() };
    assert_eq!((told("office"), told("sysadmin")), (vec!["finding.office_of_one".to_owned()], vec!["finding.office_of_one".to_owned()]));
    assert!(told("zhou").is_empty() && told("auditor").is_empty());
    let finding = house.live.overview(&house.caller("office")).unwrap().findings.remove(0);
    assert!(finding.text.zh.contains("两名") && finding.text.en.contains("two officers"));
    let second = house.person("second", "第二保密专员", None, &["office"]).await;
    assert!(told("office").is_empty());
    house.act(&Caller::system(), &house.record(second), "leave", json!({ "left_on": "2026-11-21" })).await.unwrap();
    assert_eq!(told("office").len(), 1, "who left does not count");
}

/// A view belongs to whoever keeps it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_are_ones_own() {
    let Cast { house, .. } = cast().await;
    let (zhou, office) = (house.caller("zhou"), house.caller("office"));
    let view = house.live.save_view(&zhou, "secret", "核心", "f.grade=core").await.unwrap();
    assert_eq!(house.live.views(&zhou).unwrap(), std::slice::from_ref(&view));
    assert!(house.live.views(&office).unwrap().is_empty());
    assert_eq!(house.live.remove_view(&office, view.id).await.unwrap_err().code(), "record.missing");
    assert!(house.live.read(&office, "saved_view", view.id).await.is_err() || house.live.views(&office).unwrap().is_empty());
    house.live.remove_view(&zhou, view.id).await.unwrap();
    assert!(house.live.views(&zhou).unwrap().is_empty());
    assert_eq!(house.live.save_view(&zhou, "nothing", "x", "").await.unwrap_err().code(), "kind.unknown");
}
