//! Report, certificate and instructions: they say what the verification found, nothing that is not disclosed, and what they tell a
//! reader to do can be done (H 10.2, B 8.1.2, 民事证据规定 93; 在线诉讼规则 19).
//!
//! The papers of the example are left in `target/tmp/papers`, to be looked at.

mod by_hand;
mod world;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};

use jingui_app::{
    case::papers::{CatalogLabels, Certificate, Length, Subject, Voice, certificate, report},
    catalog,
    messages::Messages,
    shelf,
};
use jingui_docs::paper::{Paper, write_html, write_pdf};
use jingui_evidence::dossier::{Dossier, Findings, Outcome, verify};
use jingui_kinds::Catalog;
use jingui_model::{GradeScheme, Lang, Zone};

static MESSAGES: LazyLock<Messages> = LazyLock::new(|| catalog::messages().unwrap());
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| catalog::load(Path::new("/nowhere")).unwrap().catalog);
static SCHEME: LazyLock<GradeScheme> = LazyLock::new(|| CATALOG.schemes["three"].clone());
static LABELS: LazyLock<CatalogLabels<'static>> = LazyLock::new(|| CatalogLabels { catalog: &CATALOG, scheme: &SCHEME });
static EXAMPLE: LazyLock<(Dossier, Findings)> = LazyLock::new(|| {
    let dossier = world::dossier();
    let packed = dossier.clone().pack().unwrap();
    let findings = verify(&packed, &world::trusted(&dossier));
    assert_eq!(findings.outcome, Outcome::Whole);
    (dossier, findings)
});

fn voice(lang: Lang) -> Voice<'static> {
    Voice { messages: &MESSAGES, labels: &*LABELS, lang, zone: Zone::default() }
}

fn reported(lang: Lang) -> Paper {
    report(&EXAMPLE.0, &EXAMPLE.1, voice(lang), Length::Whole)
}

/// One record of the example, as a package for a certificate has it.
fn only(record: usize) -> Dossier {
    let mut dossier = EXAMPLE.0.clone();
    dossier.records = vec![dossier.records.swap_remove(record)];
    dossier
}

fn certified(record: usize, lang: Lang) -> (Certificate, Paper) {
    let made = Certificate::new(&only(record), &EXAMPLE.1, "https://evidence.example/").unwrap();
    let paper = certificate(&made, voice(lang));
    (made, paper)
}

/// Text of the PDF, without spaces and line ends; the file is kept for people.
fn pdf(name: &str, paper: &Paper) -> (usize, String) {
    let pdf = write_pdf(paper, shelf::fonts().unwrap()).unwrap();
    assert!(pdf.missing.is_empty(), "no glyph for {:?}", pdf.missing);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("papers");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.pdf")), &pdf.bytes).unwrap();
    fs::write(folder.join(format!("{name}.html")), write_html(paper).unwrap()).unwrap();
    let mut child = Command::new("pdftotext")
        .args(["-enc", "UTF-8", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext of poppler-utils: scripts/setup.sh test");
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || stdin.write_all(&pdf.bytes));
    let out = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    (pdf.pages, squeezed(&String::from_utf8(out.stdout).unwrap()))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn has(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(&squeezed(wanted)), "{wanted} is missing in\n{text}");
    }
}

#[test]
fn the_report_answers_first_and_then_says_why() {
    let (pages, text) = pdf("report-zh", &reported(Lang::Zh));
    assert!(pages > 5);
    has(
        &text,
        &[
            // The matter, and the answer.
            "（2026）浙 02 知民初 31 号",
            "证据包完整，未发现任何问题",
            "60 条存证条目全部在账本“hengchuan.example/ledger”（共 60 条）之中",
            "56 条有时间戳覆盖",
            "在被诉行为日（2099-06-01）之前已经形成的条目：56 条",
            "4 条没有时间戳覆盖，其时间只依据单位自己的时钟",
            // By whose word: one authority is confirmed, the other only comes with the package.
            "国家授时联合信任中心",
            "已另行确认",
            "随包提供，待确认",
            "第 2 号，某省可信时间服务",
            "轴承行业协会",
            // Words of the register, values as people read them.
            "客体类型工艺参数",
            "7,300,000.00 CNY",
            "长期（直至公开或丧失价值）",
            "载体专人保管、标注密级与期限、双人双锁",
            "845 ℃ 下保温 40 分钟，炉内气氛碳势 0.95%。",
            "定密日期2026-01-08",
            "淬火记录 2026-01.csv",
            &EXAMPLE.0.records[0].files[0].sha256,
            // The matrix: what counts, what not and why, what is missing.
            "（H 10.2.1）",
            "权利归属",
            "仅计行为前",
            "不早于被诉行为发生之日，不计入。",
            "日期不明，不能证明早于被诉行为。",
            "委托查新并归档报告",
            // The context: how often, and the longest pause.
            "系统运行状况51",
            "系统时钟被调整",
            "6 天",
            // From outside, and how to check.
            "某省科学技术情报研究所",
            "sha256sum",
            "披露的内容在入账之前就是真实的",
        ],
    );
}

