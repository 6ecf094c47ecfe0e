//! start: cgroups with their limits, then the shim, then the watch. A failure leaves nothing.

use std::path::Path;
use std::time::Duration;

use rc_runtime::cgroup::{self, ContainerCgroups, LimitsNormal};
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{StartPlan, VERSION};
use rc_runtime::proxy::Proxy;
use rc_runtime::resolver::Resolver;
use serde_json::Value;

use super::report::await_started;
use super::{daemon, network, previous};
use crate::request::{Run, StartResult};
use crate::run_dir;
use crate::shared::Shared;
use crate::spawn::spawn;
use crate::watcher::Scope;

const KILL_WITHIN: Duration = Duration::from_secs(5);

pub fn start(shared: &Shared, plan: StartPlan, limits: &LimitsNormal) -> Outcome<Value> {
    let dir = shared.run_dir(&plan.container_id)?;
    let cgroups = shared.cgroups(&plan.container_id)?;
    let plan = completed(shared, plan, &cgroups, &dir)?;
    // An open mount table of the run before would keep its mounts busy.
    shared.watcher.release_mounts(&plan.container_id);
    previous::clear(shared, &plan.container_id, &dir)?;
    run_dir::make(&dir)?;
    let result =
        cgroups.create(limits).and_then(|()| launch(shared, &plan, &dir, &cgroups).inspect_err(|_| undo(&cgroups)));
    result.inspect_err(|_| drop(run_dir::remove(&dir)))
}

/// The plan with what only the core knows.
pub fn completed(shared: &Shared, plan: StartPlan, cgroups: &ContainerCgroups, dir: &Path) -> Outcome<StartPlan> {
    check(shared, &plan, dir)?;
    let cgroups = cgroups.dirs.iter().map(|each| each.display().to_string()).collect();
    let shim_cgroup = shared.config.shim_cgroup.clone();
    let resolver = plan.names.as_ref().map(|_| daemon::directory::<Resolver>(shared).display().to_string());
    let is_proxied = !plan.proxied.is_empty();
    let proxy = is_proxied.then(|| daemon::directory::<Proxy>(shared).display().to_string());
    Ok(StartPlan { boot_id: shared.boot_id.clone(), cgroups, shim_cgroup, resolver, proxy, ..plan })
}

fn check(shared: &Shared, plan: &StartPlan, dir: &Path) -> Outcome<()> {
    let refused = |what: String| Err(Failure::new(Code::Spec, what).in_step("plan"));
    if plan.version != VERSION {
        return refused(format!("plan version {} is not {VERSION}", plan.version));
    }
    if plan.root_id != shared.config.root_id {
        return refused(format!("plan of root {}, but this core is open for {}", plan.root_id, shared.config.root_id));
    }
    if Path::new(&plan.container_run_dir) != dir {
        return refused(format!("containerRunDir is {}, it must be {}", plan.container_run_dir, dir.display()));
    }
    plan.interfaces.iter().try_for_each(|interface| network::check_ours(shared, &interface.alias))
}

fn launch(shared: &Shared, plan: &StartPlan, dir: &Path, cgroups: &ContainerCgroups) -> Outcome<Value> {
    // Read before the process exists: a short one may end, and its cgroups with it, before we are back here.
    let limits = cgroups.read()?;
    run_dir::write_plan(dir, plan)?;
    // Held, so that they don't end for want of members until this one is there.
    let _resolver = plan.names.as_ref().and_then(|_| daemon::ensure::<Resolver>(shared).ok());
    let _proxy = plan.proxy.as_ref().and_then(|_| daemon::ensure::<Proxy>(shared).ok());
    let started = await_started(&spawn(&shared.shim_image, "run", dir)?)?;
    let scope = Scope { cgroups: &cgroups.dirs, network: !plan.interfaces.is_empty() };
    shared.watcher.watch_new(&Run::of(&plan.container_id, &started), scope)?;
    Ok(serde_json::json!(StartResult { started, limits }))
}

fn undo(cgroups: &ContainerCgroups) {
    let _ = cgroup::kill_all(&cgroups.dirs, KILL_WITHIN);
    let _ = cgroup::remove(&cgroups.dirs);
}
