//! Openings: somebody asks, the record says for what, the custodians see it, it ends by itself. What happens with the shares is in
//! `release.rs`.

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_kinds::{people::ids, record::Record};
use jingui_model::{Data, Id, Instant, Problem, Protection};
use jingui_policy::Action;
use jingui_vault::{
    Key,
    custody::{Binding, Lock, file_key},
    envelope::{Algorithm, Pair},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{CUSTODIAN, Collecting, OPENING, OwnKey, SECRET, UNDER_WAY, custodians, locks};
use crate::{
    live::Live,
    pipeline::Command,
    world::{World, caller::Caller},
};

/// Shortest and longest time of an opening, in minutes.
const MINUTES: std::ops::RangeInclusive<i64> = 10..=1440;
/// Longest purpose, in characters.
const PURPOSE_MAX: usize = 500;
/// Most locks that are shared anew in one go.
const LOCKS_MAX: usize = 500;

/// An opening that was asked for.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Asked {
    /// Its record.
    pub id: Id,
    /// Its number.
    pub number: Option<String>,
    /// Until when it can be released and read.
    pub until: Instant,
    /// How many custodians are needed.
    pub need: u8,
}

/// One of the caller's shares, still sealed to the own key.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OwnShare {
    /// The lock.
    pub lock: Id,
    /// What the sealed share is bound to, base64.
    pub info: String,
    /// The sealed share, base64.
    pub sealed: String,
}

/// An opening as somebody sees it who may release it, or who asked for it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// Its record.
    pub id: Id,
    /// Its number.
    pub number: Option<String>,
    /// What it is about.
    pub name: String,
    /// `read`, `share_anew` or `lift`.
    pub aim: String,
    /// `asked` or `open`.
    pub state: String,
    /// The secret, when it is about one.
    pub secret: Option<Id>,
    /// Who reads, by name.
    pub reader: String,
    /// Who has released, by name.
    pub released: Vec<String>,
    /// What the shares are bound to; the device computes its canonical form itself.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub binding: Binding,
    /// The public key of this opening, in hex.
    pub key: String,
    /// The caller is the reader.
    pub mine: bool,
    /// The caller's custodian's record whose shares these are; absent when the caller has none or has released.
    pub holder: Option<Id>,
    /// The caller's shares, one for each lock in the order of the binding.
    pub shares: Vec<OwnShare>,
    /// False when this server no longer has the opening's key (it was started anew): it has to be asked for again.
    pub alive: bool,
}

/// Dual control as it concerns the caller.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CustodyView {
    /// What a new key is of: `x25519` or `sm2`, by the enterprise's suite.
    pub algorithm: &'static str,
    /// The caller's appointments.
    pub keys: Vec<OwnKey>,
    /// Openings that the caller may release or has asked for.
    pub openings: Vec<Waiting>,
    /// Custodians in office.
    pub custodians: usize,
    /// Members of the escrow in office.
    pub escrow: usize,
    /// Locked secrets; for those who keep the custodians.
    pub locks: Option<usize>,
    /// Of these, locks that somebody holds a share of who is no longer in office, or in which somebody in office has none, or that are from
    /// before the enterprise's suite.
    pub stale: Option<usize>,
    /// Of the locks, those of secrets that are core no more.
    pub loose: Option<usize>,
    /// Whether the caller may have shares made anew.
    pub may_share: bool,
}

/// A share handed over, with whose it is.
#[derive(Debug, Clone)]
pub struct Release {
    /// The custodian's record.
    pub holder: Id,
    /// One sealed share for each lock, in the order of the binding.
    pub shares: Vec<Vec<u8>>,
}

/// What a release led to.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Released {
    /// The opening stands open now.
    pub open: bool,
    /// How many have released.
    pub given: usize,
    /// How many are needed.
    pub need: u8,
}

/// The persons who hold shares of a lock and are in office.
pub(super) fn holders(world: &World, lock: &Lock) -> Vec<(Id, Id)> {
    let all = lock.sharings.iter().flat_map(|s| &s.held).map(|h| h.holder);
    let active = all.filter_map(|h| world.record(h).ok()).filter(|r| r.kind == CUSTODIAN && r.state == "active");
    active.filter_map(|r| Some((r.id, r.one("person")?))).collect()
}

/// Whether those who are left can open the lock.
fn enough(lock: &Lock, holders: &[(Id, Id)], reader: Id) -> bool {
    lock.sharings.iter().any(|sharing| {
        let can = |holder: &Id| holders.iter().any(|(h, person)| h == holder && *person != reader);
        sharing.held.iter().filter(|h| can(&h.holder)).count() >= usize::from(sharing.need)
    })
}

/// How a new opening is described.
struct Subject {
    name: String,
    aim: &'static str,
    secret: Option<Id>,
    about: Data,
    locks: Vec<Lock>,
}

