//! `jingui file seal|open` as scripts meet it: files, pipes, both suites, every form of a key, and what is refused (H 9.6.2).

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const SUITES: [&str; 2] = ["aes256gcm", "sm4gcm"];

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("folder"));
        place.write("key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n".as_bytes());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("written");
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).expect("permissions");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("read")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jingui"));
        command
            .current_dir(self.0.path())
            .args(["file"])
            .args(args)
            .env("LANG", "en_US.UTF-8")
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES");
        command
    }

    /// Exit code and what was said.
    fn run(&self, args: &[&str]) -> (Option<i32>, String) {
        let Output { status, stderr, .. } = self.command(args).output().expect("the program");
        (status.code(), String::from_utf8(stderr).expect("text"))
    }

    fn pipe(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let mut stdin = child.stdin.take().expect("input");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let out = child.wait_with_output().expect("output");
        writer.join().expect("writer");
        out
    }
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[test]
fn what_was_sealed_opens_again_in_both_suites_as_file_and_as_stream() {
    let place = Place::new();
    let plain: Vec<u8> = (0..3_000_017_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    place.write("plain", &plain);
    for (suite, number) in SUITES.into_iter().zip([1, 2]) {
        let (code, said) = place.run(&["seal", "--suite", suite, "--key-file", "key", "plain", "sealed"]);
        assert_eq!((code, said.as_str()), (Some(0), "Sealed 3000017 bytes into sealed.\n"));
        let sealed = place.read("sealed");
        assert_eq!(sealed[..6], [b'J', b'G', b'F', b'1', 0, number]);
        assert_eq!(place.run(&["open", "--key-file", "key", "sealed", "back"]).0, Some(0));
        assert!(place.read("back") == plain);
        let mode = fs::metadata(place.path("back")).expect("metadata").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "what was secret is its owner's alone");
        // Through pipes, both ways.
        let out = place.pipe(&["seal", "--suite", suite, "--key-file", "key", "-", "-"], &plain);
        assert!(out.status.success() && out.stdout != sealed, "another salt each time");
        let out = place.pipe(&["open", "--suite", suite, "--key-file", "key", "-", "-"], &out.stdout);
        assert!(out.status.success() && out.stdout == plain);
    }
    let (code, said) = place.run(&["open", "--suite", "aes256gcm", "--key-file", "key", "sealed", "back"]);
    assert_eq!((code, said.contains("sealed with the suite sm4gcm")), (Some(1), true), "{said}");
}

#[test]
fn a_refused_file_leaves_nothing_and_what_was_there_stays() {
    let place = Place::new();
    place.write("plain", &[7; 200_000]);
    place.write("other", &[9; 32]);
    assert_eq!(place.run(&["seal", "--key-file", "key", "plain", "sealed"]).0, Some(0));
    let sealed = place.read("sealed");
    place.write("back", b"older");
    let mut changed = sealed.clone();
    changed[150_000] ^= 1;
    for (name, bytes, says) in
        [("changed", &changed[..], "chunk 2"), ("cut", &sealed[..150_000], "chunk 2"), ("header", &sealed[..50], "not an encrypted file")]
    {
        place.write(name, bytes);
        let (code, said) = place.run(&["open", "--key-file", "key", name, "back"]);
        assert!(code == Some(1) && said.contains(says), "{name}: {said}");
    }
    let (code, said) = place.run(&["open", "--key-file", "other", "sealed", "back"]);
    assert!(code == Some(1) && said.contains("key does not fit"), "{said}");
    assert_eq!(place.read("back"), b"older");
    assert!(!exists(&place.path("back.unfinished")));
}

#[test]
fn what_cannot_be_read_is_exit_code_2_and_open_keys_are_warned_of() {
    let place = Place::new();
    place.write("plain", b"text");
    assert_eq!(place.run(&["seal", "--key-file", "key", "missing", "out"]).0, Some(2));
    assert_eq!(place.run(&["seal", "--key-file", "missing", "plain", "out"]).0, Some(2));
    assert_eq!(place.run(&["seal", "--key-file", "key", "plain", "no/folder/out"]).0, Some(2));
    assert_eq!(place.run(&["seal", "--key-file", "key", "--suite", "des", "plain", "out"]).0, Some(2));
    assert_eq!(place.run(&["seal", "plain", "out"]).0, Some(2));
    place.write("short", &[1; 16]);
    let (code, said) = place.run(&["seal", "--key-file", "short", "plain", "out"]);
    assert!(code == Some(1) && said.contains("needs 32 bytes"), "{said}");
    assert!(!exists(&place.path("out")) && !exists(&place.path("out.unfinished")));
    assert_eq!(place.run(&["seal", "--suite", "sm4gcm", "--key-file", "short", "plain", "out"]).0, Some(0));
    fs::set_permissions(place.path("key"), fs::Permissions::from_mode(0o644)).expect("permissions");
    let (code, said) = place.run(&["seal", "--key-file", "key", "plain", "out"]);
    assert!(code == Some(0) && said.contains("others than its owner"), "{said}");
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let place = Place::new();
    place.write("plain", b"text");
    std::os::unix::fs::symlink("/dev/null", place.path("nowhere")).expect("link");
    assert_eq!(place.run(&["seal", "--key-file", "key", "plain", "nowhere"]).0, Some(0));
    assert!(fs::symlink_metadata(place.path("nowhere")).expect("still there").is_symlink());
    assert_eq!(place.run(&["seal", "--key-file", "key", "plain", "/dev/full"]).0, Some(1));
}
