//! cleanup: whatever is left of a run, gone. Acts only on paths made of our root id and the container's id. Idempotent.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rc_runtime::cgroup;
use rc_runtime::failure::Outcome;
use rc_runtime::process::open_identified;
use rustix::process::{Signal, pidfd_send_signal};
use serde_json::Value;

use super::lost_shim;
use super::report::wait_readable;
use crate::run_dir;
use crate::shared::Shared;

const KILL_WITHIN: Duration = Duration::from_secs(10);
/// How long a live shim may take to write the exit record once its container is dead.
const SHIM_ENDS_WITHIN: Duration = Duration::from_secs(3);

pub fn cleanup(shared: &Shared, container_id: &str) -> Outcome<Value> {
    let dir = shared.run_dir(container_id)?;
    let cgroups = shared.cgroups(container_id)?;
    // Before the kill: a shim that ends its work removes the file that names it.
    let shim = live_shim(shared, container_id).or_else(|| cgroups.exist().then(|| lost_shim::find(&dir)).flatten());
    cgroup::kill_all(&cgroups.dirs, KILL_WITHIN)?;
    if let Some(shim) = shim {
        end(&shim);
    }
    cgroup::remove(&cgroups.dirs)?;
    run_dir::remove(&dir)?;
    shared.watcher.unwatch(container_id);
    Ok(Value::Null)
}

/// A damaged or foreign `state` names no shim of ours.
fn live_shim(shared: &Shared, container_id: &str) -> Option<OwnedFd> {
    let state = run_dir::read_state(&shared.run_dir(container_id).ok()?).ok()??;
    let ours = state.container_id == container_id && state.boot_id == shared.boot_id;
    ours.then(|| open_identified(state.started.shim_pid, state.started.shim_start_ticks).ok())?
}

fn end(shim: &OwnedFd) {
    if !wait_readable(shim, Instant::now() + SHIM_ENDS_WITHIN) {
        let _ = pidfd_send_signal(shim, Signal::KILL);
        wait_readable(shim, Instant::now() + SHIM_ENDS_WITHIN);
    }
}
