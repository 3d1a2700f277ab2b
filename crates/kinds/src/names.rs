//! The words that kind files may use and that code gives a meaning: guards, effects, actions,
//! groups, menu sections and roles. The loader refuses any other.

/// Guards (`requires`), with what each asks; written in `guards.rs`.
pub const GUARDS: &[(&str, &str)] = &[
    ("min_rows", "the rows field has at least its `min` rows, and one"),
    ("not_empty", "the field has a value"),
    ("any_of", "at least one of the fields (`a,b`) has a value"),
    ("is_true", "the flag is set"),
    ("not_excluded", "the exclusion test was answered and nothing excludes the information (H 6.1.3, 4.5)"),
    ("circle_not_empty", "the need-to-know list names somebody (B 4.1.2)"),
    ("excluded", "the exclusion test was answered, and something excludes the information (H 6.1.3, 4.5)"),
    ("term_fits_grade", "the term lies within what the grade scheme allows for the record's grade, or for another (`term,grade`; B 4.1.2)"),
    ("differs", "two fields (`a,b`) have different values"),
    ("day_not_past", "the day is today or later"),
    ("day_not_future", "the day is today or earlier"),
    ("ref_state", "the record in a field is in one of the states (`field: a,b`)"),
    ("none_in", "no record of a kind that points here is in one of the states (`kind.field: a,b`)"),
    ("some_in", "at least one record of a kind that points here is in one of the states (`kind.field: a,b`)"),
    ("actor_in", "whoever acts is named in the field"),
    ("actor_not", "whoever acts is not named in the field"),
    ("actor_role", "whoever acts has one of the roles (`office,committee`)"),
    (
        "of_department",
        "whoever acts leads the department in the field or is its officer, or has one of the roles (`department: office`; B 4.1.1)",
    ),
    ("ref_department", "the record in the first field belongs to the department in the second (`list,department`; B 4.1.1)"),
    ("list_open", "the list in the field still takes entries: it is in one of the states (`list: open, returned`; B 4.1.1)"),
    ("at_least", "the field names at least so many (`witnesses: 2`)"),
    ("at_least_core", "the same, when the record is protected as core (`witnesses: 2`; B 4.2.1)"),
    ("among", "the choice is one of these (`level: general`)"),
    ("among_important", "the same, when the record is protected as important or core (`channel: in_person, encrypted_mail`; B 4.2.2)"),
    ("among_core", "the same, when the record is protected as core (`channel: in_person`; B 4.2.1)"),
    ("some_for", "for everyone in the field there is a record of a kind in one of the states (`person: exam.person: passed`; B 5.1.1)"),
    ("none_for", "for nobody in the field is there a record of a kind in one of the states (`person: carrier.holder: issued`; B 5.1.3)"),
    ("ref_valid", "the day in a field of the record in a field has not passed, or there is none (`agreement: until`; H 8.3.4)"),
    ("ref_same", "a field of the record in a field has the value of an own field (`secret.grade, grade`)"),
    ("filled_when", "when the choice is this, the other field has a value (`evidence: note_and_file: files`)"),
    ("day_order", "the first day is not after the second (`first, last`)"),
    ("spans", "from the first day to the second there are at least so many days (`from, to: 90`; B 5.1.3)"),
    ("self_or_role", "whoever acts is named in the field, or has one of the roles (`person: office`)"),
    ("no_circle", "nobody whom the duties are handed to has handed them back (H 5.3)"),
    ("answers_fit", "the right answers fit the sort of question: one, or several, each with its option (`type, right, option_`; H 12.1)"),
    ("network_ranges", "every entry of the field is a range of network addresses (`networks`; H 9.6.1)"),
    ("other_department", "whoever acts belongs to another department than the field says (B 4.1.1)"),
];

/// Effects, with what each does; written in the `app` crate, run exactly once after the commit.
pub const EFFECTS: &[(&str, &str)] = &[
    ("open_campaign_lists", "makes a list for each department of the campaign"),
    ("copy_campaign", "copies campaign, department and reviewers of the list to the candidate"),
    ("list_candidates", "moves the drafts of a list that was handed in to listed"),
    ("unlist_candidates", "moves the candidates of a list that was sent back to draft"),
    ("register_outcome", "makes a secret in force of each approved candidate and links both"),
    ("copy_circle", "copies old grade, term, department and need-to-know list of the secret to the request"),
    ("apply_grade_change", "sets the new grade (and term) on the secret"),
    ("apply_term", "sets the new term and its end on the secret"),
    ("apply_declassification", "moves the secret to declassified"),
    ("withdraw_access", "disables the account of a person who left"),
    ("notify_circle", "writes a notice to everyone on the need-to-know list, and to those taken off it"),
    ("open_access", "puts whoever asked on the secret's need-to-know list for the time granted (H 8.2.1, 8.3.1)"),
    ("close_access", "takes them off it again, unless another grant still runs"),
    ("invite_to_course", "puts those invited to a session on the list of its course (B 5.1.2)"),
    ("record_exam", "enters the score of a sitting as an exam result, valid for the course's months (B 5.1.1)"),
    ("expect_carriers", "writes down which carriers a stock count has to find (B 5.2.3)"),
    ("count_differences", "makes the differences of a count of what was scanned (B 5.2.3)"),
    ("fill_exit_audit", "counts in the ledger what a person read, opened and took out in the period (B 5.1.3)"),
    ("follow", "does what the transition's `follow` says with other records"),
    ("lock_core", "locks the files of core secrets to the custodians (B 4.2.1)"),
    (
        "destroy_data",
        "erases keys, sealed rows and files of what was approved for destruction, then ends the epochs they hung on (H 9.6.5)",
    ),
    ("review_integrity", "opens every sealed file that is held back and compares it with the digest in the ledger (H 7.3.3)"),
    ("retry_effect", "has an effect that was given up tried again"),
];

/// Actions of the policy language that transitions may ask for. `decide` is for reviews that are no
/// approval of a request (cross-review): whoever the state's `todo` asks counts as asked.
pub const ACTIONS: &[&str] = &["submit", "advance", "decide", "assign", "administer", "secure"];

/// Verbs of the engine itself; no transition may take their names.
pub const BUILT_IN: &[&str] = &["create", "edit", "approve", "reject", "withdraw", "attach", "detach", "mark", "acknowledge"];

/// Families that policies speak of.
pub const GROUPS: &[&str] =
    &["organisation", "secret", "identification", "change", "rule", "improvement", "account", "settings", "register", "restricted"];

/// Sections of the console's menu.
pub const SECTIONS: &[&str] = &[
    "",
    "secrets",
    "access",
    "carriers",
    "zones",
    "equipment",
    "people",
    "staffing",
    "training",
    "partners",
    "processes",
    "security",
    "incidents",
    "rules",
    "improvement",
    "duties",
    "registers",
    "settings",
];

/// Roles that `Who` may name (codes of the policy's roles). `committee` means its chair too.
pub const ROLES: &[&str] = &[
    "committee_chair",
    "committee",
    "office",
    "department_head",
    "department_officer",
    "legal",
    "staff",
    "system_admin",
    "security_admin",
    "auditor",
];

/// Names that no field may take: the columns every record has, and words of the HTTP interface.
pub const RESERVED: &[&str] = &[
    "id",
    "kind",
    "number",
    "state",
    "version",
    "created",
    "creator",
    "updated",
    "data",
    "pending",
    "acknowledged",
    "batch",
    "note",
    "file",
    "row",
    "q",
    "sort",
    "cursor",
    "limit",
];

/// Columns of a list that are no fields.
pub const COLUMNS: &[&str] = &["number", "state", "updated", "created"];
