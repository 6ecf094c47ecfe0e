//! A process of ours that is there and doesn't answer: it is ended, so that another one can take its place.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::read_proc;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, pidfd_send_signal};

/// What the kernel holds, a frozen cgroup for one, doesn't end.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// By a signal: it won't answer until somebody lets it go on.
pub fn is_stopped(pid: i32) -> bool {
    let stat = read_proc(&format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
}

/// Nothing of it is left when this returns: its lock is free, its sockets are closed.
pub fn end(name: &str, pid: i32, pidfd: &OwnedFd) -> Outcome<()> {
    let failed = |what: &'static str| {
        move |errno| Failure::sys(Code::Network, what, format!("end {name} (pid {pid}), which hangs"), errno)
    };
    match pidfd_send_signal(pidfd, Signal::KILL) {
        Err(Errno::SRCH) => return Ok(()),
        sent => sent.map_err(failed("pidfd_send_signal"))?,
    }
    let mut polled = [PollFd::new(pidfd, PollFlags::IN)];
    let within = Timespec::try_from(ENDS_WITHIN).unwrap_or_default();
    match poll(&mut polled, Some(&within)).map_err(failed("poll"))? {
        0 => Err(Failure::new(Code::Network, format!("{name} (pid {pid}) hangs, and can't be ended; is it frozen?"))),
        _ => Ok(()),
    }
}
