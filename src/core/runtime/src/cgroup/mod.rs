//! A container's cgroups: one directory in each hierarchy that is mounted here. v2 becomes a sibling of `v1`.

mod hierarchies;
mod kill;
mod limits;
mod v1;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use hierarchies::{Hierarchies, Hierarchy};
pub use kill::{kill_all, pids_in};
pub use limits::LimitsNormal;

use crate::failure::{Code, Failure, Outcome};

/// One container's directories. Deriving it touches nothing.
#[derive(Debug, Clone)]
pub struct ContainerCgroups {
    pub dirs: Vec<PathBuf>,
    memory: Option<PathBuf>,
    cpu: Option<PathBuf>,
    cpuset: Option<PathBuf>,
    pids: Option<PathBuf>,
    devices: Option<PathBuf>,
}

impl ContainerCgroups {
    /// `parent` is `reconcile-<root id>`, below the mount point of every hierarchy.
    pub fn of(hierarchies: &Hierarchies, parent: &str, container_id: &str) -> Outcome<Self> {
        hierarchies.require_v1()?;
        let within = |mount: &Path| mount.join(parent).join(container_id);
        let controller = |name: &str| hierarchies.with_controller(name).map(|found| within(&found.mount_point));
        Ok(ContainerCgroups {
            dirs: hierarchies.list.iter().map(|each| within(&each.mount_point)).collect(),
            memory: controller("memory"),
            cpu: controller("cpu"),
            cpuset: controller("cpuset"),
            pids: controller("pids"),
            devices: controller("devices"),
        })
    }

    /// Makes every directory and writes the limits, so that they hold before the first process exists. Leaves nothing on failure.
    pub fn create(&self, limits: &LimitsNormal) -> Outcome<()> {
        self.make_room()?;
        let made = self.dirs.iter().try_for_each(|dir| make(dir)).and_then(|()| self.prepare(limits));
        if made.is_err() {
            let _ = remove(&self.dirs);
        }
        made
    }

    /// Empty directories are what a crash has left; processes in them are another run.
    fn make_room(&self) -> Outcome<()> {
        if !self.exist() {
            return Ok(());
        }
        match pids_in(&self.dirs).first() {
            Some(pid) => {
                Err(Failure::new(Code::Busy, format!("process {pid} lives in the container's cgroups already")))
            }
            None => remove(&self.dirs),
        }
    }

    fn prepare(&self, limits: &LimitsNormal) -> Outcome<()> {
        if let Some(cpuset) = &self.cpuset {
            v1::fill_cpuset(cpuset)?;
        }
        if let Some(devices) = &self.devices {
            v1::restrict_devices(devices)?;
        }
        self.update(limits)
    }

    /// Memory first: it is the only one that fails for what the container does, and then nothing has been changed.
    pub fn update(&self, limits: &LimitsNormal) -> Outcome<()> {
        if let Some(memory) = &self.memory {
            v1::write_memory(memory, limits)?;
        }
        if let Some(cpu) = &self.cpu {
            v1::write_cpu(cpu, limits)?;
        }
        if let Some(cpuset) = &self.cpuset {
            v1::write_cpuset(cpuset, limits)?;
        }
        match &self.pids {
            Some(pids) => v1::write_pids(pids, limits),
            None => Ok(()),
        }
    }

    /// What the kernel holds now; a file that this kernel lacks reads as null.
    pub fn read(&self) -> Outcome<LimitsNormal> {
        v1::read_limits(self.memory.as_deref(), self.cpu.as_deref(), self.cpuset.as_deref(), self.pids.as_deref())
    }

    pub fn exist(&self) -> bool {
        self.dirs.iter().any(|dir| dir.exists())
    }
}

/// How often the kernel's OOM killer struck in these cgroups. Read it before they are removed.
pub fn oom_kills(dirs: &[PathBuf]) -> u64 {
    dirs.iter().find_map(|dir| v1::oom_kills(dir)).unwrap_or(0)
}

/// The parent may be removed by the end of another container between the two mkdirs, hence the few attempts.
fn make(dir: &Path) -> Outcome<()> {
    let failed = |error: std::io::Error| {
        let code = if error.kind() == ErrorKind::AlreadyExists { Code::Busy } else { Code::Cgroup };
        Failure::io(code, "mkdir", format!("make cgroup {}", dir.display()), &error).at(dir.display().to_string())
    };
    let parent = dir.parent().unwrap_or(dir);
    for _ in 0..8 {
        match fs::create_dir(parent) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        match fs::create_dir(dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            result => return result.map_err(failed),
        }
    }
    Err(failed(ErrorKind::NotFound.into()))
}

const REMOVE_WITHIN: Duration = Duration::from_secs(5);

/// Removes the directories, what was nested in them, and their parent when it is empty. Idempotent. Every process must be dead;
/// the kernel still says EBUSY for a moment after the last one.
pub fn remove(dirs: &[PathBuf]) -> Outcome<()> {
    let deadline = Instant::now() + REMOVE_WITHIN;
    for dir in dirs {
        while let Err(error) = remove_tree(dir) {
            if error.kind() != ErrorKind::ResourceBusy || Instant::now() >= deadline {
                let what = format!("remove cgroup {}", dir.display());
                return Err(Failure::io(Code::Cgroup, "rmdir", what, &error).at(dir.display().to_string()));
            }
            sleep(Duration::from_millis(2));
        }
        if let Some(parent) = dir.parent() {
            let _ = fs::remove_dir(parent);
        }
    }
    Ok(())
}

/// Plain rmdir, children first: the files of a cgroup can't be unlinked.
fn remove_tree(dir: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    match fs::remove_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
