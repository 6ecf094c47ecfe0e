//! The shim's own cgroup: not that of a login session, which may end with all that is in it.

use std::path::Path;

use rc_runtime::failure::{Code, Failure, Outcome};

pub fn enter(cgroup: &str) -> Outcome<()> {
    std::fs::write(Path::new(cgroup).join("cgroup.procs"), "0").map_err(|error| {
        Failure::io(Code::Cgroup, "write", format!("enter the shims' cgroup {cgroup}"), &error).at(cgroup)
    })
}
