//! One thread for each library: PKCS#11 is initialised once in a process, and who is signed in is the process's, not a caller's.
//! Whatever is asked of a device is therefore done whole, one after the other.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
};
use jingui_model::Problem;

/// A device that says nothing for so long is taken for gone.
const PATIENCE: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce(&mut Option<Pkcs11>) + Send>;

/// The threads, by the library's real path.
static LIBRARIES: Mutex<BTreeMap<PathBuf, mpsc::Sender<Job>>> = Mutex::new(BTreeMap::new());

/// Has a library's thread do something, and waits for it.
///
/// # Errors
/// `pkcs11.module_missing`, `pkcs11.module_failed`; `pkcs11.gone` when nothing comes; whatever the work ends with.
pub fn ask<T: Send + 'static>(module: &Path, work: impl FnOnce(&Pkcs11) -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    let missing = || Problem::unavailable("pkcs11.module_missing").arg("path", module.display());
    let path = module.canonicalize().ok().filter(|path| path.is_file()).ok_or_else(missing)?;
    let (answer, wait) = mpsc::sync_channel(1);
    // Whoever has gone away does not want the PIN tried any more.
    let given_up = Arc::new(AtomicBool::new(false));
    let (gave_up, of) = (Arc::clone(&given_up), path.clone());
    let job: Job = Box::new(move |library| {
        if !gave_up.load(Ordering::SeqCst) {
            drop(answer.send(loaded(library, &of).and_then(work)));
        }
    });
    hand_over(path, job)?;
    wait.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        given_up.store(true, Ordering::SeqCst);
        Err(Problem::unavailable("pkcs11.gone").detail("no answer"))
    })
}

/// Gives work to the thread of a library, and begins it if need be: one at a time, so that there are never two for one library.
fn hand_over(path: PathBuf, job: Job) -> Result<(), Problem> {
    let failed = |path: &Path| Problem::unavailable("pkcs11.module_failed").arg("path", path.display());
    let mut all = LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner);
    let job = match all.get(&path) {
        // A thread that a library brought down is replaced.
        Some(thread) => match thread.send(job) {
            Ok(()) => return Ok(()),
            Err(mpsc::SendError(job)) => job,
        },
        None => job,
    };
    let (send, jobs) = mpsc::channel::<Job>();
    let thread = std::thread::Builder::new().name("pkcs11".to_owned()).spawn(move || {
        let mut library = None;
        for job in jobs {
            job(&mut library);
        }
    });
    thread.map_err(|e| failed(&path).detail(e))?;
    send.send(job).map_err(|_| failed(&path))?;
    all.insert(path, send);
    Ok(())
}

/// The library, loaded and initialised with the first thing that is asked; until that succeeds, each time anew.
fn loaded<'a>(library: &'a mut Option<Pkcs11>, path: &Path) -> Result<&'a Pkcs11, Problem> {
    let failed = |e: Error| Problem::unavailable("pkcs11.module_failed").arg("path", path.display()).detail(e);
    let opened = match library.take() {
        Some(opened) => opened,
        None => {
            let opened = Pkcs11::new(path).map_err(failed)?;
            match opened.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
                // Somebody else in this process has done it, or an earlier thread.
                Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => opened,
                Err(e) => return Err(failed(e)),
            }
        }
    };
    Ok(library.insert(opened))
}
