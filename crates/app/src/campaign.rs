//! How far an identification campaign is: its five steps and the departments' lists (B 4.1.1).

use std::collections::BTreeMap;

use jingui_kinds::people::ids;
use jingui_model::{Id, Problem, Text};
use jingui_policy::Action;
use roaring::RoaringBitmap;
use serde::Serialize;

use crate::{
    live::Live,
    refusal,
    world::{World, caller::Caller, layout::Post, table::Table},
};

/// One of the five steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CampaignStep))]
pub struct Step {
    /// The campaign's state while the step goes on.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// Lists (step 1) or candidates that are through.
    pub done: u64,
    /// Lists or candidates in all.
    pub total: u64,
}

/// A department's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CampaignPart))]
pub struct Part {
    /// The department.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Its list.
    pub list_id: Id,
    /// The list's state.
    pub state: String,
    /// Candidates, without those taken off the list before it was handed in.
    pub items: u64,
    /// Candidates found to be public or otherwise excluded.
    pub excluded: u64,
    /// Candidates that the cross-review kept.
    pub confirmed: u64,
    /// Candidates that the committee approved.
    pub approved: u64,
}

/// The progress of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CampaignProgress {
    /// The campaign's state.
    pub step: String,
    /// The five steps.
    pub steps: Vec<Step>,
    /// The departments whose lists the caller may read, by name.
    pub departments: Vec<Part>,
    /// Departments that are counted in the steps and not named here.
    pub hidden: u64,
}

/// Candidates by how far they came.
#[derive(Debug, Clone, Default)]
struct Came {
    states: BTreeMap<String, u64>,
    /// Dropped before anyone reviewed them: never on the list.
    taken_off: u64,
}

impl Came {
    fn of(table: &Table, rows: &RoaringBitmap) -> Result<Self, Problem> {
        let dropped = table.posted_any(Post::State, ["dropped"]) & rows;
        let mut taken_off = 0;
        for row in dropped.iter().filter_map(|r| table.row(r)) {
            taken_off += u64::from(!row.record()?.data.contains_key("reviewed_on"));
        }
        Ok(Self { states: crate::overview::by_state(table, rows), taken_off })
    }

    fn sum(&self, states: &[&str]) -> u64 {
        states.iter().filter_map(|s| self.states.get(*s)).sum()
    }

    fn items(&self) -> u64 {
        self.states.values().sum::<u64>() - self.taken_off
    }

    fn excluded(&self) -> u64 {
        self.sum(&["excluded"])
    }

    fn approved(&self) -> u64 {
        self.sum(&["approved", "registered"])
    }

    fn dropped(&self) -> u64 {
        self.sum(&["dropped"]) - self.taken_off
    }

    /// Kept by the cross-review and not found public afterwards, wherever they are now.
    fn confirmed(&self) -> u64 {
        self.sum(&["kept", "checked", "valued", "proposed", "rejected", "approved", "registered"]) + self.dropped()
    }
}

impl Live {
    /// How far a campaign is. Who may read the campaign sees the steps; departments are named to those who may read their lists.
    ///
    /// # Errors
    /// `record.missing`, `policy.denied`, `world.document`.
    pub fn campaign_progress(&self, caller: &Caller, id: Id) -> Result<CampaignProgress, Problem> {
        let world = self.world.read();
        let campaign = world.record(id)?;
        let kind = world.kind("campaign")?;
        let target = world.target(caller, kind, &campaign);
        let ruling = world.rule(caller, Action::Read, &target);
        if campaign.kind != "campaign" || (!ruling.allowed && !world.rule(caller, Action::Notice, &target).allowed) {
            return Err(Problem::missing("record.missing"));
        }
        if !ruling.allowed {
            return Err(refusal::denied(Action::Read, &ruling));
        }
        let (lists, candidates) = (world.table("campaign_list")?, world.table("candidate")?);
        let own_lists = world.pointing("campaign_list", "campaign", id);
        // A candidate belongs through its list from the moment it is made, before anything is copied to it.
        let mut all = world.pointing("candidate", "campaign", id);
        for row in own_lists.iter().filter_map(|r| lists.row(r)) {
            all |= world.pointing("candidate", "list", row.id);
        }
        let handed_in = lists.posted_any(Post::State, ["submitted"]).intersection_len(&own_lists);
        let came = Came::of(candidates, &all)?;
        let label = |state: &str| kind.state(state).map(|s| s.label.clone()).unwrap_or_default();
        let reviewed = came.items() - came.sum(&["draft", "listed"]);
        let (kept, confirmed) = (came.sum(&["kept"]), came.confirmed());
        let counts = [
            ("self_review", handed_in, own_lists.len()),
            ("cross_review", reviewed, came.items()),
            ("novelty", confirmed - kept, confirmed),
            ("valuation", confirmed - kept - came.sum(&["checked"]), confirmed),
            ("approval", came.approved() + came.dropped(), confirmed),
        ];
        let steps = counts.into_iter().map(|(code, done, total)| Step { code: code.to_owned(), label: label(code), done, total }).collect();
        let seen = world.visible(caller, lists, Action::Read) & &own_lists;
        let departments = parts(&world, lists, candidates, &seen)?;
        Ok(CampaignProgress { step: campaign.state, steps, hidden: own_lists.len() - seen.len(), departments })
    }
}

fn parts(world: &World, lists: &Table, candidates: &Table, seen: &RoaringBitmap) -> Result<Vec<Part>, Problem> {
    let mut parts = vec![];
    for row in seen.iter().filter_map(|r| lists.row(r)) {
        let Some(department) = ids(row.record()?.data.get("department")).first().copied() else { continue };
        let came = Came::of(candidates, &world.pointing("candidate", "list", row.id))?;
        parts.push(Part {
            id: department,
            name: world.title(department).unwrap_or_default().to_owned(),
            list_id: row.id,
            state: row.state.to_string(),
            items: came.items(),
            excluded: came.excluded(),
            confirmed: came.confirmed(),
            approved: came.approved(),
        });
    }
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(parts)
}
