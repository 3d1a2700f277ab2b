//! What was counted against what should be there (B 5.2.3): pure, and quick for thousands.

use std::collections::{BTreeMap, BTreeSet};

use jingui_model::Id;
use rustc_hash::{FxHashMap, FxHashSet};

/// A carrier that should be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The carrier.
    pub id: Id,
    /// The zone that the register says it is in.
    pub zone: Option<Id>,
}

/// A code that was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// The carrier behind it; none when the register knows none.
    pub carrier: Option<Id>,
    /// What was read.
    pub code: String,
    /// Where, when the counter said so.
    pub zone: Option<Id>,
}

/// What the count shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Found where it should be.
    pub counted: Vec<Id>,
    /// Not found.
    pub missing: Vec<Id>,
    /// Found in another zone: the carrier, and where it was found.
    pub wrong_place: Vec<(Id, Id)>,
    /// Found, though it belongs to no part of what is counted.
    pub surplus: Vec<Id>,
    /// Codes that belong to no carrier.
    pub unknown: Vec<String>,
}

impl Outcome {
    /// Carriers that were expected and found, wherever.
    #[must_use]
    pub const fn found(&self) -> usize {
        self.counted.len() + self.wrong_place.len()
    }

    /// Is everything where it should be, and nothing else?
    #[must_use]
    pub const fn in_order(&self) -> bool {
        self.missing.is_empty() && self.wrong_place.is_empty() && self.surplus.is_empty() && self.unknown.is_empty()
    }
}

/// Compares. However often a carrier was scanned, it counts once; found in its own zone at least once, it is in its place.
#[must_use]
pub fn reconcile(expected: &[Expected], scanned: &[Scanned]) -> Outcome {
    let mut seen: FxHashMap<Id, BTreeSet<Option<Id>>> = FxHashMap::default();
    let (mut order, mut unknown) = (vec![], BTreeMap::new());
    for scan in scanned {
        match scan.carrier {
            Some(id) => {
                let places = seen.entry(id).or_insert_with(|| {
                    order.push(id);
                    BTreeSet::new()
                });
                places.insert(scan.zone);
            }
            None => {
                unknown.insert(scan.code.clone(), ());
            }
        }
    }
    let mut outcome = Outcome { unknown: unknown.into_keys().collect(), ..Outcome::default() };
    let mut wanted = FxHashSet::default();
    for one in expected.iter().filter(|e| wanted.insert(e.id)) {
        match seen.get(&one.id) {
            None => outcome.missing.push(one.id),
            Some(places) => {
                // A scan without a place, or a register without one, says nothing against it.
                let right = one.zone.is_none() || places.contains(&None) || places.contains(&one.zone);
                match places.iter().flatten().next() {
                    Some(elsewhere) if !right => outcome.wrong_place.push((one.id, *elsewhere)),
                    _ => outcome.counted.push(one.id),
                }
            }
        }
    }
    outcome.surplus = order.into_iter().filter(|id| !wanted.contains(id)).collect();
    outcome
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u32) -> Id {
        Id::from_bytes(u128::from(n).to_be_bytes())
    }

    fn scan(n: u32, zone: Option<u32>) -> Scanned {
        Scanned { carrier: Some(id(n)), code: format!("ZT-{n}"), zone: zone.map(id) }
    }

    #[test]
    fn b_5_2_3_what_is_missing_surplus_unknown_or_elsewhere_is_told() {
        let expected = [1, 2, 3, 4].map(|n| Expected { id: id(n), zone: (n < 4).then(|| id(100)) });
        let stranger = Scanned { carrier: None, code: "??".to_owned(), zone: None };
        let scans =
            [scan(1, Some(100)), scan(1, Some(200)), scan(2, Some(200)), scan(4, Some(200)), scan(9, None), stranger.clone(), stranger];
        let outcome = reconcile(&expected, &scans);
        assert_eq!(outcome.counted, [id(1), id(4)], "in its place once is in its place; no place in the register is any place");
        assert_eq!(outcome.wrong_place, [(id(2), id(200))]);
        assert_eq!(outcome.missing, [id(3)]);
        assert_eq!(outcome.surplus, [id(9)]);
        assert_eq!(outcome.unknown, ["??"]);
        assert!(!outcome.in_order() && outcome.found() == 3);
    }

    #[test]
    fn nothing_expected_and_nothing_found_is_in_order() {
        assert!(reconcile(&[], &[]).in_order());
    }

    proptest! {
        /// Every expected carrier is found or missing, never both; every carrier scanned is found or surplus; the order of scans does not matter.
        #[test]
        fn every_carrier_is_told_once(should in prop::collection::vec((0_u32..40, prop::option::of(100_u32..103)), 0..60),
                                      mut scans in prop::collection::vec((0_u32..60, prop::option::of(100_u32..103)), 0..120)) {
            let expected: Vec<_> = should.iter().map(|(n, z)| Expected { id: id(*n), zone: z.map(id) }).collect();
            let made = |list: &[(u32, Option<u32>)]| list.iter().map(|(n, z)| scan(*n, *z)).collect::<Vec<_>>();
            let outcome = reconcile(&expected, &made(&scans));
            let wanted: BTreeSet<Id> = expected.iter().map(|e| e.id).collect();
            let seen: BTreeSet<Id> = scans.iter().map(|(n, _)| id(*n)).collect();
            prop_assert_eq!(outcome.found() + outcome.missing.len(), wanted.len());
            prop_assert_eq!(outcome.missing.iter().copied().collect::<BTreeSet<_>>(), &wanted - &seen);
            prop_assert_eq!(outcome.surplus.iter().copied().collect::<BTreeSet<_>>(), &seen - &wanted);
            scans.reverse();
            let again = reconcile(&expected, &made(&scans));
            prop_assert_eq!((again.counted, again.missing, again.wrong_place), (outcome.counted, outcome.missing, outcome.wrong_place));
        }
    }
}
