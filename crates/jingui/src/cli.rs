//! The command line, with its help in two languages from `catalog/messages/cli.yaml`.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{
    Arg, ArgAction, Command,
    builder::{PossibleValuesParser, ValueParser},
    error::{ContextKind, ErrorKind},
    value_parser,
};
use jingui_model::Lang;

use crate::terminal::{Terminal, Words};

/// The language that the arguments or the environment ask for; Chinese otherwise.
pub fn lang(args: &[OsString], environment: impl Fn(&str) -> Option<String>) -> Lang {
    let text = |a: &OsString| a.to_string_lossy().into_owned();
    let next = args.iter().position(|a| a == "--lang").and_then(|i| args.get(i + 1)).map(text);
    let joined = args.iter().find_map(|a| text(a).strip_prefix("--lang=").map(str::to_owned));
    let set = |name: &str| environment(name).filter(|v| !v.is_empty());
    let wanted = next.or(joined).or_else(|| set("LC_ALL")).or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
    Lang::preferred(&wanted.unwrap_or_default())
}

/// The whole command line.
pub fn command(words: Words<'_>) -> Command {
    let build = Build { words };
    let mut root = build
        .with_help(Command::new("jingui"), "cli.about", "cli.exit_codes")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg(build.flag("version", "cli.opt.version").short('V').action(ArgAction::Version))
        .arg(build.option("lang", "zh|en", "cli.opt.lang", PossibleValuesParser::new(["zh", "en", "zh-CN"])).global(true));
    root = root.help_template(build.template(true));
    root.subcommand(build.serve())
        .subcommand(build.init())
        .subcommand(build.backup())
        .subcommand(build.restore())
        .subcommand(build.backup_key())
        .subcommand(build.verify())
        .subcommand(build.doctor())
        .subcommand(build.evidence())
        .subcommand(build.simulate())
        .subcommand(build.document())
        .subcommand(build.file())
        .subcommand(build.witness())
        .subcommand(build.sub("openapi", "cli.openapi.about", "cli.exit_codes"))
        .subcommand(build.overlay())
}

struct Build<'a> {
    words: Words<'a>,
}

