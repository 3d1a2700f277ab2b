//! Saved views: a list with its filters and order that a person keeps for oneself.
//!
//! They are records like everything else, made by the program in the person's name; nobody else sees them.

use std::sync::Arc;

use jingui_kinds::record::Record;
use jingui_model::{Data, Id, Problem};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    identity::{account::acting, session::text},
    live::Live,
    pipeline::Command,
    world::{caller::Caller, layout::Post},
};

const KIND: &str = "saved_view";
/// Most views that a person keeps.
const MOST: u64 = 100;

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = SavedView))]
pub struct View {
    /// For removing it.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The kind whose list it is.
    pub kind: String,
    /// The query string of the list.
    pub query: String,
}

impl View {
    fn of(record: &Record) -> Self {
        let get = |field: &str| text(record, field).unwrap_or_default();
        Self { id: record.id, name: get("name"), kind: get("target"), query: get("query") }
    }
}

impl Live {
    /// The caller's views, by name.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`.
    pub fn views(&self, caller: &Caller) -> Result<Vec<View>, Problem> {
        let Some(me) = caller.view.person else { return Ok(vec![]) };
        let world = self.world.read();
        let table = world.table(KIND)?;
        let rows = world.pointing(KIND, "owner", me) & table.posted_any(Post::State, ["active"]);
        let mut views: Vec<View> =
            rows.iter().filter_map(|r| table.row(r)).map(|r| r.record().map(|r| View::of(&r))).collect::<Result<_, _>>()?;
        views.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
        Ok(views)
    }

    /// Keeps a view.
    ///
    /// # Errors
    /// `kind.unknown`; `view.person` for a caller who is no person; `view.too_many`; `field.*`.
    pub async fn save_view(self: &Arc<Self>, caller: &Caller, kind: &str, name: &str, query: &str) -> Result<View, Problem> {
        let Some(me) = caller.view.person.filter(|_| caller.actor.scopes.is_none()) else { return Err(Problem::denied("view.person")) };
        {
            let world = self.world.read();
            world.kind(kind)?;
            let kept = world.pointing(KIND, "owner", me).intersection_len(&world.table(KIND)?.posted_any(Post::State, ["active"]));
            if kept >= MOST {
                return Err(Problem::conflict("view.too_many").arg("max", MOST));
            }
        }
        let data = Data::from([
            ("name".to_owned(), json!(name)),
            ("owner".to_owned(), json!(me)),
            ("target".to_owned(), json!(kind)),
            ("query".to_owned(), if query.is_empty() { Value::Null } else { json!(query) }),
        ]);
        let outcome = self.pipeline.change(Command::create(&acting(caller), KIND, data)).await?;
        Ok(View::of(&outcome.record))
    }

    /// Gives a view up.
    ///
    /// # Errors
    /// `record.missing` when it is not the caller's.
    pub async fn remove_view(self: &Arc<Self>, caller: &Caller, id: Id) -> Result<(), Problem> {
        let mine = self.views(caller)?.iter().any(|v| v.id == id);
        if !mine {
            return Err(Problem::missing("record.missing"));
        }
        self.pipeline.change(Command::on(&acting(caller), KIND, id, "remove", Data::new())).await.map(|_| ())
    }
}
