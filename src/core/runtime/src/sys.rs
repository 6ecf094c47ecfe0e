//! System calls that rustix lacks, each wrapped once.

pub mod bpf;
pub mod datagrams;
pub mod exit_status;
pub mod handover;
pub mod netlink;
pub mod netns;
pub mod packets;
pub mod sealed;
pub mod terminal;

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use rustix::io::{Errno, Result};

/// Which side of `clone3` this is.
pub enum Side {
    Parent { pid: i32, pidfd: OwnedFd },
    Child,
}

#[repr(C)]
#[derive(Default)]
struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// linux/sched.h; it doesn't fit the type that libc gives it.
const CLONE_INTO_CGROUP: u64 = 1 << 33;

fn check(result: libc::c_long) -> Result<libc::c_long> {
    if result < 0 {
        Err(Errno::from_raw_os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)))
    } else {
        Ok(result)
    }
}

/// A fork into new namespaces (`CLONE_NEW*`; also `CLONE_PARENT`), with a pidfd that no other process can have taken. The child is born in the
/// given cgroup v2: moving there later would wait for a grace period of the kernel.
///
/// # Safety
/// The caller is single-threaded: the child goes on with a copy of its memory, allocator included.
pub unsafe fn fork_into(flags: u64, cgroup: Option<&OwnedFd>) -> Result<Side> {
    let mut pidfd: libc::c_int = -1;
    let args = CloneArgs {
        flags: flags | libc::CLONE_PIDFD as u64 | cgroup.map_or(0, |_| CLONE_INTO_CGROUP),
        cgroup: cgroup.map_or(0, |cgroup| cgroup.as_raw_fd() as u64),
        pidfd: &raw mut pidfd as u64,
        // A child of our own parent's has the signal that we have: clone(2).
        exit_signal: if flags & libc::CLONE_PARENT as u64 == 0 { libc::SIGCHLD as u64 } else { 0 },
        ..Default::default()
    };
    // SAFETY: no CLONE_VM and no new stack, so both sides return here as from fork; the kernel writes one int to pidfd.
    let pid = check(unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of::<CloneArgs>()) })?;
    if pid == 0 {
        return Ok(Side::Child);
    }
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(Side::Parent { pid: pid as i32, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } })
}

/// What `mount_setattr` changes: attributes to set and to clear, and a propagation (`MS_PRIVATE` …; 0 leaves it).
#[derive(Clone, Copy, Default)]
pub struct MountChange {
    pub set: u64,
    pub clear: u64,
    pub propagation: u64,
}

/// Changes the mount that `mount` refers to, and all below it if `recursive`.
pub fn mount_setattr(mount: impl AsFd, recursive: bool, change: MountChange) -> Result<()> {
    let attr = libc::mount_attr {
        attr_set: change.set,
        attr_clr: change.clear,
        propagation: change.propagation,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a constant and the struct lives across the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size_of::<libc::mount_attr>(),
        )
    })?;
    Ok(())
}

/// Makes `number` a copy of `descriptor` that survives exec.
pub fn put_at(descriptor: impl AsFd, number: i32) -> Result<()> {
    // SAFETY: standard descriptors have no owner here that would notice the replacement; others only until the next exec.
    check(unsafe { libc::dup2(descriptor.as_fd().as_raw_fd(), number) }.into())?;
    Ok(())
}

/// Marks every descriptor from `first` on close-on-exec.
pub fn close_on_exec_from(first: u32) -> Result<()> {
    // SAFETY: only changes flags of descriptors; nothing is closed while this program still runs.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) })?;
    Ok(())
}

