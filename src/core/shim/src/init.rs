//! The first process of a container with `init`: runs what was asked for as its child, reaps whatever is left to it, hands on
//! every signal, and ends as the child does. As small as tini, and it does what that does as pid 1.

use std::ffi::CStr;
use std::fs::File;
use std::mem::zeroed;
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::ExitCode;
use std::ptr::null_mut;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::start::exec;
use rc_runtime::start::init::{NAME, REPORT_FD};
use rc_runtime::start::report::{Notes, end_with_failure};
use rc_runtime::sys::{self, Side};

/// Those that a fault of this program raises.
const OWN: [i32; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGABRT, libc::SIGSYS];

pub fn is_meant(args: &[String]) -> bool {
    args.first().is_some_and(|name| name == NAME) && args.get(1).is_some_and(|dashes| dashes == "--")
}

pub fn main(args: &[String]) -> ExitCode {
    let handed_on = block_signals();
    // SAFETY: the name is a constant; executed by a descriptor, this program would be called by its number.
    unsafe { libc::prctl(libc::PR_SET_NAME, c"reconcile-init".as_ptr()) };
    let Some(report) = take_report() else { return ExitCode::FAILURE };
    // SAFETY: this program has one thread.
    match unsafe { sys::fork_into(0, None) } {
        Ok(Side::Child) => end_with_failure(report, |notes| become_payload(&args[2..], notes)),
        Ok(Side::Parent { pid, .. }) => {
            drop(report);
            tend(pid, &handed_on)
        }
        Err(errno) => {
            let failure = Failure::sys(Code::Namespace, "clone3", "create a process beside the init", errno);
            end_with_failure(report, |_| Err(failure.in_step("init")))
        }
    }
}

/// They wait for `sigwaitinfo`, where they are not dropped and a stop sees that.
fn block_signals() -> libc::sigset_t {
    // SAFETY: plain calls on a local set.
    unsafe {
        let mut set = zeroed();
        libc::sigfillset(&mut set);
        OWN.iter().for_each(|signal| _ = libc::sigdelset(&mut set, *signal));
        libc::sigprocmask(libc::SIG_SETMASK, &set, null_mut());
        set
    }
}

fn take_report() -> Option<OwnedFd> {
    // SAFETY: the start sequence has put it there; fcntl tells whether it did.
    unsafe {
        let is_open = libc::fcntl(REPORT_FD, libc::F_SETFD, libc::FD_CLOEXEC) == 0;
        is_open.then(|| OwnedFd::from(File::from_raw_fd(REPORT_FD)))
    }
}

/// A group of its own, in the foreground where there is a terminal: keys reach it once, not by the init again.
fn become_payload(args: &[String], notes: &mut Notes) -> Outcome<std::convert::Infallible> {
    // SAFETY: no pointers. SIGTTOU is still blocked; where there is no terminal nothing happens.
    unsafe {
        libc::setpgid(0, 0);
        libc::tcsetpgrp(0, libc::getpgrp());
    }
    sys::reset_signals();
    let program = notes.step("exec", || exec::prepare(args, &environment()))?;
    notes.step("exec", || program.exec())
}

/// As it was given, entries without a value too.
fn environment() -> Vec<String> {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: an array of C strings that ends with a null pointer; nothing here changes it.
    unsafe {
        let entries = (0..).map(|at| *environ.add(at)).take_while(|entry| !entry.is_null());
        entries.map(|entry| CStr::from_ptr(entry).to_string_lossy().into_owned()).collect()
    }
}

/// What is still there when the child has ended ends with this process.
fn tend(child: i32, signals: &libc::sigset_t) -> ExitCode {
    loop {
        // SAFETY: the set is initialised; nobody wants the details.
        match unsafe { libc::sigwaitinfo(signals, null_mut()) } {
            libc::SIGCHLD => {
                if let Some(code) = reap(child) {
                    return ExitCode::from(code);
                }
            }
            // SAFETY: no pointers; the child is not reaped, so the number is nobody else's.
            signal if signal > 0 => _ = unsafe { libc::kill(child, signal) },
            _ => {}
        }
    }
}

/// Everyone who has ended; gives the code if the child is among them.
fn reap(child: i32) -> Option<u8> {
    let mut code = None;
    loop {
        let mut status = 0;
        // SAFETY: the kernel writes one int.
        let ended = unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) };
        if ended <= 0 {
            return code;
        }
        if ended == child {
            let by_signal = libc::WIFSIGNALED(status);
            code = Some(if by_signal { 128 + libc::WTERMSIG(status) as u8 } else { libc::WEXITSTATUS(status) as u8 });
        }
    }
}
