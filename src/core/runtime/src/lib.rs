//! The runtime: what the C ABI and the per-container shim share.

pub mod caps;
pub mod cgroup;
pub mod daemon;
pub mod failure;
pub mod join;
#[cfg(feature = "layer")]
pub mod layer;
pub mod mounts;
pub mod names;
pub mod net;
pub mod process;
pub mod protocol;
pub mod proxy;
pub mod reaper;
pub mod resolver;
pub mod start;
pub mod sys;
pub mod user;
