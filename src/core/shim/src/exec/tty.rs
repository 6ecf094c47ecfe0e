//! The caller's terminal while its keys are the command's.

use std::os::fd::OwnedFd;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::sys::terminal::{self, Settings};

/// Raw as long as this lives.
pub struct Raw {
    terminal: OwnedFd,
    before: Settings,
}

impl Raw {
    pub fn of(terminal: OwnedFd) -> Outcome<Raw> {
        let failed = |errno| Failure::sys(Code::Shim, "tcgetattr", "set up the terminal", errno);
        let raw = Raw { before: terminal::settings(&terminal).map_err(failed)?, terminal };
        raw.apply();
        Ok(raw)
    }

    /// Also after a stop, from which a shell comes back with its own settings.
    pub fn apply(&self) {
        // A terminal that is gone shows when it is read.
        let _ = terminal::set(&self.terminal, &self.before.raw());
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = terminal::set(&self.terminal, &self.before);
    }
}
