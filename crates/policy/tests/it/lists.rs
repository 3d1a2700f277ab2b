//! Sifting lists by classes, and the matrix, must say exactly what single decisions say.

use jingui_model::Protection;
use jingui_policy::{Action, Authority, KindGroup, Relation, Role, Source};
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
            let mut sieve = AUTHORITY.visibility(&actor, action);
            for target in &list {
                prop_assert_eq!(sieve.allows(target), AUTHORITY.decide(&actor, action, target).allowed);
            }
            prop_assert!(sieve.classes() <= list.len());
        }
    }
}

#[test]
fn a_policy_that_names_a_department_tells_departments_apart() {
    let sales_reads = Source {
        name: "90-own.cedar".into(),
        text: format!(
            "@id(\"legal_reads_sales\")\n@zh(\"法务查看销售部的一般秘密。\")\n@en(\"Legal reads what sales has.\")\n@clause(\"own\")\n\
             permit(principal in Role::\"legal\", action == Action::\"read\", resource in Group::\"secret\")\n\
             when {{ resource.department == Department::\"{}\" && resource.protection == 1 }};",
            sales()
        ),
    };
    let authority = Authority::with_overlay(&[sales_reads]).expect("a sound policy");
    let mut legal = person(Role::Legal);
    legal.department = None;
    let of_research = secret(Protection::General);
    let of_sales = jingui_policy::Target { department: Some(sales()), ..of_research.clone() };
    let mut sieve = authority.visibility(&legal, Action::Read);
    assert!(!sieve.allows(&of_research));
    assert!(sieve.allows(&of_sales), "not mistaken for research");
    assert_eq!(AUTHORITY.class(&legal, &of_research), AUTHORITY.class(&legal, &of_sales), "alike when no policy names one");
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
