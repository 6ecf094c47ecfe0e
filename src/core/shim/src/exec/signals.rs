//! What the caller is sent, the command is sent. Stopping and continuing remain the caller's own.

use std::mem::zeroed;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// A signalfd.
pub struct Signals(OwnedFd);

/// Faults of this program, and what stops it.
const OWN: [i32; 10] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGSYS,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
];

/// Their default is to do nothing, or they are told by what is read and written.
pub const ENDS_NOBODY: [i32; 5] = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH, libc::SIGCONT, libc::SIGPIPE];

impl Signals {
    /// None of them has an effect on this program from here on.
    pub fn take() -> Outcome<Signals> {
        // SAFETY: plain calls on a local set; the descriptor is owned at once.
        unsafe {
            let mut set = zeroed();
            libc::sigfillset(&mut set);
            OWN.iter().for_each(|signal| _ = libc::sigdelset(&mut set, *signal));
            libc::sigprocmask(libc::SIG_SETMASK, &set, std::ptr::null_mut());
            let fd = libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
            if fd < 0 {
                let error = std::io::Error::last_os_error();
                return Err(Failure::io(Code::Shim, "signalfd", "listen to signals", &error));
            }
            Ok(Signals(OwnedFd::from_raw_fd(fd)))
        }
    }

    /// The first one that would have ended this program, unless `report` is readable before; then it is the command's.
    pub fn interrupt(&self, report: BorrowedFd<'_>) -> Outcome<Option<i32>> {
        loop {
            let mut watched = [report, self.0.as_fd()].map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
            match poll(&mut watched, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::sys(Code::Shim, "poll", "wait for the exec", errno)),
            }
            if !watched[0].revents().is_empty() {
                return Ok(None);
            }
            if let Some(signal) = self.next().filter(|signal| !ENDS_NOBODY.contains(signal)) {
                return Ok(Some(signal));
            }
        }
    }

    /// The next one that waits.
    pub fn next(&self) -> Option<i32> {
        // SAFETY: the buffer has the size of one record.
        unsafe {
            let mut info: libc::signalfd_siginfo = zeroed();
            let size = size_of::<libc::signalfd_siginfo>();
            let read = libc::read(self.0.as_raw_fd(), (&raw mut info).cast(), size);
            (read == size as isize).then_some(info.ssi_signo as i32)
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
