//! Faulty files are refused whole, with file, line and the policy's name.

use jingui_policy::{Authority, Diagnostic, SCHEMA, Source, builtin};

const HEAD: &str = "// An enterprise's own file.\n@id(\"own\")\n@zh(\"试。\")\n@en(\"Trial.\")\n@clause(\"own\")\n";

fn source(text: impl Into<String>) -> Source {
    Source { name: "overlay/90-own.cedar".into(), text: text.into() }
}

#[track_caller]
fn faults(text: impl Into<String>) -> Vec<Diagnostic> {
    Authority::with_overlay(&[source(text)]).expect_err("must be refused")
}

#[track_caller]
fn refused(text: impl Into<String>, code: &str, line: usize, says: &str) {
    let faults = faults(text);
    let hit = faults.iter().find(|f| f.code == code && f.line == line && f.message.contains(says));
    assert!(hit.is_some_and(|f| f.file == "overlay/90-own.cedar" && f.column > 0), "{faults:#?}");
}

#[test]
fn the_shipped_policies_pass_and_each_explains_itself_in_both_languages() {
    let authority = Authority::load(&builtin(), SCHEMA).expect("as shipped");
    assert!(authority.policies().count() > 50);
    for policy in authority.policies() {
        assert!(policy.text.zh.ends_with('。') && policy.text.en.ends_with('.'), "{}", policy.id);
        assert!(policy.clause.starts_with(['B', 'H']), "{}", policy.id);
    }
}

#[test]
fn a_syntax_error_names_its_line() {
    refused(format!("{HEAD}permit(principal, action, resource)\nwhen {{ resource.protection > }};"), "policy.source_syntax", 7, "");
    refused(format!("{HEAD}permit(principal, action, resource)"), "policy.source_syntax", 6, "");
}

#[test]
fn a_policy_must_explain_itself() {
    refused(
        "@id(\"own\")\n@zh(\"试。\")\n@clause(\"own\")\npermit(principal, action, resource);",
        "policy.source_annotation_missing",
        1,
        "@en",
    );
    refused(
        "@id(\"own\") @zh(\" \") @en(\"x\") @clause(\"own\")\npermit(principal, action, resource);",
        "policy.source_annotation_missing",
        1,
        "@zh",
    );
    refused(format!("{HEAD}@cluase(\"x\")\npermit(principal, action, resource);"), "policy.source_annotation_unknown", 2, "@cluase");
    refused(
        HEAD.replace("\"own\")\n@zh", "\"Own Rule\")\n@zh") + "permit(principal, action, resource);",
        "policy.source_id_malformed",
        2,
        "Own Rule",
    );
}

#[test]
fn names_that_do_not_exist_are_refused_by_strict_validation() {
    refused(format!("{HEAD}permit(principal in Role::\"boss\", action, resource);"), "policy.source_invalid", 6, "boss");
    refused(format!("{HEAD}permit(principal, action == Action::\"raed\", resource);"), "policy.source_invalid", 6, "raed");
    refused(format!("{HEAD}permit(principal, action, resource in Group::\"secrets\");"), "policy.source_invalid", 6, "secrets");
    refused(
        format!("{HEAD}permit(principal, action, resource)\nwhen {{\n  resource.title == \"x\"\n}};"),
        "policy.source_invalid",
        8,
        "title",
    );
    refused(
        format!("{HEAD}permit(principal, action, resource) when {{ resource.protection == \"core\" }};"),
        "policy.source_invalid",
        6,
        "",
    );
    refused(format!("{HEAD}permit(principal, action, resource) when {{ context.now > 3 }};"), "policy.source_invalid", 6, "now");
}

#[test]
fn a_policy_that_can_never_hold_is_refused() {
    refused(format!("{HEAD}permit(principal, action, resource) when {{ false }};"), "policy.source_invalid", 2, "impossible");
}

#[test]
fn authority_is_given_to_posts_and_roles_not_to_single_persons_or_records() {
    for literal in
        ["principal == Person::\"7\"", "resource == Record::\"7\"", "resource.creator == Person::\"7\"", "principal in Circle::\"asked\""]
    {
        refused(format!("{HEAD}permit(principal, action, resource) when {{ {literal} }};"), "policy.source_names_one", 2, "");
    }
    // A list is sifted by whether a department is the reader's own, not by which it is.
    refused(
        format!("{HEAD}permit(principal, action, resource) when {{ resource.department == Department::\"7\" }};"),
        "policy.source_names_one",
        2,
        "Department",
    );
    refused(
        format!("{HEAD}permit(principal in Department::\"7\", action, resource) when {{ resource.department == Department::\"7\" }};"),
        "policy.source_names_one",
        2,
        "Department",
    );
    let department = format!("{HEAD}permit(principal in Department::\"7\", action == Action::\"read\", resource in Group::\"register\");");
    assert!(Authority::with_overlay(&[source(department)]).is_ok());
    let post = format!("{HEAD}permit(principal in Post::\"7\", action == Action::\"read\", resource in Group::\"secret\");");
    assert!(Authority::with_overlay(&[source(post)]).is_ok());
}

#[test]
fn an_id_stands_once_and_templates_are_not_used() {
    refused(
        format!("{HEAD}permit(principal, action, resource);\n{HEAD}permit(principal, action, resource);"),
        "policy.source_id_twice",
        8,
        "90-own",
    );
    refused(
        HEAD.replace("\"own\")\n@zh", "\"office_keeps_secrets\")\n@zh") + "permit(principal, action, resource);",
        "policy.source_id_twice",
        2,
        "20-secrets",
    );
    refused(format!("{HEAD}permit(principal == ?principal, action, resource);"), "policy.source_template", 1, "");
}

#[test]
fn all_faults_of_a_set_are_told_at_once() {
    let found =
        faults(format!("{HEAD}permit(principal in Role::\"boss\", action, resource);\n@id(\"b\")\nforbid(principal, action, resource);"));
    assert!(found.len() >= 4, "{found:#?}");
    assert!(found.iter().is_sorted_by_key(|f| f.line));
    let problem = found[0].problem();
    assert!(problem.args().iter().any(|(name, value)| name == "file" && value.ends_with("90-own.cedar")));
}

#[test]
fn the_forbids_are_always_there_and_cannot_be_edited_away() {
    let none = Authority::load(&[], SCHEMA).expect("forbids alone");
    assert!(none.policy("administrators_never_read_secrets").is_some());
    let mut changed = builtin();
    changed[0].name = "policies/00-forbid.cedar".into();
    changed[0].text = changed[0].text.replace("resource.protection > 0", "resource.protection > 3");
    let faults = Authority::load(&changed, SCHEMA).expect_err("a changed copy");
    assert_eq!((faults[0].code, faults[0].file.as_str()), ("policy.source_builtin_changed", "policies/00-forbid.cedar"));
    assert!(faults[0].line > 20, "names the first line that differs");
    let mut windows = builtin();
    windows[0].text = windows[0].text.replace('\n', "\r\n");
    assert!(Authority::load(&windows, SCHEMA).is_ok(), "line endings are no change");
}

#[test]
fn a_broken_schema_is_refused() {
    let faults = Authority::load(&builtin(), "entity Person;\nentity Record {").expect_err("no schema");
    assert_eq!((faults[0].code, faults[0].file.as_str()), ("policy.source_schema", "schema.cedarschema"));
    assert!(Authority::load(&[], &SCHEMA.replace("\"unlock\"", "\"unlatch\"")).is_err());
}
