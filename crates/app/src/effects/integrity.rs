//! The review of what is held back (H 7.3.3): every sealed file is opened and its content compared with the digest that the ledger
//! committed to. What custodians locked is compared sealed, because nobody is there to open it.

use std::{collections::BTreeMap, io::Read};

use aws_lc_rs::digest::{Context, SHA256};
use jingui_kinds::record::FileVersion;
use jingui_ledger::Entry;
use jingui_model::{Data, Id, Problem};
use jingui_vault::file;
use serde_json::{Value, json};

use super::Doing;
use crate::{
    files,
    ledger::blocking,
    live::Live,
    pipeline::{History, OpenedEvent, open_record},
    preservation,
};

/// Days to put right what a review found.
const DUE: i32 = 30;
/// Findings told one by one.
const MOST: usize = 300;

pub(super) async fn review(doing: &Doing<'_>) -> Result<(), Problem> {
    if doing.record.state != "running" {
        return Ok(());
    }
    let live = doing.live;
    let held = preservation::all_held(&live.world.read())?;
    let (mut checked, mut locked, mut findings) = (0_u64, 0_u64, vec![]);
    for id in &held {
        let row = live.store.record(*id).await?.ok_or_else(|| Problem::missing("record.missing"))?;
        let record = open_record(&live.vault, &row)?.0;
        let committed = committed(live, *id).await?;
        for version in files::versions(&record) {
            checked += 1;
            locked += u64::from(version.lock.is_some());
            if let Some(wrong) = wrong(live, &row.key, *id, &version, committed.get(&version.id)).await? {
                findings.push(json!({ "what": record.number, "file": version.id, "version": version.version, "problem": wrong }));
            }
        }
    }
    let damaged = findings.len();
    findings.truncate(MOST);
    let mut data = Data::from([
        ("records".to_owned(), json!(held.len())),
        ("checked".to_owned(), json!(checked)),
        ("locked".to_owned(), json!(locked)),
        ("damaged".to_owned(), json!(damaged)),
    ]);
    let mut commands = vec![];
    if damaged > 0 {
        data.insert("findings".to_owned(), json!(findings));
        let record = &doing.record;
        let mut work = super::fields(record, &["department", "responsible"]);
        let own = [
            ("name", json!(record.number.clone().unwrap_or_default())),
            ("source", json!("yearly")),
            ("severity", json!("serious")),
            ("found_on", json!(live.today())),
            ("due", json!(live.today().plus_days(DUE))),
        ];
        work.extend(own.map(|(n, v)| (n.to_owned(), v)));
        let command = doing.create("work", "corrective_action", work);
        data.extend(command.new_id.map(|id| ("work".to_owned(), json!(id))));
        commands.push(command);
    }
    commands.push(doing.on("end", &doing.record.kind, doing.record.id, if damaged > 0 { "find" } else { "pass" }, data));
    doing.all(commands).await
}

/// The digests of a record's file versions to which entries of the ledger are committed.
async fn committed(live: &Live, id: Id) -> Result<BTreeMap<Id, String>, Problem> {
    let mut all = BTreeMap::new();
    History::each(live, id, |event, mut opened| {
        let entry = Entry::parse(&event.entry)?;
        opened.fields.retain(|field| entry.opens(field));
        digests(&opened, &mut all);
        Ok(())
    })
    .await?;
    Ok(all)
}

fn digests(opened: &OpenedEvent, all: &mut BTreeMap<Id, String>) {
    for value in opened.changes().values().filter_map(Value::as_array).flatten() {
        let said = |name: &str| value.get(name).and_then(Value::as_str);
        if let (Some(Ok(id)), Some(digest)) = (said("id").map(str::parse), said("sha256")) {
            // The first word on a version is the oldest; events come newest first.
            all.insert(id, digest.to_owned());
        }
    }
}

/// What is wrong with a file, if something is.
async fn wrong(
    live: &Live,
    key: &[u8],
    record: Id,
    version: &FileVersion,
    committed: Option<&String>,
) -> Result<Option<&'static str>, Problem> {
    if committed != Some(&version.sha256) {
        return Ok(Some("unrecorded"));
    }
    let mut object = match live.objects.open_object(&version.object).await {
        Ok(object) => object,
        Err(problem) if problem.class() == jingui_model::Class::Unavailable => return Err(problem),
        Err(_) => return Ok(Some("missing")),
    };
    if version.lock.is_some() {
        let named = version.object.clone();
        let sealed = blocking(move || digest_of(&mut object)).await?;
        return Ok((sealed != named).then_some("damaged"));
    }
    let key = live.vault.record_key(record, key)?.file_key(version.id, &files::wrapped(version)?)?;
    let opened = blocking(move || file::open(&key, &mut object, &mut std::io::sink())).await;
    Ok(match opened {
        Ok(digest) if hex::encode(digest.plain_sha256) == version.sha256 => None,
        Ok(_) => Some("differs"),
        Err(_) => Some("damaged"),
    })
}

/// The name that bytes have in the store.
fn digest_of(object: &mut std::fs::File) -> Result<String, Problem> {
    let mut hasher = Context::new(&SHA256);
    let mut part = vec![0; 1 << 16];
    loop {
        let read = object.read(&mut part).map_err(files::disk)?;
        let Some(bytes) = part.get(..read).filter(|b| !b.is_empty()) else { break };
        hasher.update(bytes);
    }
    Ok(hex::encode(hasher.finish().as_ref()))
}
