//! Grades (密级). The enterprise chooses its own scheme; each of its levels maps to one of the
//! three protections that the guides distinguish (B 2.3, H 8.1.2), which is what rules act on.

use serde::{Deserialize, Serialize};

use crate::Text;

/// How strongly a thing is protected. Ordered: `None < General < Important < Core`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Protection {
    /// Not graded.
    #[default]
    None,
    /// 一般秘密.
    General,
    /// 重要秘密.
    Important,
    /// 核心秘密.
    Core,
}

impl Protection {
    /// 0 to 3, for policies and indexes.
    #[must_use]
    pub const fn rank(self) -> u8 {
        self as u8
    }

    /// From 0 to 3; anything else is no protection known, which callers must treat as an error.
    #[must_use]
    pub const fn from_rank(rank: u8) -> Option<Self> {
        match rank {
            0 => Some(Self::None),
            1 => Some(Self::General),
            2 => Some(Self::Important),
            3 => Some(Self::Core),
            _ => None,
        }
    }
}

/// One level of a scheme, for example 核心秘密 or 一级商密.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GradeLevel {
    /// Stable code, stored in records.
    pub code: String,
    /// What people read.
    pub name: Text,
    /// What rules act on.
    pub protection: Protection,
    /// Shortest term in months (B 4.1.2).
    #[serde(default)]
    pub term_min_months: Option<u16>,
    /// Longest term in months; absent means until published or worthless.
    #[serde(default)]
    pub term_max_months: Option<u16>,
}

/// A scheme of grades, highest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GradeScheme {
    /// Stable code.
    pub code: String,
    /// What people read.
    pub name: Text,
    /// The levels, highest first.
    pub levels: Vec<GradeLevel>,
}

impl GradeScheme {
    /// The level with a code.
    #[must_use]
    pub fn level(&self, code: &str) -> Option<&GradeLevel> {
        self.levels.iter().find(|l| l.code == code)
    }

    /// The protection of a grade code; an unknown code counts as core, so that a mistake never opens anything.
    #[must_use]
    pub fn protection(&self, code: &str) -> Protection {
        self.level(code).map_or(Protection::Core, |l| l.protection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_grade_is_protected_as_core() {
        let scheme = GradeScheme { code: "x".into(), name: Text::default(), levels: vec![] };
        assert_eq!(scheme.protection("?"), Protection::Core);
        assert!(Protection::Core > Protection::Important && Protection::General > Protection::None);
        assert_eq!((0..5).filter_map(Protection::from_rank).map(Protection::rank).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}
