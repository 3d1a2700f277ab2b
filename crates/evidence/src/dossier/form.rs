//! The small files of a package: canonical JSON (RFC 8785) and lists of hashes, one spelling each.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jingui_ledger::{OpenField, suite::Hash};
use jingui_model::{Problem, canonical};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The longest consistency proof: two hashes for each level of a tree of 2^64 entries.
const MAX_HASHES: usize = 128;

/// What an `.opened.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// By ascending name.
    pub fields: Vec<OpenField>,
}

/// What a stamp says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StampHead {
    /// One of the index's authorities.
    pub authority: String,
    /// The size of the stamped checkpoint.
    pub size: u64,
    /// The stamp before it, when this one renews it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews: Option<u64>,
}

/// Canonical JSON.
///
/// # Errors
/// `canonical.fraction`.
pub fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, Problem> {
    canonical::to_bytes(&serde_json::to_value(value).map_err(|e| Problem::internal("package.fault.index").detail(e))?)
}

/// Reads exactly what [`write`] writes.
pub fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(bytes).ok()?;
    write(&value).is_ok_and(|again| again == bytes).then_some(value)
}

/// A line for each hash.
pub fn write_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect::<String>().into_bytes()
}

/// Reads exactly what [`write_hashes`] writes.
pub fn read_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let hashes: Vec<Hash> =
        text.lines().take(MAX_HASHES + 1).map(|line| BASE64.decode(line).ok()?.try_into().ok()).collect::<Option<_>>()?;
    (hashes.len() <= MAX_HASHES && write_hashes(&hashes) == bytes).then_some(hashes)
}

/// A root as the index and a checkpoint write it.
pub fn root_text(root: &Hash) -> String {
    BASE64.encode(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_have_one_spelling() {
        let head = StampHead { authority: "机构".to_owned(), size: 7, renews: None };
        let text = write(&head).unwrap_or_default();
        assert_eq!(text, r#"{"authority":"机构","size":7}"#.as_bytes());
        assert_eq!(read::<StampHead>(&text), Some(head));
        for other in [
            r#"{"size":7,"authority":"机构"}"#,
            r#"{"authority":"机构","size":7} "#,
            r#"{"authority":"机构","size":7,"renews":null}"#,
            r#"{"authority":"机构","size":7,"x":1}"#,
            r#"{"authority":"机构","size":07}"#,
            "",
        ] {
            assert_eq!(read::<StampHead>(other.as_bytes()), None, "{other}");
        }
        let hashes = vec![[1; 32], [2; 32]];
        let text = write_hashes(&hashes);
        assert_eq!(read_hashes(&text), Some(hashes));
        assert_eq!(read_hashes(b""), Some(vec![]));
        let cut = text.len() - 1;
        assert_eq!(read_hashes(text.get(..cut).unwrap_or_default()), None);
        assert_eq!(read_hashes(b"\n"), None);
        assert_eq!(read_hashes(&write_hashes(&[[0; 32]; 129])), None);
    }
}
