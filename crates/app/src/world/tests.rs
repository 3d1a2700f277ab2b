//! The read model is a function of what was committed: neither the order in which records come nor the
//! cutting into parts shows in it.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use jingui_model::{Data, Instant};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{catalog, world::layout::Post};

fn empty() -> World {
    static SHIPPED: LazyLock<(Arc<Catalog>, Arc<Authority>)> = LazyLock::new(|| {
        let loaded = catalog::load(Path::new("/nonexistent")).unwrap();
        (Arc::new(loaded.catalog), Arc::new(loaded.authority))
    });
    let (catalog, authority) = SHIPPED.clone();
    let scheme = Arc::new(catalog.schemes["three"].clone());
    World::new(catalog, authority, scheme, Zone::default())
}

/// Several registers, with records that an undone import took back among them.
fn record(n: u8, seed: u16) -> Record {
    let id = Id::from_bytes([n; 16]);
    let pick = |count: u16| seed % count;
    let (kind, fields) = match pick(5) {
        0 => ("department", json!({ "name": format!("第{n}事业部"), "code": format!("D{n}") })),
        1 => ("account", json!({ "login": format!("who{n}"), "person": Id::from_bytes([1; 16]) })),
        _ => (
            "secret",
            json!({
                "name": format!("{}{}", ["风电轴承热处理", "Wind bearing", "ＣＡＤ 三维"][usize::from(pick(3))], seed),
                "grade": (["core", "important", "general"][usize::from(pick(3))]),
                "department": Id::from_bytes([(seed % 3) as u8; 16]),
                "circle_persons": [Id::from_bytes([(seed % 7) as u8; 16])],
                "points": [{ "name": "温度", "content": format!("{seed} ℃") }],
            }),
        ),
    };
    let data: Data = serde_json::from_value(fields).unwrap();
    let state = if pick(11) == 0 { REMOVED } else { ["draft", "effective"][usize::from(pick(2))] };
    let moment = Instant::from_micros(i64::from(seed));
    Record {
        id,
        kind: kind.to_owned(),
        number: Some(format!("SM-{seed:04}")),
        state: state.to_owned(),
        version: 1,
        created: moment,
        creator: Id::from_bytes([2; 16]),
        updated: moment,
        data,
        pending: None,
        acknowledged: BTreeMap::new(),
        batch: (pick(2) == 0).then(|| Id::from_bytes([9; 16])),
    }
}

fn put(world: &mut World, records: &[Record]) {
    for record in records {
        world.put(record, serde_json::to_vec(record).unwrap().into()).unwrap();
    }
}

/// Everything that can be asked of a world, with records named by what `name` makes of them.
fn told<K: Ord + std::fmt::Debug>(world: &World, name: impl Fn(u32, Id) -> K) -> String {
    let mut out = String::new();
    for table in world.tables() {
        let names = |rows: &roaring::RoaringBitmap| {
            let mut all: Vec<K> = rows.iter().map(|r| name(r, table.row(r).unwrap().id)).collect();
            all.sort();
            all
        };
        let mut rows: Vec<_> = names(table.live()).into_iter().zip(table.live()).map(|(k, _)| (k, String::new())).collect();
        for row in table.live() {
            let key = name(row, table.row(row).unwrap().id);
            let keys: Vec<u128> = (0..table.layout.sorts.len()).map(|c| table.sort_keys(c)[row as usize]).collect();
            let slot = rows.iter_mut().find(|(k, _)| *k == key).unwrap();
            slot.1 = format!("{:?} {keys:?}", table.row(row).unwrap());
        }
        let protected: Vec<_> = (0..4).map(|p| names(table.protected(p).unwrap())).collect();
        let fields = (0..table.kind.fields.len()).map(|f| Post::Field(u16::try_from(f).unwrap()));
        let posts = [Post::State, Post::Creator, Post::Knows, Post::About, Post::Batch, Post::Asked, Post::Todo, Post::Confirm];
        let lists: Vec<BTreeMap<&str, Vec<K>>> =
            posts.into_iter().chain(fields).map(|post| table.values(post).map(|(v, rows)| (v, names(rows))).collect()).collect();
        let found: Vec<_> = ["轴承", "wind", "cad 三维", "7 ℃", "1", "温"].map(|q| names(&table.search(q).0)).into();
        out += &format!("{}: {rows:#?} {protected:?} {lists:#?} {found:?}\n", table.kind.kind);
    }
    let mut index: Vec<_> = world.index.iter().map(|(id, (kind, row))| (*id, *kind, name(*row, *id))).collect();
    index.sort();
    let logins: BTreeMap<_, _> = world.logins.iter().collect();
    format!("{out} {index:?} {logins:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Loading in parts gives the same world, to the number of each row, as putting in one after the other.
    #[test]
    fn parts_joined_are_the_world_built_one_by_one(seeds in prop::collection::vec(any::<u16>(), 1..60), cuts in prop::collection::vec(0_usize..60, 0..4)) {
        let records: Vec<Record> = seeds.iter().enumerate().map(|(n, seed)| record(n as u8, *seed)).collect();
        let mut whole = empty();
        put(&mut whole, &records);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(records.len())).chain([0, records.len()]).collect();
        cuts.sort_unstable();
        let mut joined = empty();
        for cut in cuts.windows(2) {
            let mut part = empty();
            put(&mut part, &records[cut[0]..cut[1]]);
            joined.absorb(part);
        }
        prop_assert_eq!(told(&joined, |row, id| (row, id)), told(&whole, |row, id| (row, id)));
        // And it goes on living: a change finds the former row, wherever it came from.
        let changed: Vec<Record> = records.iter().filter(|r| r.state != REMOVED).map(|r| Record { version: 2, ..r.clone() }).collect();
        put(&mut joined, &changed);
        put(&mut whole, &changed);
        prop_assert_eq!(told(&joined, |row, id| (row, id)), told(&whole, |row, id| (row, id)));
    }

    /// The order in which records come shows in the numbers of rows only.
    #[test]
    fn the_order_of_loading_does_not_matter(shuffled in prop::collection::vec(any::<u16>(), 1..40).prop_flat_map(|seeds| {
        let records: Vec<Record> = seeds.iter().enumerate().map(|(n, seed)| record(n as u8, *seed)).collect();
        (Just(records.clone()), Just(records).prop_shuffle())
    })) {
        let (mut one, mut other) = (empty(), empty());
        put(&mut one, &shuffled.0);
        put(&mut other, &shuffled.1);
        prop_assert_eq!(told(&one, |_, id| id), told(&other, |_, id| id));
    }
}
