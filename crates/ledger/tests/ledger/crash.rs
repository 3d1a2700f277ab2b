//! A process that dies, a disk that fails and a power cut, at every possible moment: afterwards
//! the ledger opens at the old or at the new checkpoint, and goes on to hold exactly what it
//! should.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use jingui_ledger::{Log, MemoryTiles, Tiles, verify_folder};
use jingui_model::{Rng, rng::SeededRng};

use crate::{copy, entries, naive, signer};

/// What the fault does to the operation that it hits.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It does nothing.
    Before,
    /// It writes half of the bytes; replacing stays atomic.
    Torn,
    /// It does all of it and then reports failure.
    After,
}

/// Storage as a disk with a cache: what was not synced may be lost or torn by a power cut.
#[derive(Default)]
struct Disk {
    files: MemoryTiles,
    durable: BTreeMap<String, Vec<u8>>,
    unsynced: Vec<(String, Option<Vec<u8>>)>,
    steps: usize,
    fault: Option<(usize, Fault)>,
    /// After its fault the disk works again, as after a full disk was cleared.
    once: bool,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Disk>>);

impl Shared {
    fn new(files: &MemoryTiles) -> Self {
        Self(Arc::new(Mutex::new(Disk { files: files.clone(), durable: files.files.clone(), ..Disk::default() })))
    }

    /// Counts a changing operation; says what goes wrong with it.
    fn step(disk: &mut Disk) -> Option<Fault> {
        disk.steps += 1;
        match disk.fault {
            Some((at, fault)) if at == disk.steps => Some(fault),
            Some((at, _)) if at < disk.steps && !disk.once => Some(Fault::Before),
            _ => None,
        }
    }

    fn change(&mut self, path: &str, bytes: Option<&[u8]>, atomic: bool) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        let fault = Self::step(&mut disk);
        let bytes = match (fault, bytes) {
            (Some(Fault::Before), _) => return Err(io::Error::other("fault")),
            (Some(Fault::Torn), Some(_)) if atomic => return Err(io::Error::other("fault")),
            (Some(Fault::Torn), Some(bytes)) => Some(bytes[..bytes.len() / 2].to_vec()),
            (_, bytes) => bytes.map(<[u8]>::to_vec),
        };
        match &bytes {
            Some(bytes) => disk.files.files.insert(path.to_owned(), bytes.clone()),
            None => disk.files.files.remove(path),
        };
        if atomic && let Some(bytes) = bytes {
            disk.durable.insert(path.to_owned(), bytes);
        } else {
            disk.unsynced.push((path.to_owned(), bytes));
        }
        fault.map_or(Ok(()), |_| Err(io::Error::other("fault")))
    }

    /// The power goes: of what was not synced, some is there, some not, some in part.
    fn power_cut(&self, rng: &dyn Rng) -> MemoryTiles {
        let disk = self.0.lock().unwrap();
        let mut files = disk.durable.clone();
        for (path, bytes) in &disk.unsynced {
            let [chance, share] = rng.array();
            match bytes {
                _ if chance < 100 => {}
                Some(bytes) if chance < 150 => drop(files.insert(path.clone(), bytes[..bytes.len() * usize::from(share) / 255].to_vec())),
                Some(bytes) => drop(files.insert(path.clone(), bytes.clone())),
                None => drop(files.remove(path)),
            }
        }
        MemoryTiles { files, free: None }
    }
}

