//! How to check a package by hand: `HOW-TO-CHECK.zh.md` of every package, and the same in English (在线诉讼规则 19; 互联网法院规定 11:
//! can it be reproduced). The text is data; a test runs its commands on the published package.

use jingui_model::Lang;

use crate::embed;

/// The instructions, in Markdown.
#[must_use]
pub fn how_to_check(lang: Lang) -> String {
    let file = match lang {
        Lang::Zh => "evidence/how-to-check.zh.md",
        Lang::En => "evidence/how-to-check.en.md",
    };
    embed::below(file).pop().map(|(_, text)| text).unwrap_or_default()
}
