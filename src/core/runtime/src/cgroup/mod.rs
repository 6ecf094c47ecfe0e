//! A container's cgroups: one directory in each hierarchy that is mounted here.

mod devices;
mod file;
mod freezer;
mod hierarchies;
mod kill;
mod limits;
mod members;
mod rates;
mod v1;
mod v2;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use freezer::{freeze, is_frozen, thaw};
pub use hierarchies::{Hierarchies, Hierarchy};
pub use kill::{kill_all, kill_others, pids_in};
pub use limits::LimitsNormal;
pub use members::rejoin;

use crate::failure::{Code, Failure, Outcome};

/// One container's directories. Deriving it touches nothing.
#[derive(Debug, Clone)]
pub struct ContainerCgroups {
    pub dirs: Vec<PathBuf>,
    controllers: Controllers,
}

/// A hybrid host has its controllers on v1.
#[derive(Debug, Clone)]
enum Controllers {
    V1(v1::Controllers),
    V2(v2::Unified),
}

impl ContainerCgroups {
    /// `parent` ends in `reconcile-<root id>`, below the mount point of every hierarchy.
    pub fn of(hierarchies: &Hierarchies, parent: &str, container_id: &str) -> Outcome<Self> {
        hierarchies.require_any()?;
        let within = |mount: &Path| mount.join(parent).join(container_id);
        let controller = |name: &str| hierarchies.with_controller(name).map(|found| within(&found.mount_point));
        let controllers = match hierarchies.unified_alone() {
            Some(Hierarchy { mount_point, .. }) => {
                Controllers::V2(v2::Unified { dir: within(mount_point), mount_point: mount_point.clone() })
            }
            None => Controllers::V1(v1::Controllers {
                memory: controller("memory"),
                cpu: controller("cpu"),
                cpuset: controller("cpuset"),
                pids: controller("pids"),
                blkio: controller("blkio"),
                devices: controller("devices"),
            }),
        };
        Ok(ContainerCgroups {
            dirs: hierarchies.list.iter().map(|each| within(&each.mount_point)).collect(),
            controllers,
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
        match &self.controllers {
            Controllers::V1(controllers) => controllers.prepare()?,
            Controllers::V2(unified) => unified.prepare()?,
        }
        self.update(limits)
    }

    /// What is refused for what the container does leaves the old limits as they were.
    pub fn update(&self, limits: &LimitsNormal) -> Outcome<()> {
        match &self.controllers {
            Controllers::V1(controllers) => controllers.update(limits),
            Controllers::V2(unified) => unified.update(limits),
        }
    }

    /// What the kernel holds now; a file that this kernel lacks reads as null.
    pub fn read(&self) -> Outcome<LimitsNormal> {
        match &self.controllers {
            Controllers::V1(controllers) => controllers.read(),
            Controllers::V2(unified) => unified.read(),
        }
    }

    pub fn exist(&self) -> bool {
        self.dirs.iter().any(|dir| dir.exists())
    }
}

/// How often the kernel's OOM killer struck in these cgroups. Read it before they are removed.
pub fn oom_kills(dirs: &[PathBuf]) -> u64 {
    dirs.iter().find_map(|dir| v1::oom_kills(dir).or_else(|| v2::oom_kills(dir))).unwrap_or(0)
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

/// The same of one below a container's, whose processes are dead; what is still busy stays.
pub fn remove_nested(dir: &Path) {
    let deadline = Instant::now() + Duration::from_millis(200);
    while remove_tree(dir).is_err_and(|error| error.kind() == ErrorKind::ResourceBusy) && Instant::now() < deadline {
        sleep(Duration::from_millis(2));
    }
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
