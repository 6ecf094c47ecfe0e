//! The verb `run`: starts what the plan says.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::start_ticks;
use rc_runtime::protocol::{StartPlan, Started, State, VERSION, Warning};
use rc_runtime::start::{Output, start};
use rc_runtime::sys::{handover, now_ms};

use crate::begun::{Begun, cgroup_dirs, lock_root};
use crate::control::Control;
use crate::home;
use crate::log::Logs;
use crate::rundir::RunDir;
use crate::stop::kill_all;
use crate::terminal::Terminal;

const KILL_WITHIN: Duration = Duration::from_secs(5);

/// Nothing is left of a start that fails, except for the plan.
pub fn run(rundir: &RunDir) -> Outcome<Begun> {
    let begun = begin(rundir);
    if begun.is_err() {
        rundir.remove_what_run_made();
    }
    begun
}

fn begin(rundir: &RunDir) -> Outcome<Begun> {
    let plan = rundir.plan()?;
    if plan.version != VERSION {
        return Err(Failure::new(Code::Spec, format!("plan version {} is not {VERSION}", plan.version)));
    }
    if let Some(cgroup) = &plan.shim_cgroup {
        home::enter(cgroup)?;
    }
    let root_lock = lock_root(&plan)?;
    rundir.make_pipes()?;
    let mut logs = Logs::open(rundir, &plan.log, None)?;
    let control = Control::new(rundir.listen()?);
    let (output, master) = output(&plan, rundir)?;
    // SAFETY: the shim has one thread.
    let payload = unsafe { start(&plan, output) }?;
    let state = state_of(&plan, payload.pid, payload.warnings);
    let terminal = master.map(|master| take_terminal(master, &mut logs)).transpose();
    let terminal = terminal.and_then(|terminal| rundir.write_state(&state).map(|()| terminal)).inspect_err(|_| {
        kill_all(&payload.pidfd, &cgroup_dirs(&plan), KILL_WITHIN);
    })?;
    Ok(Begun { plan, state, payload: payload.pidfd, is_child: true, logs, terminal, control, _root_lock: root_lock })
}

/// With the end where a terminal's master arrives.
fn output(plan: &StartPlan, rundir: &RunDir) -> Outcome<(Output, Option<OwnedFd>)> {
    if plan.tty {
        let (ours, theirs) = handover::pair()?;
        return Ok((Output::Terminal(theirs), Some(ours)));
    }
    Ok((Output::Pipes { stdout: rundir.payload_end("out")?, stderr: rundir.payload_end("err")? }, None))
}

/// It was sent before the program ran.
fn take_terminal(arrives: OwnedFd, logs: &mut Logs) -> Outcome<Terminal> {
    let sent = handover::receive(&arrives)?.and_then(|handed| handed.descriptor);
    let master = sent.ok_or_else(|| Failure::new(Code::Internal, "the container's terminal did not arrive"))?;
    let terminal = Terminal::new(master);
    logs.follow_terminal(terminal.again()?);
    Ok(terminal)
}

fn state_of(plan: &StartPlan, pid: i32, warnings: Vec<Warning>) -> State {
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
