//! Sample companies from `catalog/samples`: filled in through the pipeline like anything else, so
//! that lists, approvals, time lines and the ledger show what real use would leave behind.
//!
//! `@key` names another item; `@day+14` and `@day-3` are days counted from the day of set-up, so that what is
//! about to expire or overdue in the file is so whenever the sample is tried.

use std::{collections::BTreeMap, sync::Arc};

use jingui_model::{Data, Day, Id, Problem};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    embed,
    identity::account::first_password,
    live::Live,
    pipeline::Command,
    setup::{SignIn, account_data},
    world::caller::{Caller, Origin},
};

/// The grade scheme that samples are written in.
pub const SCHEME: &str = "three";

/// The lists of a sample file and the kinds that they fill, in this order.
const LISTS: [(&str, &str); 7] = [
    ("departments", "department"),
    ("posts", "post"),
    ("persons", "person"),
    ("secrets", "secret"),
    ("rules", "rule"),
    ("corrective_actions", "corrective_action"),
    ("campaigns", "campaign"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    key: String,
    data: Data,
    #[serde(default)]
    then: Vec<Then>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Then {
    act: String,
    by: String,
    #[serde(default)]
    input: Data,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountItem {
    #[expect(dead_code, reason = "named in the file for its reader")]
    key: String,
    person: String,
    login: String,
    roles: Vec<String>,
}

/// The samples that ship.
#[must_use]
pub fn names() -> Vec<String> {
    embed::below("samples/")
        .into_iter()
        .filter_map(|(path, _)| Some(path.strip_prefix("samples/")?.strip_suffix(".yaml")?.to_owned()))
        .collect()
}

/// Is there a sample of this name?
#[must_use]
pub fn exists(name: &str) -> bool {
    names().iter().any(|n| n == name)
}

/// Fills a sample company in and gives the sign-ins of its people.
///
/// # Errors
/// `sample.unknown`; `sample.malformed` names the key; whatever its acts are refused with.
pub async fn fill(live: &Arc<Live>, name: &str) -> Result<Vec<SignIn>, Problem> {
    let (_, text) = embed::below(&format!("samples/{name}.yaml"))
        .into_iter()
        .next()
        .ok_or_else(|| Problem::invalid("sample.unknown").arg("name", name))?;
    let malformed = |e: &dyn std::fmt::Display| Problem::internal("sample.malformed").arg("key", name).detail(e);
    let mut lists: BTreeMap<String, Value> = serde_saphyr::from_str(&text).map_err(|e| malformed(&e))?;
    let accounts: Vec<AccountItem> = serde_json::from_value(lists.remove("accounts").unwrap_or(json!([]))).map_err(|e| malformed(&e))?;
    let mut items: Vec<(&str, Item)> = vec![];
    for (list, kind) in LISTS {
        let found: Vec<Item> = serde_json::from_value(lists.remove(list).unwrap_or(json!([]))).map_err(|e| malformed(&e))?;
        items.extend(found.into_iter().map(|i| (kind, i)));
    }
    let ids: BTreeMap<String, Id> = items.iter().map(|(_, i)| (i.key.clone(), Id::new(&*live.clock, &*live.rng))).collect();
    make(live, &items, &ids).await?;
    let sign_ins = open_accounts(live, &accounts, &ids).await?;
    for (kind, item) in &items {
        for then in &item.then {
            act(live, kind, item, then, &ids).await.map_err(|p| p.arg("key", &item.key).arg("act", &then.act))?;
        }
    }
    Ok(sign_ins)
}

/// Makes all records in one transaction; fields that point forward follow as edits.
async fn make(live: &Arc<Live>, items: &[(&str, Item)], ids: &BTreeMap<String, Id>) -> Result<(), Problem> {
    let (system, today) = (Caller::system(), live.today());
    let (mut commands, mut later) = (vec![], vec![]);
    let mut made: Vec<&str> = vec![];
    for (kind, item) in items {
        let (mut now, mut after) = (Data::new(), Data::new());
        for (field, value) in &item.data {
            let mut forward = false;
            let value = resolve(value, ids, today, &item.key, &mut |key| forward |= !made.contains(&key))?;
            if forward {
                after.insert(field.clone(), value)
            } else {
                now.insert(field.clone(), value)
            };
        }
        let id = id_of(&item.key, ids, &item.key)?;
        let mut command = Command::create(&system, kind, now);
        command.new_id = Some(id);
        // A secret or request is the work of whoever first acts on it.
        if let Some(by) = item.then.first().filter(|t| t.by != "system" && kind != &"rule").map(|t| t.by.as_str()) {
            command.caller.actor.id = id_of(by.trim_start_matches('@'), ids, &item.key)?;
            command.caller.view.person = Some(command.caller.actor.id);
        }
        commands.push(command);
        if !after.is_empty() {
            later.push(Command::on(&system, kind, id, "edit", after));
        }
        made.push(&item.key);
    }
    live.pipeline.group(commands).await.map_err(|p| name_position(p, items))?;
    live.pipeline.group(later).await.map(|_| ())
}

fn name_position(problem: Problem, items: &[(&str, Item)]) -> Problem {
    let at = problem.args().iter().find(|(n, _)| n == "position").and_then(|(_, v)| v.parse::<usize>().ok());
    match at.and_then(|i| items.get(i)) {
        Some((_, item)) => problem.arg("key", &item.key),
        None => problem,
    }
}

async fn open_accounts(live: &Arc<Live>, accounts: &[AccountItem], ids: &BTreeMap<String, Id>) -> Result<Vec<SignIn>, Problem> {
    let system = Caller::system();
    let (mut commands, mut sign_ins) = (vec![], vec![]);
    for account in accounts {
        let person = id_of(account.person.trim_start_matches('@'), ids, &account.login)?;
        let password = first_password(&*live.rng);
        let digest = live.digest(&password, &account.login).await?;
        commands.push(Command::create(&system, "account", account_data(person, &account.login, &account.roles, &digest, true)));
        let name = live.world.read().title(person).unwrap_or_default().to_owned();
        sign_ins.push(SignIn { name, login: account.login.clone(), password: Some(password), roles: account.roles.clone() });
    }
    live.pipeline.group(commands).await?;
    Ok(sign_ins)
}

async fn act(live: &Arc<Live>, kind: &str, item: &Item, then: &Then, ids: &BTreeMap<String, Id>) -> Result<(), Problem> {
    let caller = if then.by == "system" {
        Caller::system()
    } else {
        let person = id_of(then.by.trim_start_matches('@'), ids, &item.key)?;
        let origin = Origin { door: "sample".to_owned(), ..Origin::default() };
        live.world.read().person_caller(person, origin)?
    };
    let (mut input, today) = (Data::new(), live.today());
    for (field, value) in &then.input {
        input.insert(field.clone(), resolve(value, ids, today, &item.key, &mut |_| {})?);
    }
    if let Some(note) = &then.note {
        input.insert("note".to_owned(), json!(note));
    }
    live.pipeline.change(Command::on(&caller, kind, id_of(&item.key, ids, &item.key)?, &then.act, input)).await.map(|_| ())
}

fn id_of(key: &str, ids: &BTreeMap<String, Id>, at: &str) -> Result<Id, Problem> {
    ids.get(key).copied().ok_or_else(|| Problem::internal("sample.malformed").arg("key", at).detail(format!("no item {key}")))
}

/// Replaces `@key` by identifiers and `@day±N` by days, at any depth.
fn resolve(value: &Value, ids: &BTreeMap<String, Id>, today: Day, at: &str, seen: &mut dyn FnMut(&str)) -> Result<Value, Problem> {
    Ok(match value {
        Value::String(s) => match s.strip_prefix('@') {
            Some(key) if key.strip_prefix("day").is_some_and(|n| n.starts_with(['+', '-'])) => {
                let days =
                    key.trim_start_matches("day").parse().map_err(|e| Problem::internal("sample.malformed").arg("key", at).detail(e))?;
                json!(today.plus_days(days))
            }
            Some(key) => {
                seen(key);
                json!(id_of(key, ids, at)?)
            }
            None => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(|i| resolve(i, ids, today, at, seen)).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(k, v)| Ok((k.clone(), resolve(v, ids, today, at, seen)?))).collect::<Result<_, Problem>>()?)
        }
        other => other.clone(),
    })
}
