//! adopt: a new shim for a container whose shim was killed, or the old one where only its run directory was deleted.

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use serde_json::Value;

use super::lost_shim;
use super::report::await_started;
use crate::request::{Run, StartResult};
use crate::run_dir;
use crate::session::Shared;
use crate::spawn::spawn;

/// Locks, socket and FIFOs are the new shim's business; E_BUSY from it means that the old one lives.
pub fn adopt(shared: &Shared, container_id: &str) -> Outcome<Value> {
    let dir = shared.run_dir(container_id)?;
    let gone = |what: &str| Failure::new(Code::Gone, format!("adopt: {what} in {}", dir.display()));
    let recorded = run_dir::read_state(&dir)?;
    let is_lost = recorded.is_none();
    let state = if is_lost { lost_shim::restore(&dir)? } else { recorded };
    let state = state.ok_or_else(|| gone("no run is recorded"))?;
    if state.container_id != container_id || state.boot_id != shared.boot_id {
        return Err(gone("another container or an earlier boot is recorded"));
    }
    open_identified(state.started.pid, state.started.start_ticks)?;
    let started = if is_lost { state.started } else { await_started(&spawn(&shared.shim_image, "adopt", &dir)?)? };
    let cgroups = shared.cgroups(container_id)?;
    shared.watcher.watch_new(&Run::of(container_id, &started), &cgroups.dirs)?;
    Ok(serde_json::json!(StartResult { started, limits: cgroups.read()? }))
}
