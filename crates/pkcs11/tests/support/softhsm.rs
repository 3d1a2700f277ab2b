//! SoftHSM2 (Debian's `softhsm2`), a device in software that speaks PKCS#11, with tokens in a folder of its own. Where it is missing the tests
//! fail: `scripts/setup.sh test` installs it.
//!
//! The library reads its folder from `SOFTHSM2_CONF` when it is initialised, once in a process. So a test runs itself again as a process that has it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The PIN of every token here.
pub const PIN: &str = "7531-2468";
const CONF: &str = "SOFTHSM2_CONF";

/// Where the library is.
pub fn module() -> PathBuf {
    let places =
        ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"];
    let found = places.iter().map(PathBuf::from).find(|path| path.is_file());
    found.expect("SoftHSM2 is missing: run scripts/setup.sh test, or install Debian's softhsm2")
}

/// A folder of tokens.
pub struct Drawer {
    folder: PathBuf,
}

impl Drawer {
    /// A new one; `more` stands in its configuration.
    pub fn new(folder: &Path, more: &str) -> Self {
        let drawer = Self { folder: folder.to_owned() };
        std::fs::create_dir_all(drawer.tokens()).expect("folder of tokens");
        let text = format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n{more}\n", drawer.tokens().display());
        std::fs::write(drawer.conf(), text).expect("configuration");
        drawer
    }

    /// Its configuration.
    pub fn conf(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }

    /// Where the tokens lie.
    pub fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    fn util(&self, args: &[&str]) {
        let done = Command::new("softhsm2-util").env(CONF, self.conf()).args(args).output();
        let done = done.expect("SoftHSM2 is missing: run scripts/setup.sh test, or install Debian's softhsm2");
        assert!(done.status.success(), "softhsm2-util {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// A new token of this label.
    pub fn token(&self, label: &str) {
        self.util(&["--init-token", "--free", "--label", label, "--so-pin", "so-pin-1234", "--pin", PIN]);
    }

    /// The token is no more, with all its keys.
    pub fn lose(&self, label: &str) {
        self.util(&["--delete-token", "--token", label]);
    }
}

/// Runs the body of the test with this name (its path within the binary) in a process that has its own drawer, which `prepare` fills.
pub fn in_drawer(test: &str, more: &str, prepare: impl FnOnce(&Drawer), body: impl FnOnce(&Drawer)) {
    if let Some(conf) = std::env::var_os(CONF).filter(|_| std::env::var("JINGUI_TEST_DRAWER").is_ok_and(|name| name == test)) {
        let folder = Path::new(&conf).parent().expect("folder");
        return body(&Drawer { folder: folder.to_owned() });
    }
    let folder = tempfile::tempdir().expect("folder");
    let drawer = Drawer::new(folder.path(), more);
    prepare(&drawer);
    let own = std::env::current_exe().expect("own path");
    let done = Command::new(own)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CONF, drawer.conf())
        .env("JINGUI_TEST_DRAWER", test)
        .output()
        .expect("the same test");
    let said = format!("{}\n{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}
