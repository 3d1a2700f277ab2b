//! What the program says to the person at the terminal, in their language.
//!
//! Results go to standard output, problems to standard error. A pipe that was closed is nobody's fault.

use std::{io::Write as _, process::ExitCode};

use jingui_app::{catalog, messages::Messages};
use jingui_model::{Lang, Problem};

/// Texts in one language.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    messages: &'a Messages,
    lang: Lang,
}

impl Words<'_> {
    /// A text.
    pub fn say(&self, code: &str, args: &[(&'static str, String)]) -> String {
        let args: Vec<_> = args.iter().map(|(n, v)| ((*n).into(), v.clone())).collect();
        self.messages.fill(code, &args, self.lang)
    }

    /// A text without arguments.
    pub fn text(&self, code: &str) -> String {
        self.say(code, &[])
    }
}

/// The person's terminal.
pub struct Terminal {
    messages: Messages,
    lang: Lang,
}

impl Terminal {
    /// A terminal in a language.
    ///
    /// # Errors
    /// `messages.malformed`.
    pub fn new(lang: Lang) -> Result<Self, Problem> {
        Ok(Self { messages: catalog::messages()?, lang })
    }

    /// Says a problem when there are no texts.
    pub fn without_words(problem: &Problem) -> ExitCode {
        let _ = writeln!(std::io::stderr(), "{problem}");
        ExitCode::FAILURE
    }

    /// The person's language.
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// The texts.
    pub const fn words(&self) -> Words<'_> {
        Words { messages: &self.messages, lang: self.lang }
    }

    /// A line of results, seen at once even through a pipe.
    pub fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// Results as they are.
    pub fn raw(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// A text as a line of results.
    pub fn say(&self, code: &str, args: &[(&'static str, String)]) {
        self.line(&self.words().say(code, args));
    }

    /// A line for the person, beside the results.
    pub fn aside(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// A problem in words, with its parts and the detail for the operator.
    pub fn problem(&self, problem: &Problem) {
        let head = format!("{}: {}", self.words().text("cli.error"), self.messages.problem(problem, self.lang));
        self.aside(&head);
        if problem.code() == "catalog.invalid" {
            for line in catalog::mistakes(&self.messages, problem, self.lang) {
                self.aside(&format!("  {line}"));
            }
        } else {
            for part in problem.parts() {
                self.aside(&format!("  {}: {}", part.field().unwrap_or("-"), self.messages.problem(part, self.lang)));
            }
        }
        if let Some(detail) = problem.operator_detail() {
            self.aside(&format!("  ({}: {detail})", problem.code()));
        }
    }

    /// A problem in words.
    pub fn explain(&self, problem: &Problem) -> String {
        self.messages.problem(problem, self.lang)
    }

    /// The mistakes of an overlay, one line each.
    pub fn mistakes(&self, problem: &Problem) -> Vec<String> {
        catalog::mistakes(&self.messages, problem, self.lang)
    }
}
