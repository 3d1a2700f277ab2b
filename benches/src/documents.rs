//! Documents: the forms of the sample company's secrets, each as .docx and as PDF, through the use case with its note in the ledger.

use std::{path::Path, sync::Arc, time::Instant};

use jingui_app::{
    document::Format,
    node::{Node, NodeConfig},
    setup::{FirstPerson, SetupRequest},
    world::caller::Origin,
};
use jingui_model::{Id, Lang, Problem, clock::SystemClock};
use jingui_vault::{Cost, SystemRng};

const FORMS: [&str; 3] = ["secret_register_form", "classification_approval", "grading_sheet"];
const PASSWORD: &str = "Bench-company-only-1";

/// Makes `count` documents, half of them each way.
///
/// # Errors
/// Whatever fails.
pub fn run(dir: &str, count: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(measure(Path::new(dir), count)).map_err(|p| p.to_string())
}

async fn measure(dir: &Path, count: u64) -> Result<(), Problem> {
    let config = NodeConfig { data: dir.to_owned(), database: None, objects: None, ledger: None, key_file: None, cost: Cost::Test };
    let node = Node::open(config, Arc::new(SystemClock), Arc::new(SystemRng)).await?;
    let first = |name: &str, login: &str| FirstPerson { name: name.to_owned(), login: login.to_owned(), password: PASSWORD.to_owned() };
    node.setup(&SetupRequest {
        company: "示例轴承有限公司".to_owned(),
        zone_minutes: 480,
        scheme: "three".to_owned(),
        system: first("系统员", "system"),
        security: first("安全员", "security"),
        auditor: first("审计员", "auditor"),
        office: first("保密专员", "office"),
        passphrase: Some("bench passphrase only".to_owned()),
        key_file: false,
        sample: Some("bearing".to_owned()),
    })
    .await?;
    let live = node.live()?;
    let (caller, secrets) = {
        let world = live.world.read();
        let account = world.account("office").ok_or_else(|| Problem::internal("node.task"))?;
        let table = world.table("secret")?;
        let secrets: Vec<Id> = table.live().iter().filter_map(|row| table.row(row)).map(|row| row.id).collect();
        (world.caller(account, Origin::default(), None)?, secrets)
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
