//! The files of cgroup v1 controllers (kernel: Documentation/admin-guide/cgroup-v1). A file that this kernel lacks is skipped.

mod cpu;
mod devices;
mod file;
mod memory;

use std::path::Path;

pub use cpu::{fill_cpuset, write_cpu, write_cpuset};
pub use devices::restrict_devices;
pub use memory::write_memory;

use super::limits::LimitsNormal;
use crate::failure::Outcome;

pub fn write_pids(dir: &Path, limits: &LimitsNormal) -> Outcome<()> {
    let value = limits.pids.map_or("max".to_string(), |count| count.to_string());
    file::write(dir, "pids.max", "pids", &value)
}

pub fn read_limits(
    memory: Option<&Path>,
    cpu: Option<&Path>,
    cpuset: Option<&Path>,
    pids: Option<&Path>,
) -> Outcome<LimitsNormal> {
    Ok(LimitsNormal {
        memory_bytes: memory::read(memory, memory::LIMIT)?,
        memory_swap_bytes: memory::read(memory, memory::MEMSW)?,
        memory_reservation_bytes: memory::read(memory, memory::SOFT)?,
        cpu_period_us: file::number(cpu, "cpu.cfs_period_us")?,
        cpu_quota_us: file::number(cpu, "cpu.cfs_quota_us")?,
        cpu_shares: file::number(cpu, "cpu.shares")?,
        cpuset_cpus: file::text(cpuset, "cpuset.cpus")?,
        cpuset_mems: file::text(cpuset, "cpuset.mems")?,
        pids: file::number(pids, "pids.max")?,
    })
}

/// `oom_kill N` of memory.oom_control; None where this is no memory cgroup.
pub fn oom_kills(dir: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(dir.join("memory.oom_control")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}
