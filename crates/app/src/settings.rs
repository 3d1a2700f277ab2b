//! The company's settings: one record of the kind `settings`, found before anything else is opened,
//! because grades cannot be understood without the scheme.

use std::sync::Arc;

use jingui_kinds::{Catalog, record::Record};
use jingui_model::{Data, GradeScheme, Id, Problem, Zone};
use jingui_policy::Action;
use jingui_store::Store;
use jingui_vault::Vault;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    identity::account::acting,
    interfaces::AlarmSettings,
    live::Live,
    notify,
    pipeline::{Command, open_record},
    reading::{ReadingChange, ReadingSettings},
    refusal,
    world::{World, caller::Caller},
};

/// Key in the database that names the settings record.
pub const SETTINGS: &str = "settings";

/// Security settings: the security administrator's, never the system administrator's (H 9.6.2(a), (f)).
const SECURITY: [&str; 10] = [
    "session_minutes",
    "totp_required",
    "notice_local",
    "alarm_minutes",
    "alarm_failures",
    "alarm_percent",
    "reading_agreement",
    "reading_training",
    "reading_place",
    "reading_purpose",
];

/// What everything else depends on.
#[derive(Debug, Clone)]
pub struct Basics {
    /// The company's name.
    pub company: String,
    /// The grade scheme.
    pub scheme: GradeScheme,
    /// The zone for days and deadlines.
    pub zone: Zone,
}

/// Reads the basics before the world is loaded; the shipped scheme of three when there is no company yet.
///
/// # Errors
/// `store.*`, `vault.*`, `settings.scheme`.
pub async fn basics(store: &Store, vault: &Vault, catalog: &Catalog) -> Result<Basics, Problem> {
    let row = match store.meta(SETTINGS).await? {
        Some(id) => {
            let id: Id = String::from_utf8(id).unwrap_or_default().parse()?;
            store.record(id).await?
        }
        None => None,
    };
    match row {
        Some(row) => of(&open_record(vault, &row)?.0, catalog),
        None => Ok(Basics { company: String::new(), scheme: shipped(catalog, "three")?, zone: Zone::default() }),
    }
}

/// The basics in a settings record.
///
/// # Errors
/// `settings.scheme` when the scheme in it cannot be read.
pub fn of(record: &Record, catalog: &Catalog) -> Result<Basics, Problem> {
    let text = |name: &str| record.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let scheme = scheme(&text("scheme"), catalog)?;
    let minutes = record.data.get("zone_minutes").and_then(Value::as_i64).unwrap_or(480);
    Ok(Basics { company: text("company"), scheme, zone: Zone(i16::try_from(minutes).unwrap_or(480)) })
}

/// A scheme by the code of a shipped one, or written out as JSON.
///
/// # Errors
/// `settings.scheme`.
pub fn scheme(text: &str, catalog: &Catalog) -> Result<GradeScheme, Problem> {
    if text.trim_start().starts_with('{') {
        let scheme: GradeScheme = serde_json::from_str(text).map_err(|e| Problem::invalid("settings.scheme").at("scheme").detail(e))?;
        let mut codes: Vec<&str> = scheme.levels.iter().map(|l| l.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        let sound = !scheme.levels.is_empty()
            && codes.len() == scheme.levels.len()
            && scheme
                .levels
                .iter()
                .all(|l| l.protection.rank() > 0 && !l.code.is_empty() && !l.name.zh.is_empty() && !l.name.en.is_empty())
            && scheme.levels.windows(2).all(|w| matches!(w, [a, b] if a.protection >= b.protection));
        return if sound { Ok(scheme) } else { Err(Problem::invalid("settings.scheme").at("scheme")) };
    }
    shipped(catalog, text)
}

fn shipped(catalog: &Catalog, code: &str) -> Result<GradeScheme, Problem> {
    catalog.schemes.get(code).cloned().ok_or_else(|| Problem::invalid("settings.scheme").at("scheme"))
}

/// The settings record.
///
/// # Errors
/// `settings.missing` before set-up is complete.
pub fn record(world: &World) -> Result<Record, Problem> {
    let table = world.table("settings")?;
    let row = table.live().min().and_then(|r| table.row(r)).ok_or_else(|| Problem::internal("settings.missing"))?;
    row.record()
}

/// The settings as a page shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsView {
    /// The company's name.
    pub company: String,
    /// Zone in minutes from UTC.
    pub zone_minutes: i64,
    /// The grade scheme.
    pub scheme: GradeScheme,
    /// Last year's revenue in cents.
    pub revenue_cents: Option<i64>,
    /// Sign out after idle minutes.
    pub session_minutes: i64,
    /// One-time codes are required.
    pub totp_required: bool,
    /// Number of staff.
    pub headcount: Option<i64>,
    /// When programs' failures are an alarm.
    pub alarms: AlarmSettings,
    /// How people hear of work.
    pub notices: NoticeSettings,
    /// What has to hold when a file is read.
    pub reading: ReadingSettings,
}

