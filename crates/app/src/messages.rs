//! The texts for problem codes, acts and roles, in both languages, from `catalog/messages`.

use std::collections::BTreeMap;

use jingui_model::{Lang, Problem, Text};

/// All texts by code.
#[derive(Debug, Clone, Default)]
pub struct Messages(BTreeMap<String, Text>);

impl Messages {
    /// Reads message files (`code: {zh, en}`).
    ///
    /// # Errors
    /// `messages.malformed` names the file.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        let mut all = BTreeMap::new();
        for (name, text) in files {
            let some: BTreeMap<String, Text> =
                serde_saphyr::from_str(text).map_err(|e| Problem::internal("messages.malformed").arg("file", name).detail(e))?;
            all.extend(some);
        }
        Ok(Self(all))
    }

    /// The text for a code.
    #[must_use]
    pub fn text(&self, code: &str) -> Option<&Text> {
        self.0.get(code)
    }

    /// All codes.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The text for a code with arguments filled in; the code itself when there is none.
    #[must_use]
    pub fn fill(&self, code: &str, args: &[(std::borrow::Cow<'static, str>, String)], lang: Lang) -> String {
        let Some(text) = self.0.get(code) else { return code.to_owned() };
        let mut out = String::new();
        let mut rest = text.get(lang);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            match args.iter().find(|(n, _)| n == name) {
                Some((_, value)) => out.push_str(value),
                None => {
                    out.push('{');
                    out.push_str(name);
                    out.push('}');
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// A problem in words.
    #[must_use]
    pub fn problem(&self, problem: &Problem, lang: Lang) -> String {
        self.fill(problem.code(), problem.args(), lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_filled_in_and_never_expanded_again() {
        let messages = Messages::load([("t.yaml", "a.b: {zh: \"第{row}行：{what}\", en: \"row {row}: {what}\"}")]).unwrap();
        let problem = Problem::invalid("a.b").arg("row", 3).arg("what", "{row}");
        assert_eq!(messages.problem(&problem, Lang::Zh), "第3行：{row}");
        assert_eq!(messages.problem(&Problem::invalid("no.such"), Lang::En), "no.such");
    }
}
