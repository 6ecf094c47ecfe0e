//! What the starting child tells its parent: JSON lines on a close-on-exec pipe. End of file after `ready` and without a
//! failure is success; before it, the child was killed.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{WaitId, WaitIdOptions, waitid};
use serde::{Deserialize, Serialize};

use crate::failure::{Code, Failure, Outcome};
use crate::protocol::Warning;
use crate::sys;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Warning(Warning),
    /// Nothing but the exec is left to do.
    Ready,
    Failure(Failure),
}

/// The child's side.
pub struct Notes {
    pipe: File,
}

impl Notes {
    /// Names the step in whatever goes wrong in it.
    pub fn step<T>(&self, name: &str, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        run().map_err(|failure| if failure.step.is_some() { failure } else { failure.in_step(name) })
    }

    pub fn warn(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        warnings.into_iter().for_each(|warning| self.send(&Line::Warning(warning)));
    }

    pub fn ready(&mut self) {
        self.send(&Line::Ready);
    }

    /// To the program that is executed next, as this descriptor.
    pub fn pass_on(&self, number: i32) -> Result<(), Errno> {
        if self.pipe.as_raw_fd() == number {
            return fcntl_setfd(&self.pipe, FdFlags::empty());
        }
        sys::put_at(&self.pipe, number)
    }

    fn send(&mut self, line: &Line) {
        let mut text = serde_json::to_vec(line).unwrap_or_default();
        text.push(b'\n');
        // The parent sees end of file if this fails, and then how the child ended.
        let _ = self.pipe.write_all(&text);
    }
}

pub fn channel() -> Outcome<(OwnedFd, OwnedFd)> {
    pipe_with(PipeFlags::CLOEXEC).map_err(|errno| Failure::sys(Code::Shim, "pipe2", "create a pipe", errno))
}

/// Runs the child to its exec; if that is not reached, reports why and ends the process.
pub fn end_with_failure(pipe: OwnedFd, run: impl FnOnce(&mut Notes) -> Outcome<Infallible>) -> ! {
    let mut notes = Notes { pipe: File::from(pipe) };
    let failure = match catch_unwind(AssertUnwindSafe(|| run(&mut notes))) {
        Ok(Err(failure)) => failure,
        _ => Failure::new(Code::Internal, "the start sequence panicked"),
    };
    notes.send(&Line::Failure(failure));
    sys::exit_now(70)
}

/// A memory limit or a ulimit that is too small for the start itself.
fn cut_short(signal: Option<i32>) -> Failure {
    let how = signal.map_or("it ended".to_string(), |signal| format!("signal {signal} ended it"));
    Failure::new(Code::Shim, format!("the container died before its program ran: {how}; its limits may be too small"))
}

/// The parent's side: waits for the exec, or for the failure and the child's end.
pub fn read(pipe: OwnedFd, child: impl AsFd) -> Outcome<Vec<Warning>> {
    let mut text = String::new();
    let read = File::from(pipe).read_to_string(&mut text);
    let (mut warnings, mut ready) = (vec![], false);
    let mut failure = read.err().map(|error| Failure::io(Code::Shim, "read", "read the start report", &error));
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Warning(warning)) => warnings.push(warning),
            Ok(Line::Ready) => ready = true,
            Ok(Line::Failure(reported)) => failure = Some(reported),
            Err(error) => failure = Some(Failure::new(Code::Internal, format!("start report {line:?}: {error}"))),
        }
    }
    if failure.is_none() && ready {
        return Ok(warnings);
    }
    let _ = sys::signal_by_pidfd(&child, libc::SIGKILL);
    let ended = waitid(WaitId::PidFd(child.as_fd()), WaitIdOptions::EXITED).ok().flatten();
    Err(failure.unwrap_or_else(|| cut_short(ended.and_then(|status| status.terminating_signal()))))
}
