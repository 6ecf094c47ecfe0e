//! Whether the kernel would drop a signal to the first process of a pid namespace: it does, unless the process handles or
//! blocks it (pid_namespaces(7)). One that it ignores on purpose is its own decision; the deadline deals with that.

use std::thread::sleep;
use std::time::Duration;

use rc_runtime::process::read_proc;

/// A process changes while it is looked at, so that many looks must agree.
const AGREEING: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);
/// A shell blocks all signals while it forks; one that stays blocked longer is blocked for good, as for a signalfd.
const MAX_LOOKS: u32 = 100;

/// rt_sigtimedwait: this architecture's, that of 32-bit x86 and ARM, and that with 64-bit times.
const SIGTIMEDWAIT: [i64; 3] = [libc::SYS_rt_sigtimedwait, 177, 421];

/// Signals whose default action ends no process, or that reach even the first.
const NOT_ENDING: [i32; 9] = [
    libc::SIGKILL,
    libc::SIGSTOP,
    libc::SIGCHLD,
    libc::SIGURG,
    libc::SIGWINCH,
    libc::SIGCONT,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
];

pub fn would_be_dropped(pid: i32, signal: i32) -> bool {
    if NOT_ENDING.contains(&signal) || !(1..=64).contains(&signal) {
        return false;
    }
    let (mut dropped, mut kept) = (0, 0);
    for _ in 0..MAX_LOOKS {
        match fate_now(pid, signal) {
            Fate::Dropped => dropped += 1,
            Fate::Kept => kept += 1,
            Fate::Queued => {}
        }
        if dropped.max(kept) == AGREEING {
            break;
        }
        sleep(BETWEEN_LOOKS);
    }
    dropped > kept
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Dropped,
    Kept,
    /// Blocked: what becomes of it shows when it is unblocked.
    Queued,
}

/// A process in sigwait(3), as small inits are most of the time, shows the awaited signals as not blocked although they
/// count as such. What can't be read counts as kept: then the grace period decides.
fn fate_now(pid: i32, signal: i32) -> Fate {
    let by_masks =
        || read_proc(&format!("/proc/{pid}/status")).map_or(Fate::Kept, |status| fate_by_masks(&status, signal));
    let first = by_masks();
    let waits = read_proc(&format!("/proc/{pid}/syscall")).map_or(true, |line| is_sigtimedwait(&line));
    // Asked again: it may have left sigwait in between.
    match (first, by_masks()) {
        _ if waits => Fate::Kept,
        (Fate::Dropped, again) => again,
        (other, _) => other,
    }
}

/// A line of `/proc/<pid>/syscall`: `running`, or the number and its arguments.
fn is_sigtimedwait(line: &str) -> bool {
    let number = line.split_ascii_whitespace().next().and_then(|number| number.parse().ok());
    number.is_some_and(|number| SIGTIMEDWAIT.contains(&number))
}

/// `status` is the text of `/proc/<pid>/status`.
fn fate_by_masks(status: &str, signal: i32) -> Fate {
    let bit = 1u64 << (signal - 1);
    let has = |name: &str| {
        let mask = status.lines().find_map(|line| line.strip_prefix(name));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).map(|mask| mask & bit != 0)
    };
    match (has("SigIgn:"), has("SigCgt:"), has("SigBlk:")) {
        (Some(false), Some(false), Some(false)) => Fate::Dropped,
        (Some(false), Some(false), Some(true)) => Fate::Queued,
        _ => Fate::Kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_is_neither_blocked_nor_ignored_nor_handled_is_dropped() {
        let fate = |block, ignore, handle| {
            fate_by_masks(&format!("SigBlk:\t{block:016x}\nSigIgn:\t{ignore:016x}\nSigCgt:\t{handle:016x}\n"), 15)
        };
        let term = 1 << 14;
        assert_eq!(fate(0, 0, 0), Fate::Dropped);
        assert_eq!(fate(1, 1, 1), Fate::Dropped);
        assert_eq!(fate(term, 0, 0), Fate::Queued);
        assert_eq!([fate(0, term, 0), fate(0, 0, term), fate(term, 0, term)], [Fate::Kept; 3]);
        assert_eq!(fate_by_masks("", 15), Fate::Kept);
    }

    #[test]
    fn a_process_in_sigwait_is_told_by_its_system_call() {
        assert!(is_sigtimedwait(&format!("{} 0x7ffd 0x0 0x0 0x8 0x0 0x0 0x7ffd 0x7f", libc::SYS_rt_sigtimedwait)));
        assert!(!is_sigtimedwait("running\n") && !is_sigtimedwait("61 0xffffffffffffffff") && !is_sigtimedwait(""));
    }
}
