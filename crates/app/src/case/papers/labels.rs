//! What people call kinds, fields, acts and codes in a paper: the words of the registers themselves.

use jingui_kinds::{
    Catalog,
    kind::{Field, FieldType},
};
use jingui_model::{GradeScheme, Protection, Text};

/// Words for what stands in entries. Without one, the code itself is shown.
pub trait Labels {
    /// A kind of record.
    fn kind(&self, kind: &str) -> Option<Text>;
    /// An act on that kind.
    fn act(&self, kind: &str, act: &str) -> Option<Text>;
    /// A field; one of a row is `points.content`.
    fn field(&self, kind: &str, field: &str) -> Option<Text>;
    /// A code in a field of choices.
    fn option(&self, kind: &str, field: &str, code: &str) -> Option<Text>;
    /// A grade, with how strict it is.
    fn grade(&self, code: &str) -> Option<(Protection, Text)>;
}

/// The words of the catalogue in force and the company's grade scheme.
#[derive(Debug, Clone, Copy)]
pub struct CatalogLabels<'a> {
    /// Kinds and taxonomies.
    pub catalog: &'a Catalog,
    /// Grades.
    pub scheme: &'a GradeScheme,
}

impl CatalogLabels<'_> {
    fn find(&self, kind: &str, path: &str) -> Option<&Field> {
        let (name, inner) = path.split_once('.').map_or((path, None), |(name, inner)| (name, Some(inner)));
        let field = self.catalog.kinds.get(kind)?.field(name)?;
        match (inner, &field.ty) {
            (None, _) => Some(field),
            (Some(inner), FieldType::Rows { fields, .. }) => fields.iter().find(|field| field.name == inner),
            (Some(_), _) => None,
        }
    }
}

impl Labels for CatalogLabels<'_> {
    fn kind(&self, kind: &str) -> Option<Text> {
        Some(self.catalog.kinds.get(kind)?.label.clone())
    }

    fn act(&self, kind: &str, act: &str) -> Option<Text> {
        Some(self.catalog.kinds.get(kind)?.transition(act)?.label.clone())
    }

    fn field(&self, kind: &str, field: &str) -> Option<Text> {
        Some(self.find(kind, field)?.label.clone())
    }

    fn option(&self, kind: &str, field: &str, code: &str) -> Option<Text> {
        // The states of an act are those of the register.
        if matches!(field, "from" | "to") {
            return Some(self.catalog.kinds.get(kind)?.state(code)?.label.clone());
        }
        match &self.find(kind, field)?.ty {
            FieldType::Choice { options } | FieldType::Choices { options } => {
                Some(options.iter().find(|option| option.code == code)?.label.clone())
            }
            FieldType::Grade {} => Some(self.grade(code)?.1),
            FieldType::Taxonomy { of } => Some(self.catalog.taxonomies.get(of)?.node(code)?.label.clone()),
            _ => None,
        }
    }

    fn grade(&self, code: &str) -> Option<(Protection, Text)> {
        // A package may call a grade by its name.
        let named = || self.scheme.levels.iter().find(|level| level.name.zh == code || level.name.en == code);
        let level = self.scheme.level(code).or_else(named)?;
        Some((level.protection, level.name.clone()))
    }
}
