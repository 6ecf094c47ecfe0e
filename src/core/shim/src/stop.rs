//! Stopping: a signal, a deadline, then SIGKILL for everything in the container's cgroups.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Sharing, StartPlan, State, Verb};
use rc_runtime::sys::signal_by_pidfd;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::control::Answer;

const MAX_SIGNAL: i32 = 64;
/// After the first SIGKILL: a process may be stuck in the kernel, or be thawed only now.
const KILL_AGAIN: Duration = Duration::from_millis(200);
const MAX_ROUNDS: u32 = 50;

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

    pub fn kill_if_due(&mut self, payload: &OwnedFd, cgroups: &[String]) {
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            kill_all(payload, cgroups);
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
pub fn kill_all(payload: &OwnedFd, cgroups: &[String]) {
    let _ = signal_by_pidfd(payload, libc::SIGKILL);
    let freezer = cgroups.iter().map(Path::new).find(|cgroup| cgroup.join("freezer.state").exists());
    for cgroup in cgroups.iter().map(Path::new).filter(|cgroup| cgroup.join("cgroup.kill").exists()) {
        let _ = fs::write(cgroup.join("cgroup.kill"), "1");
    }
    // Frozen, nobody can fork away from us; the signals act at the thaw, which also ends a pause.
    if let Some(cgroup) = freezer {
        let _ = fs::write(cgroup.join("freezer.state"), "FROZEN");
    }
    for cgroup in cgroups {
        kill_members(Path::new(cgroup));
    }
    if let Some(cgroup) = freezer {
        let _ = fs::write(cgroup.join("freezer.state"), "THAWED");
    }
}

fn members(cgroup: &Path) -> Vec<i32> {
    let text = fs::read_to_string(cgroup.join("cgroup.procs")).unwrap_or_default();
    let own = std::process::id() as i32;
    text.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid > 1 && *pid != own).collect()
}

/// Opened first and looked for again: a pid that was given to another process in between is not signalled.
fn kill_members(cgroup: &Path) {
    let pidfds = members(cgroup)
        .into_iter()
        .filter_map(|pid| Some((pid, pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?)));
    let pidfds: Vec<(i32, OwnedFd)> = pidfds.collect();
    let still = members(cgroup);
    for (_, pidfd) in pidfds.iter().filter(|(pid, _)| still.contains(pid)) {
        let _ = signal_by_pidfd(pidfd, libc::SIGKILL);
    }
}

/// Kills until nothing is left, or gives up on what the kernel holds.
pub fn empty(payload: &OwnedFd, cgroups: &[String]) {
    for _ in 0..MAX_ROUNDS {
        if cgroups.iter().all(|cgroup| members(Path::new(cgroup)).is_empty()) {
            return;
        }
        kill_all(payload, cgroups);
        std::thread::sleep(Duration::from_millis(10));
    }
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
