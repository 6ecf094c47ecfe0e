//! The runtime: what the C ABI and the per-container shim share.

pub mod cgroup;
pub mod failure;
pub mod process;
pub mod protocol;
