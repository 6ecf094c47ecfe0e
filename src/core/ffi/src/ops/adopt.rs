//! adopt: a new shim for a container whose shim was killed, or the old one where only its run directory was deleted.

use std::path::Path;

use rc_runtime::cgroup;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rc_runtime::protocol::{Started, State, VERSION};
use serde_json::Value;

use super::lost_shim;
use super::previous::{self, Lock};
use super::report::await_started;
use super::start::completed;
use crate::request::{LostRun, Run, StartResult};
use crate::run_dir;
use crate::shared::Shared;
use crate::spawn::spawn;
use crate::watcher::Scope;

/// Locks, socket and FIFOs are the new shim's business; E_BUSY from it means that the old one lives.
pub fn adopt(shared: &Shared, container_id: &str, lost: Option<LostRun>) -> Outcome<Value> {
    let dir = shared.run_dir(container_id)?;
    let gone = |what: &str| Failure::new(Code::Gone, format!("adopt: {what} in {}", dir.display()));
    let recorded = run_dir::read_state(&dir)?;
    let restored = if recorded.is_none() { lost_shim::restore(&dir)? } else { None };
    let has_shim = restored.is_some();
    let rebuilt = lost.filter(|_| recorded.is_none() && !has_shim);
    let rebuilt = rebuilt.map(|lost| rebuild(shared, container_id, lost, &dir)).transpose()?;
    let state = recorded.or(restored).or(rebuilt);
    let state = state.ok_or_else(|| gone("no run is recorded"))?;
    if state.container_id != container_id || state.boot_id != shared.boot_id {
        return Err(gone("another container or an earlier boot is recorded"));
    }
    open_identified(state.started.pid, state.started.start_ticks)?;
    let started = if has_shim { state.started } else { await_started(&spawn(&shared.shim_image, "adopt", &dir)?)? };
    let cgroups = shared.cgroups(container_id)?;
    let network = run_dir::read_plan(&dir).is_ok_and(|plan| plan.is_some_and(|plan| !plan.interfaces.is_empty()));
    shared.watcher.watch_new(&Run::of(container_id, &started), Scope { cgroups: &cgroups.dirs, network })?;
    Ok(serde_json::json!(StartResult { started, limits: cgroups.read()? }))
}

/// Only for a process that is still in the container's cgroups; everything of a run but the pipes, which it has itself.
fn rebuild(shared: &Shared, container_id: &str, lost: LostRun, dir: &Path) -> Outcome<State> {
    let cgroups = shared.cgroups(container_id)?;
    open_identified(lost.pid, lost.start_ticks)?;
    if !cgroup::pids_in(&cgroups.dirs).contains(&lost.pid) {
        return Err(Failure::new(Code::Gone, format!("adopt: process {} is not in the container's cgroups", lost.pid)));
    }
    let plan = completed(shared, lost.plan, &cgroups, dir)?;
    let started = Started {
        pid: lost.pid,
        start_ticks: lost.start_ticks,
        shim_pid: 0,
        shim_start_ticks: 0,
        started_at_ms: lost.started_at_ms,
        warnings: vec![],
    };
    let (container_id, root_id) = (plan.container_id.clone(), plan.root_id.clone());
    let state = State { version: VERSION, container_id, root_id, boot_id: shared.boot_id.clone(), started };
    if matches!(previous::lock(dir), Lock::Held) {
        return Err(Failure::new(Code::Busy, format!("adopt: a shim lives in {}", dir.display())));
    }
    // What is left of a directory without a state is of no use.
    run_dir::remove(dir)?;
    run_dir::make(dir)?;
    run_dir::write_plan(dir, &plan)?;
    run_dir::write_state(dir, &state)?;
    Ok(state)
}
