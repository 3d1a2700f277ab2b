//! What a disk holds now, and what of it would still be there after a power cut.
//!
//! The rules are POSIX's and no file system's in particular: data counts from `fsync` of its file on,
//! a name from `fsync` of its folder on, and a rename is one step. What was not synced may survive or
//! not, each write by itself and in any order, and a write may be torn at a sector; names survive in
//! the order they were made, up to some point (a journal).

use std::{
    collections::{BTreeMap, HashMap},
    ffi::{OsStr, OsString},
};

/// Number of a file or folder.
pub type Ino = u64;
/// The top folder.
pub const ROOT: Ino = 1;
const SECTOR: usize = 512;

/// A refusal, as the kernel wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum No {
    /// ENOENT
    Missing,
    /// EEXIST
    Exists,
    /// ENOTEMPTY
    NotEmpty,
    /// EISDIR or ENOTDIR: not what it was taken for.
    Other,
}

/// What happens to that which was not synced.
pub trait Fate {
    /// One of `0..below`; `below` is at least 1.
    fn draw(&mut self, below: usize) -> usize;
}

/// A file or a folder.
#[derive(Debug)]
pub struct Node {
    /// Permission bits.
    pub mode: u16,
    /// What it is.
    pub body: Body,
}

/// What a node is.
#[derive(Debug)]
pub enum Body {
    /// A file.
    File(File),
    /// A folder.
    Folder(Folder),
}

/// Bytes now, bytes on the platter, and what lies between.
#[derive(Debug, Default)]
pub struct File {
    pub now: Vec<u8>,
    kept: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// Names now, names on the platter, and what lies between.
#[derive(Debug, Default)]
pub struct Folder {
    pub now: BTreeMap<OsString, Ino>,
    kept: BTreeMap<OsString, Ino>,
    since: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Put(OsString, Ino),
    Gone(OsString),
    /// Within this folder.
    Renamed(OsString, OsString, Ino),
    /// From another folder, which has the matching `Left`.
    Arrived(Ino, OsString, OsString, Ino),
    /// To another folder.
    Left(Ino),
}

/// All of it.
#[derive(Debug)]
pub struct Tree {
    nodes: HashMap<Ino, Node>,
    next: Ino,
}

impl Tree {
    /// An empty disk.
    pub fn new() -> Self {
        let root = Node { mode: 0o755, body: Body::Folder(Folder::default()) };
        Self { nodes: HashMap::from([(ROOT, root)]), next: ROOT + 1 }
    }

    pub fn node(&self, ino: Ino) -> Result<&Node, No> {
        self.nodes.get(&ino).ok_or(No::Missing)
    }

    pub fn set_mode(&mut self, ino: Ino, mode: u16) -> Result<(), No> {
        self.nodes.get_mut(&ino).ok_or(No::Missing)?.mode = mode;
        Ok(())
    }

    pub fn file(&mut self, ino: Ino) -> Result<&mut File, No> {
        match self.nodes.get_mut(&ino) {
            Some(Node { body: Body::File(file), .. }) => Ok(file),
            Some(_) => Err(No::Other),
            None => Err(No::Missing),
        }
    }

    pub fn folder(&mut self, ino: Ino) -> Result<&mut Folder, No> {
        match self.nodes.get_mut(&ino) {
            Some(Node { body: Body::Folder(folder), .. }) => Ok(folder),
            Some(_) => Err(No::Other),
            None => Err(No::Missing),
        }
    }

    pub fn lookup(&mut self, parent: Ino, name: &OsStr) -> Result<Ino, No> {
        self.folder(parent)?.now.get(name).copied().ok_or(No::Missing)
    }

    pub fn make(&mut self, parent: Ino, name: &OsStr, mode: u16, body: Body) -> Result<Ino, No> {
        let ino = self.next;
        let folder = self.folder(parent)?;
        if folder.now.contains_key(name) {
            return Err(No::Exists);
        }
        folder.now.insert(name.to_owned(), ino);
        folder.since.push(Step::Put(name.to_owned(), ino));
        self.nodes.insert(ino, Node { mode, body });
        self.next += 1;
        Ok(ino)
    }

    pub fn remove(&mut self, parent: Ino, name: &OsStr, is_folder: bool) -> Result<(), No> {
        let ino = self.lookup(parent, name)?;
        match &self.node(ino)?.body {
            Body::Folder(folder) if is_folder && !folder.now.is_empty() => return Err(No::NotEmpty),
            Body::Folder(_) if is_folder => {}
            Body::File(_) if !is_folder => {}
            _ => return Err(No::Other),
        }
        let folder = self.folder(parent)?;
        folder.now.remove(name);
        folder.since.push(Step::Gone(name.to_owned()));
        Ok(())
    }