impl Build<'_> {
    fn text(&self, code: &str) -> String {
        self.words.text(code)
    }

    /// Our own template: clap's headings are English.
    fn template(&self, commands: bool) -> String {
        let (usage, options) = (self.text("cli.usage"), self.text("cli.options"));
        let listed = if commands { format!("{}:\n{{subcommands}}\n\n", self.text("cli.commands")) } else { String::new() };
        format!("{{about}}\n\n{usage}: {{usage}}\n\n{listed}{options}:\n{{options}}\n\n{{after-help}}\n")
    }

    fn with_help(&self, command: Command, about: &str, after: &str) -> Command {
        let help = self.flag("help", "cli.opt.help").short('h').action(ArgAction::Help);
        command.about(self.text(about)).after_help(self.text(after)).disable_help_flag(true).arg(help)
    }

    fn sub(&self, name: &'static str, about: &str, after: &str) -> Command {
        self.with_help(Command::new(name), about, after).help_template(self.template(false))
    }

    fn flag(&self, name: &'static str, help: &str) -> Arg {
        Arg::new(name).long(name).help(self.text(help)).action(ArgAction::SetTrue)
    }

    fn option(&self, name: &'static str, value: &'static str, help: &str, parser: impl Into<ValueParser>) -> Arg {
        Arg::new(name).long(name).value_name(value).help(self.text(help)).value_parser(parser.into()).hide_possible_values(true)
    }

    fn data(&self) -> Arg {
        self.option("data", "DIR", "cli.opt.data", value_parser!(PathBuf)).required(true)
    }

    fn folder(&self, help: &str) -> Arg {
        Arg::new("dir").value_name("DIR").help(self.text(help)).required(true).value_parser(value_parser!(PathBuf))
    }

    fn json(&self) -> Arg {
        self.flag("json", "cli.opt.json")
    }

    fn serve(&self) -> Command {
        self.device(self.sub("serve", "cli.serve.about", "cli.serve.after"))
            .arg(self.data())
            .arg(self.option("listen", "ADDR", "cli.serve.listen", value_parser!(String)))
            .arg(self.option("key-file", "FILE", "cli.serve.key_file", value_parser!(PathBuf)))
            .arg(self.option("database", "URL", "cli.serve.database", value_parser!(String)))
            .arg(self.option("objects", "URL", "cli.serve.objects", value_parser!(String)))
            .arg(self.option("ledger", "URL", "cli.serve.ledger", value_parser!(String)))
            .arg(self.option("upload-max", "MiB", "cli.serve.upload_max", value_parser!(u64).range(1..=1_048_576)))
            .arg(self.option("rate", "N", "cli.serve.rate", value_parser!(u32)))
            .arg(self.option("rate-person", "N", "cli.serve.rate_person", value_parser!(u32)))
            .arg(self.option("rate-token", "N", "cli.serve.rate_token", value_parser!(u32)))
            .arg(self.flag("accept-restore", "cli.serve.accept_restore"))
            .arg(self.flag("secure-cookies", "cli.serve.secure_cookies"))
            .arg(self.flag("behind-proxy", "cli.serve.behind_proxy"))
            .arg(self.option("log", "text|json", "cli.opt.log", PossibleValuesParser::new(["text", "json"])))
    }

    fn init(&self) -> Command {
        self.sub("init", "cli.init.about", "cli.init.after")
            .arg(self.data())
            .arg(self.option("sample", "NAME", "cli.init.sample", value_parser!(String)).required(true))
            .arg(self.option("key-file", "FILE", "cli.init.key_file", value_parser!(PathBuf)).required(true))
            .arg(self.option("company", "NAME", "cli.init.company", value_parser!(String)))
            .arg(self.option("suite", "aes256gcm|sm4gcm", "cli.init.suite", PossibleValuesParser::new(crate::file::SUITES)))
            .arg(self.option("database", "URL", "cli.serve.database", value_parser!(String)))
            .arg(self.option("objects", "URL", "cli.serve.objects", value_parser!(String)))
            .arg(self.option("ledger", "URL", "cli.serve.ledger", value_parser!(String)))
            .arg(self.json())
    }

    /// The device that keeps keys.
    fn device(&self, command: Command) -> Command {
        command
            .arg(self.option("pkcs11-module", "FILE", "cli.device.module", value_parser!(PathBuf)))
            .arg(self.option("pkcs11-token", "NAME", "cli.device.token", value_parser!(String)))
            .arg(self.option("pkcs11-pin-file", "FILE", "cli.device.pin_file", value_parser!(PathBuf)))
    }

    fn elsewhere(&self, command: Command) -> Command {
        command
            .arg(self.option("database", "URL", "cli.serve.database", value_parser!(String)))
            .arg(self.option("objects", "URL", "cli.serve.objects", value_parser!(String)))
            .arg(self.option("ledger", "URL", "cli.serve.ledger", value_parser!(String)))
    }

    fn verify(&self) -> Command {
        let sub = self.sub("verify", "cli.verify.about", "cli.verify.after").arg(self.folder("cli.verify.dir"));
        let sub = self.elsewhere(sub).arg(self.json());
        sub.arg(self.option("key", "KEY", "cli.verify.key", value_parser!(String)).action(ArgAction::Append))
            .arg(self.option("roots", "FILE", "cli.verify.roots", value_parser!(PathBuf)))
            .help_template(self.with_arguments())
    }

    fn backup(&self) -> Command {
        let days = |name, help| self.option(name, "DAYS", help, value_parser!(u32).range(1..=36_600));
        let sub = self
            .sub("backup", "cli.backup.about", "cli.backup.after")
            .arg(self.data())
            .arg(self.option("to", "PLACE", "cli.backup.to", value_parser!(String)).required(true))
            .arg(self.option("recipient", "KEY", "cli.backup.recipient", value_parser!(String)).action(ArgAction::Append))
            .arg(days("key-days", "cli.backup.key_days"))
            .arg(days("content-days", "cli.backup.content_days"))
            .arg(days("all-days", "cli.backup.all_days"))
            .arg(days("weekly-days", "cli.backup.weekly_days").requires("all-days"));
        self.elsewhere(sub).arg(self.json())
    }

    fn restore(&self) -> Command {
        let file = |name, help| self.option(name, "FILE", help, value_parser!(PathBuf));
        let sub = self
            .device(self.sub("restore", "cli.restore.about", "cli.restore.after"))
            .arg(self.option("from", "PLACE", "cli.backup.to", value_parser!(String)).required(true))
            .arg(self.data())
            .arg(self.option("at", "TIME", "cli.restore.at", value_parser!(String)))
            .arg(self.flag("drill", "cli.restore.drill"))
            .arg(self.option("scratch", "DIR", "cli.restore.scratch", value_parser!(PathBuf)).requires("drill"))
            .arg(file("key-file", "cli.serve.key_file"))
            .arg(file("passphrase-file", "cli.restore.passphrase_file"))
            .arg(file("recovery-file", "cli.restore.recovery_file"))
            .arg(file("sheets-file", "cli.restore.sheets_file"))
            .arg(file("recipient-key", "cli.restore.recipient_key"));
        self.elsewhere(sub).arg(self.json())
    }

    fn backup_key(&self) -> Command {
        self.sub("backup-key", "cli.backup_key.about", "cli.exit_codes")
            .arg(self.option("out", "FILE", "cli.backup_key.out", value_parser!(PathBuf)).required(true))
            .arg(self.option("suite", "aes256gcm|sm4gcm", "cli.backup_key.suite", PossibleValuesParser::new(crate::file::SUITES)))
    }

    fn doctor(&self) -> Command {
        let sub = self.device(self.sub("doctor", "cli.doctor.about", "cli.doctor.after")).arg(self.data()).arg(self.option(
            "key-file",
            "FILE",
            "cli.serve.key_file",
            value_parser!(PathBuf),
        ));
        self.elsewhere(sub).arg(self.json())
    }

    fn witness(&self) -> Command {
        self.sub("witness", "cli.witness.about", "cli.witness.after")
            .arg(self.data())
            .arg(self.option("name", "NAME", "cli.witness.name", value_parser!(String)).required(true))
            .arg(self.option("log", "KEY", "cli.witness.log", value_parser!(String)).action(ArgAction::Append).required(true))
            .arg(self.option("listen", "ADDR", "cli.serve.listen", value_parser!(String)))
    }

    fn evidence(&self) -> Command {
        let many = |name, value, help| self.option(name, value, help, value_parser!(String)).action(ArgAction::Append);
        let one = |name, value, help| self.option(name, value, help, value_parser!(String));
        let export = self
            .sub("export", "cli.evidence.export", "cli.evidence.after")
            .arg(self.data())
            .arg(self.option("key-file", "FILE", "cli.serve.key_file", value_parser!(PathBuf)).required(true))
            .arg(many("secret", "NUMBER", "cli.evidence.secret").required_unless_present("all"))
            .arg(self.flag("all", "cli.evidence.all").conflicts_with("secret"))
            .arg(one("as-of", "DATE", "cli.evidence.as_of"))
            .arg(one("alleged-on", "DATE", "cli.evidence.alleged_on"))
            .arg(one("matter", "TEXT", "cli.evidence.matter"))
            .arg(one("case-no", "TEXT", "cli.evidence.case_no"))
            .arg(many("point", "NUMBER/NAME", "cli.evidence.point"))
            .arg(self.flag("no-points", "cli.evidence.no_points").conflicts_with("point"))
            .arg(many("file", "NUMBER/NAME", "cli.evidence.file"))
            .arg(self.flag("no-files", "cli.evidence.no_files").conflicts_with("file"))
            .arg(many("hide", "FIELD", "cli.evidence.hide"))
            .arg(self.option("out", "FILE", "cli.evidence.to", value_parser!(PathBuf)).required(true));
        self.with_help(Command::new("evidence"), "cli.evidence.about", "cli.exit_codes")
            .disable_help_subcommand(true)
            .subcommand_required(true)
            .help_template(self.template(true))
            .subcommand(self.elsewhere(export).arg(self.json()))
    }

    fn simulate(&self) -> Command {
        let sub = self.sub("simulate", "cli.simulate.about", "cli.simulate.after");
        self.elsewhere(sub)
            .arg(self.option("sample", "NAME", "cli.init.sample", value_parser!(String)).required(true))
            .arg(self.option("days", "N", "cli.simulate.days", value_parser!(u32)).default_value("365"))
            .arg(self.option("from", "DATE", "cli.simulate.from", value_parser!(String)))
            .arg(self.data())
            .arg(self.json())
    }

    fn document(&self) -> Command {
        let one = |name, value, help| self.option(name, value, help, value_parser!(String)).required(true);
        let render = self
            .sub("render", "cli.document.render", "cli.document.after")
            .arg(self.data())
            .arg(self.option("key-file", "FILE", "cli.serve.key_file", value_parser!(PathBuf)).required(true))
            .arg(one("kind", "KIND", "cli.document.kind"))
            .arg(one("id", "NUMBER", "cli.document.id"))
            .arg(self.option("form", "CODE", "cli.document.form", value_parser!(String)))
            .arg(
                self.option("format", "docx|pdf", "cli.document.format", PossibleValuesParser::new(["docx", "pdf", "html"])).required(true),
            )
            .arg(self.option("out", "FILE", "cli.document.out", value_parser!(PathBuf)).required(true));
        self.with_help(Command::new("document"), "cli.document.about", "cli.exit_codes")
            .disable_help_subcommand(true)
            .subcommand_required(true)
            .help_template(self.template(true))
            .subcommand(self.elsewhere(render).arg(self.json()))
    }

    fn file(&self) -> Command {
        let path = |name, value, help: &str| {
            Arg::new(name).value_name(value).help(self.text(help)).required(true).value_parser(value_parser!(PathBuf))
        };
        let sub = |name, about| {
            self.sub(name, about, "cli.file.after")
                .arg(self.option("suite", "aes256gcm|sm4gcm", "cli.file.suite", PossibleValuesParser::new(crate::file::SUITES)))
                .arg(self.option("key-file", "FILE", "cli.file.key_file", value_parser!(PathBuf)).required(true))
                .arg(path("in", "IN", "cli.file.in"))
                .arg(path("out", "OUT", "cli.file.out"))
                .help_template(self.with_arguments())
        };
        self.with_help(Command::new("file"), "cli.file.about", "cli.exit_codes")
            .disable_help_subcommand(true)
            .subcommand_required(true)
            .help_template(self.template(true))
            .subcommand(sub("seal", "cli.file.seal"))
            .subcommand(sub("open", "cli.file.open"))
    }

    fn overlay(&self) -> Command {
        let check = self.sub("check", "cli.overlay.check", "cli.exit_codes").arg(self.folder("cli.overlay.dir"));
        self.with_help(Command::new("overlay"), "cli.overlay.about", "cli.exit_codes")
            .disable_help_subcommand(true)
            .subcommand_required(true)
            .help_template(self.template(true))
            .subcommand(check.help_template(self.with_arguments()))
    }

    fn with_arguments(&self) -> String {
        let (usage, arguments, options) = (self.text("cli.usage"), self.text("cli.arguments"), self.text("cli.options"));
        format!("{{about}}\n\n{usage}: {{usage}}\n\n{arguments}:\n{{positionals}}\n\n{options}:\n{{options}}\n\n{{after-help}}\n")
    }
}

