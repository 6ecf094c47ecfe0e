//! Threads of the core.

use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use rc_runtime::failure::{Code, Failure, Outcome};

use crate::abi::caught;

/// A thread that takes no signals: they are the program's.
pub fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> Outcome<JoinHandle<()>> {
    // SAFETY: plain calls on local sets; the mask of this thread is put back.
    unsafe {
        let mut all = std::mem::zeroed();
        let mut old = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut old);
        let spawned = std::thread::Builder::new().name(name.to_string()).spawn(body);
        libc::pthread_sigmask(libc::SIG_SETMASK, &old, std::ptr::null_mut());
        spawned.map_err(|error| Failure::io(Code::Internal, "clone", format!("thread {name}"), &error))
    }
}

/// For work that goes into a container's namespaces: its thread is never one that is used again.
pub fn in_own_thread<T: Send + 'static>(name: &str, work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    let (answer, answered) = channel();
    let began = thread(name, move || _ = answer.send(caught(work)))?;
    let outcome = answered.recv();
    let _ = began.join();
    outcome.unwrap_or_else(|_| Err(Failure::new(Code::Internal, format!("the thread {name} ended early"))))
}
