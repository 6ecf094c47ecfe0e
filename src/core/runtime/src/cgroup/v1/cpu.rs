//! cpu and cpuset.

use std::path::Path;

use super::super::file;
use super::super::limits::LimitsNormal;
use crate::failure::Outcome;

pub fn write_cpu(dir: &Path, limits: &LimitsNormal) -> Outcome<()> {
    write_bandwidth(dir, limits)?;
    match limits.cpu_shares {
        Some(shares) => file::write(dir, "cpu.shares", "cpuShares", &shares.to_string()),
        None => Ok(()),
    }
}

/// The kernel bounds the quotient of the pair, so no order suits every change: lifting the quota first allows any new period.
fn write_bandwidth(dir: &Path, limits: &LimitsNormal) -> Outcome<()> {
    let old_period = file::number(Some(dir), "cpu.cfs_period_us")?;
    let old_quota = file::number(Some(dir), "cpu.cfs_quota_us")?;
    let quota = limits.cpu_quota_us.map_or("-1".to_string(), |us| us.to_string());
    let Some(period) = limits.cpu_period_us.filter(|period| Some(*period) != old_period) else {
        return file::write(dir, "cpu.cfs_quota_us", "cpuQuota", &quota);
    };
    // A longer period with the old quota, or the new quota in the old period, is at most a short throttle, never more CPU than asked for.
    let quota_first = period < old_period.unwrap_or(0) && limits.cpu_quota_us.is_some();
    let write_quota = || file::write(dir, "cpu.cfs_quota_us", "cpuQuota", &quota);
    let write_period = || file::write(dir, "cpu.cfs_period_us", "cpuPeriod", &period.to_string());
    let written = if quota_first {
        write_quota().and_then(|()| write_period())
    } else {
        write_period().and_then(|()| write_quota())
    };
    written.inspect_err(|_| restore(dir, old_period, old_quota))
}

fn restore(dir: &Path, period: Option<u64>, quota: Option<u64>) {
    let quota = quota.map_or("-1".to_string(), |us| us.to_string());
    let _ = file::write(dir, "cpu.cfs_quota_us", "cpuQuota", "-1");
    if let Some(period) = period {
        let _ = file::write(dir, "cpu.cfs_period_us", "cpuPeriod", &period.to_string());
    }
    let _ = file::write(dir, "cpu.cfs_quota_us", "cpuQuota", &quota);
}

/// A new cpuset is empty and takes no process: fill the parent and then the child from the one above.
pub fn fill_cpuset(dir: &Path) -> Outcome<()> {
    let Some(parent) = dir.parent() else { return Ok(()) };
    for (from, to) in [(parent.parent(), parent), (Some(parent), dir)] {
        for name in ["cpuset.cpus", "cpuset.mems"] {
            if file::text(Some(to), name)?.as_deref() == Some("") {
                file::write(to, name, name, &file::text(from, name)?.unwrap_or_default())?;
            }
        }
    }
    Ok(())
}

pub fn write_cpuset(dir: &Path, limits: &LimitsNormal) -> Outcome<()> {
    let lists =
        [("cpuset.cpus", "cpusetCpus", &limits.cpuset_cpus), ("cpuset.mems", "cpusetMems", &limits.cpuset_mems)];
    for (name, limit, value) in lists {
        let Some(value) = value else { continue };
        file::write(dir, name, limit, value).map_err(|mut failure| {
            if let Ok(Some(available)) = file::text(dir.parent(), name) {
                failure.message = format!("{} (available here: {available})", failure.message);
            }
            failure
        })?;
    }
    Ok(())
}
