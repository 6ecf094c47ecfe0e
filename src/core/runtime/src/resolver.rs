//! The resolver of a data-root as others see it: it answers names at 127.0.0.11 of containers.

use serde::{Deserialize, Serialize};

use crate::daemon::Kind;
use crate::protocol::decimal;

pub enum Resolver {}

impl Kind for Resolver {
    const NAME: &'static str = "the resolver";
    const VERSION: u32 = 1;
    type Member = Member;
    type Served = Served;
}

/// A container that is answered in its own network namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    pub container_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    /// An absolute path: the names that it sees, read again whenever it changes.
    pub names: String,
}

/// In a handover, with pidfd and sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub member: Member,
}

/// A container's id, with the process in whose namespace it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    pub container_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
}
