//! How the first process ended, from whoever still knows.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rc_runtime::sys::exit_status::{wait_status_after_reaping, wait_status_of_zombie};
use rustix::process::{WaitId, WaitIdOptions, waitid};

/// Both absent: nobody could know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExitCode {
    pub code: Option<i32>,
    pub signal: Option<i32>,
}

impl ExitCode {
    pub fn as_shells_say(self) -> u8 {
        self.code.or(self.signal.map(|signal| 128 + signal)).unwrap_or(255) as u8
    }

    fn of_wait_status(status: i32) -> ExitCode {
        match status & 0x7f {
            0 => ExitCode { code: Some((status >> 8) & 0xff), signal: None },
            signal => ExitCode { code: None, signal: Some(signal) },
        }
    }
}

/// Leaves our own child unreaped: until the record is written, a next shim could still ask.
pub fn of_child(payload: &OwnedFd) -> ExitCode {
    match waitid(WaitId::PidFd(payload.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
        Ok(Some(status)) => ExitCode { code: status.exit_status(), signal: status.terminating_signal() },
        _ => ExitCode::default(),
    }
}

pub fn reap(payload: &OwnedFd) {
    let _ = waitid(WaitId::PidFd(payload.as_fd()), WaitIdOptions::EXITED);
}

/// Of a process that is somebody else's child now. Its parent may reap it at any moment, so both ways are tried in turn.
pub fn of_stranger(pid: i32, payload: &OwnedFd) -> ExitCode {
    const ATTEMPTS: u32 = 20;
    for _ in 0..ATTEMPTS {
        if let Some(status) = wait_status_of_zombie(pid).or_else(|| wait_status_after_reaping(payload)) {
            return ExitCode::of_wait_status(status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    ExitCode::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_status_is_a_code_or_a_signal() {
        assert_eq!(ExitCode::of_wait_status(7 << 8), ExitCode { code: Some(7), signal: None });
        assert_eq!(ExitCode::of_wait_status(9), ExitCode { code: None, signal: Some(9) });
        assert_eq!(ExitCode::of_wait_status(11 | 0x80), ExitCode { code: None, signal: Some(11) });
    }
}
