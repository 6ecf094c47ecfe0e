//! SIGUSR1 asks a shim to make its run directory again, after somebody deleted it: no socket leads to the shim then.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};

/// A signalfd.
pub struct Requests(OwnedFd);

fn set() -> libc::sigset_t {
    // SAFETY: plain calls on a local set.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGUSR1);
        set
    }
}

/// Until someone reads the requests, one waits; it must not end the shim.
pub fn block() {
    // SAFETY: changes this thread's mask, and it is the only one.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &set(), std::ptr::null_mut()) };
}

impl Requests {
    pub fn new() -> Outcome<Requests> {
        // SAFETY: the kernel reads the set and makes a descriptor, which is owned at once.
        let fd = unsafe { libc::signalfd(-1, &set(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            let error = std::io::Error::last_os_error();
            return Err(Failure::io(Code::Shim, "signalfd", "listen to signals", &error));
        }
        // SAFETY: see above.
        Ok(Requests(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    pub fn take(&self) {
        let mut request = [0u8; size_of::<libc::signalfd_siginfo>()];
        // SAFETY: the buffer has the size of one record.
        unsafe { libc::read(self.0.as_raw_fd(), request.as_mut_ptr().cast(), request.len()) };
    }
}

impl AsFd for Requests {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
