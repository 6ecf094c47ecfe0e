//! Stopping: a signal, a deadline, then SIGKILL for everything in the container's cgroups.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rc_runtime::cgroup;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Sharing, StartPlan, State, Verb};
use rc_runtime::sys::signal_by_pidfd;

use crate::control::Answer;

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

/// The kernel drops a signal to the first process of a pid namespace unless it handles or blocks it: pid_namespaces(7).
/// One that it ignores on purpose is its own decision; the deadline deals with that.
fn would_be_dropped(pid: i32, signal: i32) -> bool {
    let ends_by_default = !matches!(
        signal,
        libc::SIGKILL
            | libc::SIGSTOP
            | libc::SIGCHLD
            | libc::SIGURG
            | libc::SIGWINCH
            | libc::SIGCONT
            | libc::SIGTSTP
            | libc::SIGTTIN
            | libc::SIGTTOU
    );
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    ends_by_default && (1..=MAX_SIGNAL).contains(&signal) && has_default_action(&status, signal)
}

fn has_default_action(status: &str, signal: i32) -> bool {
    let bit = 1u64 << (signal - 1);
    let masks: Vec<u64> = ["SigBlk:", "SigIgn:", "SigCgt:"]
        .iter()
        .filter_map(|name| status.lines().find_map(|line| line.strip_prefix(name)))
        .filter_map(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .collect();
    masks.len() == 3 && masks.iter().all(|mask| mask & bit == 0)
}

/// SIGKILL for the first process and for all that is in the cgroups; with the host's pid namespace nothing else ends them.
pub fn kill_all(payload: &OwnedFd, cgroups: &[PathBuf], within: Duration) {
    let _ = signal_by_pidfd(payload, libc::SIGKILL);
    // What outlives this is stuck in the kernel; `kill_if_due` tries again.
    let _ = cgroup::kill_all(cgroups, within);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_dropped_only_if_it_is_neither_blocked_nor_ignored_nor_handled() {
        let status =
            |block, ignore, handle| format!("SigBlk:\t{block:016x}\nSigIgn:\t{ignore:016x}\nSigCgt:\t{handle:016x}\n");
        let term = 1 << 14;
        assert!(has_default_action(&status(0, 0, 0), 15));
        assert!(has_default_action(&status(1, 1, 1), 15));
        for (block, ignore, handle) in [(term, 0, 0), (0, term, 0), (0, 0, term)] {
            assert!(!has_default_action(&status(block, ignore, handle), 15));
        }
        assert!(!has_default_action("", 15));
    }
}