/// Of the locks in force, those whose shares lie with others than the custodians in office, or whose pair is not of the enterprise's suite.
fn stale(world: &World, algorithm: Algorithm, mut locks: Vec<Lock>) -> Result<Vec<Lock>, Problem> {
    let Some(circles) = custodians::circles(world)? else { return Ok(vec![]) };
    let now: Vec<Vec<Id>> = circles.iter().map(|c| c.parties.iter().map(|p| p.id).collect()).collect();
    locks.retain(|lock| {
        let then: Vec<Vec<Id>> = lock.sharings.iter().map(|s| s.held.iter().map(|h| h.holder).collect()).collect();
        // A damaged lock is not called fresh.
        now != then || lock.algorithm().ok() != Some(algorithm)
    });
    Ok(locks)
}

fn loose(world: &World, _: Algorithm, mut locks: Vec<Lock>) -> Result<Vec<Lock>, Problem> {
    locks.retain(|lock| locks::is_loose(world, lock));
    Ok(locks)
}

/// Chooses among the locks in force; the algorithm is that of the enterprise's suite.
type Which = fn(&World, Algorithm, Vec<Lock>) -> Result<Vec<Lock>, Problem>;

/// What the office asks the custodians for about many locks at once.
struct AboutLocks {
    aim: &'static str,
    title: &'static str,
    /// When there is none of them.
    nothing: &'static str,
    /// Which of those in force.
    which: Which,
}

const SHARING: AboutLocks =
    AboutLocks { aim: "share_anew", title: "custody.sharing_title", nothing: "custody.nothing_stale", which: stale };
const LIFTING: AboutLocks = AboutLocks { aim: "lift", title: "custody.lifting_title", nothing: "custody.nothing_loose", which: loose };

impl Live {
    /// Asks for the files of a locked secret to be opened, for a purpose and a time.
    ///
    /// # Errors
    /// `policy.denied` unless the caller may open its files at all; `custody.no_lock`; `custody.too_few`; `custody.asked_already`;
    /// `custody.purpose`; `custody.minutes`.
    pub async fn ask_opening(self: &Arc<Self>, caller: &Caller, secret: Id, purpose: &str, minutes: i64) -> Result<Asked, Problem> {
        let until = self.opening_end(purpose, minutes)?;
        let intent = Data::from([("purpose".to_owned(), json!(purpose.trim())), ("until".to_owned(), json!(until))]);
        self.access(caller, SECRET, secret, Action::ViewFile, "ask_opening", intent).await?;
        let subject = {
            let world = self.world.read();
            let record = world.record(secret)?;
            let (_, lock) = locks::of_secret(&world, secret)?.ok_or_else(|| Problem::conflict("custody.no_lock"))?;
            let under_way = world.pointing_in(OPENING, "secret", secret, &UNDER_WAY)?;
            let mut mine = under_way.into_iter().filter(|r| r.one("reader") == Some(caller.id()));
            if let Some(other) = mine.find(|r| self.custody.is_alive(r.id, self.clock.now())) {
                return Err(Problem::conflict("custody.asked_already").arg("number", other.number.unwrap_or_default()));
            }
            let about = ["grade", "department"].iter().filter_map(|f| Some(((*f).to_owned(), record.data.get(*f)?.clone())));
            let name = format!("{} {}", record.number.as_deref().unwrap_or_default(), record.text("name").unwrap_or_default());
            Subject {
                name: name.trim().chars().take(120).collect(),
                aim: "read",
                secret: Some(secret),
                about: about.collect(),
                locks: vec![lock],
            }
        };
        self.begin(caller, subject, purpose, minutes, until).await
    }

    /// Asks for the keys of core secrets to be shared anew: after a custodian left or came.
    ///
    /// # Errors
    /// `policy.denied` unless the caller may appoint custodians; `custody.nothing_stale`; as [`Self::ask_opening`].
    pub async fn ask_sharing(self: &Arc<Self>, caller: &Caller, purpose: &str, minutes: i64) -> Result<Asked, Problem> {
        self.ask_about_locks(caller, &SHARING, purpose, minutes).await
    }

    /// Asks for the locks to be lifted of secrets that are core no more: their files then hang on the record's key again (B 4.1.4).
    ///
    /// # Errors
    /// `policy.denied` unless the caller may appoint custodians; `custody.nothing_loose`; as [`Self::ask_opening`].
    pub async fn ask_lifting(self: &Arc<Self>, caller: &Caller, purpose: &str, minutes: i64) -> Result<Asked, Problem> {
        self.ask_about_locks(caller, &LIFTING, purpose, minutes).await
    }

