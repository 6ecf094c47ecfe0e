//! Host and domain names of containers. A UTS namespace shows them only to who is in it: the calling thread goes there for
//! good, and should end soon.

use rustix::system::uname;
use serde::Serialize;

use crate::failure::{Code, Failure, Outcome};
use crate::process::open_identified;
use crate::sys::enter_names_of;

#[derive(Debug, Serialize)]
pub struct Names {
    pub hostname: String,
    pub domainname: String,
}

/// As this process has them.
pub fn names_of(pid: i32, start_ticks: u64) -> Outcome<Names> {
    enter(pid, start_ticks)?;
    let seen = uname();
    Ok(Names {
        hostname: seen.nodename().to_string_lossy().into_owned(),
        domainname: seen.domainname().to_string_lossy().into_owned(),
    })
}

pub fn enter(pid: i32, start_ticks: u64) -> Outcome<()> {
    let pidfd = open_identified(pid, start_ticks)?;
    enter_names_of(pidfd).map_err(|errno| {
        Failure::sys(Code::Namespace, "setns", format!("enter the UTS namespace of process {pid}"), errno)
    })
}
