//! The one line that a shim says before it goes on alone.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Report, Started};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, pidfd_send_signal};

use crate::spawn::Shim;

const REPORT_WITHIN: Duration = Duration::from_secs(60);
const END_WITHIN: Duration = Duration::from_secs(5);
const MAX_REPORT_BYTES: usize = 64 * 1024;

/// Waits for the report. After a failure the shim has ended, by force if need be.
pub fn await_started(shim: &Shim) -> Outcome<Started> {
    let outcome = read(&shim.report).and_then(|text| parse(&text));
    if outcome.is_err() && !wait_readable(&shim.pidfd, Instant::now() + END_WITHIN) {
        let _ = pidfd_send_signal(&shim.pidfd, Signal::KILL);
        wait_readable(&shim.pidfd, Instant::now() + END_WITHIN);
    }
    outcome
}

fn read(pipe: &OwnedFd) -> Outcome<Vec<u8>> {
    let deadline = Instant::now() + REPORT_WITHIN;
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while text.len() < MAX_REPORT_BYTES && !text.contains(&b'\n') {
        if !wait_readable(pipe, deadline) {
            let seconds = REPORT_WITHIN.as_secs();
            return Err(Failure::new(Code::Shim, format!("the shim said nothing for {seconds} s")).in_step("report"));
        }
        match rustix::io::read(pipe, &mut buffer) {
            Ok(0) => break,
            Ok(count) => text.extend_from_slice(&buffer[..count]),
            Err(errno) => return Err(Failure::sys(Code::Shim, "read", "the shim's report", errno).in_step("report")),
        }
    }
    Ok(text)
}

fn parse(text: &[u8]) -> Outcome<Started> {
    let unusable = |why: String| Failure::new(Code::Shim, why).in_step("report");
    if text.is_empty() {
        return Err(unusable("the shim ended without a report".to_string()));
    }
    let report: Report =
        serde_json::from_slice(text).map_err(|error| unusable(format!("the shim's report can't be read: {error}")))?;
    match report {
        Report { ok: true, started: Some(started), .. } => Ok(started),
        Report { error: Some(error), .. } => Err(error),
        _ => Err(unusable("the shim's report names neither a process nor an error".to_string())),
    }
}

/// For a pidfd: has ended. False at the deadline.
pub fn wait_readable(fd: &OwnedFd, deadline: Instant) -> bool {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&timeout)) {
            Ok(ready) => return ready > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
