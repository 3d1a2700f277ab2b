//! The guides' sentences, one test for each.

use std::collections::BTreeSet;

use jingui_model::Protection;
use jingui_policy::{Action, Actor, Door, KindGroup, Role, Target};

use crate::people::*;

const ADMINISTRATORS: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::Auditor];
const CHANGES: [Action; 8] =
    [Action::Create, Action::Edit, Action::Submit, Action::Decide, Action::Advance, Action::Attach, Action::Import, Action::Assign];

#[test]
fn b_2_4_an_engineer_sees_the_own_projects_secrets_and_no_others() {
    let engineer = person(Role::Staff);
    for grade in GRADES {
        for action in [Action::Notice, Action::Read, Action::ViewFile] {
            may(&engineer, action, &known(secret(grade)));
            may_not(&engineer, action, &secret(grade));
        }
        for action in [Action::Export, Action::Assign, Action::Edit, Action::Decide, Action::History] {
            may_not(&engineer, action, &known(secret(grade)));
        }
    }
}

#[test]
fn b_4_2_1_nobody_but_those_who_know_the_committee_and_the_office_reads_a_core_secret() {
    let core = secret(Protection::Core);
    for role in Role::ALL {
        let expected = matches!(role, Role::Committee | Role::CommitteeChair | Role::Office);
        check(expected, &person(*role), Action::Read, &core);
        check(!role.is_administrator(), &person(*role), Action::Read, &known(core.clone()));
    }
}

#[test]
fn b_4_2_1_the_office_opens_files_of_a_core_secret_only_when_it_is_on_the_list() {
    let office = person(Role::Office);
    may_not(&office, Action::ViewFile, &secret(Protection::Core));
    may(&office, Action::ViewFile, &known(secret(Protection::Core)));
    may(&office, Action::ViewFile, &secret(Protection::Important));
    may(&person(Role::CommitteeChair), Action::ViewFile, &secret(Protection::Core));
    may_not(&person(Role::DepartmentHead), Action::ViewFile, &secret(Protection::Core));
}

#[test]
fn b_4_1_1_the_author_of_a_core_secret_sees_it_while_it_is_a_draft_only() {
    let author = person(Role::DepartmentOfficer);
    let mut draft = made_by(&author, secret(Protection::Core));
    draft.state = "draft".into();
    for action in [Action::Read, Action::Edit, Action::Attach, Action::ViewFile, Action::Submit] {
        may(&author, action, &draft);
    }
    draft.state = "in_force".into();
    for action in [Action::Read, Action::Edit, Action::Attach, Action::ViewFile] {
        may_not(&author, action, &draft);
    }
}

#[test]
fn b_4_1_1_step_1_a_department_keeps_its_own_list_and_sees_no_other_departments() {
    for role in [Role::DepartmentHead, Role::DepartmentOfficer] {
        for group in [KindGroup::Secret, KindGroup::Identification, KindGroup::Change] {
            for action in [Action::Create, Action::Notice, Action::Read, Action::Edit, Action::Submit, Action::Export, Action::Import] {
                let target = record(group, Protection::Important);
                may(&person(role), action, &target);
                may_not(&of_sales(role), action, &target);
            }
        }
    }
    let mut campaign = Target::new("campaign", KindGroup::Identification);
    campaign.state = "self_review".into();
    may(&of_sales(Role::DepartmentOfficer), Action::Read, &campaign);
    may_not(&person(Role::Staff), Action::Read, &campaign);
}

#[test]
fn b_4_1_1_step_2_a_reviewer_sees_what_is_to_be_reviewed_and_decides() {
    let expert = of_sales(Role::Staff);
    let candidate = record(KindGroup::Identification, Protection::Core);
    may(&expert, Action::Read, &asked(candidate.clone()));
    may(&expert, Action::Decide, &asked(candidate.clone()));
    may_not(&expert, Action::Read, &candidate);
    may_not(&expert, Action::Decide, &candidate);
}

#[test]
fn b_4_1_1_step_5_the_committee_approves_and_the_office_does_not_unless_asked() {
    for grade in GRADES {
        may(&person(Role::Committee), Action::Decide, &secret(grade));
        may_not(&person(Role::Office), Action::Decide, &secret(grade));
        may(&person(Role::Office), Action::Decide, &asked(secret(grade)));
    }
}

