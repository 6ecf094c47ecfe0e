//! What a new start does about the run before it: waits while its shim ends, removes what a crash has left, refuses a live one.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rustix::fs::{FlockOperation, flock};

use super::cleanup::cleanup;
use super::report::wait_readable;
use crate::run_dir;
use crate::session::Shared;

const SHIM_ENDS_WITHIN: Duration = Duration::from_secs(5);

pub fn clear(shared: &Shared, container_id: &str, dir: &Path) -> Outcome<()> {
    if !dir.exists() {
        return Ok(());
    }
    let state = run_dir::read_state(dir).ok().flatten().filter(|state| state.boot_id == shared.boot_id);
    if let Some(state) = state {
        let started = &state.started;
        let lives = |pid, ticks, within| {
            open_identified(pid, ticks).is_ok_and(|pidfd| !wait_readable(&pidfd, Instant::now() + within))
        };
        if lives(started.pid, started.start_ticks, Duration::ZERO) {
            return Err(busy(dir, &format!("process {}", started.pid)));
        }
        if lives(started.shim_pid, started.shim_start_ticks, SHIM_ENDS_WITHIN) {
            return Err(busy(dir, &format!("its shim, process {}", started.shim_pid)));
        }
    }
    if shim_holds_lock(dir) {
        return Err(busy(dir, "a shim that is starting"));
    }
    cleanup(shared, container_id).map(drop)
}

/// A shim holds this lock from its first moment to its last.
fn shim_holds_lock(dir: &Path) -> bool {
    File::open(dir.join("lock")).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_err())
}

fn busy(dir: &Path, who: &str) -> Failure {
    let text = format!("start: a run of this container lives already: {who} in {}", dir.display());
    Failure::new(Code::Busy, text).at(dir.display().to_string())
}
