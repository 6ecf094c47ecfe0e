//! Ending all that a command has begun: its session, which is what a terminal would have hung up on.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rc_runtime::cgroup::pids_in;
use rc_runtime::process::read_proc;
use rc_runtime::sys::signal_by_pidfd;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// For editors and databases' shells to put away what they have.
const HANG_UP_WITHIN: Duration = Duration::from_secs(1);
const KILL_WITHIN: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A hang-up, and SIGKILL for those who stay. What has begun a session of its own (`setsid`) meant to stay.
pub fn end(session: i32, cgroups: &[PathBuf]) {
    let all = |signals: &[i32]| {
        let members = members(session, cgroups);
        for member in &members {
            signals.iter().for_each(|signal| _ = signal_by_pidfd(member, *signal));
        }
        members.is_empty()
    };
    if all(&[libc::SIGHUP, libc::SIGCONT]) {
        return;
    }
    let (hung_up, killed) = (Instant::now() + HANG_UP_WITHIN, Instant::now() + HANG_UP_WITHIN + KILL_WITHIN);
    while Instant::now() < hung_up && !all(&[]) {
        sleep(LOOK_AGAIN);
    }
    while Instant::now() < killed && !all(&[libc::SIGKILL]) {
        sleep(LOOK_AGAIN);
    }
}

/// A number may be given to another process meanwhile, so it is looked at again once a pidfd holds it.
fn members(session: i32, cgroups: &[PathBuf]) -> Vec<OwnedFd> {
    let pids = pids_in(cgroups).into_iter().filter(|pid| session_of(*pid) == Some(session));
    let held = pids.filter_map(|pid| Some((pid, pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?)));
    held.filter(|(pid, _)| session_of(*pid) == Some(session)).map(|(_, pidfd)| pidfd).collect()
}

/// Field 6 of /proc/<pid>/stat, and none of a zombie. The name in field 2 may hold spaces and brackets.
fn session_of(pid: i32) -> Option<i32> {
    let stat = read_proc(&format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    if fields.next()? == "Z" { None } else { fields.nth(2)?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_in_the_session_that_the_kernel_says() {
        // SAFETY: no arguments that could be wrong.
        assert_eq!(session_of(std::process::id() as i32), Some(unsafe { libc::getsid(0) }));
        assert_eq!(session_of(0), None);
    }
}