/// Says why the arguments were refused; help and version are no refusals.
pub fn refused(terminal: &Terminal, error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        terminal.raw(&error.render().to_string());
        return ExitCode::SUCCESS;
    }
    let context = |kind: ContextKind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let args = [("arg", context(ContextKind::InvalidArg)), ("value", context(ContextKind::InvalidValue))];
    let code = match error.kind() {
        ErrorKind::UnknownArgument => "cli.error.unknown_argument",
        ErrorKind::MissingRequiredArgument => "cli.error.missing_argument",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "cli.error.invalid_value",
        ErrorKind::MissingSubcommand | ErrorKind::InvalidSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "cli.error.missing_command"
        }
        _ => "cli.error.other",
    };
    let words = terminal.words();
    terminal.aside(&format!("{}: {}", words.text("cli.error"), words.say(code, &args)));
    terminal.aside(&words.text("cli.error.see_help"));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helps(lang: Lang) -> Vec<String> {
        let terminal = Terminal::new(lang).unwrap();
        let mut pages = vec![];
        let mut waiting = vec![command(terminal.words())];
        while let Some(mut one) = waiting.pop() {
            pages.push(one.render_long_help().to_string());
            waiting.extend(one.get_subcommands().cloned());
        }
        pages
    }

    #[test]
    fn the_command_line_is_sound() {
        command(Terminal::new(Lang::En).unwrap().words()).debug_assert();
    }

    #[test]
    fn help_is_complete_in_both_languages() {
        for page in helps(Lang::Zh) {
            assert!(!page.contains("cli.") && !page.contains("Usage") && !page.contains("Options"), "{page}");
            assert!(page.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{page}");
        }
        for page in helps(Lang::En) {
            assert!(!page.contains("cli.") && page.contains("Usage"), "{page}");
            assert!(!page.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{page}");
        }
    }

    #[test]
    fn the_language_comes_from_the_flag_then_the_environment() {
        let args = |list: &[&str]| list.iter().map(OsString::from).collect::<Vec<_>>();
        let english = |name: &str| (name == "LANG").then(|| "en_US.UTF-8".to_owned());
        assert_eq!(lang(&args(&["jingui"]), english), Lang::En);
        assert_eq!(lang(&args(&["jingui", "--lang", "zh"]), english), Lang::Zh);
        assert_eq!(lang(&args(&["jingui", "--lang=en"]), |_| None), Lang::En);
        assert_eq!(lang(&args(&["jingui"]), |_| Some("C.UTF-8".to_owned())), Lang::Zh);
    }
}
