//! Files of records: sealed while they stream in, opened while they stream out, each with its digest in the ledger.
//!
//! Nothing of a file touches the disk unsealed. The read of a graded file is durable in the ledger
//! before its first byte leaves (B 5.1.2, H 8.3.1).

use std::{
    fs::File,
    io::{Read, Write},
    path::PathBuf,
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use jingui_kinds::{
    kind::FieldType,
    record::{FileVersion, Record, ScanOf},
};
use jingui_model::{Data, Id, Problem, Protection};
use jingui_policy::Action;
use jingui_vault::{FileDigest, RecordKey, file};
use serde_json::{Value, json};

use crate::{
    ledger::blocking,
    live::Live,
    pipeline::{Command, Note, Outcome, open_record},
    refusal,
    world::caller::Caller,
};

/// A file on its way in: bytes are sealed as they come.
pub struct Incoming {
    id: Id,
    key: jingui_vault::Key,
    wrapped: Vec<u8>,
    lock: Option<Id>,
    temp: PathBuf,
}

/// Content that lies sealed in the store.
pub(crate) struct Sealed {
    id: Id,
    wrapped: Vec<u8>,
    /// The lock that its key is sealed to.
    lock: Option<Id>,
    digest: FileDigest,
    /// Its name in the store.
    pub object: String,
}

/// What comes with the content of a file.
pub(crate) struct Upload<'a> {
    /// The field.
    pub field: &'a str,
    /// The earlier file of which this is the next version.
    pub series: Option<Id>,
    /// Its name.
    pub name: &'a str,
    /// Its media type.
    pub media: &'a str,
    /// The paper of which it is the signed scan.
    pub scan: Option<ScanOf>,
}

/// A file that was opened for reading.
pub struct Outgoing {
    /// What it is.
    pub version: FileVersion,
    object: File,
    key: jingui_vault::Key,
}

impl Outgoing {
    /// Writes the plain content.
    ///
    /// # Errors
    /// `vault.*` when the object was tampered with.
    pub fn write_to(mut self, out: &mut dyn Write) -> Result<FileDigest, Problem> {
        file::open(&self.key, &mut self.object, out)
    }
}

impl Live {
    /// Attaches a file to a record. `series` makes it the next version of an earlier one.
    ///
    /// # Errors
    /// Whatever authorising, sealing or the kind refuse with; the sealed bytes are then removed.
    #[expect(clippy::too_many_arguments, reason = "an upload is described by just these")]
    pub async fn attach(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        record: Id,
        field: &str,
        series: Option<Id>,
        name: &str,
        media: &str,
        content: Box<dyn Read + Send>,
    ) -> Result<Outcome, Problem> {
        let upload = Upload { field, series, name, media, scan: None };
        self.attach_upload(caller, kind, record, upload, content).await
    }

    /// The same, with where a scan comes from.
    pub(crate) async fn attach_upload(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        record: Id,
        upload: Upload<'_>,
        content: Box<dyn Read + Send>,
    ) -> Result<Outcome, Problem> {
        let field = upload.field;
        let current = self.may_attach(caller, kind, record, field)?;
        let name = tidy_name(upload.name)?;
        let sealed = self.seal_file(record, content).await?;
        let (series, version) = match next_version(&current, field, upload.series, sealed.id) {
            Ok(next) => next,
            Err(problem) => return self.drop_object(&sealed.object, problem).await,
        };
        let version = FileVersion { scan: upload.scan, ..self.version(caller, &sealed, series, version, name, upload.media) };
        self.refer(Command::on(caller, kind, record, "attach", file_input(field, &version)?), &sealed.object).await
    }

    /// What the register says of a sealed object.
    pub(crate) fn version(&self, caller: &Caller, sealed: &Sealed, series: Id, version: u32, name: String, media: &str) -> FileVersion {
        FileVersion {
            id: sealed.id,
            series,
            version,
            name,
            size: sealed.digest.plain_len,
            sha256: hex::encode(sealed.digest.plain_sha256),
            media: media.chars().take(100).collect(),
            object: sealed.object.clone(),
            key: STANDARD.encode(&sealed.wrapped),
            added: self.clock.now(),
            by: caller.id(),
            mark: None,
            scan: None,
            lock: sealed.lock,
        }
    }

    /// Seals content as an object under the record's key; nothing refers to it yet.
    ///
    /// # Errors
    /// `record.missing`, `file.disk`, `vault.*`, `store.*`.
    pub(crate) async fn seal_file(self: &Arc<Self>, record: Id, content: Box<dyn Read + Send>) -> Result<Sealed, Problem> {
        let incoming = self.incoming(record).await?;
        let (id, key, temp, rng) = (incoming.id, incoming.key.clone(), incoming.temp.clone(), Arc::clone(&self.rng));
        let suite = self.vault.suite();
        let sealed = blocking(move || {
            let mut content = content;
            let mut out = File::create_new(&temp).map_err(disk)?;
            let digest = file::seal(suite, &key, id, &*rng, &mut *content, &mut out)?;
            out.sync_all().map_err(disk)?;
            Ok(digest)
        })
        .await;
        let digest = match sealed {
            Ok(digest) => digest,
            Err(problem) => {
                drop(std::fs::remove_file(&incoming.temp));
                return Err(problem);
            }
        };
        let object = self.objects.put_file(&incoming.temp).await?;
        Ok(Sealed { id: incoming.id, wrapped: incoming.wrapped, lock: incoming.lock, digest, object })
    }

