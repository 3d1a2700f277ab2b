//! The words that policies are made of: actions, roles, families of kinds, doors. Each has a
//! stable snake_case code that stands in policies, kind files, the database and the API.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jingui_model::Problem;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $texts:literal, $unknown:literal, $($(#[$vdoc:meta])* $variant:ident = $code:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant,)* }

        impl $name {
            /// All of them, in the order in which people read them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The code of its name for people, in `catalog/messages/policy.yaml`.
            #[must_use]
            pub fn text_code(self) -> String {
                format!("{}{}", $texts, self.code())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl FromStr for $name {
            type Err = Problem;

            /// # Errors
            #[doc = concat!("`", $unknown, "` when there is no such code.")]
            fn from_str(text: &str) -> Result<Self, Problem> {
                match text {
                    $($code => Ok(Self::$variant),)*
                    _ => Err(Problem::invalid($unknown).arg("value", text.chars().take(40).collect::<String>())),
                }
            }
        }
    };
}

words! {
    /// What somebody wants to do with a record, a register or the system.
    Action, "policy.action.", "policy.action_unknown",
    /// Know that it exists: id, number, kind, state, grade, dates.
    Notice = "notice",
    /// Read title and fields.
    Read = "read",
    /// See its time line: who did what and when. What fields said before is shown to those who may also read.
    History = "history",
    /// Make one.
    Create = "create",
    /// Change fields.
    Edit = "edit",
    /// Hand in for approval; acknowledge a rule (the target is then `own`).
    Submit = "submit",
    /// Approve or reject a step.
    Decide = "decide",
    /// Other transitions: close, publish, revoke.
    Advance = "advance",
    /// Add or remove a file.
    Attach = "attach",
    /// Look at a file on the server's pages, without having it.
    ViewFile = "view_file",
    /// Take the file itself out.
    OpenFile = "open_file",
    /// Take out what the register says.
    Export = "export",
    /// Bring in many at once.
    Import = "import",
    /// Change who may know and who owns.
    Assign = "assign",
    /// Accounts, roles, settings of the system.
    Administer = "administer",
    /// Keys, policies, security settings, sessions and tokens of others.
    Secure = "secure",
    /// The access log over all; inspection of the ledger.
    Audit = "audit",
    /// Make a backup.
    Backup = "backup",
    /// Unseal the node.
    Unlock = "unlock",
}

words! {
    /// A role of an account (B 3.1, H 5.1; the three administrators: H 9.5.2, 9.6.2).
    Role, "policy.role.", "policy.role_unknown",
    /// 保密委员会主任 (legal representative or general manager).
    CommitteeChair = "committee_chair",
    /// 保密委员会.
    Committee = "committee",
    /// 保密管理部.
    Office = "office",
    /// 部门负责人.
    DepartmentHead = "department_head",
    /// 部门保密员.
    DepartmentOfficer = "department_officer",
    /// 法务.
    Legal = "legal",
    /// 员工.
    Staff = "staff",
    /// 系统管理员.
    SystemAdmin = "system_admin",
    /// 安全管理员.
    SecurityAdmin = "security_admin",
    /// 审计员.
    Auditor = "auditor",
}

words! {
    /// The family that a kind of record belongs to; `group` in its kind file.
    KindGroup, "policy.group.", "policy.group_unknown",
    /// Departments, posts, persons.
    Organisation = "organisation",
    /// Trade secrets.
    Secret = "secret",
    /// Campaigns, lists, candidates.
    Identification = "identification",
    /// Grade change, extension, declassification.
    Change = "change",
    /// Controlled company rules.
    Rule = "rule",
    /// Corrective actions.
    Improvement = "improvement",
    /// Accounts and API tokens.
    Account = "account",
    /// System and security settings, keys, policies.
    Settings = "settings",
    /// The evidence ledger.
    Ledger = "ledger",
    /// Registers that an enterprise adds.
    Register = "register",
    /// Incidents and personal files: who keeps them and who is named in them.
    Restricted = "restricted",
}

words! {
    /// What a person is to a record, in the matrix.
    Relation, "policy.relation.", "policy.relation_unknown",
    /// Nothing.
    Other = "other",
    /// It belongs to the person's department (heads and officers: which they are in charge of).
    SameDepartment = "same_department",
    /// On the need-to-know list.
    Knows = "knows",
    /// Asked to decide its present step.
    Assigned = "assigned",
    /// Made it or asks for it.
    Creator = "creator",
    /// It is about the person.
    Own = "own",
}

