//! Text as it may appear on paper: nothing invisible, nothing that changes what a reader sees.
//!
//! Both writers clean the same way, so that PDF and HTML say the same. Controls and marks that turn the direction of
//! text (Unicode TR 36, "bidirectional spoofing") become visible; characters that only advise on shape go.

/// What takes the place of a character that must not be hidden.
pub const REPLACEMENT: char = '\u{fffd}';

/// One character as it is shown; `None` when it is left away.
pub fn clean(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        '\t' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' | '\u{85}' => Some(' '),
        '\r' => None,
        // Soft hyphen, joiners, zero width spaces, selectors of variants, the byte order mark.
        '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}' => {
            None
        }
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2061}'..='\u{206f}' => Some(REPLACEMENT),
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => Some(REPLACEMENT),
        c if c.is_control() => Some(REPLACEMENT),
        // Not characters: the last two of each plane and a block among the Arabic forms.
        c if u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c) => Some(REPLACEMENT),
        c => Some(c),
    }
}

/// A whole text as it is shown.
pub fn text(raw: &str) -> String {
    raw.chars().filter_map(clean).collect()
}

/// A text for one line (titles, bookmarks, metadata): line feeds become spaces.
pub fn line(raw: &str) -> String {
    text(raw).replace('\n', " ")
}

/// A target that a reader may be sent to: a web address or a mail address, without spaces or controls.
pub fn link(raw: &str) -> Option<&str> {
    let target = raw.trim();
    let known = ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let safe = target.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}'));
    (known && safe && target.len() <= 2_000).then_some(target)
}

/// Text for an element or an attribute in double quotes, of XML as of HTML.
pub fn escape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 8);
    for c in raw.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_invisible_is_made_visible_or_goes() {
        assert_eq!(text("a\u{202e}b\u{0}c\u{ffff}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(text("商\u{200b}业\u{fe0f}\u{feff}秘\r\n密\t点"), "商业秘\n密 点");
        assert_eq!(line("一\n二"), "一 二");
    }

    #[test]
    fn links_lead_to_the_web_or_to_a_mailbox() {
        assert_eq!(link(" https://example.com/a?b=c#d "), Some("https://example.com/a?b=c#d"));
        assert_eq!(link("MAILTO:a@example.com"), Some("MAILTO:a@example.com"));
        for bad in ["javascript:alert(1)", "https://exa mple.com", "https://e.com/\"onclick=", "file:///etc/passwd", "//x.y", "秘密"] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }
}