#[test]
fn b_3_1_1_a_department_never_decides_on_core_even_when_asked() {
    for group in [KindGroup::Secret, KindGroup::Change] {
        may_not(&person(Role::DepartmentHead), Action::Decide, &asked(record(group, Protection::Core)));
        may(&person(Role::DepartmentHead), Action::Decide, &asked(record(group, Protection::Important)));
    }
}

#[test]
fn b_4_2_2_the_head_widens_the_need_to_know_list_below_core() {
    may(&person(Role::DepartmentHead), Action::Assign, &secret(Protection::Important));
    may_not(&person(Role::DepartmentHead), Action::Assign, &secret(Protection::Core));
    may_not(&of_sales(Role::DepartmentHead), Action::Assign, &secret(Protection::General));
    may_not(&person(Role::DepartmentOfficer), Action::Assign, &secret(Protection::General));
    may(&person(Role::Office), Action::Assign, &secret(Protection::Core));
}

#[test]
fn feature_1_3_whoever_asks_never_decides() {
    for role in Role::ALL {
        for group in KindGroup::ALL {
            let actor = person(*role);
            may_not(&actor, Action::Decide, &made_by(&actor, asked(known(record(*group, Protection::General)))));
        }
    }
}

#[test]
fn h_9_5_2_no_administrator_reads_a_secret_even_when_on_the_list() {
    for role in ADMINISTRATORS {
        for group in [KindGroup::Secret, KindGroup::Identification, KindGroup::Change] {
            for protection in [Protection::None, Protection::General, Protection::Important, Protection::Core] {
                let target = own(asked(known(record(group, protection))));
                may(&person(role), Action::Notice, &target);
                for action in [Action::Read, Action::ViewFile, Action::Export] {
                    may_not(&person(role), action, &target);
                }
            }
        }
    }
}

#[test]
fn h_9_6_2_the_three_administrators_do_not_do_each_others_work() {
    let settings = Target::new("settings", KindGroup::Settings);
    let account = Target::new("account", KindGroup::Account);
    let [system, security, auditor] = ADMINISTRATORS.map(person);
    may(&system, Action::Administer, &account);
    may(&system, Action::Backup, &settings);
    may(&security, Action::Secure, &settings);
    may(&security, Action::Secure, &account);
    may(&auditor, Action::Audit, &settings);
    for target in [&settings, &account] {
        may_not(&system, Action::Secure, target);
        may_not(&security, Action::Administer, target);
        may_not(&system, Action::Audit, target);
        may_not(&security, Action::Audit, target);
        for action in [Action::Administer, Action::Secure, Action::Backup, Action::Unlock] {
            may_not(&auditor, action, target);
        }
    }
}

#[test]
fn h_9_5_2_the_auditor_changes_nothing_but_the_own_account_and_acknowledgement() {
    let auditor = person(Role::Auditor);
    for group in KindGroup::ALL {
        for action in CHANGES {
            may_not(&auditor, action, &asked(record(*group, Protection::None)));
        }
        may(&auditor, Action::History, &record(*group, Protection::None));
    }
    may(&auditor, Action::Edit, &own(record(KindGroup::Account, Protection::None)));
    may(&auditor, Action::Submit, &own(record(KindGroup::Rule, Protection::None)));
    may(&auditor, Action::History, &secret(Protection::Core));
}

#[test]
fn h_9_6_2_one_account_with_two_of_the_three_powers_can_do_nothing() {
    for pair in [[Role::SystemAdmin, Role::Auditor], [Role::SecurityAdmin, Role::Office], [Role::Auditor, Role::Committee]] {
        let actor = Actor { roles: BTreeSet::from(pair), ..person(Role::Staff) };
        for action in Action::ALL {
            may_not(&actor, *action, &own(known(record(KindGroup::Account, Protection::None))));
        }
    }
}

#[test]
fn b_5_1_3_whoever_has_left_can_do_nothing() {
    for role in Role::ALL {
        let gone = Actor { active: false, ..person(*role) };
        for group in KindGroup::ALL {
            for action in Action::ALL {
                may_not(&gone, *action, &own(known(asked(record(*group, Protection::None)))));
            }
        }
    }
}

