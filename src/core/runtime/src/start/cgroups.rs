//! Joining the container's cgroups. The child is born in the one of v2; in those of v1 the single-threaded child writes `0`
//! itself: a parent that writes a pid waits 10 ms for a grace period of the kernel.

use std::os::fd::OwnedFd;
use std::path::Path;

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::paths::host_path;
use crate::protocol::StartPlan;

/// Everything in these directories is killed at the end, so they must be this container's own.
pub fn refuse_foreign(plan: &StartPlan) -> Outcome<()> {
    let parent = format!("reconcile-{}", plan.root_id);
    for cgroup in &plan.cgroups {
        let path = Path::new(cgroup);
        let name = path.file_name().and_then(|name| name.to_str());
        let above = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let dots = path.components().any(|part| part.as_os_str() == "..");
        if !path.is_absolute() || dots || name != Some(&plan.container_id) || above != Some(&parent) {
            let message = format!("{cgroup} is not a cgroup of container {} below {parent}", plan.container_id);
            return Err(Failure::new(Code::Spec, message).at(cgroup));
        }
    }
    Ok(())
}

/// v1 has `tasks`; v2 and a hybrid host's unified hierarchy have only `cgroup.procs`.
fn is_unified(cgroup: &str) -> bool {
    !Path::new(cgroup).join("tasks").exists()
}

/// The cgroup of the unified hierarchy, for clone3.
pub fn birthplace(cgroups: &[String]) -> Outcome<Option<OwnedFd>> {
    let Some(cgroup) = cgroups.iter().find(|cgroup| is_unified(cgroup)) else { return Ok(None) };
    let failed = |errno| Failure::sys(Code::Cgroup, "openat", format!("open {cgroup}"), errno).at(cgroup);
    host_path(cgroup).map(Some).map_err(failed)
}

/// The others: v1.
pub fn join(cgroups: &[String]) -> Outcome<()> {
    for cgroup in cgroups.iter().filter(|cgroup| !is_unified(cgroup)) {
        std::fs::write(Path::new(cgroup).join("tasks"), "0")
            .map_err(|error| Failure::io(Code::Cgroup, "write", format!("join {cgroup}"), &error).at(cgroup))?;
    }
    Ok(())
}
