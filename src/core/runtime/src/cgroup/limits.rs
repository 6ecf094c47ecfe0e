//! The limits that cross the ABI: the form in which a kernel holds them.

use serde::{Deserialize, Serialize};

/// null is unlimited for memory, quota and pids, and "leave it" for the others, which have no unlimited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LimitsNormal {
    pub memory_bytes: Option<u64>,
    /// Memory plus swap.
    pub memory_swap_bytes: Option<u64>,
    pub memory_reservation_bytes: Option<u64>,
    pub cpu_period_us: Option<u64>,
    pub cpu_quota_us: Option<u64>,
    /// v1 alone.
    pub cpu_shares: Option<u64>,
    /// v2 alone.
    pub cpu_weight: Option<u64>,
    pub cpuset_cpus: Option<String>,
    pub cpuset_mems: Option<String>,
    pub pids: Option<u64>,
    /// 10 to 1000, of v1 and of v2's bfq. None: what a new cgroup has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blkio_weight: Option<u64>,
    /// The same on the scale of `io.weight`, 1 to 10000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io_weight: Option<u64>,
    /// `8:0 1048576,254:0 500`. None: no device is throttled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blkio_read_bps: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blkio_write_bps: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blkio_read_iops: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blkio_write_iops: Option<String>,
}
