//! The disk's own process: mounts, cuts, mounts again, as it is told.

use std::{
    io::{BufRead as _, Write as _},
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};

use jingui_model::{Rng as _, rng::SeededRng};
use parking_lot::Mutex;

use super::{
    mount::Mount,
    tree::{Fate, Tree},
};

/// What the mount and the one who cuts share.
#[derive(Debug)]
pub struct State {
    pub tree: Tree,
    /// Operations that change or sync something.
    pub done: u64,
    /// The power goes before this one.
    pub cut_at: u64,
}

impl State {
    /// Whether the power is gone.
    pub fn is_cut(&self) -> bool {
        self.done >= self.cut_at
    }
}

struct Worst;

impl Fate for Worst {
    fn draw(&mut self, _below: usize) -> usize {
        0
    }
}

impl Fate for SeededRng {
    fn draw(&mut self, below: usize) -> usize {
        let mut word = [0; 8];
        self.fill(&mut word);
        usize::from_le_bytes(word) % below
    }
}

/// Serves until the input ends.
pub fn serve(point: &Path) {
    let state = Arc::new(Mutex::new(State { tree: Tree::new(), done: 0, cut_at: u64::MAX }));
    let mut session = Some(mount(point, &state));
    say("ready");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("cut", operations) => {
                let mut state = state.lock();
                state.cut_at = state.done.saturating_add(operations.parse().expect("a number"));
                say("ok");
            }
            ("is_cut", _) => say(if state.lock().is_cut() { "true" } else { "false" }),
            ("power", seed) => {
                state.lock().cut_at = 0;
                unmount(point, &mut session);
                {
                    let mut state = state.lock();
                    let before = std::mem::replace(&mut state.tree, Tree::new());
                    let tree = match seed.parse() {
                        Ok(seed) => before.after_cut(&mut SeededRng::new(seed)),
                        Err(_) => before.after_cut(&mut Worst),
                    };
                    *state = State { tree, done: 0, cut_at: u64::MAX };
                }
                session = Some(mount(point, &state));
                say("ok");
            }
            _ => break,
        }
    }
    state.lock().cut_at = 0;
    unmount(point, &mut session);
}

fn say(answer: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "@{answer}").and_then(|()| out.flush()).expect("the tests listen");
}

fn mount(point: &Path, state: &Arc<Mutex<State>>) -> fuser::BackgroundSession {
    let mut config = fuser::Config::default();
    config.mount_options = vec![fuser::MountOption::FSName("powercut".to_owned()), fuser::MountOption::RW];
    fuser::spawn_mount(Mount(Arc::clone(state)), point, &config).expect("a file system of our own can be mounted")
}

fn unmount(point: &Path, session: &mut Option<fuser::BackgroundSession>) {
    let Some(session) = session.take() else { return };
    // A process that was just killed closes its files a moment later.
    let mut tries = 0;
    while !umount(point, &[]) {
        tries += 1;
        if tries == 100 {
            assert!(umount(point, &["-l"]), "the disk cannot be unmounted");
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Its result tells of the unmounting only.
    let _ = session.umount_and_join();
}

fn umount(point: &Path, options: &[&str]) -> bool {
    Command::new("umount").args(options).arg(point).output().is_ok_and(|o| o.status.success())
}
