//! A container that runs, whoever started it.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rc_runtime::failure::Outcome;
use rc_runtime::protocol::{StartPlan, State};
use rustix::fs::FlockOperation;

use crate::control::Control;
use crate::log::Logs;
use crate::rundir::locked;
use crate::terminal::Terminal;

/// What the verbs `run` and `adopt` end with.
pub struct Begun {
    pub plan: StartPlan,
    pub state: State,
    /// pidfd of the container's first process.
    pub payload: OwnedFd,
    pub is_child: bool,
    pub logs: Logs,
    /// None also where the shim that had it died.
    pub terminal: Option<Terminal>,
    pub control: Control,
    /// Held, not read: released when the container is gone and recorded.
    pub _root_lock: Option<OwnedFd>,
}

/// Keeps dockerd off this data-root while the container lives: its volume database can't be opened beside our lock.
pub fn lock_root(plan: &StartPlan) -> Outcome<Option<OwnedFd>> {
    if plan.metadata_db.is_empty() {
        return Ok(None);
    }
    locked(Path::new(&plan.metadata_db), FlockOperation::NonBlockingLockShared).map(Some)
}

pub fn cgroup_dirs(plan: &StartPlan) -> Vec<PathBuf> {
    plan.cgroups.iter().map(PathBuf::from).collect()
}
