//! memory.max and memory.swap.max are independent of each other here, and their sum is what Docker calls memorySwap.

use std::path::Path;

use super::super::file;
use super::super::limits::LimitsNormal;
use super::control::Control;
use crate::failure::{Code, Failure, Outcome};

const LIMIT: &str = "memory.max";
const SWAP: &str = "memory.swap.max";
const LOW: &str = "memory.low";

pub fn write(control: &Control, limits: &LimitsNormal) -> Outcome<()> {
    let before = file::text(Some(control.dir), LIMIT)?;
    make_room(control.dir, limits.memory_bytes)?;
    control.write(LIMIT, "memory", spelled(limits.memory_bytes).as_deref(), "max")?;
    // The total can't be less than the memory.
    let swap = limits.memory_swap_bytes.map(|total| total.saturating_sub(limits.memory_bytes.unwrap_or(0)));
    control
        .write(SWAP, "memorySwap", spelled(swap).as_deref(), "max")
        .and_then(|()| {
            control.write(LOW, "memoryReservation", spelled(limits.memory_reservation_bytes).as_deref(), "0")
        })
        .inspect_err(|_| {
            if let Some(before) = before {
                let _ = file::write(control.dir, LIMIT, "memory", &before);
            }
        })
}

/// This kernel would kill to get below a new limit: reclaim first, and refuse what is still in use.
fn make_room(dir: &Path, wanted: Option<u64>) -> Outcome<()> {
    let used = || Ok(file::number(Some(dir), "memory.current")?.unwrap_or(0));
    let Some(wanted) = wanted else { return Ok(()) };
    let before = used()?;
    if before <= wanted {
        return Ok(());
    }
    // EAGAIN is a part of it; before 5.19 there is no such file.
    let _ = file::write(dir, "memory.reclaim", "memory", &(before - wanted).to_string());
    let used = used()?;
    if used <= wanted {
        return Ok(());
    }
    let text = format!(
        "memory: can't be lowered to {wanted} bytes while {used} bytes are in use; the old limits stay (EBUSY)"
    );
    let failure = Failure { errno: Some(libc::EBUSY), ..Failure::new(Code::Cgroup, text) };
    Err(failure.at(dir.join(LIMIT).display().to_string()).in_step("limits"))
}

/// Memory plus swap. Without a limit of memory a swap limit by itself counts as the total, so that it doesn't go unseen.
pub fn read_total(dir: Option<&Path>) -> Outcome<Option<u64>> {
    let memory = file::number(dir, LIMIT)?;
    let swap = file::number(dir, SWAP)?;
    Ok(swap.map(|swap| swap.saturating_add(memory.unwrap_or(0))))
}

fn spelled(bytes: Option<u64>) -> Option<String> {
    bytes.map(|bytes| bytes.to_string())
}