    /// Does what makes a record refer to an object; when it is refused the object goes.
    ///
    /// # Errors
    /// Whatever the command is refused with.
    pub(crate) async fn refer(&self, command: Command, object: &str) -> Result<Outcome, Problem> {
        match self.pipeline.change(command).await {
            Ok(outcome) => Ok(outcome),
            Err(problem) => self.drop_object(object, problem).await,
        }
    }

    /// Nothing refers to the object; a failure to remove it leaves sealed bytes that nobody can open.
    async fn drop_object<T>(&self, object: &str, problem: Problem) -> Result<T, Problem> {
        if let Err(left) = self.objects.delete(object).await {
            tracing::warn!(problem = %left, "an unused object stays behind");
        }
        Err(problem)
    }

    /// The key of a record.
    ///
    /// # Errors
    /// `record.missing`, `store.*`, `vault.*`.
    pub(crate) async fn record_key(&self, record: Id) -> Result<RecordKey, Problem> {
        let row = self.store.record(record).await?.ok_or_else(|| Problem::missing("record.missing"))?;
        self.vault.record_key(record, &row.key)
    }

    pub(crate) fn may_attach(&self, caller: &Caller, kind: &str, record: Id, field: &str) -> Result<Record, Problem> {
        let world = self.world.read();
        let current = world.record(record)?;
        let definition = world.kind(kind)?;
        if current.kind != kind {
            return Err(Problem::missing("record.missing"));
        }
        if !definition.fields.iter().any(|f| f.name == field && matches!(f.ty, FieldType::Files {})) {
            return Err(Problem::invalid("field.unknown").at(field.chars().take(64).collect::<String>()));
        }
        let target = world.target(caller, definition, &current);
        world.allow(caller, Action::Attach, &target)?;
        Ok(current)
    }

    async fn incoming(self: &Arc<Self>, record: Id) -> Result<Incoming, Problem> {
        let id = Id::new(&*self.clock, &*self.rng);
        let lock = self.lock_for(record).await?;
        let (key, wrapped) = match &lock {
            Some(lock) => {
                let key = jingui_vault::Key::generate(&*self.rng);
                let wrapped = lock.seal_file_key(id, &key, &*self.rng)?;
                (key, wrapped)
            }
            None => self.record_key(record).await?.new_file_key(id, &*self.rng)?,
        };
        let lock = lock.map(|l| l.id);
        let temp = self.objects.temp_dir().join(format!("{id}.sealing"));
        Ok(Incoming { id, key, wrapped, lock, temp })
    }

    /// Opens a file of a record, to be taken out; for graded records the act is recorded first.
    ///
    /// # Errors
    /// `policy.denied`, `record.missing`, `file.missing`, `store.*`.
    pub async fn open_file(self: &Arc<Self>, caller: &Caller, kind: &str, record: Id, file: Id) -> Result<Outgoing, Problem> {
        self.access_original(caller, kind, record, Data::from([("file".to_owned(), json!(file))])).await?;
        self.outgoing(caller, record, file).await
    }

    /// A file of a record; whether the caller may have it was asked before. What is locked needs an opening besides (B 4.2.1).
    ///
    /// # Errors
    /// `record.missing`, `file.missing`, `custody.closed`, `store.*`.
    pub(crate) async fn outgoing(&self, caller: &Caller, record: Id, file: Id) -> Result<Outgoing, Problem> {
        let row = self.store.record(record).await?.ok_or_else(|| Problem::missing("record.missing"))?;
        let (current, _) = open_record(&self.vault, &row)?;
        let version = with_requested(&current).find(|v| v.id == file).ok_or_else(|| Problem::missing("file.missing"))?;
        let wrapped = wrapped(&version)?;
        let key = match version.lock {
            Some(_) => self.unlocked_key(caller, record, file, &wrapped)?,
            None => self.vault.record_key(record, &row.key)?.file_key(file, &wrapped)?,
        };
        let object = self.objects.open_object(&version.object).await?;
        Ok(Outgoing { version, object, key })
    }