/// How people hear of work unless they chose something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NoticeSettings {
    /// The address under which people open the system, for links.
    pub address: Option<String>,
    /// The channel.
    pub notice_channel: Option<Id>,
    /// `single`, `digest` or `off`.
    pub notice_rhythm: String,
    /// When the digest goes out, `08:30`.
    pub notice_digest: String,
    /// Nothing from then on, `20:00`.
    pub notice_quiet_from: String,
    /// Until then.
    pub notice_quiet_to: String,
    /// Messages may go to this machine itself.
    pub notice_local: bool,
}

impl NoticeSettings {
    fn of(record: &Record) -> Self {
        let text = |name: &str| record.data.get(name).and_then(Value::as_str).map(str::to_owned);
        let or = |name: &str, otherwise: &str| text(name).unwrap_or_else(|| otherwise.to_owned());
        Self {
            address: text("address"),
            notice_channel: text("notice_channel").and_then(|t| t.parse().ok()),
            notice_rhythm: or("notice_rhythm", "digest"),
            notice_digest: or("notice_digest", "08:30"),
            notice_quiet_from: or("notice_quiet_from", "20:00"),
            notice_quiet_to: or("notice_quiet_to", "08:00"),
            notice_local: record.data.get("notice_local").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

/// How people hear of work, to change; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoticeChange {
    /// The address under which people open the system; empty removes it.
    pub address: Option<String>,
    /// The channel; empty removes it.
    pub notice_channel: Option<String>,
    /// `single`, `digest` or `off`.
    pub notice_rhythm: Option<String>,
    /// When the digest goes out, `08:30`.
    pub notice_digest: Option<String>,
    /// Nothing from then on.
    pub notice_quiet_from: Option<String>,
    /// Until then.
    pub notice_quiet_to: Option<String>,
    /// Messages may go to this machine itself; the security administrator's.
    pub notice_local: Option<bool>,
}

impl NoticeChange {
    /// The fields as they are to be, checked.
    fn fields(&self) -> Result<Vec<(&'static str, Value)>, Problem> {
        let mut wrong = vec![];
        let mut fields = vec![];
        let texts = [
            ("address", &self.address),
            ("notice_channel", &self.notice_channel),
            ("notice_rhythm", &self.notice_rhythm),
            ("notice_digest", &self.notice_digest),
            ("notice_quiet_from", &self.notice_quiet_from),
            ("notice_quiet_to", &self.notice_quiet_to),
        ];
        for (name, text) in texts {
            let Some(text) = text.as_deref().map(str::trim) else { continue };
            let time = matches!(name, "notice_digest" | "notice_quiet_from" | "notice_quiet_to");
            if time && notify::preference::minute(text).is_none() {
                wrong.push(Problem::invalid("notify.time").at(name));
            }
            if name == "address" && !text.is_empty() && jingui_notify::letter::link(text).is_none() {
                wrong.push(Problem::invalid("notify.link").at(name));
            }
            fields.push((name, if text.is_empty() { Value::Null } else { json!(text) }));
        }
        fields.extend(self.notice_local.map(|local| ("notice_local", json!(local))));
        Problem::many(wrong).map_or(Ok(fields), Err)
    }
}

/// Settings to change; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// The company's name.
    pub company: Option<String>,
    /// Zone in minutes from UTC.
    pub zone_minutes: Option<i64>,
    /// Code of a shipped scheme, or a scheme as JSON.
    pub scheme: Option<String>,
    /// Last year's revenue in cents; `Some(None)` removes it.
    pub revenue_cents: Option<Option<i64>>,
    /// Sign out after idle minutes.
    pub session_minutes: Option<i64>,
    /// One-time codes are required.
    pub totp_required: Option<bool>,
    /// Number of staff; `Some(None)` removes it.
    pub headcount: Option<Option<i64>>,
    /// Length of the windows in which failures of programs are counted, in minutes.
    pub alarm_minutes: Option<i64>,
    /// Failures in one that are an alarm.
    pub alarm_failures: Option<i64>,
    /// Their share that is one, in per cent.
    pub alarm_percent: Option<i64>,
    /// How people hear of work.
    pub notices: NoticeChange,
    /// What has to hold when a file is read.
    pub reading: ReadingChange,
}

impl Live {
    /// The settings.
    ///
    /// # Errors
    /// `policy.*`, `settings.missing`.
    pub fn settings(&self, caller: &Caller) -> Result<SettingsView, Problem> {
        let world = self.world.read();
        let record = record(&world)?;
        let target = world.target(caller, world.kind("settings")?, &record);
        let ruling = world.rule(caller, Action::Read, &target);
        if !ruling.allowed {
            return Err(refusal::denied(Action::Read, &ruling));
        }
        let whole = |name: &str| record.data.get(name).and_then(Value::as_i64);
        Ok(SettingsView {
            company: company(&record),
            zone_minutes: whole("zone_minutes").unwrap_or(480),
            scheme: GradeScheme::clone(world.grade_scheme()),
            revenue_cents: record.data.get("revenue").and_then(|m| m.get("cents")).and_then(Value::as_i64),
            session_minutes: whole("session_minutes").unwrap_or(30),
            totp_required: record.data.get("totp_required").and_then(Value::as_bool).unwrap_or(false),
            headcount: whole("headcount"),
            alarms: AlarmSettings::of(&record),
            notices: NoticeSettings::of(&record),
            reading: ReadingSettings::of(&record),
        })
    }

