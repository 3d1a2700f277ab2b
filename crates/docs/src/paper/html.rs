//! Papers as one HTML file that needs nothing else: no script, no reference outwards, everything escaped.
//!
//! Headings, lists and tables keep their meaning for screen readers (WCAG 2.1, 1.3.1); printed it becomes A4 with the
//! same header, mark and page numbers (CSS Paged Media Level 3).

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jingui_model::Problem;

use super::{
    clean,
    layout::MAX_DEPTH,
    model::{Align, Block, Cell, HashLine, Image, ImageFormat, Look, NoteKind, Orientation, Paper, Paragraph, Qr, Signature, Span, Table},
    picture, qr,
};

const STYLE: &str = include_str!("paper.css");
/// Even a browser that is served this file with weaker rules loads nothing from elsewhere.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes a paper as HTML.
///
/// # Errors
/// `docs.image`, `docs.qr`, `docs.too_deep`.
pub fn write_html(paper: &Paper) -> Result<String, Problem> {
    let mut out = String::with_capacity(16_384);
    let title = escape(&clean::line(&paper.title));
    let lang = paper.language.tag();
    let _ = write!(out, "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n");
    let _ = writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let _ = write!(out, "<title>{title}</title>\n<meta name=\"date\" content=\"{}\">\n", paper.made_at);
    if !paper.author.is_empty() {
        let _ = writeln!(out, "<meta name=\"author\" content=\"{}\">", escape(&clean::line(&paper.author)));
    }
    let _ = write!(out, "<style>\n{STYLE}{}</style>\n</head>\n<body>\n", page_rule(paper));
    if paper.mark.is_some() || !paper.header.is_empty() {
        let _ = write!(out, "<header><span>{}</span>", escape(&clean::line(&paper.header)));
        if let Some(mark) = &paper.mark {
            let _ = write!(out, "<span class=\"mark\"><strong>{}</strong>", escape(&clean::line(&mark.line())));
            if !mark.number.is_empty() {
                let _ = write!(out, " <small>{}</small>", escape(&clean::line(&mark.number)));
            }
            out.push_str("</span>");
        }
        out.push_str("</header>\n");
    }
    let _ = write!(out, "<main>\n<h1>{title}</h1>\n");
    if !paper.subtitle.is_empty() {
        let _ = writeln!(out, "<p class=\"subtitle\">{}</p>", text(&paper.subtitle));
    }
    blocks(&mut out, &paper.blocks, 0)?;
    if !paper.code.is_empty() {
        matrix(&mut out, &Qr { content: clean::line(&paper.code), size_mm: 20.0, caption: clean::line(&paper.code) })?;
    }
    out.push_str("</main>\n");
    if !paper.footer.is_empty() {
        let _ = writeln!(out, "<footer>{}</footer>", escape(&clean::line(&paper.footer)));
    }
    out.push_str("</body>\n</html>\n");
    Ok(out)
}

fn blocks(out: &mut String, blocks: &[Block], depth: usize) -> Result<(), Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::invalid("docs.too_deep").arg("max", MAX_DEPTH));
    }
    blocks.iter().try_for_each(|one| block(out, one, depth))
}

fn block(out: &mut String, block: &Block, depth: usize) -> Result<(), Problem> {
    match block {
        Block::Heading { level, text: words } => {
            let afar = if *level == 0 { " class=\"afar\"" } else { "" };
            let level = level.clamp(&1, &4) + 1;
            let _ = writeln!(out, "<h{level}{afar}>{}</h{level}>", text(words));
        }
        Block::Paragraph(one) => paragraph(out, one),
        Block::List { numbered, items } => {
            let tag = if *numbered { "ol" } else { "ul" };
            let _ = writeln!(out, "<{tag}>");
            for item in items {
                out.push_str("<li>");
                blocks(out, item, depth + 1)?;
                out.push_str("</li>\n");
            }
            let _ = writeln!(out, "</{tag}>");
        }
        Block::Checks(lines) => {
            out.push_str("<ul class=\"checks\">\n");
            for (ticked, spans_) in lines {
                let _ = writeln!(out, "<li>{}{}</li>", check(*ticked), spans(spans_));
            }
            out.push_str("</ul>\n");
        }
        Block::KeyValues(pairs) => {
            out.push_str("<dl>\n");
            for (name, value) in pairs {
                let _ = writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", text(name), spans(value));
            }
            out.push_str("</dl>\n");
        }
        Block::Table(one) => table(out, one, depth)?,
        Block::Hashes(lines) => hashes(out, lines),
        Block::Rule => out.push_str("<hr>\n"),
        Block::PageBreak => out.push_str("<div class=\"break\"></div>\n"),
        Block::Group(inner) => {
            out.push_str("<div class=\"group\">\n");
            blocks(out, inner, depth + 1)?;
            out.push_str("</div>\n");
        }
        Block::Image(one) => image(out, one)?,
        Block::Qr(one) => matrix(out, one)?,
        Block::Signatures(lines) => signatures(out, lines),
        Block::Note { kind, title, blocks: inner } => {
            let class = match kind {
                NoteKind::Info => "info",
                NoteKind::Warning => "warning",
            };
            let _ = writeln!(out, "<aside class=\"note {class}\">");
            if !title.is_empty() {
                let _ = writeln!(out, "<p><strong>{}</strong></p>", text(title));
            }
            blocks(out, inner, depth + 1)?;
            out.push_str("</aside>\n");
        }
    }
    Ok(())
}

