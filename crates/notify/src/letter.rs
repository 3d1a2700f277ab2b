//! What a message says. Its words come in ready, in the reader's language; here they are made harmless and laid out.
//!
//! Nothing in it comes from a record but its number and its due day: see the README, "What is not said".

use serde::{Deserialize, Serialize};

/// Longest line, in characters.
const LINE_MAX: usize = 300;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Number, what is asked, due day.
    pub text: String,
    /// Where it is done.
    pub link: Option<String>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Stable; the same message has the same one, so that a receiver can tell a repetition.
    pub id: String,
    /// One line above everything.
    pub subject: String,
    /// The work, the most pressing first.
    pub lines: Vec<Line>,
    /// `and {count} more`, said when not all lines fit.
    pub more: String,
    /// Who says so, and that nobody should answer.
    pub footer: String,
    /// How the receiving system knows the person: an address, a number, an identifier.
    pub to: String,
    /// In a group, who is meant; said in words where the person cannot be called by `to`.
    pub person: String,
}

impl Letter {
    /// The lines that are shown when `most` of them fit, and how it is said that there are more.
    #[must_use]
    pub fn shown(&self, most: usize) -> (&[Line], Option<String>) {
        let most = most.min(self.lines.len());
        let left = self.lines.len() - most;
        let more = (left > 0).then(|| self.more.replace("{count}", &left.to_string()));
        (self.lines.get(..most).unwrap_or_default(), more)
    }

    /// As plain text, for mail.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            out.push_str("- ");
            out.push_str(&plain(&line.text));
            out.push('\n');
            if let Some(link) = &line.link {
                out.push_str("  ");
                out.push_str(&plain(link));
                out.push('\n');
            }
        }
        out.push_str("\n-- \n");
        out.push_str(&plain(&self.footer));
        out.push('\n');
        out
    }
}

/// One line without control characters (line ends among them), shortened.
#[must_use]
pub fn plain(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() || is_steering(c) { ' ' } else { c });
    clean.take(LINE_MAX).collect::<String>().trim().to_owned()
}

/// Characters that turn the direction of writing or hide: what is read would not be what stands there.
const fn is_steering(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The same where text is markup: what would be read as markup becomes its full-width twin, which nothing takes for markup.
#[must_use]
pub fn unmarked(text: &str) -> String {
    let twin = |c: char| match c {
        '*' | '_' | '`' | '#' | '[' | ']' | '(' | ')' | '<' | '>' | '!' | '~' | '|' | '&' | '\\' | '@' => {
            char::from_u32(u32::from(c) + 0xfee0).unwrap_or(' ')
        }
        c => c,
    };
    plain(text).chars().map(twin).collect()
}

/// A link as it may stand in markup: only what an address is made of.
#[must_use]
pub fn link(address: &str) -> Option<&str> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#%=&+,;@$".contains(&b);
    let web = address.starts_with("https://") || address.starts_with("http://");
    (web && address.len() <= 2000 && address.bytes().all(known)).then_some(address)
}
