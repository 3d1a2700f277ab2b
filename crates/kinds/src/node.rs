//! YAML read into a tree that remembers where each value stands, so that a mistake in a kind
//! file can be shown by file, line and column and not only by name.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::diagnose::Diagnostic;

/// A value with its place (both counted from 1).
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub line: u64,
    pub column: u64,
    pub body: Body,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub name: String,
    pub line: u64,
    pub column: u64,
}

impl Node {
    /// The value behind a key of a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.body {
            Body::Map(entries) => entries.iter().find(|(k, _)| k.name == name).map(|(_, n)| n),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.body {
            Body::Str(s) => Some(s),
            _ => None,
        }
    }
}

/// Reads one file.
pub(crate) fn read(file: &str, text: &str) -> Result<Node, Diagnostic> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options::<Node>(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |l| (l.line().max(1), l.column().max(1)));
        let detail: String = error.without_snippet().to_string().chars().take(200).collect();
        Diagnostic::new(file, line, column, "", "kind.syntax").arg("detail", detail)
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Body>::deserialize(d)?;
        Ok(Self { line: spanned.referenced.line(), column: spanned.referenced.column(), body: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Body;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a YAML value")
            }
            fn visit_unit<E>(self) -> Result<Body, E> {
                Ok(Body::Null)
            }
            fn visit_none<E>(self) -> Result<Body, E> {
                Ok(Body::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Body, D::Error> {
                Body::deserialize(d)
            }
            fn visit_bool<E>(self, v: bool) -> Result<Body, E> {
                Ok(Body::Bool(v))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Body, E> {
                Ok(Body::Int(v))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Body, E> {
                i64::try_from(v).map(Body::Int).map_err(|_| E::custom("number too large"))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Body, E> {
                Ok(Body::Float(v))
            }
            fn visit_str<E>(self, v: &str) -> Result<Body, E> {
                Ok(Body::Str(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Body, A::Error> {
                let mut items = vec![];
                while let Some(item) = seq.next_element::<Node>()? {
                    items.push(item);
                }
                Ok(Body::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
                let mut entries = vec![];
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    let at = Key { line: key.referenced.line(), column: key.referenced.column(), name: key.value };
                    entries.push((at, map.next_value::<Node>()?));
                }
                Ok(Body::Map(entries))
            }
        }
        d.deserialize_any(Any)
    }
}