fn paragraph(out: &mut String, one: &Paragraph) {
    let mut classes: Vec<&str> = aligned(one.align).into_iter().collect();
    classes.extend(one.indent.then_some("indent"));
    let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
    let _ = writeln!(out, "<p{class}>{}</p>", spans(&one.spans));
}

fn aligned(align: Align) -> Option<&'static str> {
    match align {
        Align::Start => None,
        Align::Centre => Some("centre"),
        Align::End => Some("end"),
    }
}

fn table(out: &mut String, one: &Table, depth: usize) -> Result<(), Problem> {
    out.push_str("<table>\n");
    if !one.caption.is_empty() {
        let _ = writeln!(out, "<caption>{}</caption>", text(&one.caption));
    }
    let shares: Vec<f32> = one.columns.iter().map(|s| if s.is_finite() && *s > 0.0 { *s } else { 1.0 }).collect();
    let all: f32 = shares.iter().sum();
    if !shares.is_empty() {
        out.push_str("<colgroup>");
        for share in shares {
            let _ = write!(out, "<col style=\"width:{:.2}%\">", share / all * 100.0);
        }
        out.push_str("</colgroup>\n");
    }
    for (tag, rows, head) in [("thead", &one.head, true), ("tbody", &one.rows, false)] {
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(out, "<{tag}>");
        for row in rows {
            out.push_str("<tr>");
            for cell in row {
                table_cell(out, cell, head, depth)?;
            }
            out.push_str("</tr>\n");
        }
        let _ = writeln!(out, "</{tag}>");
    }
    out.push_str("</table>\n");
    Ok(())
}

fn table_cell(out: &mut String, cell: &Cell, head: bool, depth: usize) -> Result<(), Problem> {
    let (tag, scope) = match (head, cell.head) {
        (true, _) => ("th", " scope=\"col\""),
        (false, true) => ("th", " scope=\"row\""),
        (false, false) => ("td", ""),
    };
    let over = if cell.columns > 1 { format!(" colspan=\"{}\"", cell.columns.min(100)) } else { String::new() };
    let _ = write!(out, "<{tag}{scope}{over}>");
    // One paragraph alone needs no element of its own.
    match cell.blocks.as_slice() {
        [Block::Paragraph(Paragraph { spans: only, align: Align::Start, indent: false })] => out.push_str(&spans(only)),
        many => blocks(out, many, depth + 1)?,
    }
    let _ = write!(out, "</{tag}>");
    Ok(())
}

fn hashes(out: &mut String, lines: &[HashLine]) {
    out.push_str("<dl class=\"hashes\">\n");
    for line in lines {
        let _ = writeln!(out, "<div><dt>{}</dt><dd><code>{}</code></dd></div>", text(&line.label), text(&line.value));
    }
    out.push_str("</dl>\n");
}

fn image(out: &mut String, one: &Image) -> Result<(), Problem> {
    picture::open(one)?;
    let kind = match one.format {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpeg",
    };
    let width = if one.width_mm.is_finite() { one.width_mm.clamp(1.0, 400.0) } else { 160.0 };
    let _ = write!(
        out,
        "<figure><img alt=\"{}\" style=\"width:{width}mm\" src=\"data:image/{kind};base64,{}\">",
        escape(&clean::line(&one.alt)),
        STANDARD.encode(&one.bytes)
    );
    if !one.caption.is_empty() {
        let _ = write!(out, "<figcaption>{}</figcaption>", text(&one.caption));
    }
    out.push_str("</figure>\n");
    Ok(())
}

