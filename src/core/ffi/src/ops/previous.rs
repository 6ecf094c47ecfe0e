//! What a new start does about the run before it: waits while its shim ends, removes what a crash has left, refuses a live one.

use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rustix::fs::{FlockOperation, flock};

use super::cleanup::cleanup;
use super::report::wait_readable;
use crate::run_dir;
use crate::shared::Shared;

const SHIM_ENDS_WITHIN: Duration = Duration::from_secs(5);
/// A shim that ends removes its lock's file and then, at once, the directory.
const DIR_GOES_WITHIN: Duration = Duration::from_millis(100);
const LOOK_AGAIN: Duration = Duration::from_millis(1);

pub fn clear(shared: &Shared, container_id: &str, dir: &Path) -> Outcome<()> {
    let begun = Instant::now();
    while dir.exists() {
        if let Some(pid) = live_process(shared, dir) {
            return Err(busy(dir, &format!("process {pid}")));
        }
        match (lock(dir), begun.elapsed()) {
            (Lock::Held, waited) if waited > SHIM_ENDS_WITHIN => return Err(busy(dir, "its shim")),
            (Lock::Absent, waited) if waited > DIR_GOES_WITHIN => return cleanup(shared, container_id).map(drop),
            (Lock::Free, _) => return cleanup(shared, container_id).map(drop),
            _ => sleep(LOOK_AGAIN),
        }
    }
    // Its directory was deleted, but something of the run may live, or its shim be about to remove the same cgroups.
    if shared.cgroups(container_id)?.exist() { cleanup(shared, container_id).map(drop) } else { Ok(()) }
}

/// The first process of the recorded run, unless it is dead or a zombie.
fn live_process(shared: &Shared, dir: &Path) -> Option<i32> {
    let state = run_dir::read_state(dir).ok()??;
    let pidfd = open_identified(state.started.pid, state.started.start_ticks).ok()?;
    let lives = state.boot_id == shared.boot_id && !wait_readable(&pidfd, Instant::now());
    lives.then_some(state.started.pid)
}

pub enum Lock {
    Held,
    Free,
    Absent,
}

/// A shim holds this lock from its first moment to its last.
pub fn lock(dir: &Path) -> Lock {
    match File::open(dir.join("lock")) {
        Ok(file) if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() => Lock::Held,
        Ok(_) => Lock::Free,
        Err(_) => Lock::Absent,
    }
}

fn busy(dir: &Path, who: &str) -> Failure {
    let text = format!("start: a run of this container lives already: {who} in {}", dir.display());
    Failure::new(Code::Busy, text).at(dir.display().to_string())
}