    async fn ask_about_locks(self: &Arc<Self>, caller: &Caller, asked: &AboutLocks, purpose: &str, minutes: i64) -> Result<Asked, Problem> {
        let until = self.opening_end(purpose, minutes)?;
        let subject = {
            let world = self.world.read();
            self.may_share(&world, caller)?;
            let mut locks = (asked.which)(&world, Algorithm::of(self.vault.suite()), locks::in_force(&world)?)?;
            if locks.is_empty() {
                return Err(Problem::conflict(asked.nothing));
            }
            // The rest follows in the next go.
            locks.truncate(LOCKS_MAX);
            let name = self.messages.text(asked.title).map(|t| t.zh.clone()).unwrap_or_default();
            let grade = world.grade_scheme().levels.iter().rfind(|g| g.protection == Protection::Core).map(|g| json!(g.code));
            let about = grade.map(|g| ("grade".to_owned(), g)).into_iter().collect();
            Subject { name, aim: asked.aim, secret: None, about, locks }
        };
        self.begin(caller, subject, purpose, minutes, until).await
    }

    fn opening_end(&self, purpose: &str, minutes: i64) -> Result<Instant, Problem> {
        if purpose.trim().is_empty() || purpose.chars().count() > PURPOSE_MAX {
            return Err(Problem::invalid("custody.purpose").arg("max", PURPOSE_MAX).at("purpose"));
        }
        if !MINUTES.contains(&minutes) {
            return Err(Problem::invalid("custody.minutes").arg("min", *MINUTES.start()).arg("max", *MINUTES.end()).at("minutes"));
        }
        Ok(self.clock.now().plus_seconds(minutes * 60))
    }

    async fn begin(
        self: &Arc<Self>,
        caller: &Caller,
        subject: Subject,
        purpose: &str,
        minutes: i64,
        until: Instant,
    ) -> Result<Asked, Problem> {
        let reader = caller.id();
        let need = subject.locks.iter().flat_map(|l| l.sharings.first()).map(|s| s.need).max().unwrap_or(2);
        let persons: BTreeSet<Id> = {
            let world = self.world.read();
            let mut all = BTreeSet::new();
            for lock in &subject.locks {
                let holders = holders(&world, lock);
                // For reading, whoever reads never releases; a custodian may take part in sharing anew that the own leaving asks for.
                let reads = if subject.aim == "read" { reader } else { Id::nil() };
                if !enough(lock, &holders, reads) {
                    return Err(Problem::conflict("custody.too_few"));
                }
                all.extend(holders.into_iter().map(|(_, person)| person).filter(|p| *p != reads));
            }
            all
        };
        let id = Id::new(&*self.clock, &*self.rng);
        let once = Pair::generate(Algorithm::of(self.vault.suite()), &*self.rng)?;
        let binding = Binding {
            opening: id,
            locks: subject.locks.iter().map(|l| (l.id, l.version)).collect(),
            purpose: purpose.trim().to_owned(),
            reader,
            until,
            nonce: hex::encode(self.rng.array::<16>()),
        };
        let bound = serde_json::to_string(&binding).map_err(|e| Problem::internal("record.encoding").detail(e))?;
        let mut data = subject.about;
        data.extend([
            ("name".to_owned(), json!(subject.name)),
            ("aim".to_owned(), json!(subject.aim)),
            ("reader".to_owned(), json!(reader)),
            ("purpose".to_owned(), json!(binding.purpose)),
            ("minutes".to_owned(), json!(minutes)),
            ("until".to_owned(), json!(until)),
            ("holders".to_owned(), json!(persons)),
            ("node".to_owned(), json!(self.holder)),
            ("key".to_owned(), json!(hex::encode(once.recipient().bytes()))),
            ("binding".to_owned(), json!(bound)),
        ]);
        data.extend(subject.secret.map(|s| ("secret".to_owned(), json!(s))));
        let mut command = Command::create(&caller.on_behalf(), OPENING, data);
        command.new_id = Some(id);
        self.hold_custody().await?;
        // Known before it is committed, so that nobody who sees the record finds no key; forgotten when it is refused.
        self.custody.collecting.lock().insert(id, Collecting { once, binding, locks: subject.locks, given: vec![] });
        match self.pipeline.change(command).await {
            Ok(outcome) => Ok(Asked { id, number: outcome.record.number, until, need }),
            Err(problem) => {
                self.custody.forget(id);
                Err(problem)
            }
        }
    }

    /// The key of a locked file, for whoever has an opening of its secret.
    ///
    /// # Errors
    /// `custody.closed`; `vault.*`.
    pub(crate) fn unlocked_key(&self, caller: &Caller, secret: Id, file: Id, sealed: &[u8]) -> Result<Key, Problem> {
        let closed = || Problem::denied("custody.closed").arg("secret", secret);
        let (opening, pair) = self.custody.pair(secret, caller.id(), self.clock.now()).ok_or_else(closed)?;
        // Ended by its reader or taken back, here or at another node.
        if self.world.read().row(opening).is_none_or(|(_, _, row)| &*row.state != "open") {
            self.custody.forget(opening);
            return Err(closed());
        }
        file_key(&pair, secret, file, sealed)
    }

