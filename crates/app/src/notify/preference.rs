//! How a person wants to hear of work: on which channel, one by one or once a day, at which hours, in which language.
//! What somebody has not chosen is as the settings say.

use std::sync::Arc;

use jingui_calendar::{
    Severity,
    send::{Minute, Settings},
};
use jingui_kinds::{act::Facts, record::Record};
use jingui_model::{Data, Id, Lang, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::channel;
use crate::{
    attest::text,
    identity::account::acting,
    live::Live,
    pipeline::Command,
    settings,
    world::{World, caller::Caller},
};

const KIND: &str = "notice_preference";

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// One by one.
    Single,
    /// Once a day.
    Digest,
    /// Nothing leaves the house.
    Off,
}

/// What a person chose, or what holds for who chose nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// The channel; none: the default one.
    pub channel: Option<Id>,
    /// Mail address, or how the platform knows the person; none: the mail address in the person's file.
    pub address: Option<String>,
    /// How often.
    pub rhythm: Rhythm,
    /// When the digest goes out, `08:30`.
    pub digest: String,
    /// Nothing from then on, `20:00`.
    pub quiet_from: String,
    /// Until then, `08:00`; the same as `quiet_from` for no quiet hours.
    pub quiet_to: String,
    /// Nothing on days of rest.
    pub rest_days: bool,
    /// `zh` or `en`.
    pub lang: String,
}

/// A channel to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NoticeChannel))]
pub struct ChannelView {
    /// Its record.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// `mail`, `dingtalk`, `wecom`, `feishu` or `webhook`.
    pub way: String,
}

/// What “me” shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NoticeChoice))]
pub struct PreferenceView {
    /// What holds now.
    pub preference: Preference,
    /// Whether the person chose it.
    pub chosen: bool,
    /// The channels in use.
    pub channels: Vec<ChannelView>,
    /// The channel of those who chose none.
    pub default_channel: Option<Id>,
    /// The mail address in the person's file.
    pub email: Option<String>,
}

/// How and where to reach a person.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub channel: Id,
    pub address: String,
    pub settings: Settings,
    pub lang: Lang,
}

fn id(record: &Record, field: &str) -> Option<Id> {
    text(record, field).parse().ok()
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|t| !t.is_empty())
}

fn rhythm(code: &str) -> Option<Rhythm> {
    match code {
        "single" => Some(Rhythm::Single),
        "digest" => Some(Rhythm::Digest),
        "off" => Some(Rhythm::Off),
        _ => None,
    }
}

/// Minutes since midnight of `08:30`.
pub(crate) fn minute(text: &str) -> Option<Minute> {
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':'))?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// The person's own choice, as it was kept.
fn kept(world: &World, person: Id) -> Option<Record> {
    let table = world.table(KIND).ok()?;
    let row = world.pointing(KIND, "owner", person).min()?;
    table.row(row)?.record().ok()
}

/// What holds for who chose nothing.
fn defaults(world: &World) -> Preference {
    let record = settings::record(world).ok();
    let get =
        |field: &str, otherwise: &str| record.as_ref().map(|r| text(r, field)).filter(|t| !t.is_empty()).unwrap_or(otherwise).to_owned();
    Preference {
        channel: None,
        address: None,
        rhythm: rhythm(&get("notice_rhythm", "digest")).unwrap_or(Rhythm::Digest),
        digest: get("notice_digest", "08:30"),
        quiet_from: get("notice_quiet_from", "20:00"),
        quiet_to: get("notice_quiet_to", "08:00"),
        rest_days: true,
        lang: "zh".to_owned(),
    }
}

fn of(world: &World, person: Id) -> (Preference, bool) {
    let mut found = defaults(world);
    let Some(record) = kept(world, person) else { return (found, false) };
    found.channel = id(&record, "channel");
    found.address = some(text(&record, "address"));
    if let Some(rhythm) = rhythm(text(&record, "rhythm")) {
        found.rhythm = rhythm;
    }
    for (field, place) in
        [("digest", &mut found.digest), ("quiet_from", &mut found.quiet_from), ("quiet_to", &mut found.quiet_to), ("lang", &mut found.lang)]
    {
        if let Some(value) = some(text(&record, field)) {
            *place = value;
        }
    }
    found.rest_days = record.data.get("rest_days").and_then(Value::as_bool).unwrap_or(found.rest_days);
    (found, true)
}

fn default_channel(world: &World) -> Option<Id> {
    settings::record(world).ok().and_then(|r| id(&r, "notice_channel"))
}

fn email(world: &World, person: Id) -> Option<String> {
    world.record(person).ok().and_then(|r| some(text(&r, "email")))
}

/// The language that a person reads.
pub(crate) fn lang(world: &World, person: Id) -> Lang {
    if of(world, person).0.lang == "en" { Lang::En } else { Lang::Zh }
}

/// Where a person is reached: the address chosen, else for mail the one in the person's file. A robot needs none: it speaks to its group.
pub(crate) fn address(world: &World, person: Id, mail: bool) -> Option<String> {
    let own = of(world, person).0.address;
    if mail { own.filter(|a| a.contains('@')).or_else(|| email(world, person)) } else { Some(own.unwrap_or_default()) }
}

