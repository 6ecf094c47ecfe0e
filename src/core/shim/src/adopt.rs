//! The verb `adopt`: the container's shim died, the container lives. Its pipes waited for a new reader.

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::{boot_id, open_identified, start_ticks};
use rc_runtime::protocol::{Started, State};

use crate::begun::{Begun, lock_root};
use crate::control::Control;
use crate::home;
use crate::log::Logs;
use crate::rundir::RunDir;

pub fn adopt(rundir: &RunDir) -> Outcome<Begun> {
    let plan = rundir.plan()?;
    let state = rundir.state()?;
    if state.boot_id != boot_id()? {
        return Err(Failure::new(Code::Gone, format!("container {} ran before the last boot", state.container_id)));
    }
    // A zombie is taken over as well: it still tells how it ended.
    let payload = open_identified(state.started.pid, state.started.start_ticks)?;
    if let Some(cgroup) = &plan.shim_cgroup {
        // The container needs a shim, wherever that lives.
        let _ = home::enter(cgroup);
    }
    let root_lock = lock_root(&plan)?;
    let logs = Logs::open(rundir, &plan.log, Some(state.started.pid))?;
    let control = Control::new(rundir.listen()?);
    let shim_pid = std::process::id() as i32;
    let started = Started { shim_pid, shim_start_ticks: start_ticks(shim_pid).unwrap_or(0), ..state.started };
    let state = State { started, ..state };
    rundir.write_state(&state)?;
    Ok(Begun { plan, state, payload, is_child: false, logs, terminal: None, control, _root_lock: root_lock })
}
