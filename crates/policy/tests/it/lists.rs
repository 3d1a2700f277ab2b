//! Sifting lists by classes, and the matrix, must say exactly what single decisions say.

use std::collections::HashMap;

use jingui_model::Protection;
use jingui_policy::{Action, KindGroup, Relation, Role, TargetClass};
use proptest::prelude::*;

use crate::{
    people::*,
    properties::{actors, targets},
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_sifted_list_is_what_single_decisions_leave(actor in actors(), list in prop::collection::vec(targets(), 1..40)) {
        for action in [Action::Notice, Action::Read, Action::Export] {
            let mut known = HashMap::new();
            for target in &list {
                let allowed = AUTHORITY.decide(&actor, action, target).allowed;
                let class = *known.entry(TargetClass::of(&actor, target)).or_insert(allowed);
                prop_assert_eq!(class, allowed);
            }
        }
    }
}

#[test]
fn feature_1_2_the_matrix_is_computed_from_the_policies() {
    let matrix = AUTHORITY.matrix();
    let read = |role, protection, relation| matrix.allows(role, Action::Read, KindGroup::Secret, protection, relation);
    assert!(read(Role::Staff, Protection::General, Relation::Knows));
    assert!(!read(Role::Staff, Protection::General, Relation::SameDepartment));
    assert!(read(Role::DepartmentHead, Protection::Important, Relation::SameDepartment));
    assert!(!read(Role::DepartmentHead, Protection::Core, Relation::SameDepartment));
    assert!(!read(Role::SystemAdmin, Protection::General, Relation::Knows));
    let decide = |relation| matrix.allows(Role::Committee, Action::Decide, KindGroup::Secret, Protection::Core, relation);
    assert!(decide(Relation::Other) && !decide(Relation::Creator));
    for row in &matrix.rows {
        assert_eq!(row.cells.len(), Role::ALL.len());
        for cell in row.cells.values() {
            assert!(!cell.allowed || !cell.because.is_empty());
            assert!(cell.because.iter().all(|id| matrix.policies.iter().any(|p| p.id == *id)));
        }
    }
    assert!(serde_json::to_value(matrix).is_ok_and(|v| v["rows"][0]["cells"].is_object()));
}
