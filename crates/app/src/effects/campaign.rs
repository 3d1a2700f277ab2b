//! What follows in an identification campaign (B 4.1.1): lists for the departments, candidates that
//! belong to them, and the entries in the register at its end.

use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Data, Problem};
use serde_json::{Value, json};

use super::{Doing, differing, fields, target};

/// What a candidate brings into the register.
const CARRIED: &[&str] = &[
    "name",
    "category",
    "category_internet",
    "summary",
    "points",
    "department",
    "responsible",
    "carrier_forms",
    "storage",
    "remark",
    "exclusion",
    "not_public_basis",
    "value_note",
    "value_amount",
    "development_cost",
    "value_score",
    "grade",
    "grading_basis",
    "circle_posts",
    "circle_persons",
    "term",
    "declassification_condition",
    "approver",
    "classified_on",
];

/// One list for each department that takes part (step 1).
pub(super) async fn open_lists(doing: &Doing<'_>) -> Result<(), Problem> {
    let commands = {
        let world = doing.live.world.read();
        let (campaign, lists) = (&doing.record, world.table("campaign_list")?);
        let mut present = vec![];
        for row in world.pointing("campaign_list", "campaign", campaign.id).iter().filter_map(|r| lists.row(r)) {
            present.extend(ids(row.record()?.data.get("department")));
        }
        let title = campaign.data.get("name").and_then(Value::as_str).unwrap_or_default();
        let wanted = ids(campaign.data.get("departments"));
        let missing = wanted.into_iter().filter(|d| !present.contains(d));
        missing
            .map(|department| {
                let name: String = format!("{title} · {}", world.title(department).unwrap_or_default()).chars().take(120).collect();
                let mut data = Data::from([
                    ("name".to_owned(), json!(name)),
                    ("campaign".to_owned(), json!(campaign.id)),
                    ("department".to_owned(), json!(department)),
                ]);
                data.extend(campaign.data.get("self_review_due").map(|d| ("due".to_owned(), d.clone())));
                doing.create(department, "campaign_list", data)
            })
            .collect()
    };
    doing.all(commands).await
}

/// A new candidate gets campaign, department and reviewers of its list; when a campaign goes on to
/// cross-review, the reviewers named by then are given to all its candidates (step 2).
pub(super) async fn copy_campaign(doing: &Doing<'_>) -> Result<(), Problem> {
    let mut units = vec![];
    {
        let world = doing.live.world.read();
        if doing.record.kind == "campaign" {
            for state in ["draft", "listed"] {
                for candidate in world.pointing_in("candidate", "campaign", doing.record.id, &[state])? {
                    let reviewers = doing.record.data.get("reviewers").cloned().unwrap_or_default();
                    let data = differing(&candidate, Data::from([("reviewers".to_owned(), reviewers)]));
                    if !data.is_empty() {
                        units.push(vec![doing.on(candidate.id, "candidate", candidate.id, "edit", data)]);
                    }
                }
            }
        } else {
            let list = target(&world, &doing.record, "list")?;
            let campaign = target(&world, &list, "campaign")?;
            let mut data = fields(&list, &["campaign", "department"]);
            data.extend(fields(&campaign, &["reviewers"]));
            let data = differing(&doing.record, data);
            if !data.is_empty() {
                units.push(vec![doing.on("copy", &doing.record.kind, doing.record.id, "edit", data)]);
            }
        }
    }
    doing.units(units).await
}

/// All candidates of a list in one state take one step: handed in with it, or sent back with it.
pub(super) async fn move_candidates(doing: &Doing<'_>, from: &str, step: &str) -> Result<(), Problem> {
    let candidates = doing.live.world.read().pointing_in("candidate", "list", doing.record.id, &[from])?;
    // The list may have gone on since: a step that no longer fits it is not taken.
    let fits = if step == "list" { doing.record.state == "submitted" } else { doing.record.state == "returned" };
    let units = candidates.iter().filter(|_| fits).map(|c| vec![doing.on(c.id, "candidate", c.id, step, Data::new())]).collect();
    doing.units(units).await
}

/// Each approved candidate becomes a secret in force, once; both know of each other (step 5).
pub(super) async fn register_outcome(doing: &Doing<'_>) -> Result<(), Problem> {
    let approved = doing.live.world.read().pointing_in("candidate", "campaign", doing.record.id, &["approved"])?;
    let units = approved.iter().filter(|c| !c.data.contains_key("secret")).map(|c| outcome(doing, c)).collect();
    doing.units(units).await
}

fn outcome(doing: &Doing<'_>, candidate: &Record) -> Vec<crate::pipeline::Command> {
    let mut data = fields(candidate, CARRIED);
    data.insert("origin".to_owned(), json!(candidate.id));
    let mut make = doing.create(format!("{}/make", candidate.id), "secret", data);
    // The register names as author whoever found it.
    make.caller.view.person = Some(candidate.creator).filter(|c| *c != jingui_model::Id::nil());
    let secret = make.new_id.unwrap_or_else(jingui_model::Id::nil);
    vec![
        make,
        doing.on(format!("{}/force", candidate.id), "secret", secret, "register", Data::new()),
        doing.on(
            format!("{}/link", candidate.id),
            "candidate",
            candidate.id,
            "register",
            Data::from([("secret".to_owned(), json!(secret))]),
        ),
    ]
}
