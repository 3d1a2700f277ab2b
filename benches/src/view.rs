//! Reading without taking: from the click to the first page, of a PDF of many pages and of a document, through the use case with its note
//! in the ledger; then pages in turn and a search through all of them.

use std::{
    io::Cursor,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jingui_app::{live::Live, pipeline::Command, shelf, world::caller::Caller};
use jingui_docs::paper::{Block, Paper, write_docx, write_pdf};
use jingui_kinds::record::FileVersion;
use jingui_model::{Id, Lang, Problem};
use serde_json::json;

use crate::company::{company, office};

const SESSION: &str = "bench";
/// How long somebody looks at a record before a click.
const LOOKING: Duration = Duration::from_secs(2);
/// Pixels of a page on an ordinary screen.
const WIDTH: u32 = 900;

/// Measures.
///
/// # Errors
/// Whatever fails.
pub fn run(dir: &str, pages: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(measure(Path::new(dir), pages)).map_err(|p| p.to_string())
}

fn paper(lines: u64) -> Paper {
    let mut paper = Paper::new(Lang::Zh, "工艺规程", jingui_model::Instant::from_micros(0));
    paper.blocks =
        (0..lines).map(|n| Block::text(format!("第 {n} 条：淬火温度八百四十度，保温四十分钟，油冷；Quench oil ABC-{n}"))).collect();
    paper
}

async fn measure(dir: &Path, pages: u64) -> Result<(), Problem> {
    let (node, live) = company(dir, Some("bearing")).await?;
    let caller = office(&live)?;
    let department = {
        let world = live.world.read();
        let table = world.table("department")?;
        table.live().iter().find_map(|row| table.row(row)).map(|row| row.id)
    };
    let data = json!({ "name": "工艺规程", "form": "physical", "grade": "important", "department": department, "made_on": live.today().to_string() });
    let data = serde_json::from_value(data).map_err(|e| Problem::internal("record.encoding").detail(e))?;
    let mut record = live.pipeline.change(Command::create(&caller, "carrier", data)).await?.record;
    // The document first: nothing has started for it then.
    let files = [("规程.docx", write_docx(&paper(400))?), ("规程.pdf", write_pdf(&paper(pages * 40), shelf::fonts()?)?.bytes)];
    for (name, bytes) in files {
        record = live
            .attach(&caller, "carrier", record.id, "files", None, name, "application/octet-stream", Box::new(Cursor::new(bytes)))
            .await?
            .record;
    }
    let versions: Vec<FileVersion> = record.data.get("files").and_then(|v| serde_json::from_value(v.clone()).ok()).unwrap_or_default();
    println!("| file | pages | bytes | first page, s | the next ten, ms each | search, s |");
    println!("|---|---|---|---|---|---|");
    for version in versions {
        if Path::new(&version.name).extension().is_some_and(|e| e == "docx") {
            opened(&live, &caller, record.id, &version, "at once after the start").await?;
        }
        // As somebody does who clicks on a file: the record is looked at first.
        live.read(&caller, "carrier", record.id).await?;
        tokio::time::sleep(LOOKING).await;
        opened(&live, &caller, record.id, &version, "after a look at the record").await?;
    }
    node.stop().await;
    Ok(())
}

/// From the click to the first page, then ten more, then a search.
async fn opened(live: &Arc<Live>, caller: &Caller, record: Id, version: &FileVersion, how: &str) -> Result<(), Problem> {
    let began = Instant::now();
    let viewing = live.view_file(caller, SESSION, "carrier", record, version.id, None).await?;
    live.viewing_page(caller, SESSION, viewing.id, 1, WIDTH).await?;
    let first = began.elapsed().as_secs_f64();
    let (began, next) = (Instant::now(), viewing.pages.len().saturating_sub(1).min(10));
    for page in 2..2 + next {
        live.viewing_page(caller, SESSION, viewing.id, page, WIDTH).await?;
    }
    let each = began.elapsed().as_secs_f64() * 1_000.0 / f64::from(u32::try_from(next.max(1)).unwrap_or(1));
    let began = Instant::now();
    live.viewing_search(caller, SESSION, viewing.id, "保温四十").await?;
    let search = began.elapsed().as_secs_f64();
    println!("| {}, {how} | {} | {} | {first:.2} | {each:.0} | {search:.2} |", version.name, viewing.pages.len(), version.size);
    live.end_viewing(SESSION, viewing.id);
    Ok(())
}