impl Tiles for Shared {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        self.0.lock().unwrap().files.read(path)
    }
    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.change(path, Some(bytes), false)
    }
    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        if Self::step(&mut disk).is_some() {
            return Err(io::Error::other("fault"));
        }
        let done = std::mem::take(&mut disk.unsynced);
        for (path, bytes) in done {
            match bytes {
                Some(bytes) => disk.durable.insert(path, bytes),
                None => disk.durable.remove(&path),
            };
        }
        Ok(())
    }
    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.change(path, Some(bytes), true)
    }
    fn remove(&mut self, path: &str) -> io::Result<()> {
        self.change(path, None, false)
    }
    fn list_under(&self, folder: &str) -> io::Result<Vec<String>> {
        self.0.lock().unwrap().files.list_under(folder)
    }
    fn free_bytes(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

/// The batches of the run, as ends: they fill tiles, cross them and stay within them.
const ENDS: [u64; 8] = [1, 4, 250, 256, 257, 511, 520, 780];

/// Appends all batches; stops at the first failure. Returns what was acknowledged.
fn run(log: &mut Log) -> u64 {
    let signer = signer();
    let mut acknowledged = log.size();
    for end in ENDS {
        match log.append_at(acknowledged, &entries(acknowledged..end.max(acknowledged)), &signer) {
            Ok(size) => acknowledged = size,
            Err(_) => break,
        }
    }
    acknowledged
}

/// Opens what is left, checks it, and goes on with other batches to the end.
fn recover(tiles: MemoryTiles, acknowledged: u64, what: &str) {
    let signer = signer();
    let report = verify_folder(&tiles, signer.verifier());
    assert!(report.whole(), "{what}: {report:?}");
    let mut log = Log::open(tiles, signer.verifier()).unwrap_or_else(|p| panic!("{what}: {p}"));
    assert!(log.size() >= acknowledged, "{what}: {} < {acknowledged}", log.size());
    // The sequencer begins again at what it knows to be acknowledged; batches fall otherwise than before.
    let mut at = acknowledged;
    while log.size() < 800 {
        let end = (at + 37).min(800);
        log.append_at(at, &entries(at..end), &signer).unwrap_or_else(|p| panic!("{what}: {p}"));
        at = end;
    }
    assert_eq!(log.root(), naive::mth(&entries(0..800)), "{what}");
    assert_eq!((0..800).map(|i| log.entry(i).unwrap()).collect::<Vec<_>>(), entries(0..800), "{what}");
    let report = verify_folder(log.tiles(), signer.verifier());
    assert!(report.whole() && report.uncovered.is_empty() && report.unknown.is_empty(), "{what}: {report:?}");
}

fn start() -> MemoryTiles {
    copy(Log::create(MemoryTiles::default(), &signer()).unwrap().tiles())
}

/// How many changing operations the whole run has.
fn steps(start: &MemoryTiles) -> usize {
    let disk = Shared::new(start);
    let mut log = Log::open(disk.clone(), signer().verifier()).unwrap();
    assert_eq!(run(&mut log), 780);
    disk.0.lock().unwrap().steps
}

#[test]
fn a_process_that_dies_at_any_step_leaves_a_whole_ledger_that_goes_on() {
    let start = start();
    for at in 1..=steps(&start) {
        for fault in [Fault::Before, Fault::Torn, Fault::After] {
            let disk = Shared::new(&start);
            disk.0.lock().unwrap().fault = Some((at, fault));
            let mut log = Log::open(disk.clone(), signer().verifier()).unwrap();
            let acknowledged = run(&mut log);
            recover(copy(&disk), acknowledged, &format!("step {at}, {fault:?}"));
        }
    }
}

#[test]
fn a_power_cut_at_any_step_loses_nothing_acknowledged() {
    let start = start();
    for at in 1..=steps(&start) {
        for seed in 0..3 {
            let disk = Shared::new(&start);
            disk.0.lock().unwrap().fault = Some((at, Fault::After));
            let mut log = Log::open(disk.clone(), signer().verifier()).unwrap();
            let acknowledged = run(&mut log);
            recover(disk.power_cut(&SeededRng::new(seed)), acknowledged, &format!("step {at}, seed {seed}"));
        }
    }
}

/// The process lives on after a fault: the same open ledger goes on, without doubling anything.
#[test]
fn a_fault_that_passes_is_overcome_without_reopening() {
    let start = start();
    for at in 1..=steps(&start) {
        for fault in [Fault::Before, Fault::Torn, Fault::After] {
            let disk = Shared::new(&start);
            {
                let mut disk = disk.0.lock().unwrap();
                (disk.fault, disk.once) = (Some((at, fault)), true);
            }
            let mut log = Log::open(disk.clone(), signer().verifier()).unwrap();
            let acknowledged = run(&mut log);
            log.append_at(acknowledged, &entries(acknowledged..780), &signer()).unwrap_or_else(|p| panic!("{at} {fault:?}: {p}"));
            assert_eq!((log.size(), log.root()), (780, naive::mth(&entries(0..780))), "{at} {fault:?}");
            recover(copy(&disk), 780, &format!("step {at}, {fault:?}"));
        }
    }
}

/// Storage that does not give back what was written gets no signature.
#[test]
fn nothing_is_signed_that_was_not_read_again() {
    struct Liar(MemoryTiles, &'static str);
    impl Tiles for Liar {
        fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
            self.0.read(path)
        }
        fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
            let mut bytes = bytes.to_vec();
            if path == self.1 {
                bytes[20] ^= 4;
            }
            self.0.write(path, &bytes)
        }
        fn remove(&mut self, path: &str) -> io::Result<()> {
            self.0.remove(path)
        }
        fn list_under(&self, folder: &str) -> io::Result<Vec<String>> {
            self.0.list_under(folder)
        }
        fn free_bytes(&self) -> io::Result<Option<u64>> {
            Ok(None)
        }
    }
    let signer = signer();
    for path in ["tile/entries/000", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"] {
        let mut log = Log::open(Liar(start(), path), signer.verifier()).unwrap();
        let before = log.checkpoint().to_owned();
        assert_eq!(log.append(&entries(0..300), &signer).unwrap_err().code(), "ledger.reread", "{path}");
        assert_eq!(log.tiles().read("checkpoint").unwrap().unwrap(), before.as_bytes());
    }
}
