//! Host and domain names of containers, read and set by a thread that goes to where they are and ends.

use std::fs::read_link;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::names::{Names, enter, names_of};
use rustix::io::Errno;
use rustix::system::{setdomainname, sethostname};
use serde_json::{Value, json};

use crate::request::Process;
use crate::thread::in_own_thread;

/// In the order of the processes; null for one that is no more.
pub fn names(processes: Vec<Process>) -> Outcome<Value> {
    in_own_thread("rc-names", move || {
        let names: Vec<Option<Names>> = processes.iter().map(|one| names_of(one.pid, one.start_ticks).ok()).collect();
        Ok(json!({ "names": names }))
    })
}

pub fn set_hostname(process: Process, name: String) -> Outcome<Value> {
    set(process, "sethostname", move || sethostname(name.as_bytes()))
}

pub fn set_domainname(process: Process, name: String) -> Outcome<Value> {
    set(process, "setdomainname", move || setdomainname(name.as_bytes()))
}

fn set(
    process: Process,
    syscall: &'static str,
    change: impl FnOnce() -> Result<(), Errno> + Send + 'static,
) -> Outcome<Value> {
    in_own_thread("rc-names", move || {
        enter(process.pid, process.start_ticks)?;
        let failed = |errno| Failure::sys(Code::Namespace, syscall, format!("name process {}", process.pid), errno);
        if is_ours() {
            let why = format!("process {} is in the UTS namespace of the host, which is not renamed", process.pid);
            return Err(Failure::new(Code::Namespace, why));
        }
        change().map(|()| json!({ "processes": 1 })).map_err(failed)
    })
}

/// Of this thread; what can't be read is taken for it.
fn is_ours() -> bool {
    match (read_link("/proc/thread-self/ns/uts"), read_link("/proc/self/ns/uts")) {
        (Ok(own), Ok(host)) => own == host,
        _ => true,
    }
}
