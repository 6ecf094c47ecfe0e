//! The files of cgroup v1 controllers (kernel: Documentation/admin-guide/cgroup-v1). A file that this kernel lacks is skipped.

mod blkio;
mod cpu;
mod devices;
mod memory;

use std::path::{Path, PathBuf};

use super::file;
use super::limits::LimitsNormal;
use crate::failure::Outcome;

/// A container's directory in the hierarchy of each controller that is mounted.
#[derive(Debug, Clone)]
pub struct Controllers {
    pub memory: Option<PathBuf>,
    pub cpu: Option<PathBuf>,
    pub cpuset: Option<PathBuf>,
    pub pids: Option<PathBuf>,
    pub blkio: Option<PathBuf>,
    pub devices: Option<PathBuf>,
}

impl Controllers {
    /// What must be so before a process may enter.
    pub fn prepare(&self) -> Outcome<()> {
        if let Some(cpuset) = &self.cpuset {
            cpu::fill_cpuset(cpuset)?;
        }
        match &self.devices {
            Some(devices) => devices::restrict_devices(devices),
            None => Ok(()),
        }
    }

    /// Memory first: it is the only one that fails for what the container does, and then nothing has been changed.
    pub fn update(&self, limits: &LimitsNormal) -> Outcome<()> {
        if let Some(memory) = &self.memory {
            memory::write_memory(memory, limits)?;
        }
        if let Some(cpu) = &self.cpu {
            cpu::write_cpu(cpu, limits)?;
        }
        if let Some(cpuset) = &self.cpuset {
            cpu::write_cpuset(cpuset, limits)?;
        }
        if let Some(pids) = &self.pids {
            let value = limits.pids.map_or("max".to_string(), |count| count.to_string());
            file::write(pids, "pids.max", "pids", &value)?;
        }
        self.blkio.as_deref().map_or(Ok(()), |blkio| blkio::write(blkio, limits))
    }

    pub fn read(&self) -> Outcome<LimitsNormal> {
        let memory = self.memory.as_deref();
        let (cpu, cpuset) = (self.cpu.as_deref(), self.cpuset.as_deref());
        let mut limits = LimitsNormal {
            memory_bytes: memory::read(memory, memory::LIMIT)?,
            memory_swap_bytes: memory::read(memory, memory::MEMSW)?,
            memory_reservation_bytes: memory::read(memory, memory::SOFT)?,
            cpu_period_us: file::number(cpu, "cpu.cfs_period_us")?,
            cpu_quota_us: file::number(cpu, "cpu.cfs_quota_us")?,
            cpu_shares: file::number(cpu, "cpu.shares")?,
            cpu_weight: None,
            cpuset_cpus: file::text(cpuset, "cpuset.cpus")?,
            cpuset_mems: file::text(cpuset, "cpuset.mems")?,
            pids: file::number(self.pids.as_deref(), "pids.max")?,
            ..LimitsNormal::default()
        };
        if let Some(blkio) = &self.blkio {
            blkio::read_into(blkio, &mut limits)?;
        }
        Ok(limits)
    }
}

/// `oom_kill N` of memory.oom_control; None where this is no memory cgroup.
pub fn oom_kills(dir: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(dir.join("memory.oom_control")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}
