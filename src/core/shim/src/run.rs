//! The verb `run`: starts what the plan says.

use std::path::Path;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::start_ticks;
use rc_runtime::protocol::{StartPlan, Started, State, VERSION};
use rc_runtime::start::{Output, start};
use rc_runtime::sys::now_ms;
use rustix::fs::FlockOperation;

use crate::control::Control;
use crate::log::Logs;
use crate::rundir::{RunDir, locked};
use crate::supervise::Supervision;

pub fn run(rundir: RunDir) -> Outcome<(Started, Supervision)> {
    match begin(&rundir) {
        Ok((plan, begun)) => Ok((begun.state.started.clone(), begun.supervise(plan, rundir))),
        Err(failure) => {
            rundir.remove_what_run_made();
            Err(failure)
        }
    }
}

struct Begun {
    state: State,
    payload: std::os::fd::OwnedFd,
    logs: Logs,
    control: Control,
    root_lock: Option<std::os::fd::OwnedFd>,
}

impl Begun {
    fn supervise(self, plan: StartPlan, rundir: RunDir) -> Supervision {
        let Begun { state, payload, logs, control, root_lock } = self;
        Supervision { plan, rundir, state, payload, is_child: true, logs, control, root_lock, stop: Default::default() }
    }
}

fn begin(rundir: &RunDir) -> Outcome<(StartPlan, Begun)> {
    let plan = rundir.plan()?;
    if plan.version != VERSION {
        return Err(Failure::new(Code::Spec, format!("plan version {} is not {VERSION}", plan.version)));
    }
    let root_lock = lock_root(&plan)?;
    rundir.make_pipes()?;
    let logs = Logs::open(rundir, &plan.log)?;
    let control = Control::new(rundir.listen()?);
    let output = Output { stdout: rundir.payload_end("out")?, stderr: rundir.payload_end("err")? };
    // SAFETY: the shim has one thread.
    let payload = unsafe { start(&plan, output) }?;
    let state = state_of(&plan, payload.pid, payload.warnings);
    if let Err(failure) = rundir.write_state(&state) {
        crate::stop::kill_all(&payload.pidfd, &plan.cgroups);
        return Err(failure);
    }
    Ok((plan, Begun { state, payload: payload.pidfd, logs, control, root_lock }))
}

fn state_of(plan: &StartPlan, pid: i32, warnings: Vec<rc_runtime::protocol::Warning>) -> State {
    let shim_pid = std::process::id() as i32;
    let started = Started {
        pid,
        start_ticks: start_ticks(pid).unwrap_or(0),
        shim_pid,
        shim_start_ticks: start_ticks(shim_pid).unwrap_or(0),
        started_at_ms: now_ms(),
        warnings,
    };
    State {
        version: VERSION,
        container_id: plan.container_id.clone(),
        root_id: plan.root_id.clone(),
        boot_id: plan.boot_id.clone(),
        started,
    }
}

/// Keeps dockerd off this data-root while the container lives: its volume database can't be opened beside our lock.
pub fn lock_root(plan: &StartPlan) -> Outcome<Option<std::os::fd::OwnedFd>> {
    if plan.metadata_db.is_empty() {
        return Ok(None);
    }
    locked(Path::new(&plan.metadata_db), FlockOperation::NonBlockingLockShared).map(Some)
}
