//! A parent for what a process in the container leaves behind. A container's first process need not be one that waits for children, and
//! a zombie takes a place of its pids limit for as long as the container lives.

use std::fs::File;
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};

use crate::failure::{Code, Failure, Outcome};
use crate::sys::{self, Side};

/// Goes on in a child. This process stays: it reaps that child, tells how it ended on `told` (one byte, 128 + n for a signal), reaps all that
/// is left to it, and ends when nothing is. It has no more rights than the child, and hears no signals.
pub fn go_on_in_child(told: OwnedFd) -> Outcome<()> {
    let failed = |errno| Failure::sys(Code::Namespace, "clone3", "create a process", errno);
    // SAFETY: no pointers; this process has one thread.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) };
    // SAFETY: as above.
    match unsafe { sys::fork_into(0, None) }.map_err(failed)? {
        Side::Child => Ok(()),
        Side::Parent { pid, .. } => tend(pid, told),
    }
}

fn tend(child: i32, told: OwnedFd) -> ! {
    sys::block_signals();
    if sys::put_at(&told, 0).is_err() {
        sys::exit_now(70);
    }
    // SAFETY: nothing here is owned by anybody who returns; 0 has just been made.
    let mut told = unsafe {
        libc::syscall(libc::SYS_close_range, 1, libc::c_uint::MAX, 0);
        File::from_raw_fd(0)
    };
    loop {
        let mut status = 0;
        // SAFETY: the kernel writes one int.
        match unsafe { libc::waitpid(-1, &mut status, 0) } {
            ended if ended == child => {
                let by_signal = libc::WIFSIGNALED(status);
                let code = if by_signal { 128 + libc::WTERMSIG(status) } else { libc::WEXITSTATUS(status) };
                let _ = told.write_all(&[code as u8]);
            }
            ended if ended > 0 => {}
            _ if std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR) => {}
            _ => sys::exit_now(0),
        }
    }
}