    /// Asks the policies for an act that changes nothing, and records it when the record is graded:
    /// the intent is durable before anything leaves; denials are recorded too.
    ///
    /// # Errors
    /// `record.missing` when the caller may not know of it; `policy.denied`; `store.*`.
    pub async fn access(
        self: &Arc<Self>,
        caller: &Caller,
        kind: &str,
        record: Id,
        action: Action,
        act: &str,
        fields: Data,
    ) -> Result<(), Problem> {
        let reads = matches!(action, Action::ViewFile | Action::OpenFile);
        let (ruling, protection, known, stands) = {
            let world = self.world.read();
            let current = world.record(record)?;
            if current.kind != kind {
                return Err(Problem::missing("record.missing"));
            }
            let target = world.target(caller, world.kind(kind)?, &current);
            let known = world.rule(caller, Action::Notice, &target).allowed;
            let ruling = world.rule(caller, action, &target);
            let asks = reads && ruling.allowed;
            let stands = if asks { self.reading_stands(&world, caller, &current, &caller.origin.address) } else { Ok(()) };
            (ruling, target.protection, known, stands)
        };
        if ruling.error.is_some() {
            self.metrics.policy_errors.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tracing::error!(action = %action, "a policy could not be evaluated; denied");
        }
        let graded = protection > Protection::None;
        if ruling.allowed && stands.is_ok() {
            if graded && !caller.system {
                self.pipeline
                    .note(Note { caller: caller.clone(), act: act.to_owned(), kind: kind.to_owned(), record: Some(record), fields })
                    .await?;
            }
            return Ok(());
        }
        self.metrics.denials.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if graded {
            let because = match &stands {
                Ok(()) => ruling.because.iter().map(|p| p.id.as_str()).collect(),
                Err(condition) => vec![condition.code()],
            };
            let fields = Data::from([
                ("action".to_owned(), json!(action.to_string())),
                ("verb".to_owned(), json!(act)),
                ("policies".to_owned(), json!(because)),
            ]);
            self.pipeline
                .note(Note { caller: caller.clone(), act: "denied".to_owned(), kind: kind.to_owned(), record: Some(record), fields })
                .await?;
        }
        stands?;
        Err(if known { refusal::denied(action, &ruling) } else { Problem::missing("record.missing") })
    }
}

/// The key of a version as the register keeps it: wrapped.
pub(crate) fn wrapped(version: &FileVersion) -> Result<Vec<u8>, Problem> {
    STANDARD.decode(&version.key).map_err(|e| Problem::internal("record.encoding").detail(e))
}

/// All versions of all files of a record.
pub fn versions(record: &Record) -> impl Iterator<Item = FileVersion> + '_ {
    files_in(&record.data)
}

/// Those, and the ones that a request would bring: whoever decides on it looks at them first.
pub(crate) fn with_requested(record: &Record) -> impl Iterator<Item = FileVersion> + '_ {
    versions(record).chain(record.pending.iter().flat_map(|p| files_in(&p.input)))
}

fn files_in(data: &Data) -> impl Iterator<Item = FileVersion> + '_ {
    data.values().filter_map(Value::as_array).flatten().filter_map(|v| serde_json::from_value(v.clone()).ok())
}

fn next_version(record: &Record, field: &str, series: Option<Id>, own: Id) -> Result<(Id, u32), Problem> {
    let Some(series) = series else { return Ok((own, 1)) };
    let requested = record.pending.as_ref().and_then(|p| p.input.get(field));
    let present = [requested, record.data.get(field)].into_iter().flatten().filter_map(Value::as_array).flatten();
    let last = present
        .filter_map(|v| serde_json::from_value::<FileVersion>(v.clone()).ok())
        .filter(|v| v.series == series)
        .map(|v| v.version)
        .max();
    last.map(|n| (series, n + 1)).ok_or_else(|| Problem::missing("file.series"))
}

/// The input of an act that brings a version.
pub(crate) fn file_input(field: &str, version: &FileVersion) -> Result<Data, Problem> {
    let file = serde_json::to_value(version).map_err(|e| Problem::internal("record.encoding").detail(e))?;
    Ok(Data::from([("field".to_owned(), json!(field)), ("file".to_owned(), file)]))
}

/// The last part of a client's file name, without anything that a file system or a header could trip over.
pub(crate) fn tidy_name(name: &str) -> Result<String, Problem> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let tidy: String =
        last.chars().filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect();
    let tidy = tidy.trim().trim_start_matches('.').trim();
    if tidy.is_empty() || tidy.chars().count() > 200 { Err(Problem::invalid("file.name").at("file")) } else { Ok(tidy.to_owned()) }
}

pub(crate) fn disk(error: std::io::Error) -> Problem {
    Problem::unavailable("file.disk").detail(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_names_in_uploads_lose_their_way() {
        assert_eq!(tidy_name("../../etc/passwd").unwrap(), "passwd");
        assert_eq!(tidy_name("C:\\图纸\\轴承.dwg").unwrap(), "轴承.dwg");
        assert_eq!(tidy_name("a\u{202e}gpj.exe").unwrap(), "agpj.exe");
        for bad in ["", "..", "/", ".", "a/", "\n"] {
            assert!(tidy_name(bad).is_err(), "{bad:?}");
        }
    }
}
