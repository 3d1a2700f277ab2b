//! The catalogue that ships inside the binary.

use rust_embed::RustEmbed;

/// `catalog/`, embedded.
#[derive(RustEmbed)]
#[folder = "../../catalog"]
#[include = "**/*.yaml"]
#[include = "**/*.cedar"]
#[include = "**/*.cedarschema"]
#[include = "evidence/*.md"]
struct Files;

/// The text files below a folder of the catalogue, by path, in order.
#[must_use]
pub fn below(folder: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Files::iter()
        .filter(|p| p.starts_with(folder))
        .filter_map(|p| Some((p.to_string(), String::from_utf8(Files::get(&p)?.data.into_owned()).ok()?)))
        .collect();
    files.sort();
    files
}
