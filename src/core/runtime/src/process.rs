//! A process is (pid, start ticks, boot id): the kernel uses a pid again.

use std::fs;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::failure::{Code, Failure, Outcome};

/// A file of /proc: a process may be called, and a mount point named, by bytes that are no text.
pub fn read_proc(path: &str) -> std::io::Result<String> {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Field 22 of /proc/<pid>/stat; None when there is no such process. The name in field 2 may hold spaces and brackets.
pub fn start_ticks(pid: i32) -> Option<u64> {
    let stat = read_proc(&format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// A pidfd of exactly this process: opened first, compared after, so that it can't be another one.
pub fn open_identified(pid: i32, ticks: u64) -> Outcome<OwnedFd> {
    let gone = || Failure::new(Code::Gone, format!("process {pid} (started at tick {ticks}) is no more"));
    let raw = Pid::from_raw(pid).ok_or_else(gone)?;
    let fd = match pidfd_open(raw, PidfdFlags::empty()) {
        Err(Errno::SRCH) => return Err(gone()),
        opened => opened
            .map_err(|errno| Failure::sys(Code::Internal, "pidfd_open", format!("look at process {pid}"), errno))?,
    };
    if start_ticks(pid) == Some(ticks) { Ok(fd) } else { Err(gone()) }
}

pub fn boot_id() -> Outcome<String> {
    let path = "/proc/sys/kernel/random/boot_id";
    fs::read_to_string(path)
        .map(|text| text.trim().to_string())
        .map_err(|error| Failure::io(Code::Internal, "read", format!("read {path}"), &error).at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_with_other_start_ticks_is_another_process() {
        let me = std::process::id() as i32;
        let ticks = start_ticks(me).unwrap();
        assert!(open_identified(me, ticks).is_ok());
        assert_eq!(open_identified(me, ticks + 1).unwrap_err().code, Code::Gone);
    }
}