#[test]
fn h_9_6_4_a_token_does_what_its_scopes_say_and_never_decides() {
    let office = || person(Role::Office);
    let target = secret(Protection::General);
    may(&by_token(office(), &["read:secret"]), Action::Read, &target);
    may(&by_token(office(), &["*"]), Action::Export, &target);
    may_not(&by_token(office(), &["read:secret"]), Action::Edit, &target);
    may_not(&by_token(office(), &["read:person"]), Action::Read, &target);
    may_not(&by_token(office(), &[]), Action::Read, &target);
    may_not(&Actor { door: Door::Token, ..office() }, Action::Read, &target);
    may_not(&by_token(person(Role::Committee), &["*"]), Action::Decide, &target);
    let settings = Target::new("settings", KindGroup::Settings);
    may_not(&by_token(person(Role::SecurityAdmin), &["*"]), Action::Secure, &settings);
    may_not(&by_token(person(Role::SystemAdmin), &["*"]), Action::Unlock, &settings);
    may_not(&by_token(person(Role::SystemAdmin), &["*"]), Action::Administer, &Target::new("account", KindGroup::Account));
    may_not(&by_token(office(), &["*"]), Action::Create, &own(Target::new("api_token", KindGroup::Account)));
}

#[test]
fn b_3_1_everyone_sees_the_chart_and_the_office_keeps_it() {
    let post = record(KindGroup::Organisation, Protection::None);
    for role in Role::ALL {
        may(&of_sales(*role), Action::Read, &post);
        check(*role == Role::Office, &of_sales(*role), Action::Create, &post);
    }
    may(&person(Role::DepartmentOfficer), Action::Edit, &post);
    may_not(&of_sales(Role::DepartmentOfficer), Action::Edit, &post);
}

#[test]
fn h_5_2_everyone_reads_and_acknowledges_the_rules_once_they_are_issued() {
    let mut rule = record(KindGroup::Rule, Protection::None);
    for role in Role::ALL {
        may(&person(*role), Action::Read, &rule);
        may(&person(*role), Action::Submit, &own(rule.clone()));
    }
    may_not(&person(Role::Staff), Action::Advance, &rule);
    rule.state = "draft".into();
    may_not(&person(Role::Staff), Action::Read, &rule);
    may(&person(Role::Legal), Action::Edit, &rule);
}

#[test]
fn b_10_1_whoever_is_responsible_works_on_the_own_corrective_action_and_does_not_accept_it() {
    let action = record(KindGroup::Improvement, Protection::None);
    let responsible = of_sales(Role::Staff);
    may(&responsible, Action::Advance, &own(action.clone()));
    may_not(&responsible, Action::Decide, &own(action.clone()));
    may_not(&responsible, Action::Read, &action);
}

#[test]
fn b_4_4_nobody_writes_the_ledger() {
    let ledger = Target::new("ledger", KindGroup::Ledger);
    for role in Role::ALL {
        for action in CHANGES {
            may_not(&person(*role), action, &own(asked(ledger.clone())));
        }
    }
    may(&person(Role::Legal), Action::Export, &ledger);
    may(&person(Role::Auditor), Action::Audit, &ledger);
    may_not(&person(Role::Staff), Action::Read, &ledger);
}

#[test]
fn feature_1_2_a_register_of_the_enterprises_own_works_without_a_policy_of_its_own() {
    let mut keys = record(KindGroup::Register, Protection::None);
    keys.kind = "mould_cabinet_key".into();
    let fresh = Target { creator: None, id: None, ..keys.clone() };
    may(&person(Role::Staff), Action::Create, &fresh);
    may_not(&of_sales(Role::Staff), Action::Create, &fresh);
    let staff = person(Role::Staff);
    may(&staff, Action::Edit, &made_by(&staff, keys.clone()));
    may_not(&staff, Action::Edit, &keys);
    may(&person(Role::Office), Action::Import, &fresh);
    may(&person(Role::DepartmentOfficer), Action::Advance, &keys);
    may(&person(Role::Committee), Action::Decide, &keys);
}