    pub fn rename(&mut self, parent: Ino, name: &OsStr, to: Ino, new: &OsStr) -> Result<(), No> {
        let ino = self.lookup(parent, name)?;
        if let Ok(old) = self.lookup(to, new)
            && matches!(&self.node(old)?.body, Body::Folder(f) if !f.now.is_empty())
        {
            return Err(No::NotEmpty);
        }
        self.folder(parent)?.now.remove(name);
        self.folder(to)?.now.insert(new.to_owned(), ino);
        if parent == to {
            self.folder(to)?.since.push(Step::Renamed(name.to_owned(), new.to_owned(), ino));
        } else {
            self.folder(parent)?.since.push(Step::Left(to));
            self.folder(to)?.since.push(Step::Arrived(parent, name.to_owned(), new.to_owned(), ino));
        }
        Ok(())
    }

    /// `fsync` of a folder.
    pub fn sync_folder(&mut self, ino: Ino) -> Result<(), No> {
        let steps = std::mem::take(&mut self.folder(ino)?.since);
        for step in steps {
            self.settle(ino, step)?;
        }
        Ok(())
    }

    fn settle(&mut self, ino: Ino, step: Step) -> Result<(), No> {
        let folder = self.folder(ino)?;
        match step {
            Step::Put(name, child) => drop(folder.kept.insert(name, child)),
            Step::Gone(name) => drop(folder.kept.remove(&name)),
            Step::Renamed(old, new, child) => {
                folder.kept.remove(&old);
                folder.kept.insert(new, child);
            }
            Step::Arrived(from, old, new, child) => {
                folder.kept.insert(new, child);
                // One step: it is no longer where it was, and what made it there is superseded.
                if let Ok(source) = self.folder(from) {
                    source.since.retain(|s| !matches!(s, Step::Put(name, i) if *name == old && *i == child));
                    if source.kept.get(&old) == Some(&child) {
                        source.kept.remove(&old);
                    }
                }
            }
            Step::Left(to) => self.sync_folder(to)?,
        }
        Ok(())
    }

    /// The disk after the power came back.
    pub fn after_cut(mut self, luck: &mut dyn Fate) -> Self {
        let mut all: Vec<Ino> = self.nodes.keys().copied().collect();
        all.sort_unstable();
        for ino in all {
            match self.nodes.get_mut(&ino).map(|n| &mut n.body) {
                Some(Body::File(file)) => file.cut(luck),
                Some(Body::Folder(folder)) => {
                    let survive = luck.draw(folder.since.len() + 1);
                    let steps: Vec<Step> = folder.since.drain(..).take(survive).collect();
                    for step in steps {
                        let _ = self.settle(ino, step);
                    }
                }
                None => {}
            }
        }
        // What no name leads to any more is gone.
        let (mut reached, mut waiting) = (HashMap::new(), vec![ROOT]);
        while let Some(ino) = waiting.pop() {
            let Some(mut node) = self.nodes.remove(&ino) else { continue };
            match &mut node.body {
                Body::File(file) => file.now.clone_from(&file.kept),
                Body::Folder(folder) => {
                    folder.since.clear();
                    folder.now.clone_from(&folder.kept);
                    waiting.extend(folder.now.values());
                }
            }
            reached.insert(ino, node);
        }
        Self { nodes: reached, next: self.next }
    }
}

impl File {
    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        apply(&mut self.now, at, bytes);
        self.since.push(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub fn set_length(&mut self, length: usize) {
        self.now.resize(length, 0);
        self.since.push(Change::Length(length));
    }

    /// `fsync` and `fdatasync` of a file.
    pub fn sync(&mut self) {
        for change in self.since.drain(..) {
            match change {
                Change::Write { at, bytes } => apply(&mut self.kept, at, &bytes),
                Change::Length(length) => self.kept.resize(length, 0),
            }
        }
    }

    fn cut(&mut self, luck: &mut dyn Fate) {
        for change in self.since.drain(..) {
            match (change, luck.draw(4)) {
                (Change::Write { at, bytes }, 1) => {
                    let sectors = luck.draw(bytes.len().div_ceil(SECTOR)) * SECTOR;
                    apply(&mut self.kept, at, bytes.get(..sectors).unwrap_or(&bytes));
                }
                (Change::Write { at, bytes }, 2 | 3) => apply(&mut self.kept, at, &bytes),
                (Change::Length(length), 2 | 3) => self.kept.resize(length, 0),
                _ => {}
            }
        }
    }
}

fn apply(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if bytes.is_empty() {
        return;
    }
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}