#[test]
fn the_report_is_complete_in_english_too() {
    let (_, text) = pdf("report-en", &reported(Lang::En));
    has(
        &text,
        &[
            "The package is whole; nothing wrong was found",
            "Evidence matrix",
            "Process parameters",
            "Core secret",
            "State of the system",
            "UTC+08:00",
        ],
    );
}

/// Every text is there: a missing one would show its code.
#[test]
fn no_paper_shows_a_code_instead_of_a_text() {
    for lang in [Lang::Zh, Lang::En] {
        for paper in [reported(lang), certified(0, lang).1, certified(1, lang).1] {
            let html = write_html(&paper).unwrap();
            for code in ["paper.", "certificate.", "package.", "verb."] {
                let shown = html.match_indices(code).find(|(at, _)| html[at + code.len()..].starts_with(|c: char| c.is_ascii_lowercase()));
                assert!(shown.is_none(), "{}", &html[shown.unwrap().0..][..60]);
            }
            assert!(!html.contains(['{', '}'].as_slice()) || html.matches('{').count() == html.matches('}').count());
        }
    }
}

/// Nothing undisclosed is in a paper, in no form that text can be searched in.
#[test]
fn what_is_not_disclosed_is_in_no_paper() {
    let hidden = world::hidden();
    assert!(hidden.len() > 10, "{hidden:?}");
    for lang in [Lang::Zh, Lang::En] {
        for (name, paper) in [("hidden-report", reported(lang)), ("hidden-certificate", certified(0, lang).1)] {
            let (_, text) = pdf(name, &paper);
            let html = squeezed(&write_html(&paper).unwrap());
            for value in &hidden {
                let value = squeezed(value);
                assert!(!text.contains(&value) && !html.contains(&value), "{value}");
            }
        }
    }
    // A field that does not open its entry is not shown either, though it stands in the dossier.
    let (mut dossier, mut findings) = EXAMPLE.clone();
    dossier.entries.get_mut(&1).unwrap().opened[0].value = "假造的编号".into();
    for proven in &mut findings.proven {
        proven.opened.retain(|name| name != "number");
    }
    assert!(!write_html(&report(&dossier, &findings, voice(Lang::Zh), Length::Whole)).unwrap().contains("假造的编号"));
}

/// Each page says the strictest grade that is disclosed (B 5.2, H 9.1.2); a grade that is unknown counts as the strictest.
#[test]
fn the_mark_is_that_of_the_strictest_grade() {
    assert_eq!(reported(Lang::Zh).mark.unwrap().grade, "核心秘密");
    let (mut dossier, findings) = EXAMPLE.clone();
    dossier.records.swap(0, 1);
    assert_eq!(report(&dossier, &findings, voice(Lang::En), Length::Whole).mark.unwrap().grade, "Core secret");
    dossier.records[0].grade = Some("绝密级（旧制）".to_owned());
    assert_eq!(report(&dossier, &findings, voice(Lang::Zh), Length::Whole).mark.unwrap().grade, "绝密级（旧制）");
    dossier.records[0].grade = Some("一般秘密".to_owned());
    dossier.records.truncate(1);
    assert_eq!(report(&dossier, &findings, voice(Lang::En), Length::Whole).mark.unwrap().grade, "General secret");
    dossier.records.clear();
    assert_eq!(report(&dossier, &findings, voice(Lang::Zh), Length::Whole).mark, None);
}

#[test]
fn a_damaged_package_is_called_damaged_on_the_first_page() {
    let (dossier, _) = EXAMPLE.clone();
    let mut bytes = dossier.clone().pack().unwrap();
    let at = bytes.windows(FILE_MARK.len()).position(|window| window == FILE_MARK).unwrap();
    bytes[at] ^= 1;
    let findings = verify(&bytes, &world::trusted(&dossier));
    assert_ne!(findings.outcome, Outcome::Whole);
    let (_, text) = pdf("report-damaged", &report(&dossier, &findings, voice(Lang::Zh), Length::Whole));
    has(&text, &["证据包存在问题，不能作为完整证据使用", "核验发现"]);
    assert!(!text.contains("未发现任何问题"));
}
const FILE_MARK: &[u8] = "35,845".as_bytes();

/// A dossier with next to nothing in it says of every part that it is empty.
#[test]
fn parts_that_are_empty_say_so() {
    let (mut dossier, mut findings) = EXAMPLE.clone();
    (dossier.stamps, dossier.cosigned, dossier.outside, dossier.matrix, dossier.context) = (vec![], vec![], vec![], None, vec![]);
    (findings.stamps, findings.cosigned, findings.twin, dossier.matter.alleged_on) = (vec![], vec![], None, None);
    for proven in &mut findings.proven {
        (proven.time, proven.cosigned, proven.twin) = (None, vec![], false);
    }
    let (_, text) = pdf("report-bare", &report(&dossier, &findings, voice(Lang::Zh), Length::Whole));
    has(
        &text,
        &[
            "本包没有时间戳",
            "本包没有见证签名",
            "本包没有国密账本的证明",
            "本包没有证据矩阵",
            "本包不含系统运行条目",
            "本包没有列入外部证据",
            "无时间戳覆盖",
            "未指明",
        ],
    );
}

