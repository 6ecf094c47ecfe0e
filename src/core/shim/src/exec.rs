//! The verb `exec`: a command in a container that runs, as a child of whoever asks. It has the caller's terminal and descriptors and
//! its exit code is the command's, so the command line becomes this program and nothing stands between.

mod asked;
mod attend;
mod detached;
mod environment;
pub mod keys;
pub mod relay;
mod session;
pub mod signals;
pub mod standard;
pub mod tty;
pub mod watchdog;

use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use rc_runtime::cgroup;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::join::{Joining, Member, Standard, join};
use rc_runtime::process::{boot_id, open_identified, read_proc};
use rc_runtime::protocol::{StartPlan, State};
use rc_runtime::start::limits;
use rc_runtime::sys::sealed;

use crate::begun::cgroup_dirs;
use crate::rundir;
use asked::Asked;
use attend::Session;
use signals::Signals;
pub use standard::null;
use watchdog::Charge;

/// As docker and shells say it.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;
pub const REFUSED: u8 = 1;

pub fn main(args: &[String]) -> ExitCode {
    // SAFETY: SIG_DFL runs no code. Where children's ends are ignored nobody could wait for them.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    let ended = close_strangers().and_then(|()| run_sealed(args)).and_then(|()| Asked::parse(args)).and_then(exec);
    ended.unwrap_or_else(|failure| {
        eprintln!("{}", failure.message);
        ExitCode::from(match failure.code {
            Code::ExecNotFound => NOT_FOUND,
            Code::Gone => REFUSED,
            _ if failure.step.is_some() => NOT_RUN,
            _ => REFUSED,
        })
    })
}

/// What the caller has open is not meant for the container (CVE-2024-21626).
pub fn close_strangers() -> Outcome<()> {
    // SAFETY: nothing here has opened a descriptor yet, and 0 to 2 are open since the program began.
    match unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) } {
        0 => Ok(()),
        _ => Err(Failure::io(Code::Shim, "close_range", "close descriptors", &std::io::Error::last_os_error())),
    }
}

/// Once more from a copy that can't be changed: in the container `/proc/<pid>/exe` is this program (CVE-2019-5736).
pub fn run_sealed(args: &[String]) -> Outcome<()> {
    if sealed::runs_sealed() {
        return Ok(());
    }
    let image = sealed::seal("/proc/self/exe")?;
    let c_strings = |texts: Vec<Vec<u8>>| -> Vec<CString> { texts.into_iter().flat_map(CString::new).collect() };
    let args = c_strings(args.iter().map(|arg| arg.clone().into_bytes()).collect());
    let env = c_strings(std::env::vars_os().map(|(key, value)| environment::entry(key, value)).collect());
    let errno = rc_runtime::sys::exec_image(&image, &args, &env);
    Err(Failure::sys(Code::Shim, "execveat", "run from memory", errno))
}

fn exec(asked: Asked) -> Outcome<ExitCode> {
    let (plan, state) =
        (rundir::read::<StartPlan>(&asked.run_dir, "plan")?, rundir::read::<State>(&asked.run_dir, "state")?);
    let first = first_process(&plan, &state)?;
    let (standard, ends) = standard::open(&asked)?;
    let (detach, keys) = (asked.detach, asked.detaches());
    let env = environment::of(&plan.env, &asked);
    let as_first = as_first(&plan, &state, &first, (asked.command, standard));
    let joining = Joining {
        env,
        working_dir: absolute(asked.working_dir.unwrap_or_else(|| as_first.working_dir.clone()))?,
        user: asked.user.unwrap_or_else(|| as_first.user.clone()),
        ..as_first
    };
    // SAFETY: the shim has one thread.
    let waiting = unsafe { join(joining) }?;
    if detach {
        waiting.go();
        let Member { pidfd, master, .. } = waiting.executed()?;
        return master.map_or(Ok(()), |master| detached::hold(master, &pidfd, None)).map(|()| ExitCode::SUCCESS);
    }
    let charge = Charge { pid: waiting.pid, pidfd: &waiting.pidfd, cgroups: cgroup_dirs(&plan) };
    let watchdog = watchdog::start(ends.keyboard.as_ref(), Some(&charge))?;
    // Before the command can have done anything, so that whoever sees that it runs can send it signals.
    let signals = Signals::take()?;
    waiting.go();
    if let Some(signal) = signals.interrupt(waiting.report())? {
        return Ok(ExitCode::from(128 + signal as u8));
    }
    attend::until_end(Session { member: waiting.executed()?, watchdog, signals, keys }, ends).map(ExitCode::from)
}

/// A command with all that the first process was given, or has by now. The number is still that of the process whose pidfd we hold; if
/// it has ended, there is nothing to join.
pub fn as_first<'a>(
    plan: &'a StartPlan,
    state: &State,
    first: &'a OwnedFd,
    (args, standard): (Vec<String>, Standard),
) -> Joining<'a> {
    let of_first = |name: &str| read_proc(&format!("/proc/{}/{name}", state.started.pid)).unwrap_or_default();
    Joining {
        first,
        env: plan.env.clone(),
        working_dir: plan.working_dir().to_string(),
        user: plan.user.clone(),
        args,
        rlimits: limits::of_text(&of_first("limits")),
        oom_score_adj: of_first("oom_score_adj").trim().parse().ok(),
        cgroups: plan.cgroups.clone(),
        standard,
        told: None,
        plan,
    }
}

fn absolute(working_dir: String) -> Outcome<String> {
    if working_dir.starts_with('/') {
        return Ok(working_dir);
    }
    let message = format!("the working directory {working_dir:?} is not an absolute path");
    Err(Failure::new(Code::Spec, message).in_step("workingDir"))
}

/// Held by a pidfd from here on, so that it can't be another one. E_BUSY: it stands still.
pub fn first_process(plan: &StartPlan, state: &State) -> Outcome<OwnedFd> {
    let gone = || Failure::new(Code::Gone, format!("{} has just ended", plan.name));
    if state.boot_id != boot_id()? {
        return Err(gone());
    }
    let first = open_identified(state.started.pid, state.started.start_ticks).map_err(|_| gone())?;
    if cgroup::is_frozen(&cgroup_dirs(plan)) {
        return Err(Failure::new(Code::Busy, format!("{} is paused", plan.name)));
    }
    Ok(first)
}
