//! A disk whose power can be cut: a file system in memory, mounted through FUSE, that remembers what
//! was synced and forgets the rest on command (the idea of LazyFS; own code).
//!
//! A program on it meets the real kernel: its page cache, its locks, its shared memory maps. Every
//! operation is counted, and the cut comes before an operation chosen beforehand; from then on
//! everything but reading fails with EIO, so that nothing can be acknowledged on the strength of what came after.
//! [`Disk::power_on`] mounts what is left.
//!
//! The disk is a process of its own, because a process that maps a file of a file system that it
//! serves itself waits for itself sooner or later. It is the test binary again, asked for the test
//! [`disk_process`]; it obeys lines on its input and goes, with its mount, when that input ends.
//!
//! # Limits
//! The hardware is honest: what `fsync` confirmed is on the platter. A power cut that hits a write
//! tears it at sectors of 512 bytes, never inside one. Hard links, symbolic links and extended
//! attributes do not exist; times stand still.
//!
//! # What it needs
//! Linux with `/dev/fuse`, and to be root (or `fusermount3`). Without it the tests fail and say so.

mod mount;
mod server;
mod tree;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use parking_lot::Mutex;

/// Says to the test binary that it is the disk, and where.
const MOUNT_POINT: &str = "JINGUI_POWERCUT_MOUNT";

/// What becomes of that which was not synced.
#[derive(Debug, Clone, Copy)]
pub enum Luck {
    /// All of it is lost.
    Worst,
    /// Some of it survives, torn and out of order, as this seed has it.
    Seed(u64),
}

/// The disk.
#[derive(Debug)]
pub struct Disk {
    point: PathBuf,
    process: Child,
    line: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Disk {
    /// An empty disk, mounted on a new folder within this one.
    pub fn new(within: &Path) -> Self {
        let point = within.join("disk");
        std::fs::create_dir_all(&point).expect("mount point");
        let me = std::env::current_exe().expect("this test binary");
        let mut process = Command::new(me)
            .args(["--exact", "powercut::disk_process", "--ignored", "--nocapture", "--test-threads=1"])
            .env(MOUNT_POINT, &point)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the disk's process");
        let (input, output) = (process.stdin.take().expect("pipe"), process.stdout.take().expect("pipe"));
        let disk = Self { point, process, line: Mutex::new((input, BufReader::new(output))) };
        let ready = disk.answer();
        assert_eq!(ready, "ready", "this test mounts a file system of its own and needs /dev/fuse and root (or fusermount3)");
        disk
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.point
    }

    /// Cuts the power after so many more operations that change or sync something.
    pub fn cut_after(&self, operations: u64) {
        self.ask(&format!("cut {operations}"));
    }

    /// Whether the power is gone.
    pub fn is_cut(&self) -> bool {
        self.ask("is_cut") == "true"
    }

    /// Cuts the power now.
    pub fn cut(&self) {
        self.cut_after(0);
    }

    /// Mounts what is left. Whoever had files open must have closed them or died.
    pub fn power_on(&self, luck: Luck) {
        let done = match luck {
            Luck::Worst => self.ask("power"),
            Luck::Seed(seed) => self.ask(&format!("power {seed}")),
        };
        assert_eq!(done, "ok");
    }

    fn ask(&self, question: &str) -> String {
        writeln!(self.line.lock().0, "{question}").expect("the disk listens");
        self.answer()
    }

    /// The next line for us; the test runner in that process says things of its own.
    fn answer(&self) -> String {
        let mut text = String::new();
        loop {
            text.clear();
            if self.line.lock().1.read_line(&mut text).expect("the disk answers") == 0 {
                return "nothing: the disk's process is gone".to_owned();
            }
            if let Some((_, answer)) = text.trim_end().split_once('@') {
                return answer.to_owned();
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if writeln!(self.line.get_mut().0, "end").is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Not a test: the disk itself, when [`Disk::new`] starts this binary anew.
#[test]
#[ignore = "the process of the disk, started by the tests that need one"]
fn disk_process() {
    if let Some(point) = std::env::var_os(MOUNT_POINT) {
        server::serve(Path::new(&point));
    }
}
