//! How identifiers, instants and days look in an OpenAPI document; switched on by the server only.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::{Day, Id, Instant};

fn text(format: KnownFormat, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format))).description(Some(description)).into()
}

macro_rules! texts {
    ($($type:ident $format:ident $description:literal;)*) => {
        $(impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                text(KnownFormat::$format, $description)
            }
        }
        impl ToSchema for $type {})*
    };
}
texts! {
    Id Uuid "A UUID.";
    Instant DateTime "RFC 3339, UTC, six digits.";
    Day Date "YYYY-MM-DD.";
}
