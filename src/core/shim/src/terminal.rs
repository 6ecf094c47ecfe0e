//! The container's terminal, from the side of its master. It ends with the shim: then the kernel hangs up on the container's session.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::sys::terminal::{self, WindowSize};
use rustix::io::{Errno, fcntl_dupfd_cloexec, write};

pub struct Terminal {
    master: OwnedFd,
    /// Or, while no process of the container had it open, the master would be at its end again and again.
    _held: Option<OwnedFd>,
}

impl Terminal {
    pub fn new(master: OwnedFd) -> Terminal {
        Terminal { _held: terminal::slave_of(&master).ok(), master }
    }

    pub fn again(&self) -> Outcome<OwnedFd> {
        fcntl_dupfd_cloexec(&self.master, 3)
            .map_err(|errno| Failure::sys(Code::Shim, "fcntl", "copy the terminal's descriptor", errno))
    }

    /// After a hang-up by the container itself (vhangup(2)) what we held is none any more.
    pub fn hold_again(&mut self) {
        self._held = terminal::slave_of(&self.master).ok();
    }

    /// How much of it was taken.
    pub fn type_in(&self, keys: &[u8]) -> usize {
        match write(&self.master, keys) {
            Ok(count) => count,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            // Nobody will ever read them.
            Err(_) => keys.len(),
        }
    }

    pub fn resize(&self, size: WindowSize) {
        if size.rows > 0 && size.columns > 0 {
            let _ = terminal::set_window_size(&self.master, size);
        }
    }

    /// For a viewer that has seen nothing yet: full-screen programs draw again when the size changes.
    pub fn redraw(&self, size: WindowSize) {
        if terminal::window_size(&self.master).is_ok_and(|before| before == size) {
            self.resize(WindowSize { columns: size.columns.wrapping_add(1), ..size });
        }
        self.resize(size);
    }
}

impl AsFd for Terminal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}
