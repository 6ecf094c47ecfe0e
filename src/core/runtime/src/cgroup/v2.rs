//! The one directory of a container on a host with cgroup v2 alone (kernel: Documentation/admin-guide/cgroup-v2.rst).

mod control;
mod delegate;
mod devices;
mod io;
mod memory;

use std::path::{Path, PathBuf};

use super::file;
use super::limits::LimitsNormal;
use crate::failure::Outcome;
use control::Control;

/// `<mount>/<parent>/<container id>`
#[derive(Debug, Clone)]
pub struct Unified {
    pub mount_point: PathBuf,
    pub dir: PathBuf,
}

/// cgroup-v2.rst: what a new cgroup has.
const DEFAULT_PERIOD_US: u64 = 100_000;
const DEFAULT_WEIGHT: u64 = 100;

impl Unified {
    /// What must be so before a process may enter.
    pub fn prepare(&self) -> Outcome<()> {
        devices::restrict(&self.dir)
    }

    /// Memory first: it is the only one that fails for what the container does, and then nothing has been changed.
    pub fn update(&self, limits: &LimitsNormal) -> Outcome<()> {
        let control = Control { dir: &self.dir, refused: delegate::down_to(&self.mount_point, &self.dir) };
        memory::write(&control, limits)?;
        control.write("cpu.max", "cpuQuota", bandwidth(limits).as_deref(), &format!("max {DEFAULT_PERIOD_US}"))?;
        let weight = limits.cpu_weight.filter(|weight| *weight != DEFAULT_WEIGHT).map(|weight| weight.to_string());
        control.write("cpu.weight", "cpuShares", weight.as_deref(), &DEFAULT_WEIGHT.to_string())?;
        control.write_list("cpuset.cpus", "cpusetCpus", limits.cpuset_cpus.as_deref())?;
        control.write_list("cpuset.mems", "cpusetMems", limits.cpuset_mems.as_deref())?;
        control.write("pids.max", "pids", limits.pids.map(|count| count.to_string()).as_deref(), "max")?;
        io::write(&control, limits)
    }

    /// Where the controller could be there but isn't, a missing file is what a new cgroup has.
    pub fn read(&self) -> Outcome<LimitsNormal> {
        let dir = Some(self.dir.as_path());
        let has_cpu = delegate::is_available(&self.mount_point, "cpu");
        let bandwidth = file::text(dir, "cpu.max")?.unwrap_or_default();
        let mut bandwidth = bandwidth.split(' ').map(|part| part.parse::<u64>().ok());
        let (cpu_quota_us, cpu_period_us) = (bandwidth.next().flatten(), bandwidth.next().flatten());
        let list = |name| Ok(file::text(dir, name)?.filter(|list| !list.is_empty()));
        let mut limits = LimitsNormal {
            memory_bytes: file::number(dir, "memory.max")?,
            memory_swap_bytes: memory::read_total(dir)?,
            memory_reservation_bytes: file::number(dir, "memory.low")?.filter(|bytes| *bytes > 0),
            cpu_period_us: cpu_period_us.or(has_cpu.then_some(DEFAULT_PERIOD_US)),
            cpu_quota_us,
            cpu_shares: None,
            cpu_weight: file::number(dir, "cpu.weight")?.or(has_cpu.then_some(DEFAULT_WEIGHT)),
            cpuset_cpus: list("cpuset.cpus")?,
            cpuset_mems: list("cpuset.mems")?,
            pids: file::number(dir, "pids.max")?,
            ..LimitsNormal::default()
        };
        io::read_into(&self.dir, &mut limits)?;
        Ok(limits)
    }
}

/// `quota period`, one file for both; None where it is what a new cgroup has.
fn bandwidth(limits: &LimitsNormal) -> Option<String> {
    let period = limits.cpu_period_us.unwrap_or(DEFAULT_PERIOD_US);
    match limits.cpu_quota_us {
        None if period == DEFAULT_PERIOD_US => None,
        quota => Some(format!("{} {period}", quota.map_or("max".to_string(), |us| us.to_string()))),
    }
}

/// `oom_kill N` of memory.events; None where this is no memory cgroup.
pub fn oom_kills(dir: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(dir.join("memory.events")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}
