//! How a process ended that is not our child, as waitpid(2) would have said it.

use std::os::fd::{AsFd, AsRawFd};

/// `struct pidfd_info`, first version (linux/pidfd.h, 64 bytes).
#[repr(C)]
#[derive(Default)]
struct PidfdInfo {
    mask: u64,
    cgroup_id: u64,
    ids: [u32; 11],
    exit_code: i32,
}

const PIDFD_GET_INFO: libc::c_ulong = (3 << 30) | (64 << 16) | (0xff << 8) | 11;
const PIDFD_INFO_EXIT: u64 = 1 << 3;

/// The wait status of a process that was reaped by somebody, where the kernel (6.15 on) keeps it for holders of a pidfd.
pub fn wait_status_after_reaping(pidfd: impl AsFd) -> Option<i32> {
    let mut info = PidfdInfo { mask: PIDFD_INFO_EXIT, ..Default::default() };
    // SAFETY: the request number carries the struct's size, and the kernel fills that much.
    let result = unsafe { libc::ioctl(pidfd.as_fd().as_raw_fd(), PIDFD_GET_INFO, &raw mut info) };
    (result == 0 && info.mask & PIDFD_INFO_EXIT != 0).then_some(info.exit_code)
}

/// The wait status of a process that ended and was reaped by nobody yet: proc_pid_stat(5), fields 3 and 52.
pub fn wait_status_of_zombie(pid: i32) -> Option<i32> {
    let stat = crate::process::read_proc(&format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    if matches!(fields.first(), Some(&("Z" | "X"))) { fields.get(49)?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_still_tells_how_it_ended() {
        let mut child = std::process::Command::new("sh").args(["-c", "exit 7"]).spawn().unwrap();
        let pid = child.id() as i32;
        let status = (0..500).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            wait_status_of_zombie(pid)
        });
        child.wait().unwrap();
        assert_eq!(status, Some(7 << 8));
        assert_eq!(wait_status_of_zombie(pid), None);
    }

    #[test]
    fn the_struct_has_the_size_that_the_request_number_says() {
        assert_eq!(size_of::<PidfdInfo>(), 64);
    }
}