impl KindGroup {
    /// Whether every record of the family counts as secret, whatever its grade: what is not yet
    /// classified, and what is said about a classification, tells as much as the secret itself.
    #[must_use]
    pub const fn confidential(self) -> bool {
        matches!(self, Self::Secret | Self::Identification | Self::Change)
    }

    /// The families above it, as policies name them.
    pub(crate) const fn above(self) -> &'static [&'static str] {
        match self {
            Self::Secret | Self::Identification | Self::Change => &["confidential"],
            Self::Rule | Self::Improvement | Self::Register | Self::Restricted => &["work"],
            Self::Account | Self::Settings => &["system"],
            Self::Organisation | Self::Ledger => &[],
        }
    }

    /// Whether records of the family can carry a grade.
    #[must_use]
    pub const fn graded(self) -> bool {
        !matches!(self, Self::Organisation | Self::Account | Self::Settings | Self::Ledger)
    }
}

words! {
    /// By which door somebody came.
    Door, "policy.door.", "policy.door_unknown",
    /// A person, signed in.
    Session = "session",
    /// A program with an API token.
    Token = "token",
}

impl Role {
    /// One of the three administrators (三员).
    #[must_use]
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::Auditor)
    }

    /// The roles taken together that it belongs to, as policies name them.
    pub(crate) const fn above(self) -> &'static [&'static str] {
        match self {
            Self::SystemAdmin | Self::SecurityAdmin => &["administrators", "operators"],
            Self::Auditor => &["administrators"],
            Self::Committee | Self::CommitteeChair => &["committee", "duties"],
            Self::DepartmentHead | Self::DepartmentOfficer => &["keepers", "duties"],
            Self::Office => &["duties"],
            Self::Legal | Self::Staff => &[],
        }
    }

    /// Whether one person may hold both (H 9.5.2, 9.6.2; feature 1.3).
    #[must_use]
    pub const fn agrees_with(self, other: Self) -> bool {
        match (self.is_administrator(), other.is_administrator()) {
            (true, true) => self as u8 == other as u8,
            (true, false) => matches!(other, Self::Legal | Self::Staff),
            (false, true) => matches!(self, Self::Legal | Self::Staff),
            (false, false) => true,
        }
    }
}

/// Two roles that one person may not hold together, if there are any: the three administrators
/// exclude each other, and each excludes office, committee, heads and officers of departments.
#[must_use]
pub fn conflicting_roles(roles: &BTreeSet<Role>) -> Option<(Role, Role)> {
    let later = |one: &Role| roles.iter().copied().find(|other| one < other && !one.agrees_with(*other));
    roles.iter().find_map(|one| later(one).map(|other| (*one, other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for action in Action::ALL {
            assert_eq!(action.code().parse::<Action>().ok(), Some(*action));
        }
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).ok(), Some(role.code().into()));
            assert_eq!(role.to_string().parse::<Role>().ok(), Some(*role));
        }
        assert_eq!("root".parse::<Role>().map_err(|p| p.code().to_owned()), Err("policy.role_unknown".to_owned()));
        assert!("confidential".parse::<KindGroup>().is_err(), "no kind may call itself the family above families");
    }

    #[test]
    fn h_9_5_2_the_three_administrators_are_three_people_and_nothing_else() {
        let administrators = [Role::SystemAdmin, Role::SecurityAdmin, Role::Auditor];
        let duties = [Role::Office, Role::Committee, Role::CommitteeChair, Role::DepartmentHead, Role::DepartmentOfficer];
        for (i, a) in administrators.iter().enumerate() {
            for other in administrators.iter().skip(i + 1).chain(&duties) {
                let pair = BTreeSet::from([*a, *other]);
                assert!(conflicting_roles(&pair).is_some(), "{a} and {other}");
            }
            assert_eq!(conflicting_roles(&BTreeSet::from([*a, Role::Staff])), None);
        }
        assert_eq!(conflicting_roles(&duties.into_iter().chain([Role::Legal, Role::Staff]).collect()), None);
        let many = BTreeSet::from([Role::Staff, Role::Office, Role::Auditor]);
        assert_eq!(conflicting_roles(&many), Some((Role::Office, Role::Auditor)));
    }
}
