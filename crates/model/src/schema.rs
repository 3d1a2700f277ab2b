//! How identifiers, instants and days look in an OpenAPI document; switched on by the server only.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::{Day, Id, Instant};

fn text(format: SchemaFormat, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).description(Some(description)).into()
}

macro_rules! texts {
    ($($type:ident $format:expr, $description:literal;)*) => {
        $(impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                text($format, $description)
            }
        }
        impl ToSchema for $type {})*
    };
}
texts! {
    Id SchemaFormat::Custom("uuid".to_owned()), "A UUID.";
    Instant SchemaFormat::KnownFormat(KnownFormat::DateTime), "RFC 3339, UTC, six digits.";
    Day SchemaFormat::KnownFormat(KnownFormat::Date), "YYYY-MM-DD.";
}