fn matrix(out: &mut String, one: &Qr) -> Result<(), Problem> {
    let matrix = qr::matrix(&one.content)?;
    let size = if one.size_mm.is_finite() { one.size_mm.clamp(8.0, 150.0) } else { 30.0 };
    let label = escape(&clean::line(if one.caption.is_empty() { &one.content } else { &one.caption }));
    let _ = write!(
        out,
        "<figure class=\"qr\"><svg role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {0} {0}\" \
         style=\"width:{size}mm;height:{size}mm\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{0}v{0}H0z\"/><path d=\"",
        matrix.side
    );
    for (x, y, length) in matrix.runs {
        let _ = write!(out, "M{x} {y}h{length}v1h-{length}z");
    }
    out.push_str("\"/></svg>");
    if !one.caption.is_empty() {
        let _ = write!(out, "<figcaption>{}</figcaption>", text(&one.caption));
    }
    out.push_str("</figure>\n");
    Ok(())
}

fn signatures(out: &mut String, lines: &[Signature]) {
    out.push_str("<div class=\"signatures\">\n");
    for line in lines {
        let _ = write!(out, "<div><p class=\"sign\">{}<span></span></p>", text(&line.label));
        if !line.date.is_empty() {
            let _ = write!(out, "<p class=\"sign\">{}<span></span></p>", text(&line.date));
        }
        out.push_str("</div>\n");
    }
    out.push_str("</div>\n");
}

fn check(ticked: bool) -> &'static str {
    if ticked { "<span class=\"check\">☑</span>" } else { "<span class=\"check\">☐</span>" }
}

fn spans(all: &[Span]) -> String {
    let mut out = String::new();
    for span in all {
        match span {
            Span::Text { text: words, look, link } => {
                let words = text(words);
                let words = match look {
                    Look::Plain => words,
                    Look::Strong => format!("<strong>{words}</strong>"),
                    Look::Small => format!("<small>{words}</small>"),
                    Look::Code => format!("<code>{words}</code>"),
                };
                match link.as_deref().and_then(clean::link) {
                    Some(target) => {
                        let _ = write!(out, "<a href=\"{}\" rel=\"noopener noreferrer\">{words}</a>", escape(target));
                    }
                    None => out.push_str(&words),
                }
            }
            Span::Blank { label, missing: true, .. } => {
                let _ = write!(out, "<mark>〔{}〕</mark>", text(label));
            }
            Span::Blank { label, width_mm, .. } => {
                let width = if width_mm.is_finite() { width_mm.clamp(4.0, 200.0) } else { 20.0 };
                let label = escape(&clean::line(label));
                let _ = write!(out, "<span class=\"blank\" title=\"{label}\" style=\"width:{width}mm\"></span>");
            }
            Span::Check(ticked) => out.push_str(check(*ticked)),
        }
    }
    out
}

/// Text for the page: cleaned, escaped, with its line feeds.
fn text(raw: &str) -> String {
    escape(&clean::text(raw)).replace('\n', "<br>")
}

fn escape(raw: &str) -> String {
    clean::escape(raw).replace('\'', "&#39;")
}

/// Header, mark and page numbers of the printed pages.
fn page_rule(paper: &Paper) -> String {
    let size = match paper.orientation {
        Orientation::Portrait => "A4",
        Orientation::Landscape => "A4 landscape",
    };
    let label = clean::line(&paper.page_label);
    let mut number = String::new();
    for (n, part) in label.split("{pages}").enumerate() {
        number.push_str(if n > 0 { " counter(pages)" } else { "" });
        for (m, part) in part.split("{page}").enumerate() {
            let _ = write!(number, "{} {}", if m > 0 { " counter(page)" } else { "" }, css_string(part));
        }
    }
    let mark = paper.mark.as_ref().map(|mark| format!("{}  {}", mark.line(), mark.number)).unwrap_or_default();
    format!(
        "@page {{ size: {size};\n @top-left {{ content: {}; }}\n @top-right {{ content: {}; color: #b41c1c; font-weight: bold; white-space: pre; }}\n @bottom-left {{ content: {}; }}\n \
         @bottom-right {{ content:{number}; }} }}\n",
        css_string(&clean::line(&paper.header)),
        css_string(clean::line(&mark).trim()),
        css_string(&clean::line(&paper.footer)),
    )
}

/// A string of CSS in which nothing can end the string or the style element (CSS Syntax Level 3, 4.3.7).
fn css_string(raw: &str) -> String {
    let mut out = String::from("\"");
    for c in raw.chars().take(400) {
        if c.is_alphanumeric() || matches!(c, ' ' | '★' | '·' | '，' | '。' | '：' | '（' | '）') {
            out.push(c);
        } else {
            let _ = write!(out, "\\{:x} ", u32::from(c));
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_of_css_cannot_be_left() {
        assert_eq!(css_string("a\"}</style>"), "\"a\\22 \\7d \\3c \\2f style\\3e \"");
    }
}
