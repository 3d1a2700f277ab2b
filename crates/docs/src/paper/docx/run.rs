//! Pieces of text as runs: what stands between the tags of a paragraph.

use std::fmt::Write as _;

use crate::paper::{
    clean,
    model::{Look, Span},
};

/// Width of a full-width space at the size of the body, millimetres: what lines to write on are made of.
const SPACE_MM: f32 = 3.7;

/// One run with these properties; line feeds become breaks.
pub fn run(out: &mut String, properties: &str, text: &str) {
    let text = clean::text(text);
    if text.is_empty() {
        return;
    }
    out.push_str("<w:r>");
    if !properties.is_empty() {
        let _ = write!(out, "<w:rPr>{properties}</w:rPr>");
    }
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push_str("<w:br/>");
        }
        if !line.is_empty() {
            let _ = write!(out, "<w:t xml:space=\"preserve\">{}</w:t>", clean::escape(line));
        }
    }
    out.push_str("</w:r>");
}

/// All spans of a paragraph; `links` collects where links lead.
pub fn runs(out: &mut String, spans: &[Span], links: &mut Vec<String>) {
    for span in spans {
        match span {
            Span::Text { text, look, link } => {
                let properties = match look {
                    Look::Plain => "",
                    Look::Strong => "<w:b/>",
                    Look::Small => "<w:rStyle w:val=\"Small\"/>",
                    Look::Code => "<w:rStyle w:val=\"Code\"/>",
                };
                match link.as_deref().and_then(clean::link) {
                    Some(target) => {
                        links.push(target.to_owned());
                        let _ = write!(out, "<w:hyperlink r:id=\"link{}\">", links.len());
                        run(out, "<w:rStyle w:val=\"Hyperlink\"/>", text);
                        out.push_str("</w:hyperlink>");
                    }
                    None => run(out, properties, text),
                }
            }
            Span::Blank { label, missing: true, .. } => {
                run(out, "<w:color w:val=\"B41C1C\"/><w:highlight w:val=\"yellow\"/><w:u w:val=\"single\"/>", &format!("〔{label}〕"));
            }
            Span::Blank { width_mm, .. } => {
                let width = if width_mm.is_finite() { width_mm.clamp(4.0, 160.0) } else { 20.0 };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 44")]
                let spaces = (width / SPACE_MM).round().max(1.0) as usize;
                run(out, "<w:u w:val=\"single\"/>", &"\u{3000}".repeat(spaces));
            }
            Span::Check(ticked) => run(
                out,
                "<w:rFonts w:ascii=\"Segoe UI Symbol\" w:hAnsi=\"Segoe UI Symbol\" w:eastAsia=\"Segoe UI Symbol\" w:cs=\"Segoe UI Symbol\"/>",
                if *ticked { "☑" } else { "☐" },
            ),
        }
    }
}
