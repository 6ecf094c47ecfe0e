//! What operations work with, on whichever thread.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use rc_runtime::cgroup::{ContainerCgroups, Hierarchies};
use rc_runtime::failure::Outcome;

use crate::keyed::Keyed;
use crate::locks::Locks;
use crate::queue::Queue;
use crate::request::Config;
use crate::run_dir;
use crate::watcher::Watcher;

pub struct Shared {
    pub config: Config,
    pub boot_id: String,
    pub root_run_dir: PathBuf,
    pub hierarchies: Hierarchies,
    pub shim_image: OwnedFd,
    pub queue: Arc<Queue>,
    pub watcher: Watcher,
    pub turns: Keyed,
    pub locks: Locks,
}

impl Shared {
    pub fn cgroups(&self, container_id: &str) -> Outcome<ContainerCgroups> {
        ContainerCgroups::of(&self.hierarchies, &self.config.cgroup_parent, container_id)
    }

    pub fn run_dir(&self, container_id: &str) -> Outcome<PathBuf> {
        run_dir::container_run_dir(&self.root_run_dir, container_id)
    }
}
