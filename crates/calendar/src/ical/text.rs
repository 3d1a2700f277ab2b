//! Content lines of RFC 5545: escaping (3.3.11), folding at 75 octets without cutting a character (3.1).

/// Longest line in octets, without its end.
const LINE: usize = 75;

/// Lines under way.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds a property whose value needs no escaping: dates, numbers, names.
    pub fn plain(&mut self, name: &str, value: &str) {
        let mut width = 0;
        for c in name.chars().chain([':']).chain(value.chars()).filter(|c| !c.is_control()) {
            if width + c.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(c);
            width += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// Adds a property with a text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.plain(name, &escaped(value));
    }

    /// Adds a property with several texts.
    pub fn texts(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            self.plain(name, &values.iter().map(|v| escaped(v)).collect::<Vec<_>>().join(","));
        }
    }

    pub fn finish(self) -> String {
        self.0
    }
}

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push(' '),
            // The format has no place for other control characters.
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
