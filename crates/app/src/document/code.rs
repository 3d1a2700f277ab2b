//! The code at the foot of a paper: which record and form it was printed from, and that it was printed here.
//!
//! `jingui:doc:<kind>:<number>:<form>:<check>`. The check is ten hex digits that only this vault can compute (HMAC, RFC 2104): numbers are
//! alike from company to company, and a paper of a partner who uses the same program must not find a record of ours.

use jingui_vault::Vault;

/// How every code begins.
pub(super) const PREFIX: &str = "jingui:doc:";
/// Bytes of the check: enough that nobody guesses one for a record that exists, short enough to be printed small.
const CHECK: usize = 5;

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    /// The register.
    pub kind: String,
    /// The record's number, or its id when it has none.
    pub number: String,
    /// The form.
    pub form: String,
}

impl Code {
    /// As it is printed.
    pub fn written(&self, vault: &Vault) -> String {
        let text = format!("{PREFIX}{}:{}:{}", self.kind, self.number, self.form);
        let check = check(vault, &text);
        format!("{text}:{check}")
    }

    /// A code that this vault printed; none for every other text.
    pub fn read(vault: &Vault, text: &str) -> Option<Self> {
        let (said, found) = text.rsplit_once(':')?;
        if check(vault, said) != found {
            return None;
        }
        let (kind, rest) = said.strip_prefix(PREFIX)?.split_once(':')?;
        let (number, form) = rest.rsplit_once(':')?;
        Some(Self { kind: kind.to_owned(), number: number.to_owned(), form: form.to_owned() })
    }
}

fn check(vault: &Vault, text: &str) -> String {
    let mac = vault.blind("document code", text.as_bytes());
    hex::encode(mac.get(..CHECK).unwrap_or_default())
}
