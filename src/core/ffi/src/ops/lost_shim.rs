//! A live shim whose run directory was deleted: nothing leads to it but /proc. It can make the directory again.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rc_runtime::failure::Outcome;
use rc_runtime::protocol::State;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::run_dir;

const RESTORES_WITHIN: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The shim of the run in `dir`.
pub fn find(dir: &Path) -> Option<OwnedFd> {
    let pids =
        fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| is_shim_of(*pid, dir)).find_map(|pid| {
        let pidfd = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
        // Asked again: now the number can't be given to another process.
        is_shim_of(pid, dir).then_some(pidfd)
    })
}

/// A container may run a program of that name with these arguments, but never in our mount namespace.
fn is_shim_of(pid: i32, dir: &Path) -> bool {
    let Ok(arguments) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    let arguments: Vec<&[u8]> = arguments.split(|byte| *byte == 0).collect();
    let named = matches!(arguments[..], [b"reconcile-shim", b"run" | b"adopt", path, b""]
        if path == dir.as_os_str().as_encoded_bytes());
    let namespace = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/mnt")).ok();
    named && namespace(&pid.to_string()).is_some_and(|its| Some(its) == namespace("self"))
}

/// None without such a shim; else the state that it wrote again.
pub fn restore(dir: &Path) -> Outcome<Option<State>> {
    let Some(shim) = find(dir) else { return Ok(None) };
    let _ = pidfd_send_signal(&shim, Signal::USR1);
    let deadline = Instant::now() + RESTORES_WITHIN;
    loop {
        let state = run_dir::read_state(dir)?;
        if state.is_some() || Instant::now() > deadline {
            return Ok(state);
        }
        sleep(LOOK_AGAIN);
    }
}
