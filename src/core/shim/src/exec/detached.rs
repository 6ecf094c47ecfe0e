//! After the detach keys: someone must hold the master, or the command would be hung up on. What it writes is read and dropped.

use std::os::fd::{AsFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::sys::{self, Side};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, read};

use super::watchdog::Watchdog;

/// Returns in the caller, which may end now; the watchdog's word goes on with the one who stays.
pub fn hold(master: OwnedFd, pidfd: &OwnedFd, watchdog: Option<Watchdog>) -> Outcome<()> {
    // SAFETY: the shim has one thread.
    match unsafe { sys::fork_into(0, None) } {
        Err(errno) => Err(Failure::sys(Code::Shim, "clone3", "leave the session", errno)),
        Ok(Side::Parent { .. }) => Ok(()),
        Ok(Side::Child) => {
            let _ = rustix::process::setsid();
            for number in 0..3 {
                // SAFETY: this child writes to none of them.
                unsafe { libc::close(number) };
            }
            drop_output(&master, pidfd);
            if let Some(watchdog) = watchdog {
                watchdog.leave();
            }
            sys::exit_now(0)
        }
    }
}

fn drop_output(master: &OwnedFd, pidfd: &OwnedFd) {
    let mut unread = [0; 4096];
    let mut has_master = true;
    loop {
        let mut watched = vec![PollFd::from_borrowed_fd(pidfd.as_fd(), PollFlags::IN)];
        if has_master {
            watched.push(PollFd::from_borrowed_fd(master.as_fd(), PollFlags::IN));
        }
        if poll(&mut watched, None).is_err_and(|errno| errno != Errno::INTR) || !watched[0].revents().is_empty() {
            return;
        }
        has_master = has_master && !matches!(read(master, &mut unread), Ok(0) | Err(Errno::IO));
    }
}
