//! memory.limit_in_bytes and memory.memsw.limit_in_bytes are a pair: at every moment the first must not exceed the second.

use std::path::Path;

use super::super::file;
use super::super::limits::LimitsNormal;
use crate::failure::Outcome;

pub const LIMIT: &str = "memory.limit_in_bytes";
pub const MEMSW: &str = "memory.memsw.limit_in_bytes";
pub const SOFT: &str = "memory.soft_limit_in_bytes";

/// PAGE_COUNTER_MAX rounded to pages of up to 64 KiB: from here on a value means "unlimited".
const UNLIMITED_FROM: u64 = 0x7fff_ffff_ffff_0000;

pub fn write_memory(dir: &Path, limits: &LimitsNormal) -> Outcome<()> {
    write_pair(dir, limits.memory_bytes, limits.memory_swap_bytes)?;
    file::write(dir, SOFT, "memoryReservation", &spelled(limits.memory_reservation_bytes))
}

/// Growing: memsw first. Shrinking: memory first. When the second write is refused the first is taken back.
fn write_pair(dir: &Path, memory: Option<u64>, memsw: Option<u64>) -> Outcome<()> {
    let old_memory = read(Some(dir), LIMIT)?;
    let old_memsw = read(Some(dir), MEMSW)?;
    let grows = memsw.unwrap_or(u64::MAX) >= old_memsw.unwrap_or(u64::MAX);
    let steps = [(LIMIT, "memory", memory, old_memory), (MEMSW, "memorySwap", memsw, old_memsw)];
    let [first, second] = if grows { [steps[1], steps[0]] } else { steps };
    write_one(dir, first.0, first.1, first.2)?;
    write_one(dir, second.0, second.1, second.2).inspect_err(|_| {
        let _ = file::write(dir, first.0, first.1, &spelled(first.3));
    })
}

fn write_one(dir: &Path, name: &str, limit: &str, bytes: Option<u64>) -> Outcome<()> {
    file::write(dir, name, limit, &spelled(bytes)).map_err(|mut failure| {
        if failure.errno == Some(libc::EBUSY) {
            let usage = name.replace("limit_in_bytes", "usage_in_bytes");
            let used = file::number(Some(dir), &usage).ok().flatten().unwrap_or(0);
            let wanted = spelled(bytes);
            failure.message = format!(
                "{limit}: can't be lowered to {wanted} bytes while {used} bytes are in use; the old limits stay (EBUSY)"
            );
        }
        failure
    })
}

pub fn read(dir: Option<&Path>, name: &str) -> Outcome<Option<u64>> {
    Ok(file::number(dir, name)?.filter(|bytes| *bytes < UNLIMITED_FROM))
}

fn spelled(bytes: Option<u64>) -> String {
    bytes.map_or("-1".to_string(), |bytes| bytes.to_string())
}