    /// The company's name, for the sign-in page.
    #[must_use]
    pub fn company(&self) -> String {
        record(&self.world.read()).map(|r| company(&r)).unwrap_or_default()
    }

    /// Changes the settings. The grade scheme stands once anything is graded. Each setting has its own keeper:
    /// the security administrator for what secures sign-in, the system administrator for the rest.
    ///
    /// # Errors
    /// `policy.*`, `settings.scheme`, `settings.scheme_in_use`, `field.*`.
    pub async fn change_settings(self: &Arc<Self>, caller: &Caller, change: &SettingsChange) -> Result<SettingsView, Problem> {
        // What is not changed needs no right; who may change nothing at all learns nothing either.
        let may = |action| self.may_system(caller, action);
        may(Action::Administer).or_else(|denied| may(Action::Secure).map_err(|_| denied))?;
        let (id, data) = self.settings_data(change)?;
        if data.keys().any(|name| SECURITY.contains(&name.as_str())) {
            may(Action::Secure)?;
        }
        if data.keys().any(|name| !SECURITY.contains(&name.as_str())) {
            may(Action::Administer)?;
        }
        if !data.is_empty() {
            self.pipeline.change(Command::on(&acting(caller), "settings", id, "edit", data)).await?;
        }
        self.settings(caller)
    }

    /// Takes the grade scheme and the zone over from a settings record, whichever node wrote it.
    pub(crate) fn follow_settings(&self, record: &Record) {
        let mut world = self.world.write();
        match of(record, &world.catalog) {
            Ok(basics) => world.set_basics(Arc::new(basics.scheme), basics.zone),
            // It was checked when it was written; a node of an older release may not know a shipped scheme.
            Err(problem) => tracing::error!(problem = %problem, "the settings are not understood; those before stay in force"),
        }
    }

    fn settings_data(&self, change: &SettingsChange) -> Result<(Id, Data), Problem> {
        let world = self.world.read();
        let current = record(&world)?;
        let mut data = Data::new();
        let mut put = |name: &str, value: Value| {
            if current.data.get(name).unwrap_or(&Value::Null) != &value {
                data.insert(name.to_owned(), value);
            }
        };
        if let Some(text) = &change.company {
            put("company", json!(text.trim()));
        }
        if let Some(minutes) = change.zone_minutes {
            put("zone_minutes", json!(minutes));
        }
        if let Some(cents) = change.revenue_cents {
            put("revenue", cents.map_or(Value::Null, |c| json!({ "cents": c, "currency": "CNY" })));
        }
        if let Some(minutes) = change.session_minutes {
            put("session_minutes", json!(minutes));
        }
        let alarms =
            [("alarm_minutes", change.alarm_minutes), ("alarm_failures", change.alarm_failures), ("alarm_percent", change.alarm_percent)];
        for (name, number) in alarms.into_iter().filter_map(|(name, number)| Some((name, number?))) {
            put(name, json!(number));
        }
        if let Some(required) = change.totp_required {
            put("totp_required", json!(required));
        }
        if let Some(count) = change.headcount {
            put("headcount", count.map_or(Value::Null, |c| json!(c)));
        }
        for (name, value) in change.notices.fields()? {
            put(name, value);
        }
        for (name, value) in change.reading.fields() {
            put(name, value);
        }
        let wanted = change.scheme.as_deref().map(|s| scheme(s, &world.catalog)).transpose()?;
        if wanted.is_some_and(|s| s != **world.grade_scheme()) {
            if world.tables().any(|t| t.kind.graded.is_some() && !t.live().is_empty()) {
                return Err(Problem::conflict("settings.scheme_in_use").at("scheme"));
            }
            put("scheme", json!(change.scheme));
        }
        Ok((current.id, data))
    }
}

/// The company's name as the settings say it.
pub(crate) fn company(record: &Record) -> String {
    record.data.get("company").and_then(Value::as_str).unwrap_or_default().to_owned()
}