/// A session keyring of its own, so that the caller's keys stay out of reach. Kernels without keyrings have none to hide.
pub fn new_session_keyring() -> Result<()> {
    const JOIN_SESSION_KEYRING: libc::c_int = 1;
    // SAFETY: a null name asks for an anonymous keyring.
    match check(unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, 0, 0, 0, 0) }) {
        Ok(_) | Err(Errno::NOSYS) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Every signal back to its default and none blocked: Rust ignores SIGPIPE, and exec would hand that on.
pub fn reset_signals() {
    const SET_BYTES: usize = 8;
    let default_action = [0u64; 4];
    let empty_mask = 0u64;
    for signal in 1..=64 {
        // SAFETY: a zeroed kernel sigaction is SIG_DFL with no flags; SIGKILL and SIGSTOP answer EINVAL, which is right.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default_action.as_ptr(), 0, SET_BYTES) };
    }
    // SAFETY: the kernel reads eight bytes.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const empty_mask, 0, SET_BYTES) };
}

/// All that can be, also for the program that is executed next.
pub fn block_signals() {
    const SET_BYTES: usize = 8;
    let all = u64::MAX;
    // SAFETY: the kernel reads eight bytes.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const all, 0, SET_BYTES) };
}

/// Sends a signal by number: rustix knows no real-time signals by that.
pub fn signal_by_pidfd(pidfd: impl AsFd, signal: i32) -> Result<()> {
    // SAFETY: a null siginfo means what kill(2) would send.
    check(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_fd().as_raw_fd(), signal, 0, 0) })?;
    Ok(())
}

/// Brings the loopback link of this network namespace up.
pub fn loopback_up() -> Result<()> {
    // SAFETY: plain socket and ioctls on a zeroed ifreq that names `lo`; the descriptor is owned at once.
    unsafe {
        let socket = check(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0).into())?;
        let socket = OwnedFd::from_raw_fd(socket as i32);
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        check(libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS, &raw mut request).into())?;
        request.ifr_ifru.ifru_flags |= libc::IFF_UP as libc::c_short;
        check(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw mut request).into())?;
    }
    Ok(())
}

/// Gives this thread a file mode mask of its own, and empties it.
pub fn own_umask() -> Result<()> {
    // SAFETY: only this thread's link to its working directory, root and mask changes.
    check(unsafe { libc::unshare(libc::CLONE_FS) }.into())?;
    rustix::process::umask(rustix::fs::Mode::empty());
    Ok(())
}

/// Moves this thread into the mount namespace of a process, whose root becomes its own; every path means that one's from
/// here on. The thread must be one that ends soon: there is no way back.
pub fn enter_mounts_of(pidfd: impl AsFd) -> Result<()> {
    // SAFETY: the kernel lets a thread change its mount namespace only when it shares root and working directory with no other.
    check(unsafe { libc::unshare(libc::CLONE_FS) }.into())?;
    // SAFETY: changes this thread alone.
    check(unsafe { libc::setns(pidfd.as_fd().as_raw_fd(), libc::CLONE_NEWNS) }.into())?;
    Ok(())
}

/// Moves this thread into the UTS namespace of a process. It must be one that ends soon.
pub fn enter_names_of(pidfd: impl AsFd) -> Result<()> {
    // SAFETY: changes this thread alone.
    check(unsafe { libc::setns(pidfd.as_fd().as_raw_fd(), libc::CLONE_NEWUTS) }.into()).map(drop)
}

/// Begins to write a file's dirty pages to the disk, and doesn't wait. Only a hint: a sync tells what went wrong.
pub fn start_writeback(file: impl AsFd) {
    // SAFETY: no pointers; 0 and 0 mean the whole file.
    unsafe { libc::sync_file_range(file.as_fd().as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

/// Replaces this program; returns only on failure.
pub fn exec(path: &CString, args: &[CString], env: &[CString]) -> Errno {
    let (args, env) = (pointers(args), pointers(env));
    // SAFETY: null-terminated arrays of C strings that live across the call.
    let result = unsafe { libc::execve(path.as_ptr(), args.as_ptr(), env.as_ptr()) };
    check(result.into()).err().unwrap_or(Errno::NOEXEC)
}

/// The same with an executable that is open and needs no path.
pub fn exec_image(image: impl AsFd, args: &[CString], env: &[CString]) -> Errno {
    let (args, env) = (pointers(args), pointers(env));
    let image = image.as_fd().as_raw_fd();
    // SAFETY: null-terminated arrays of C strings that live across the call.
    let result = unsafe {
        libc::syscall(libc::SYS_execveat, image, c"".as_ptr(), args.as_ptr(), env.as_ptr(), libc::AT_EMPTY_PATH)
    };
    check(result).err().unwrap_or(Errno::NOEXEC)
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
}

/// Milliseconds since the epoch.
pub fn now_ms() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}

/// Ends this process without running destructors, as a forked child must.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: does not return.
    unsafe { libc::_exit(code) }
}
