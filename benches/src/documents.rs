//! Documents: the forms of the sample company's secrets, each as .docx and as PDF, through the use case with its note in the ledger.

use std::{path::Path, time::Instant};

use jingui_app::document::Format;
use jingui_model::{Id, Lang, Problem};

use crate::company::{company, office};

const FORMS: [&str; 3] = ["secret_register_form", "classification_approval", "grading_sheet"];

/// Makes `count` documents, half of them each way.
///
/// # Errors
/// Whatever fails.
pub fn run(dir: &str, count: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(measure(Path::new(dir), count)).map_err(|p| p.to_string())
}

async fn measure(dir: &Path, count: u64) -> Result<(), Problem> {
    let (node, live) = company(dir, Some("bearing")).await?;
    let caller = office(&live)?;
    let secrets: Vec<Id> = {
        let world = live.world.read();
        let table = world.table("secret")?;
        table.live().iter().filter_map(|row| table.row(row)).map(|row| row.id).collect()
    };
    println!("| documents | seconds | bytes |");
    println!("|---|---|---|");
    let mut all = 0.0;
    for format in [Format::Docx, Format::Pdf] {
        let (started, mut bytes, half) = (Instant::now(), 0, count / 2);
        for (n, id) in (0..half).zip(secrets.iter().cycle()) {
            let form = FORMS.get(usize::try_from(n).unwrap_or(0) % FORMS.len()).copied();
            let (file, _) = live.document(&caller, "secret", *id, form, format, Lang::Zh).await?;
            bytes += file.bytes.len();
        }
        let took = started.elapsed().as_secs_f64();
        all += took;
        println!("| {half} {} | {took:.2} | {bytes} |", format.name());
    }
    println!("| {count} together | {all:.2} | wanted: ≤ 60 s for 500 |");
    node.stop().await;
    Ok(())
}
