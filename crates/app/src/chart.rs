//! The organisation on one page: committee, office, and the tree of departments with heads, officers
//! and posts (B 3.1: three layers; B 3.1.3: one post, one duty; H 5.1).
//!
//! Committee and office are who holds these roles on an enabled account; everything else stands in
//! the registers of departments, posts and persons. Only what the caller may read is shown.

use jingui_kinds::people::ids;
use jingui_model::{Data, Id, Problem};
use jingui_policy::{Action, Role};
use roaring::RoaringBitmap;
use serde::Serialize;
use serde_json::Value;

use crate::{
    live::Live,
    world::{World, caller::Caller, layout::Post, table::Table},
};

/// A person on the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChartPerson {
    /// The person.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Their department.
    pub department: Option<Id>,
    /// Their position in the company, as registered.
    pub position: Option<String>,
    /// On the committee: is it the chair?
    pub chair: bool,
}

/// A post on the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChartPost {
    /// The post.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Who holds it.
    pub holders: Vec<ChartPerson>,
    /// May it know secrets of some grade?
    pub graded: bool,
    /// Its duty of confidentiality.
    pub duty: Option<String>,
}

/// A department on the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChartDepartment {
    /// The department.
    pub id: Id,
    /// Name.
    pub name: String,
    /// The department above it.
    pub parent: Option<Id>,
    /// Heads.
    pub heads: Vec<ChartPerson>,
    /// Confidentiality officers.
    pub officers: Vec<ChartPerson>,
    /// Its posts.
    pub posts: Vec<ChartPost>,
    /// How many active persons belong to it.
    pub people: u64,
}

/// The whole chart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Chart {
    /// The committee, its chair first.
    pub committee: Vec<ChartPerson>,
    /// The confidentiality office.
    pub office: Vec<ChartPerson>,
    /// All departments in use, by name.
    pub departments: Vec<ChartDepartment>,
}

impl Live {
    /// The organisation chart, as far as the caller may read it.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn chart(&self, caller: &Caller) -> Result<Chart, Problem> {
        let world = self.world.read();
        let (departments, persons, posts) = (world.table("department")?, world.table("person")?, world.table("post")?);
        let seen = Seen { world: &world, active: in_use(&world, caller, persons), persons };
        let open_posts = in_use(&world, caller, posts);
        let mut chart = Chart::default();
        for role in [Role::CommitteeChair, Role::Committee] {
            for mut person in seen.with_role(role)? {
                if !chart.committee.iter().any(|p| p.id == person.id) {
                    person.chair = role == Role::CommitteeChair;
                    chart.committee.push(person);
                }
            }
        }
        chart.office = seen.with_role(Role::Office)?;
        for row in in_use(&world, caller, departments).iter().filter_map(|r| departments.row(r)) {
            let data = row.record()?.data;
            let post_rows = world.pointing("post", "department", row.id) & &open_posts;
            let mut found = vec![];
            for post in post_rows.iter().filter_map(|r| posts.row(r)) {
                let own = post.record()?.data;
                found.push(ChartPost {
                    id: post.id,
                    name: post.title.to_string(),
                    holders: seen.rows(&world.pointing("person", "posts", post.id))?,
                    graded: text(&own, "clearance").is_some(),
                    duty: text(&own, "duty"),
                });
            }
            found.sort_by(|a, b| a.name.cmp(&b.name));
            chart.departments.push(ChartDepartment {
                id: row.id,
                name: row.title.to_string(),
                parent: ids(data.get("parent")).first().copied(),
                heads: seen.named(&ids(data.get("heads")))?,
                officers: seen.named(&ids(data.get("officers")))?,
                posts: found,
                people: world.pointing("person", "department", row.id).intersection_len(&seen.active),
            });
        }
        chart.departments.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(chart)
    }
}

/// Rows in the kind's first state (in use, working here) that the caller may read.
fn in_use(world: &World, caller: &Caller, table: &Table) -> RoaringBitmap {
    let first = table.kind.states.first().map(|s| s.name.as_str());
    table.posted_any(Post::State, first) & world.visible(caller, table, Action::Read)
}

struct Seen<'a> {
    world: &'a World,
    persons: &'a Table,
    active: RoaringBitmap,
}

impl Seen<'_> {
    fn rows(&self, rows: &RoaringBitmap) -> Result<Vec<ChartPerson>, Problem> {
        let mut out = vec![];
        for row in (rows & &self.active).iter().filter_map(|r| self.persons.row(r)) {
            let data = row.record()?.data;
            out.push(ChartPerson {
                id: row.id,
                name: row.title.to_string(),
                department: ids(data.get("department")).first().copied(),
                position: text(&data, "position"),
                chair: false,
            });
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(out)
    }

    fn named(&self, persons: &[Id]) -> Result<Vec<ChartPerson>, Problem> {
        self.rows(
            &persons.iter().filter_map(|id| self.world.row(*id)).filter(|(t, ..)| t.kind.kind == "person").map(|(_, r, _)| r).collect(),
        )
    }

    fn with_role(&self, role: Role) -> Result<Vec<ChartPerson>, Problem> {
        let accounts = self.world.table("account")?;
        let Some(roles) = accounts.field_post("roles") else { return Ok(vec![]) };
        let rows = accounts.posted_any(roles, [role.code()]) & accounts.posted_any(Post::State, ["enabled"]);
        let mut persons = vec![];
        for row in rows.iter().filter_map(|r| accounts.row(r)) {
            persons.extend(ids(row.record()?.data.get("person")));
        }
        self.named(&persons)
    }
}

fn text(data: &Data, field: &str) -> Option<String> {
    data.get(field).and_then(Value::as_str).filter(|s| !s.trim().is_empty()).map(str::to_owned)
}
