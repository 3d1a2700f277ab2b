//! The files of the project as the rules see them: what git tracks and what it would track, read once.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The gate fails.
    Fail,
    /// Worth a thought; the gate passes.
    Warn,
}

/// One thing that a rule found, with the place to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Path from the root of the project.
    pub path: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do.
    pub text: String,
}

impl Finding {
    /// A finding that fails the gate.
    pub fn fail(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { level: Level::Fail, path: path.to_owned(), line, text: text.into() }
    }

    /// A finding that is only reported.
    pub fn warn(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { level: Level::Warn, path: path.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.level == Level::Fail { "error" } else { "warning" };
        write!(f, "{}:{}: {level}: {}", self.path, self.line.max(1), self.text)
    }
}

/// A text file of the project.
#[derive(Debug, Clone)]
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// Content.
    pub text: String,
}

/// The text files of the project, sorted by path.
#[derive(Debug, Default)]
pub struct Tree {
    /// Where they are.
    pub root: PathBuf,
    /// The files.
    pub files: Vec<File>,
    /// Paths of all files, also of those that hold no text.
    pub all: Vec<String>,
}

/// The root of the project: the folder above this crate.
pub fn root() -> Result<PathBuf, String> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).ok_or_else(|| "no folder above xtask".to_owned())
}

impl Tree {
    /// Reads what git tracks or would track.
    pub fn read(root: &Path) -> Result<Self, String> {
        let out = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|e| format!("git: {e}"))?;
        if !out.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&out.stderr).trim()));
        }
        let mut all: Vec<String> = String::from_utf8_lossy(&out.stdout).split('\0').filter(|p| !p.is_empty()).map(str::to_owned).collect();
        all.sort();
        all.dedup();
        // A file that git still lists may be gone from the folder.
        all.retain(|path| root.join(path).is_file());
        let files = all
            .iter()
            .filter_map(|path| {
                let bytes = std::fs::read(root.join(path)).ok()?;
                let text = String::from_utf8(bytes).ok().filter(|t| !t.contains('\0'))?;
                Some(File { path: path.clone(), text })
            })
            .collect();
        Ok(Self { root: root.to_path_buf(), files, all })
    }

    /// The files whose path ends like this.
    pub fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |f| f.path.ends_with(end))
    }

    /// A tree for a test of a rule.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self {
            root: PathBuf::new(),
            files: files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() }).collect(),
            all: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
        }
    }
}
