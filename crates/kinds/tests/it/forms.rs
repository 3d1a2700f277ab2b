//! Forms: those that ship are right, and a mistake is named by file, line and what is wrong (B appendices 5 and 6).

use std::collections::BTreeSet;

use crate::support::{catalog, sources};
use jingui_kinds::{Catalog, Source};

/// The mistakes of a form of the overlay, without the file.
fn mistakes(body: &str) -> Vec<String> {
    let text = format!("form: sheet\ntitle: [单, Sheet]\nkind: carrier_issue\nbody:\n{body}");
    let overlay = [Source { file: "overlay/forms/sheet.yaml".into(), text }];
    let found = Catalog::load(&sources(), &overlay).err().unwrap_or_default();
    found.iter().map(|d| d.to_string().replace("overlay/forms/sheet.yaml:", "")).collect()
}

#[test]
fn the_forms_of_the_guides_are_there() {
    let forms = &catalog().forms;
    // B appendices 5 and 6, the undertakings that B 5 and 6 name, the sheets of B 4, 5, 8, 10 and H 7 to 9.
    for name in [
        "agreement_employee",
        "non_compete_agreement",
        "agreement_cooperation",
        "agreement_supplement",
        "agreement_service",
        "agreement_purchase",
        "agreement_repair",
        "agreement_audit",
        "agreement_inspection",
        "agreement_data",
        "undertaking_joining",
        "undertaking_yearly",
        "undertaking_leaving",
        "undertaking_overseas",
        "undertaking_bid",
        "undertaking_meeting",
        "undertaking_after_sales",
        "visitor_undertaking",
        "tour_undertaking",
        "secret_register_form",
        "identification_sheet",
        "grading_sheet",
        "classification_approval",
        "grade_change_approval",
        "declassification_approval",
        "duty_notice",
        "departure_interview",
        "carrier_hand_over",
        "cooling_off_notice",
        "access_approval",
        "transfer_approval",
        "transfer_receipt",
        "carrier_issue_sheet",
        "carrier_copy_approval",
        "carrier_repair_approval",
        "destruction_application",
        "destruction_certificate",
        "stock_count_sheet",
        "preservation_hand_over",
        "zone_sign",
        "zone_log",
        "zone_visit_approval",
        "device_deposit",
        "zone_check_record",
        "equipment_sheet",
        "equipment_change_sheet",
        "equipment_repair_sheet",
        "equipment_scrapping_sheet",
        "partner_review",
        "bid_sheet",
        "meeting_sheet",
        "training_record",
        "exam_sheet",
        "inspection_record",
        "department_self_check",
        "corrective_notice",
        "incident_report",
        "incident_investigation",
        "evidence_preservation",
        "project_notice",
    ] {
        assert!(forms.contains_key(name), "{name}");
    }
    for form in forms.values() {
        assert!(!form.clauses.is_empty() && form.shipped, "{} says which clause asks for it", form.form);
    }
    // Whatever type an agreement has, it has a paper of its own (a non-compete has its register).
    let types: BTreeSet<&str> =
        forms.values().filter(|f| f.kind == "agreement").filter_map(|f| f.condition.as_deref()?.strip_prefix("type=")).collect();
    let jingui_kinds::FieldType::Choice { options } = &catalog().kinds["agreement"].field("type").unwrap().ty else {
        panic!("type is a choice")
    };
    let without: Vec<&str> = options.iter().map(|o| o.code.as_str()).filter(|code| !types.contains(code)).collect();
    assert_eq!(without, ["non_compete"]);
}

#[test]
fn a_mistake_is_named_with_its_place() {
    for (body, wanted) in [
        ("  - text: [\"{nothing}\", \"x\"]\n", "5:11: body[0].text: form.unknown_field name=nothing kind=carrier_issue"),
        ("  - text: [\"x\", \"{carrier.nothing}\"]\n", "5:11: body[0].text: form.unknown_field name=nothing kind=carrier"),
        ("  - text: [\"{name.x}\", \"x\"]\n", "5:11: body[0].text: form.unknown_field name=name.x kind=carrier_issue"),
        ("  - text: [\"甲{name乙\", \"x\"]\n", "5:11: body[0].text: form.placeholder lang=zh around=甲{name乙"),
        ("  - fields: [name, what?]\n", "5:20: body[0].fields[1]: form.unknown_field name=what kind=carrier_issue"),
        ("  - rows: name\n    columns: [x]\n", "5:11: body[0].rows: form.no_rows"),
        ("  - rows: handers\n    columns: [salary]\n", "6:15: body[0].columns[0]: form.unknown_field name=salary kind=person"),
        ("  - checks: name\n", "5:13: body[0].checks: form.no_choice name=name kind=carrier_issue"),
        ("  - approval: hand_over\n", "5:15: body[0].approval: form.no_approval name=hand_over kind=carrier_issue"),
        ("  - text: [\"{[] channel=by_pigeon}\", \"x\"]\n", "5:11: body[0].text: form.unknown_code name=channel code=by_pigeon"),
        ("  - text: [甲, a]\n    if: \"channel=by_pigeon\"\n", "6:9: body[0].if: form.unknown_code name=channel code=by_pigeon"),
        ("  - text: [甲, a]\n    heading: [乙, b]\n", "5:5: body[0]: form.one_sort"),
        ("  - txt: [甲, a]\n", "5:5: body[0].txt: kind.unknown_key"),
    ] {
        let found = mistakes(body);
        assert!(found.first().is_some_and(|line| line.starts_with(wanted)), "{wanted}: {found:?}");
    }
}

#[test]
fn an_overlay_may_bring_a_form_and_take_the_place_of_a_shipped_one() {
    let source = |name: &str| Source {
        file: format!("x/forms/{name}.yaml"),
        text: format!("form: {name}\ntitle: [单, Sheet]\nkind: zone\nbody:\n  - text: [\"{{name}}\", \"{{name}}\"]\n"),
    };
    let catalog = Catalog::load(&sources(), &[source("our_sheet"), source("zone_sign")]).unwrap();
    assert!(!catalog.forms["zone_sign"].shipped && catalog.forms["zone_sign"].body.len() == 1);
    assert!(catalog.forms.contains_key("our_sheet") && catalog.forms["zone_log"].shipped);
}

/// `docs/forms.md` names every form with its clauses.
#[test]
fn the_table_of_forms_is_true() {
    let page = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/forms.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && line.matches('|').count() == 4).collect();
    for form in catalog().forms.values() {
        let row = rows.iter().find(|row| row.contains(&format!("{} `{}`", form.title.zh, form.form)));
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/forms.md", form.form));
        assert!(row.contains(&format!("`{}`", form.kind)) && row.ends_with(&format!("| {} |", form.clauses.join(", "))), "{row}");
    }
}
