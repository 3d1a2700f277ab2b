//! The kernel's side of the disk: FUSE requests on [`Tree`].

use std::{
    ffi::OsStr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use fuser::{
    Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr,
    ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request,
};
use parking_lot::Mutex;

use super::{
    server::State,
    tree::{Body, File, Folder, Ino, No, Tree},
};

const TTL: Duration = Duration::from_secs(1);

/// The file system that the kernel talks to.
pub struct Mount(pub Arc<Mutex<State>>);

impl From<No> for Errno {
    fn from(no: No) -> Self {
        match no {
            No::Missing => Self::ENOENT,
            No::Exists => Self::EEXIST,
            No::NotEmpty => Self::ENOTEMPTY,
            No::Other => Self::EINVAL,
        }
    }
}

fn attributes(tree: &Tree, ino: Ino) -> Result<FileAttr, No> {
    let node = tree.node(ino)?;
    let (kind, size) = match &node.body {
        Body::File(file) => (FileType::RegularFile, file.now.len() as u64),
        Body::Folder(_) => (FileType::Directory, 4096),
    };
    Ok(FileAttr {
        ino: INodeNo(ino),
        size,
        blocks: size.div_ceil(512),
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm: node.mode,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    })
}

fn permissions(mode: u32, umask: u32) -> u16 {
    u16::try_from(mode & !umask & 0o7777).unwrap_or(0o600)
}

fn place(at: u64) -> usize {
    usize::try_from(at).expect("64 bits")
}

impl Mount {
    /// Something that only looks.
    fn look<T>(&self, work: impl FnOnce(&mut Tree) -> Result<T, No>) -> Result<T, Errno> {
        let mut state = self.0.lock();
        if state.is_cut() { Err(Errno::EIO) } else { work(&mut state.tree).map_err(Errno::from) }
    }

    /// Reading goes on after the cut: a page of a mapped file (SQLite's shared memory) that cannot be had ends the process with a bus
    /// error, and nothing is acknowledged on the strength of having been read.
    fn peek<T>(&self, work: impl FnOnce(&mut Tree) -> Result<T, No>) -> Result<T, Errno> {
        work(&mut self.0.lock().tree).map_err(Errno::from)
    }

    /// Something that changes or syncs: it counts.
    fn act<T>(&self, work: impl FnOnce(&mut Tree) -> Result<T, No>) -> Result<T, Errno> {
        let result = self.look(work);
        let mut state = self.0.lock();
        state.done = state.done.saturating_add(1);
        result
    }
}

impl Filesystem for Mount {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.look(|t| t.lookup(parent.0, name).and_then(|ino| attributes(t, ino))) {
            Ok(attr) => reply.entry(&TTL, &attr, Generation(0)),
            Err(e) => reply.error(e),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.look(|t| attributes(t, ino.0)) {
            Ok(attr) => reply.attr(&TTL, &attr),
            Err(e) => reply.error(e),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<fuser::TimeOrNow>,
        _: Option<fuser::TimeOrNow>,
        _: Option<std::time::SystemTime>,
        _: Option<FileHandle>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<fuser::BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let result = self.act(|t| {
            if let Some(mode) = mode {
                t.set_mode(ino.0, permissions(mode, 0))?;
            }
            if let Some(size) = size {
                t.file(ino.0)?.set_length(place(size));
            }
            attributes(t, ino.0)
        });
        match result {
            Ok(attr) => reply.attr(&TTL, &attr),
            Err(e) => reply.error(e),
        }
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        let made = self.act(|t| {
            let ino = t.make(parent.0, name, permissions(mode, umask), Body::Folder(Folder::default()))?;
            attributes(t, ino)
        });
        match made {
            Ok(attr) => reply.entry(&TTL, &attr, Generation(0)),
            Err(e) => reply.error(e),
        }
    }

    fn create(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, _: i32, reply: ReplyCreate) {
        let made = self.act(|t| {
            let ino = t.make(parent.0, name, permissions(mode, umask), Body::File(File::default()))?;
            attributes(t, ino)
        });
        match made {
            Ok(attr) => reply.created(&TTL, &attr, Generation(0), FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(e) => reply.error(e),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.act(|t| t.remove(parent.0, name, false)), reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.act(|t| t.remove(parent.0, name, true)), reply);
    }

    fn rename(&self, _: &Request, parent: INodeNo, name: &OsStr, to: INodeNo, new: &OsStr, flags: RenameFlags, reply: ReplyEmpty) {
        done(
            self.act(|t| match flags {
                RenameFlags::RENAME_NOREPLACE if t.lookup(to.0, new).is_ok() => Err(No::Exists),
                flags if flags.contains(RenameFlags::RENAME_EXCHANGE) => Err(No::Other),
                _ => t.rename(parent.0, name, to.0, new),
            }),
            reply,
        );
    }

    fn open(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.look(|t| t.node(ino.0).map(drop)) {
            Ok(()) => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(e) => reply.error(e),
        }
    }

    fn read(&self, _: &Request, ino: INodeNo, _: FileHandle, at: u64, size: u32, _: OpenFlags, _: Option<LockOwner>, reply: ReplyData) {
        let read = self.peek(|t| {
            let bytes = &t.file(ino.0)?.now;
            let start = place(at).min(bytes.len());
            let end = start.saturating_add(size as usize).min(bytes.len());
            Ok(bytes[start..end].to_vec())
        });
        match read {
            Ok(bytes) => reply.data(&bytes),
            Err(e) => reply.error(e),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        at: u64,
        bytes: &[u8],
        _: fuser::WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.act(|t| t.file(ino.0).map(|f| f.write(place(at), bytes))) {
            Ok(()) => reply.written(u32::try_from(bytes.len()).expect("one request")),
            Err(e) => reply.error(e),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.act(|t| t.file(ino.0).map(File::sync)), reply);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.act(|t| t.sync_folder(ino.0)), reply);
    }

    fn readdir(&self, _: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let names = self.look(|t| {
            let names: Vec<_> = t.folder(ino.0)?.now.iter().map(|(name, ino)| (name.clone(), *ino)).collect();
            let kind = |t: &Tree, ino| matches!(t.node(ino).map(|n| &n.body), Ok(Body::Folder(_)));
            Ok(names.into_iter().map(|(name, ino)| (name, ino, kind(t, ino))).collect::<Vec<_>>())
        });
        match names {
            Ok(names) => {
                for (i, (name, ino, folder)) in names.into_iter().enumerate().skip(place(offset)) {
                    let kind = if folder { FileType::Directory } else { FileType::RegularFile };
                    if reply.add(INodeNo(ino), i as u64 + 1, kind, name) {
                        break;
                    }
                }
                reply.ok();
            }
            Err(e) => reply.error(e),
        }
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        const BLOCKS: u64 = 1 << 20;
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, 4096, 255, 4096);
    }
}

fn done(result: Result<(), Errno>, reply: ReplyEmpty) {
    match result {
        Ok(()) => reply.ok(),
        Err(e) => reply.error(e),
    }
}
