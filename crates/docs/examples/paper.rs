//! Writes a sample evidence report (B 8.1.2) as `paper.pdf`, `paper.html` and `paper.docx` into the folder given, or the current one.
//!
//! `cargo run -p jingui-docs --example paper -- /tmp`

#![expect(clippy::print_stdout, reason = "an example speaks to the one who runs it")]

use std::{fs, path::Path};

use jingui_docs::paper::{
    Align, Block, Cell, HashLine, Mark, NoteKind, Paper, Paragraph, Qr, Signature, Span, Table, fonts, write_docx, write_html, write_pdf,
};
use jingui_model::{Instant, Lang, Problem};

struct Disk;

impl fonts::Shelf for Disk {
    fn files(&self, folder: &str) -> Vec<String> {
        let mut found = vec![];
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path().to_string_lossy().into_owned();
                if entry.path().is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(path).ok()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let paper = report()?;
    let fonts = fonts::find(&Disk, fonts::FOLDERS, fonts::Family::Sans)?;
    let pdf = write_pdf(&paper, &fonts)?;
    fs::write(Path::new(&folder).join("paper.pdf"), &pdf.bytes)?;
    fs::write(Path::new(&folder).join("paper.html"), write_html(&paper)?)?;
    fs::write(Path::new(&folder).join("paper.docx"), write_docx(&paper)?)?;
    println!("{} pages, {} bytes, without glyph: {:?}", pdf.pages, pdf.bytes.len(), pdf.missing);
    Ok(())
}

/// Everything in it is invented.
fn report() -> Result<Paper, Problem> {
    let made_at: Instant = "2026-11-21T10:30:00+08:00".parse()?;
    let mut paper = Paper::new(Lang::Zh, "商业秘密权利基础与侵权证据报告", made_at);
    paper.subtitle = "编号：JG-EV-2026-0017　　出具日期：2026 年 11 月 21 日".to_owned();
    paper.mark = Some(Mark { grade: "核心商密".to_owned(), term: "长期".to_owned(), number: "第 003 份".to_owned() });
    paper.header = "衡川精密材料有限公司　商业秘密证据报告".to_owned();
    paper.footer = "JG-EV-2026-0017　本报告由金匮生成，附件以摘要为准".to_owned();
    paper.page_label = "第 {page} 页　共 {pages} 页".to_owned();
    paper.author = "衡川精密材料有限公司".to_owned();
    paper.blocks = vec![
        Block::heading(1, "一、基本情况"),
        Block::KeyValues(vec![
            ("权利人".to_owned(), vec![Span::plain("衡川精密材料有限公司（统一社会信用代码：91330000MA2X00000X）")]),
            ("被主张方".to_owned(), vec![Span::plain("临澜新能源科技有限公司；自然人陈某（原研发二部工程师，2026 年 3 月离职）")]),
            ("案由".to_owned(), vec![Span::plain("侵害技术秘密（《反不正当竞争法》第十条）")]),
            ("证据截止".to_owned(), vec![Span::plain("2026-11-20 23:59:59，存证序号 18 442，"), Span::code("root 9f3c…71aa")]),
            (
                "核验地址".to_owned(),
                vec![Span::link("https://verify.example.com/e/JG-EV-2026-0017", "https://verify.example.com/e/JG-EV-2026-0017")],
            ),
        ]),
        Block::Paragraph(Paragraph {
            indent: true,
            spans: vec![
                Span::plain(
                    "本报告汇集权利人就“低温电解液配方及其制备工艺”（下称“涉案信息”）所形成的权利基础、保密措施与接触事实。报告中的每一项事实均对应存证账本中的一条或者数条记录，",
                ),
                Span::strong("任何人可以在不联网的情况下使用公开工具独立核验"),
                Span::plain("（RFC 6962 Merkle 树、SHA-256 摘要），无需信赖出具方。"),
            ],
            align: Align::Start,
        }),
        Block::Note {
            kind: NoteKind::Warning,
            title: "阅读须知".to_owned(),
            blocks: vec![Block::text(
                "本件为核心商密，仅限承办法官、鉴定人及双方代理人在签署保密承诺后查阅；不得复印、拍照、转发。质证结束后原件退回权利人。",
            )],
        },
        Block::heading(1, "二、秘密点与证据对照"),
        Block::text("下表逐项列明秘密点、法定要件与证据种类之间的对应关系；“—”表示该要件由其他秘密点的证据一并证明。"),
        Block::Table(points()),
        Block::heading(1, "三、保密措施"),
        Block::List {
            numbered: true,
            items: vec![
                vec![Block::text("制度：《商业秘密管理办法》（2023 年 1 月 1 日施行）经职工代表大会讨论并公示，涉密人员全员签收。")],
                vec![
                    Block::text("技术：涉密文件统一加密存储，查阅须经审批并留痕；打印件带有可追溯的隐形标识。"),
                    Block::List {
                        numbered: false,
                        items: vec![
                            vec![Block::text("查阅审批 1 204 次，拒绝 37 次；")],
                            vec![Block::text("外发审批 86 次，均有接收方签署的保密协议。")],
                        ],
                    },
                ],
                vec![Block::text("人员：陈某于 2024-05-06、2025-05-12 参加保密培训并考核合格，离职面谈中签署《离职保密承诺书》。")],
            ],
        },
        Block::Checks(vec![
            (true, vec![Span::plain("权利人已就上述措施提交原始记录")]),
            (true, vec![Span::plain("时间戳经可信时间戳机构签发（RFC 3161）")]),
            (false, vec![Span::plain("已申请法院调取被主张方服务器日志")]),
        ]),
        Block::heading(1, "四、附件摘要"),
        Block::Hashes(hashes()),
        Block::Group(vec![
            Block::heading(1, "五、出具与核验"),
            Block::Paragraph(Paragraph {
                spans: vec![
                    Span::plain("本报告一式 "),
                    Span::Blank { label: "份数".to_owned(), width_mm: 12.0, missing: false },
                    Span::plain(" 份，由 "),
                    Span::Blank { label: "承办律师姓名".to_owned(), width_mm: 30.0, missing: true },
                    Span::plain(" 提交至 "),
                    Span::Blank { label: "受理法院".to_owned(), width_mm: 40.0, missing: true },
                    Span::plain("。"),
                ],
                ..Paragraph::default()
            }),
            Block::Qr(Qr {
                content: "https://verify.example.com/e/JG-EV-2026-0017#9f3c1f0e77d1b4a2".to_owned(),
                size_mm: 30.0,
                caption: "扫码核验本报告。\n也可使用命令行工具离线核验，方法见随附说明。".to_owned(),
            }),
            Block::Signatures(vec![
                Signature { label: "权利人（盖章）：".to_owned(), date: "日期：".to_owned() },
                Signature { label: "保密管理部负责人：".to_owned(), date: "日期：".to_owned() },
            ]),
        ]),
    ];
    Ok(paper)
}

fn points() -> Table {
    let head = ["序号", "秘密点", "法定要件", "证据与证明内容", "种类"];
    let names = [
        "溶剂体系：碳酸乙烯酯与氟代碳酸乙烯酯的配比区间",
        "添加剂 A 的加入次序、温度与搅拌速率组合",
        "−40 ℃ 下电导率与粘度的平衡窗口",
        "来料批次分级与剔除规则（内部代号 QX-7）",
    ];
    let elements = [
        (
            "不为公众所知悉",
            "国家级查新机构《科技查新报告》（2026-08-14）：在 17 个数据库、412 篇文献中未见相同组合；公开文献给出的相邻区间会导致低温析锂，说明该区间并非所属领域相关人员普遍知悉。",
            "鉴定意见",
        ),
        (
            "具有商业价值",
            "2024—2026 年采用该技术的产品销售收入合计 1.86 亿元，较替代方案的毛利率高 9.4 个百分点；研发投入 2 730 万元（审计报告第 31—44 页）。",
            "书证",
        ),
        (
            "采取相应保密措施",
            "定密审批单、知悉范围清单（在册 11 人）、查阅日志 264 条；陈某于 2025-11-02 21:47 至 22:05 连续查阅 9 份文件，设备为 WS-0413，会话编号 01HF7Z3J0M。",
            "电子数据",
        ),
    ];
    let mut rows = vec![];
    for (n, name) in names.iter().enumerate() {
        for (m, (element, proof, kind)) in elements.iter().enumerate() {
            let first = m == 0;
            rows.push(vec![
                Cell::text(if first { (n + 1).to_string() } else { String::new() }).aligned(Align::Centre),
                if first { Cell::spans(vec![Span::strong(*name)]) } else { Cell::text("（同上）") },
                Cell::text(*element),
                Cell::text(if n == 3 && m == 1 { "—" } else { proof }),
                Cell::text(*kind).aligned(Align::Centre),
            ]);
        }
    }
    Table {
        caption: "表 1　秘密点 × 法定要件 × 证据种类".to_owned(),
        columns: vec![0.7, 2.3, 1.7, 5.3, 1.2],
        head: vec![head.into_iter().map(|name| Cell::head(name).aligned(Align::Centre)).collect()],
        rows,
    }
}

fn hashes() -> Vec<HashLine> {
    [
        "附件 1　科技查新报告.pdf",
        "附件 2　查阅日志（2025-10-01 至 2026-03-31）.csv",
        "附件 3　保密协议（陈某，2022-07-01 签署）.pdf",
        "附件 4　存证检查点及包含证明.json",
    ]
    .into_iter()
    .enumerate()
    .map(|(n, name)| HashLine {
        label: format!("{name}（SHA-256）"),
        value: (0..64).map(|i| char::from_digit(u32::try_from((i * 7 + n * 13 + i * i) % 16).unwrap_or(0), 16).unwrap_or('0')).collect(),
    })
    .collect()
}
