//! Starting a shim: from a sealed memfd, as nobody's child.

use std::ffi::{CString, c_char, c_int, c_void};
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::ptr::null;

use rc_runtime::failure::{Code, Failure, Outcome};
use rustix::io::Errno;

/// A shim that was started, and the pipe on which it reports.
pub struct Shim {
    pub pidfd: OwnedFd,
    pub report: OwnedFd,
}

const STACK_BYTES: usize = 64 * 1024;
/// Where the shim finds its end of the report pipe.
const REPORT_FD: RawFd = 3;
/// Descriptors are moved above this before 0 to 3 are set.
const ABOVE: RawFd = 10;

/// Read and written by the two short-lived children, which share our memory while we wait.
struct Launch {
    image: RawFd,
    report: RawFd,
    null: RawFd,
    argv: *const *const c_char,
    stack_top: *mut c_void,
    pidfd: RawFd,
    errno: c_int,
}

/// `reconcile-shim <verb> <container run dir>`
pub fn spawn(image: &OwnedFd, verb: &str, container_run_dir: &Path) -> Outcome<Shim> {
    let failed = |errno| Failure::sys(Code::Shim, "clone", "start the shim", errno);
    let args = [c"reconcile-shim".to_owned(), c_string(verb)?, c_string(&container_run_dir.to_string_lossy())?];
    let argv = [args[0].as_ptr(), args[1].as_ptr(), args[2].as_ptr(), null()];
    let (report, report_end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed)?;
    let null = File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map_err(|error| Failure::io(Code::Shim, "open", "open /dev/null", &error))?;
    let mut stacks = vec![0u128; 2 * STACK_BYTES / size_of::<u128>()];
    let base = stacks.as_mut_ptr().cast::<u8>();
    let mut launch = Launch {
        image: image.as_raw_fd(),
        report: report_end.as_raw_fd(),
        null: null.as_raw_fd(),
        argv: argv.as_ptr(),
        // SAFETY: both tops lie within, or one past, the one allocation.
        stack_top: unsafe { base.add(STACK_BYTES) }.cast(),
        pidfd: -1,
        errno: 0,
    };
    // SAFETY: as posix_spawn does it. CLONE_VFORK suspends this thread until the child is gone, so stacks and `launch` outlive
    // it; all signals are blocked in worker threads, so no handler runs on the shared memory. CLONE_FILES lets the inner pidfd
    // appear in our table. No exit signal: the program's SIGCHLD handling sees nothing.
    let middle = unsafe {
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_FILES;
        libc::clone(middle, base.add(2 * STACK_BYTES).cast(), flags, (&raw mut launch).cast())
    };
    if middle < 0 {
        return Err(failed(last_errno()));
    }
    // SAFETY: waits for that child alone; __WALL because it has no exit signal.
    while unsafe { libc::waitpid(middle, std::ptr::null_mut(), libc::__WALL) } < 0 && last_errno() == Errno::INTR {}
    // SAFETY: the kernel put a new descriptor there, and nobody else owns it.
    let pidfd = (launch.pidfd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(launch.pidfd) });
    match (launch.errno, pidfd) {
        (0, Some(pidfd)) => Ok(Shim { pidfd, report }),
        (errno, _) => Err(failed(Errno::from_raw_os_error(errno))),
    }
}

/// The first child: leaves the session, and leaves its own child to init by ending.
extern "C" fn middle(launch: *mut c_void) -> c_int {
    let launch = launch.cast::<Launch>();
    // SAFETY: see `spawn`; our parent is suspended, and so are we while the second child lives in this memory.
    unsafe {
        libc::setsid();
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
        let pidfd = &raw mut (*launch).pidfd;
        if libc::clone(shim, (*launch).stack_top, flags, launch.cast(), pidfd) < 0 {
            (*launch).errno = *libc::__errno_location();
        }
        libc::_exit(0)
    }
}

/// The second child becomes the shim: clean signals, directory and descriptors.
extern "C" fn shim(launch: *mut c_void) -> c_int {
    let launch = launch.cast::<Launch>();
    let environment = [null::<c_char>()];
    // SAFETY: system calls only, on our own copy of the descriptor table and of the signal handlers.
    unsafe {
        for signal in 1..=64 {
            libc::signal(signal, libc::SIG_DFL);
        }
        libc::chdir(c"/".as_ptr());
        let image = libc::fcntl((*launch).image, libc::F_DUPFD_CLOEXEC, ABOVE);
        let report = libc::fcntl((*launch).report, libc::F_DUPFD_CLOEXEC, ABOVE);
        let null = libc::fcntl((*launch).null, libc::F_DUPFD_CLOEXEC, ABOVE);
        for (from, to) in [(null, 0), (null, 1), (null, 2), (report, REPORT_FD)] {
            libc::dup2(from, to);
        }
        libc::syscall(libc::SYS_close_range, REPORT_FD + 1, c_int::MAX, libc::CLOSE_RANGE_CLOEXEC);
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
        let empty = c"".as_ptr();
        libc::syscall(libc::SYS_execveat, image, empty, (*launch).argv, environment.as_ptr(), libc::AT_EMPTY_PATH);
        (*launch).errno = *libc::__errno_location();
        libc::_exit(127)
    }
}

fn c_string(text: &str) -> Outcome<CString> {
    CString::new(text).map_err(|_| Failure::new(Code::Spec, format!("{text:?} holds a NUL byte")))
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}