/// How a person is told; none when nothing goes out to them.
pub(crate) fn wish(world: &World, person: Id) -> Option<Wish> {
    let (found, _) = of(world, person);
    if found.rhythm == Rhythm::Off {
        return None;
    }
    let channel = found.channel.or_else(|| default_channel(world))?;
    let record = world.record(channel).ok().filter(|r| r.kind == channel::KIND)?;
    let address = address(world, person, text(&record, "way") == "mail")?;
    let quiet = minute(&found.quiet_from).zip(minute(&found.quiet_to));
    let settings = Settings {
        zone: world.zone(),
        quiet: quiet.filter(|(from, to)| from != to),
        rest_days: found.rest_days,
        digest: Some(minute(&found.digest).unwrap_or(8 * 60 + 30)).filter(|_| found.rhythm == Rhythm::Digest),
        at_once_from: if found.rhythm == Rhythm::Digest { Severity::Urgent } else { Severity::Low },
        break_through_from: Severity::Urgent,
    };
    Some(Wish { channel, address, settings, lang: if found.lang == "en" { Lang::En } else { Lang::Zh } })
}

impl Live {
    /// What the caller chose, and what there is to choose from.
    ///
    /// # Errors
    /// `view.person` for a caller who is no person.
    pub fn notice_preference(&self, caller: &Caller) -> Result<PreferenceView, Problem> {
        let person = person(caller)?;
        let world = self.world.read();
        let (preference, chosen) = of(&world, person);
        let table = world.table(channel::KIND)?;
        let rows = table.live().iter().filter_map(|row| table.row(row)).filter(|row| &*row.state == "active");
        let view = |r: Record| ChannelView { id: r.id, name: text(&r, "name").to_owned(), way: text(&r, "way").to_owned() };
        let mut channels: Vec<ChannelView> = rows.filter_map(|row| row.record().ok()).map(view).collect();
        channels.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(PreferenceView { preference, chosen, channels, default_channel: default_channel(&world), email: email(&world, person) })
    }

    /// Keeps what the caller chooses.
    ///
    /// # Errors
    /// `view.person`; `notify.time`, `notify.address`, `notify.channel`, `field.*`.
    pub async fn choose_notices(self: &Arc<Self>, caller: &Caller, wanted: &Preference) -> Result<PreferenceView, Problem> {
        let me = person(caller)?;
        let address = wanted.address.as_deref().and_then(some);
        let (existing, name) = {
            let world = self.world.read();
            check(&world, wanted, address.as_deref())?;
            (kept(&world, me), caller.name.clone())
        };
        let mut data = Data::from([
            ("channel".to_owned(), json!(wanted.channel)),
            ("address".to_owned(), json!(address)),
            ("rhythm".to_owned(), json!(wanted.rhythm)),
            ("digest".to_owned(), json!(wanted.digest)),
            ("quiet_from".to_owned(), json!(wanted.quiet_from)),
            ("quiet_to".to_owned(), json!(wanted.quiet_to)),
            ("rest_days".to_owned(), json!(wanted.rest_days)),
            ("lang".to_owned(), json!(wanted.lang)),
        ]);
        let command = match existing {
            Some(record) => {
                data.retain(|name, value| record.data.get(name).unwrap_or(&Value::Null) != value);
                Some(Command::on(&acting(caller), KIND, record.id, "edit", data.clone())).filter(|_| !data.is_empty())
            }
            None => {
                data.extend([("name".to_owned(), json!(name)), ("owner".to_owned(), json!(me))]);
                data.retain(|_, value| !value.is_null());
                Some(Command::create(&acting(caller), KIND, data))
            }
        };
        if let Some(command) = command {
            self.pipeline.change(command).await?;
        }
        self.notice_preference(caller)
    }
}

fn person(caller: &Caller) -> Result<Id, Problem> {
    caller.view.person.filter(|_| caller.actor.scopes.is_none()).ok_or_else(|| Problem::denied("view.person"))
}

fn check(world: &World, wanted: &Preference, address: Option<&str>) -> Result<(), Problem> {
    let mut wrong = vec![];
    for (field, value) in [("digest", &wanted.digest), ("quiet_from", &wanted.quiet_from), ("quiet_to", &wanted.quiet_to)] {
        if minute(value).is_none() {
            wrong.push(Problem::invalid("notify.time").at(field));
        }
    }
    if !matches!(wanted.lang.as_str(), "zh" | "en") {
        wrong.push(Problem::invalid("notify.lang").at("lang"));
    }
    // It stands in headers and in markup.
    let fits = |a: &str| a.len() <= 120 && a.bytes().all(|b| b.is_ascii_alphanumeric() || b"@._+-".contains(&b));
    if address.is_some_and(|a| !fits(a)) {
        wrong.push(Problem::invalid("notify.address").at("address"));
    }
    if let Some(channel) = wanted.channel {
        let usable = world.record(channel).is_ok_and(|r| r.kind == channel::KIND && r.state == "active");
        if !usable {
            wrong.push(Problem::invalid("notify.channel").at("channel"));
        }
    }
    Problem::many(wrong).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::minute;

    #[test]
    fn times_are_written_in_one_way() {
        assert_eq!((minute("00:00"), minute("08:30"), minute("23:59")), (Some(0), Some(510), Some(1439)));
        for wrong in ["", "8:30", "24:00", "08:60", "08:3x", "0830", "+8:30", "08:300"] {
            assert_eq!(minute(wrong), None, "{wrong}");
        }
    }
}