    /// What the caller's opening of a secret that stands open is for.
    pub(crate) fn opening_purpose(&self, world: &World, caller: &Caller, secret: Id) -> Result<Option<String>, Problem> {
        let open = world.pointing_in(OPENING, "secret", secret, &["open"])?;
        let mine = open.iter().find(|r| r.one("reader") == Some(caller.id()));
        Ok(mine.and_then(|r| r.text("purpose")).map(str::to_owned))
    }

    fn may_share(&self, world: &World, caller: &Caller) -> Result<(), Problem> {
        let target = world.target_of_kind(caller, world.kind(CUSTODIAN)?, None, Protection::None);
        world.allow(caller, Action::Create, &target)
    }

    /// Dual control as it concerns the caller.
    ///
    /// # Errors
    /// `kind.unknown`, `world.document`, `custody.lock_damaged`.
    pub fn custody_view(&self, caller: &Caller) -> Result<CustodyView, Problem> {
        let world = self.world.read();
        let me = caller.id();
        let mine = custodians::of_person(&world, me)?;
        let keys = mine.iter().map(|r| OwnKey {
            id: r.id,
            number: r.number.clone(),
            duty: said(r, "duty"),
            state: r.state.clone(),
            fingerprint: r.text("fingerprint").map(str::to_owned),
            sealed_key: r.text("sealed_key").map(str::to_owned),
        });
        let keys = keys.collect();
        let mut openings = vec![];
        for record in world.in_states(OPENING, &UNDER_WAY)? {
            if record.one("reader") == Some(me) || ids(record.data.get("holders")).contains(&me) {
                openings.push(self.as_seen(&world, &record, me, &mine)?);
            }
        }
        let may_share = self.may_share(&world, caller).is_ok();
        let all = if may_share { Some(locks::in_force(&world)?) } else { None };
        let locks = all.as_ref().map(Vec::len);
        let algorithm = Algorithm::of(self.vault.suite());
        let loose = all.as_ref().map(|all| all.iter().filter(|lock| locks::is_loose(&world, lock)).count());
        let stale = all.map(|all| stale(&world, algorithm, all).map(|stale| stale.len())).transpose()?;
        Ok(CustodyView {
            algorithm: algorithm.name(),
            keys,
            openings,
            custodians: custodians::in_office(&world, "custodian")?.len(),
            escrow: custodians::in_office(&world, "escrow")?.len(),
            locks,
            stale,
            loose,
            may_share,
        })
    }

    fn as_seen(&self, world: &World, record: &Record, me: Id, mine: &[Record]) -> Result<Waiting, Problem> {
        let binding: Binding =
            serde_json::from_str(record.text("binding").unwrap_or_default()).map_err(|e| Problem::internal("record.encoding").detail(e))?;
        let name_of = |id: &Id| world.title(*id).unwrap_or_default().to_owned();
        let released = ids(record.data.get("released_by"));
        let reader = binding.reader == me;
        let may = record.state == "asked" && !released.contains(&me) && ids(record.data.get("holders")).contains(&me);
        let (mut holder, mut shares) = (None, vec![]);
        for own in mine.iter().filter(|r| may && r.state == "active") {
            let all: Vec<OwnShare> = binding
                .locks
                .iter()
                .filter_map(|(lock, version)| {
                    let lock = world.record(*lock).ok().and_then(|r| locks::read(&r).ok()).filter(|l| l.version == *version)?;
                    let (_, info, held) = lock.of_holder(own.id).into_iter().next()?;
                    Some(OwnShare { lock: lock.id, info: STANDARD.encode(info), sealed: STANDARD.encode(&held.sealed) })
                })
                .collect();
            if all.len() == binding.locks.len() {
                (holder, shares) = (Some(own.id), all);
                break;
            }
        }
        let alive = self.custody.is_alive(record.id, self.clock.now());
        Ok(Waiting {
            id: record.id,
            number: record.number.clone(),
            name: said(record, "name"),
            aim: said(record, "aim"),
            state: record.state.clone(),
            secret: record.one("secret"),
            reader: name_of(&binding.reader),
            released: released.iter().map(name_of).collect(),
            key: said(record, "key"),
            mine: reader,
            holder,
            shares,
            alive,
            binding,
        })
    }
}

/// What a text of an opening says.
fn said(record: &Record, field: &str) -> String {
    record.text(field).unwrap_or_default().to_owned()
}

/// The record's persons, with one more.
pub(super) fn with(record: &Record, field: &str, person: Id) -> Value {
    let mut all = ids(record.data.get(field));
    if !all.contains(&person) {
        all.push(person);
    }
    json!(all)
}
