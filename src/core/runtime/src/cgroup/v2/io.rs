//! io.max holds all four rates of a device in one line; the weight has a file of bfq's, or of the cost model.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::file;
use super::super::limits::LimitsNormal;
use super::super::rates::{self, Rates};
use super::control::Control;
use crate::failure::Outcome;

const MAX: &str = "io.max";
const BFQ_WEIGHT: &str = "io.bfq.weight";
const WEIGHT: &str = "io.weight";
const DEFAULT_WEIGHT: u64 = 100;

/// In the order of io.max.
const KINDS: [(&str, &str); 4] =
    [("rbps", "blkio.readBps"), ("wbps", "blkio.writeBps"), ("riops", "blkio.readIops"), ("wiops", "blkio.writeIops")];

/// None: as much as the device can.
type Line = [Option<u64>; 4];

pub fn write(control: &Control, limits: &LimitsNormal) -> Outcome<()> {
    write_weight(control, limits)?;
    let wanted = lines_of(limits)?;
    let held = held(control.dir)?;
    let devices = held.keys().filter(|device| !wanted.contains_key(device)).chain(wanted.keys());
    devices.filter(|device| held.get(device) != wanted.get(device)).try_for_each(|device| {
        let line = wanted.get(device).copied().unwrap_or_default();
        let limit = KINDS.iter().zip(line).find(|(_, rate)| rate.is_some()).map_or("blkio", |((_, limit), _)| limit);
        let text = format!("{}:{} {}", device.0, device.1, spelled(line));
        control.write(MAX, limit, wanted.contains_key(device).then_some(&text), &text)
    })
}

fn write_weight(control: &Control, limits: &LimitsNormal) -> Outcome<()> {
    let has_bfq = control.dir.join(BFQ_WEIGHT).exists();
    let (name, wanted) = if has_bfq { (BFQ_WEIGHT, limits.blkio_weight) } else { (WEIGHT, limits.io_weight) };
    if read_weight(control.dir, name)? == wanted {
        return Ok(());
    }
    let text = |weight: u64| format!("default {weight}");
    control.write(name, "blkioWeight", wanted.map(text).as_deref(), &text(DEFAULT_WEIGHT))
}

/// `default 100`, and lines of devices behind it. None where it is what a new cgroup has.
fn read_weight(dir: &Path, name: &str) -> Outcome<Option<u64>> {
    let text = file::text(Some(dir), name)?.unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    Ok(first.trim_start_matches("default ").parse().ok().filter(|weight| *weight != DEFAULT_WEIGHT))
}

fn lines_of(limits: &LimitsNormal) -> Outcome<BTreeMap<(u32, u32), Line>> {
    let kinds = [&limits.blkio_read_bps, &limits.blkio_write_bps, &limits.blkio_read_iops, &limits.blkio_write_iops];
    let mut lines: BTreeMap<(u32, u32), Line> = BTreeMap::new();
    for (kind, list) in kinds.into_iter().enumerate() {
        for (device, rate) in rates::parse(list.as_deref())? {
            lines.entry(device).or_default()[kind] = Some(rate);
        }
    }
    Ok(lines)
}

/// `254:0 rbps=1048576 wbps=max riops=max wiops=max`
fn held(dir: &Path) -> Outcome<BTreeMap<(u32, u32), Line>> {
    let text = file::text(Some(dir), MAX)?.unwrap_or_default();
    Ok(text.lines().filter_map(parse_line).collect())
}

fn parse_line(text: &str) -> Option<((u32, u32), Line)> {
    let (device, pairs) = text.split_once(' ')?;
    let mut line = Line::default();
    for (key, rate) in pairs.split(' ').filter_map(|pair| pair.split_once('=')) {
        if let Some(kind) = KINDS.iter().position(|(name, _)| *name == key) {
            line[kind] = rate.parse().ok();
        }
    }
    Some((rates::parse_device(device)?, line))
}

fn spelled(line: Line) -> String {
    let rate = |rate: Option<u64>| rate.map_or("max".to_string(), |rate| rate.to_string());
    KINDS.iter().zip(line).map(|((key, _), held)| format!("{key}={}", rate(held))).collect::<Vec<_>>().join(" ")
}

pub fn read_into(dir: &Path, limits: &mut LimitsNormal) -> Outcome<()> {
    if dir.join(BFQ_WEIGHT).exists() {
        limits.blkio_weight = read_weight(dir, BFQ_WEIGHT)?;
    } else {
        limits.io_weight = read_weight(dir, WEIGHT)?;
    }
    let lines = held(dir)?;
    let kind = |kind: usize| -> Option<String> {
        let rates: Rates = lines.iter().filter_map(|(device, line)| Some((*device, line[kind]?))).collect();
        rates::spelled(&rates)
    };
    limits.blkio_read_bps = kind(0);
    limits.blkio_write_bps = kind(1);
    limits.blkio_read_iops = kind(2);
    limits.blkio_write_iops = kind(3);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_io_max_survives_a_round_trip() {
        let text = "254:0 rbps=1048576 wbps=max riops=max wiops=500";
        let (device, line) = parse_line(text).unwrap();
        assert_eq!((device, line), ((254, 0), [Some(1_048_576), None, None, Some(500)]));
        assert_eq!(format!("254:0 {}", spelled(line)), text);
    }
}