#[test]
fn the_certificate_of_a_file_fits_one_page_and_leads_to_the_check() {
    let (made, paper) = certified(0, Lang::Zh);
    let (pages, text) = pdf("certificate-file-zh", &paper);
    assert_eq!(pages, 1);
    let Subject::File { sha256, sm3, .. } = &made.subject else { panic!("a file") };
    assert_eq!(*sha256, EXAMPLE.0.records[0].files[0].sha256);
    assert_eq!(sm3.len(), 64);
    has(
        &text,
        &[
            "衡川精密轴承有限公司",
            "淬火记录 2026-01.csv",
            sha256,
            sm3,
            "第 5 条（上传文件），单位时钟 2026-01-10 08:30:15",
            "国家授时联合信任中心，已另行确认",
            "轴承行业协会见证",
            "核心秘密",
        ],
    );
    let root: String = EXAMPLE.1.ledger.as_ref().unwrap().root.replace('+', "-").replace('/', "_").replace('=', "");
    assert_eq!(made.link(), format!("https://evidence.example/verify.html#entry=5&sha256={sha256}&size=60&root={root}"));
    assert_eq!(pdf("certificate-file-en", &certified(0, Lang::En).1).0, 1);
}

#[test]
fn the_certificate_of_a_record_is_over_its_last_entry() {
    let (made, paper) = certified(1, Lang::Zh);
    let (pages, text) = pdf("certificate-record-zh", &paper);
    assert_eq!((pages, made.entry), (1, 6));
    has(&text, &["SM-2026-0002（第 6 版）", made.subject.sha256()]);
    assert_eq!(pdf("certificate-record-en", &certified(1, Lang::En).1).0, 1);
}

/// A ledger of 100 million entries has proofs of 27 hashes; with long names the certificate is still one page.
#[test]
fn the_longest_certificate_is_one_page() {
    let (mut made, _) = certified(0, Lang::Zh);
    made.hashes = vec![[0xa5; 32]; 27];
    made.ledger.size = 100_000_000;
    made.company = "衡川".repeat(20);
    if let Subject::File { name, .. } = &mut made.subject {
        *name = format!("{}.pdf", "热处理工艺规程附件".repeat(10));
    }
    for lang in [Lang::Zh, Lang::En] {
        assert_eq!(pdf("certificate-long", &certificate(&made, voice(lang))).0, 1);
    }
}

#[test]
fn there_is_no_certificate_for_what_is_not_proven() {
    let code = |dossier: &Dossier, findings: &Findings| Certificate::new(dossier, findings, "").unwrap_err().code().to_owned();
    assert_eq!(code(&EXAMPLE.0, &EXAMPLE.1), "certificate.one_record");
    let mut findings = EXAMPLE.1.clone();
    for proven in &mut findings.proven {
        proven.files.clear();
    }
    assert_eq!(code(&only(0), &findings), "certificate.unproven");
    findings.proven.clear();
    assert_eq!(code(&only(1), &findings), "certificate.unproven");
}

/// The same dossier gives the same bytes: a report can be made again and compared.
#[test]
fn papers_are_the_same_bytes_for_the_same_input() {
    for make in [|| reported(Lang::Zh), || certified(0, Lang::En).1] {
        assert_eq!(write_pdf(&make(), shelf::fonts().unwrap()).unwrap().bytes, write_pdf(&make(), shelf::fonts().unwrap()).unwrap().bytes);
        assert_eq!(write_html(&make()).unwrap(), write_html(&make()).unwrap());
    }
}

/// A summary names every record and discloses nothing of any.
#[test]
fn a_summary_names_the_records_and_nothing_more() {
    let html = write_html(&report(&EXAMPLE.0, &EXAMPLE.1, voice(Lang::Zh), Length::Summary)).unwrap();
    let whole = write_html(&reported(Lang::Zh)).unwrap();
    for record in &EXAMPLE.0.records {
        assert!(record.label.iter().chain(&record.number).all(|name| html.contains(name.as_str())), "{:?}", record.number);
    }
    for point in EXAMPLE.0.records.iter().flat_map(|r| &r.points) {
        let opened = &EXAMPLE.0.entries[&point.entry].opened;
        let value = &opened.iter().find(|f| f.name == point.field).unwrap().value;
        for text in value.as_object().unwrap().values().filter_map(|v| v.as_str()).filter(|text| text.chars().count() > 6) {
            assert!(whole.contains(text) && !html.contains(text), "{text}");
        }
    }
    assert!(html.contains("report.html"));
}
