//! The one error value that reaches a user: a stable code with arguments, never a sentence.
//!
//! Engines raise problems by code; the texts for each code stand in `catalog/messages.yaml` in
//! both languages and are filled in at the edge (HTTP, command line). `cargo xtask tidy` fails
//! when a code that is raised anywhere has no text. Secrets must never become arguments.

use std::{borrow::Cow, fmt};

use serde::Serialize;

/// What sort of refusal it is; the HTTP edge maps it to a status, the command line to an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The input is wrong (400, or 422 with fields).
    Invalid,
    /// Nobody is signed in (401).
    Unauthenticated,
    /// Signed in, but not allowed (403).
    Denied,
    /// There is no such thing, or it may not be known (404).
    Missing,
    /// It changed meanwhile, exists already, or the state does not allow it (409).
    Conflict,
    /// Too large (413).
    TooLarge,
    /// Too many (429).
    TooMany,
    /// The node is sealed (423).
    Locked,
    /// Cannot be done now: disk full, database away (503).
    Unavailable,
    /// A defect of ours (500).
    Internal,
}

/// A refusal or fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    class: Class,
    code: Cow<'static, str>,
    field: Option<String>,
    args: Vec<(Cow<'static, str>, String)>,
    parts: Vec<Problem>,
    detail: Option<String>,
}

macro_rules! makers {
    ($($(#[$doc:meta])* $name:ident => $class:ident;)*) => {
        impl Problem {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(code: impl Into<Cow<'static, str>>) -> Self {
                Self::of(Class::$class, code)
            })*
        }
    };
}
makers! {
    /// The input is wrong.
    invalid => Invalid;
    /// Nobody is signed in.
    unauthenticated => Unauthenticated;
    /// Not allowed.
    denied => Denied;
    /// No such thing, or it may not be known.
    missing => Missing;
    /// Changed meanwhile, exists already, or not in this state.
    conflict => Conflict;
    /// Too large.
    too_large => TooLarge;
    /// Too many.
    too_many => TooMany;
    /// The node is sealed.
    locked => Locked;
    /// Cannot be done now.
    unavailable => Unavailable;
    /// A defect of ours.
    internal => Internal;
}

impl Problem {
    /// Any class.
    #[must_use]
    pub fn of(class: Class, code: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { class, code: code.into(), field: None, args: vec![], parts: vec![], detail: None }))
    }

    /// Adds an argument for the text; never a secret.
    #[must_use]
    pub fn arg(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.0.args.push((name.into(), value.to_string()));
        self
    }

    /// Names the field at fault (`points[2].name`).
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// A technical detail for the log of the operator; never shown to a user, never a secret.
    #[must_use]
    pub fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.0.detail = Some(detail.to_string());
        self
    }

    /// Several at once, for example one for each field.
    #[must_use]
    pub fn with(mut self, parts: Vec<Self>) -> Self {
        self.0.parts = parts;
        self
    }

    /// One problem out of many: the only one, or `input.invalid` with all of them as parts.
    #[must_use]
    pub fn many(mut parts: Vec<Self>) -> Option<Self> {
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(Self::invalid("input.invalid").arg("count", parts.len()).with(parts)),
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The class.
    #[must_use]
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// The field at fault.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The arguments for the text.
    #[must_use]
    pub fn args(&self) -> &[(Cow<'static, str>, String)] {
        &self.0.args
    }

    /// The parts, when there are several.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        &self.0.parts
    }

    /// The detail for the operator.
    #[must_use]
    pub fn operator_detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

impl fmt::Display for Problem {
    /// For logs: the code with arguments, field and detail; no sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.code)?;
        if let Some(field) = &self.0.field {
            write!(f, " at {field}")?;
        }
        for (name, value) in &self.0.args {
            write!(f, " {name}={value}")?;
        }
        if let Some(detail) = &self.0.detail {
            write!(f, " ({detail})")?;
        }
        for part in &self.0.parts {
            write!(f, "; {part}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_problems_become_one() {
        assert_eq!(Problem::many(vec![]), None);
        let one = Problem::invalid("x.y").at("name");
        assert_eq!(Problem::many(vec![one.clone()]), Some(one.clone()));
        let both = Problem::many(vec![one.clone(), one]);
        assert_eq!(both.map(|p| (p.code().to_owned(), p.parts().len())), Some(("input.invalid".to_owned(), 2)));
    }
}
