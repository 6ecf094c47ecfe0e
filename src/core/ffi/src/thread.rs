//! Threads of the core.

use std::thread::JoinHandle;

use rc_runtime::failure::{Code, Failure, Outcome};

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
