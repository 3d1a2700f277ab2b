//! Marks one file, to look at the result: `cargo run --example mark -- in.docx out.docx NotoSansCJK-Regular.ttc`.

use std::{error::Error, sync::Arc};

use jingui_mark::{Font, Limits, Mark, put};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(from), Some(to), Some(font)) = (args.next(), args.next(), args.next()) else {
        return Err("from, to and font are needed".into());
    };
    let font = Font { bytes: Arc::new(std::fs::read(font)?), index: 2 };
    let mark = Mark {
        number: "SM-2026-0007".to_owned(),
        grade: "核心秘密".to_owned(),
        term: "2026-01-01 至 2036-01-01".to_owned(),
        unit: "示例轴承有限公司".to_owned(),
        header: "核心秘密 ★ 编号 SM-2026-0007 ｜ 期限 2026-01-01 至 2036-01-01".to_owned(),
        footer: "示例轴承有限公司 研发部 ｜ 商业秘密，未经批准不得复制、摘抄、外传".to_owned(),
        watermark: "核心秘密 SM-2026-0007".to_owned(),
    };
    let marked = put(&std::fs::read(from)?, &mark, Some(&font), &Limits::default()).map_err(|p| format!("{} {:?}", p.code(), p))?;
    std::fs::write(to, marked.bytes)?;
    Ok(())
}
