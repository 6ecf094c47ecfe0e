//! Joining the container's cgroups. The single-threaded child writes `0` itself: a parent that writes a pid waits
//! 10 ms for a grace period of the kernel.

use std::path::Path;

use crate::failure::{Code, Failure, Outcome};
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
pub fn join(cgroups: &[String]) -> Outcome<()> {
    for cgroup in cgroups {
        let tasks = Path::new(cgroup).join("tasks");
        let file = if tasks.exists() { tasks } else { Path::new(cgroup).join("cgroup.procs") };
        std::fs::write(&file, "0")
            .map_err(|error| Failure::io(Code::Cgroup, "write", format!("join {cgroup}"), &error).at(cgroup))?;
    }
    Ok(())
}
