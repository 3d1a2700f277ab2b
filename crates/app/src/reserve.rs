//! Room set aside in the data folder, so that a full disk still lets those in who look and mend (`vault.md`, "Audit before plaintext").
//!
//! When the evidence cannot be written, nothing graded is opened: the note comes before the plaintext. But an auditor whose sign-in could
//! not be written either would see nothing of it. So a file of fixed length lies in the data folder; when the disk is full and an auditor
//! or administrator comes, it is given up, and from then on only their acts are taken until there is room for it again. With PostgreSQL
//! or a bucket this covers what lies in the data folder; the room of a database server is its own administrator's.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use jingui_model::Problem;
use jingui_policy::Role;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

use crate::world::caller::Caller;

/// What is set aside: some hundreds of sign-ins and looks.
const BYTES: u64 = 16 << 20;
/// Its name in the data folder.
const NAME: &str = "reserve";
/// Who comes in on a full disk: those who see what happened, and those who make room.
const OVERSEERS: [Role; 3] = [Role::Auditor, Role::SystemAdmin, Role::SecurityAdmin];

/// The room set aside.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    full: AtomicBool,
}

impl Reserve {
    /// Sets room aside, unless it lies there already. A disk without it is worth a warning, no more.
    pub fn set_aside(data: &Path) -> Self {
        let reserve = Self { path: data.join(NAME), full: AtomicBool::new(false) };
        if let Err(problem) = reserve.allocate() {
            tracing::warn!(problem = %problem, "no room could be set aside for auditors on a full disk");
        }
        reserve
    }

    fn allocate(&self) -> std::io::Result<()> {
        let file: File = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&self.path)?;
        if file.metadata()?.len() == BYTES {
            return Ok(());
        }
        fallocate(&file, FallocateFlags::empty(), 0, BYTES).map_err(|e| {
            // Half of it would be taken for all of it by nobody, and only take room away.
            let _ = std::fs::remove_file(&self.path);
            e.into()
        })
    }

    /// Is an act of this caller taken? On a full disk those of overseers only, and for them the room is given up.
    ///
    /// # Errors
    /// `store.disk_full`.
    pub fn admits(&self, caller: &Caller) -> Result<(), Problem> {
        if !self.full.load(Ordering::SeqCst) {
            return Ok(());
        }
        // Whoever made room does not wait for the task that looks now and then.
        self.refill();
        if !self.full.load(Ordering::SeqCst) {
            return Ok(());
        }
        if !oversees(caller) {
            return Err(Problem::unavailable("store.disk_full"));
        }
        match std::fs::remove_file(&self.path) {
            Ok(()) => tracing::error!("the disk is full: the room set aside is given up, only auditors and administrators are let in"),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => tracing::error!(problem = %e, "the room set aside could not be given up"),
        }
        Ok(())
    }

    /// Looks at what an act came to. True when the disk was found full just now and the caller oversees: then it is worth another try.
    pub fn saw<T>(&self, result: &Result<T, Problem>, caller: &Caller) -> bool {
        let full = result.as_ref().is_err_and(|problem| problem.code() == "store.disk_full");
        full && !self.full.swap(true, Ordering::SeqCst) && oversees(caller)
    }

    /// Once there is room again for it and as much more, it is set aside again and everybody is let in.
    pub fn refill(&self) {
        if !self.full.load(Ordering::SeqCst) {
            return;
        }
        let free = self.path.parent().and_then(|folder| statvfs(folder).ok()).map_or(0, |at| at.f_bavail.saturating_mul(at.f_frsize));
        if free >= 2 * BYTES && self.allocate().is_ok() {
            tracing::info!("there is room on the disk again");
            self.full.store(false, Ordering::SeqCst);
        }
    }
}

fn oversees(caller: &Caller) -> bool {
    OVERSEERS.iter().any(|role| caller.has(*role))
}

#[cfg(test)]
mod tests {
    use jingui_model::Problem;

    use super::{BYTES, NAME, Reserve};
    use crate::world::caller::Caller;

    #[test]
    fn room_is_set_aside_and_set_aside_again() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::set_aside(folder.path());
        let file = folder.path().join(NAME);
        assert_eq!(std::fs::metadata(&file).unwrap().len(), BYTES);
        let system = Caller::system();
        assert!(reserve.admits(&system).is_ok());
        let full: Result<(), Problem> = Err(Problem::unavailable("store.disk_full"));
        assert!(!reserve.saw(&full, &system), "the system oversees nothing");
        assert!(reserve.full.load(std::sync::atomic::Ordering::SeqCst));
        assert!(reserve.admits(&system).is_ok(), "there is room here after all");
        assert!(!reserve.full.load(std::sync::atomic::Ordering::SeqCst) && file.exists());
        // Whoever takes the file away by hand gets it back with the next look.
        assert!(!reserve.saw(&full, &system));
        std::fs::remove_file(&file).unwrap();
        reserve.refill();
        assert_eq!(std::fs::metadata(&file).unwrap().len(), BYTES);
    }
}