#[test]
fn feature_4_1_a_denial_says_which_rule_and_who_could() {
    let head = AUTHORITY.decide(&person(Role::DepartmentHead), Action::Read, &secret(Protection::Core));
    assert_eq!(head.because.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["core_read_by_those_who_know"]);
    assert_eq!(head.could, [Role::CommitteeChair, Role::Committee, Role::Office]);
    assert!(head.by_knowing);
    let problem = head.refusal(Action::Read);
    assert_eq!(problem.as_ref().map(|p| p.code()), Some("policy.forbidden"));

    let staff = AUTHORITY.decide(&person(Role::Staff), Action::Read, &secret(Protection::General));
    assert!(staff.because.is_empty() && staff.by_knowing);
    assert_eq!(staff.could, [Role::CommitteeChair, Role::Committee, Role::Office, Role::DepartmentHead, Role::DepartmentOfficer]);
    assert_eq!(staff.refusal(Action::Read).as_ref().map(|p| p.code()), Some("policy.not_permitted"));

    let system = AUTHORITY.decide(&person(Role::SystemAdmin), Action::Read, &known(secret(Protection::General)));
    assert!(system.because.iter().any(|p| p.id == "administrators_never_read_secrets") && !system.by_knowing);
    let office = AUTHORITY.decide(&person(Role::Office), Action::Read, &secret(Protection::General));
    assert_eq!(office.refusal(Action::Read), None);
}

#[test]
fn b_8_2_incidents_and_personal_files_are_not_read_in_the_department() {
    for kind in ["incident", "penalty", "non_compete", "departure"] {
        let mut file = record(KindGroup::Restricted, Protection::None);
        file.kind = kind.into();
        for role in Role::ALL {
            let expected =
                matches!(role, Role::Office | Role::Committee | Role::CommitteeChair) || (*role == Role::Legal && kind == "incident");
            check(expected, &person(*role), Action::Read, &file);
        }
        may(&person(Role::Staff), Action::Read, &known(file.clone()));
        check(kind != "incident", &person(Role::Staff), Action::Read, &own(file.clone()));
        may_not(&person(Role::Staff), Action::Edit, &own(known(file.clone())));
        may_not(&person(Role::DepartmentHead), Action::Advance, &own(file.clone()));
        let fresh = Target { creator: None, id: None, ..file };
        check(kind == "incident", &of_sales(Role::Staff), Action::Create, &fresh);
    }
}

#[test]
fn b_4_2_1_whoever_is_asked_about_a_core_entry_of_a_register_reads_it_for_that_step() {
    let entry = record(KindGroup::Register, Protection::Core);
    may(&person(Role::DepartmentHead), Action::Read, &asked(entry.clone()));
    may_not(&person(Role::DepartmentHead), Action::Read, &entry);
    may_not(&person(Role::DepartmentHead), Action::ViewFile, &asked(entry));
    may_not(&person(Role::DepartmentHead), Action::Read, &asked(secret(Protection::Core)));
}

#[test]
fn b_5_3_2_whoever_the_present_work_is_for_does_that_step_and_no_more() {
    for group in [KindGroup::Register, KindGroup::Restricted] {
        let entry = record(group, Protection::Core);
        let escort = of_sales(Role::Staff);
        may(&escort, Action::Advance, &asked(entry.clone()));
        may_not(&escort, Action::Edit, &asked(entry.clone()));
        may_not(&escort, Action::Export, &asked(entry.clone()));
        may_not(&escort, Action::Advance, &known(entry.clone()));
        may_not(&person(Role::Auditor), Action::Advance, &asked(entry.clone()));
        may_not(&person(Role::SystemAdmin), Action::Advance, &asked(entry));
    }
    may_not(&of_sales(Role::Staff), Action::Advance, &asked(secret(Protection::General)));
}

#[test]
fn h_9_6_3_the_original_of_something_graded_leaves_to_nobody_by_policy_but_to_its_author_while_it_is_a_draft() {
    for grade in GRADES {
        for role in Role::ALL {
            may_not(&person(*role), Action::OpenFile, &asked(own(known(secret(grade)))));
        }
        let author = person(Role::DepartmentOfficer);
        let mut draft = made_by(&author, secret(grade));
        draft.state = "draft".into();
        may(&author, Action::OpenFile, &draft);
    }
    may(&person(Role::Office), Action::OpenFile, &record(KindGroup::Register, Protection::None));
}
