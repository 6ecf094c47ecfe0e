//! Stopping: a signal, a deadline, then SIGKILL for everything in the container's cgroups.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rc_runtime::cgroup;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Sharing, StartPlan, State, Verb};
use rc_runtime::sys::signal_by_pidfd;

use crate::control::Answer;
use crate::dropped::would_be_dropped;

const MAX_SIGNAL: i32 = 64;
/// After the first SIGKILL: a process may be stuck in the kernel, or be thawed only now.
const KILL_AGAIN: Duration = Duration::from_millis(200);
/// The log is not read meanwhile.
const KILL_WITHIN: Duration = Duration::from_millis(50);

#[derive(Default)]
pub struct Stop {
    pub requested: bool,
    /// The stop signal that the kernel would have dropped, so that SIGKILL stood in for it.
    pub stood_in_for: Option<i32>,
    deadline: Option<Instant>,
}

impl Stop {
    pub fn answer(&mut self, verb: Verb, state: &State, payload: &OwnedFd, plan: &StartPlan) -> Outcome<Answer> {
        match verb {
            Verb::Hello => Ok(Answer::State(Box::new(state.clone()))),
            Verb::Signal { signal } => send(payload, signal).map(|()| Answer::Done),
            Verb::Attach { .. } => Err(Failure::new(Code::Internal, "attach is not for stopping")),
            Verb::Stop { signal, grace_ms } => {
                self.begin(signal, grace_ms, state.started.pid, payload, plan).map(|()| Answer::Done)
            }
        }
    }

    /// A later stop may shorten the deadline, never extend it.
    fn begin(&mut self, signal: i32, grace_ms: u64, pid: i32, payload: &OwnedFd, plan: &StartPlan) -> Outcome<()> {
        let dropped = plan.namespaces.pid == Sharing::Private && would_be_dropped(pid, signal);
        send(payload, if dropped { libc::SIGKILL } else { signal })?;
        self.requested = true;
        if dropped {
            self.stood_in_for = self.stood_in_for.or(Some(signal));
        }
        let now = Instant::now();
        let grace = if dropped || signal == libc::SIGKILL { Duration::ZERO } else { Duration::from_millis(grace_ms) };
        if let Some(deadline) = now.checked_add(grace) {
            self.deadline = Some(self.deadline.map_or(deadline, |earlier| earlier.min(deadline)));
        }
        Ok(())
    }

    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    pub fn kill_if_due(&mut self, payload: &OwnedFd, cgroups: &[PathBuf]) {
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            kill_all(payload, cgroups, KILL_WITHIN);
            self.deadline = Some(Instant::now() + KILL_AGAIN);
        }
    }
}

fn send(payload: &OwnedFd, signal: i32) -> Outcome<()> {
    if !(1..=MAX_SIGNAL).contains(&signal) {
        return Err(Failure::new(Code::Spec, format!("{signal} is not a signal")));
    }
    signal_by_pidfd(payload, signal)
        .map_err(|errno| Failure::sys(Code::Gone, "pidfd_send_signal", format!("send signal {signal}"), errno))
}

/// SIGKILL for the first process and for all that is in the cgroups; with the host's pid namespace nothing else ends them.
pub fn kill_all(payload: &OwnedFd, cgroups: &[PathBuf], within: Duration) {
    let _ = signal_by_pidfd(payload, libc::SIGKILL);
    // What outlives this is stuck in the kernel; `kill_if_due` tries again.
    let _ = cgroup::kill_all(cgroups, within);
}
