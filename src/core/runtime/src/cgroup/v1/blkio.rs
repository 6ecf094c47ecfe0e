//! Weight and throttles of block I/O.

use std::path::Path;

use super::super::file;
use super::super::limits::LimitsNormal;
use super::super::rates::{self, Rates};
use crate::failure::Outcome;

/// The scheduler that is there decides which of them is (CFQ went with Linux 5.0), and the weight of a new cgroup.
const WEIGHTS: [(&str, u64); 2] = [("blkio.weight", 500), ("blkio.bfq.weight", 100)];

const READ_BPS: &str = "blkio.throttle.read_bps_device";
const WRITE_BPS: &str = "blkio.throttle.write_bps_device";
const READ_IOPS: &str = "blkio.throttle.read_iops_device";
const WRITE_IOPS: &str = "blkio.throttle.write_iops_device";

pub fn write(dir: &Path, limits: &LimitsNormal) -> Outcome<()> {
    if let Some((name, default)) = weight_file(dir) {
        let wanted = limits.blkio_weight.unwrap_or(default);
        if file::number(Some(dir), name)? != Some(wanted) {
            file::write(dir, name, "blkioWeight", &wanted.to_string())?;
        }
    }
    let kinds = [
        (READ_BPS, "blkio.readBps", &limits.blkio_read_bps),
        (WRITE_BPS, "blkio.writeBps", &limits.blkio_write_bps),
        (READ_IOPS, "blkio.readIops", &limits.blkio_read_iops),
        (WRITE_IOPS, "blkio.writeIops", &limits.blkio_write_iops),
    ];
    kinds.iter().try_for_each(|(name, limit, wanted)| write_rates(dir, name, limit, &rates::parse(wanted.as_deref())?))
}

/// A rate of 0 lifts it. What is as wanted is left alone.
fn write_rates(dir: &Path, name: &str, limit: &str, wanted: &Rates) -> Outcome<()> {
    let held = held(dir, name)?;
    let lifted = held.keys().filter(|device| !wanted.contains_key(device)).map(|device| (device, &0));
    let changed = wanted.iter().filter(|(device, rate)| held.get(device) != Some(rate));
    lifted
        .chain(changed)
        .try_for_each(|((major, minor), rate)| file::write(dir, name, limit, &format!("{major}:{minor} {rate}")))
}

fn held(dir: &Path, name: &str) -> Outcome<Rates> {
    let text = file::text(Some(dir), name)?.unwrap_or_default();
    Ok(text.lines().filter_map(rates::parse_line).collect())
}

fn weight_file(dir: &Path) -> Option<(&'static str, u64)> {
    WEIGHTS.into_iter().find(|(name, _)| dir.join(name).exists())
}

pub fn read_into(dir: &Path, limits: &mut LimitsNormal) -> Outcome<()> {
    if let Some((name, default)) = weight_file(dir) {
        limits.blkio_weight = file::number(Some(dir), name)?.filter(|weight| *weight != default);
    }
    limits.blkio_read_bps = rates::spelled(&held(dir, READ_BPS)?);
    limits.blkio_write_bps = rates::spelled(&held(dir, WRITE_BPS)?);
    limits.blkio_read_iops = rates::spelled(&held(dir, READ_IOPS)?);
    limits.blkio_write_iops = rates::spelled(&held(dir, WRITE_IOPS)?);
    Ok(())
}
