//! Requests of TypeScript (schemas/core/).

use rc_runtime::cgroup::LimitsNormal;
use rc_runtime::layer::{AssembleRequest, CopyTreeRequest, CopyUpRequest, UnpackRequest};
use rc_runtime::mounts::inside::Edit;
use rc_runtime::net::bridge::{Bridge, Family};
use rc_runtime::protocol::{Interface, Mount, Rlimit, StartPlan, Started, decimal};
use rc_runtime::{proxy, resolver};
use serde::{Deserialize, Serialize};

mod opened;

pub use opened::*;

/// May take time: done by a worker, ends as an `opDone` event.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Submitted {
    Start {
        plan: Box<StartPlan>,
        limits: LimitsNormal,
    },
    Stop {
        container_id: String,
        signal: i32,
        grace_ms: u64,
    },
    Update {
        container_id: String,
        limits: LimitsNormal,
    },
    Mount(MountEdit),
    Adopt {
        container_id: String,
        #[serde(default)]
        lost: Option<Box<LostRun>>,
    },
    Repair {
        container_id: String,
        pid: i32,
        #[serde(with = "decimal")]
        start_ticks: u64,
        repair: Repair,
    },
    /// Host and domain names, as these processes have them.
    Names {
        processes: Vec<Process>,
    },
    Cleanup {
        container_id: String,
    },
    /// A bridge of the host is made, or made so.
    Network {
        bridge: Bridge,
        #[serde(default)]
        forwarding: Vec<Family>,
    },
    NetworkRemove {
        name: String,
        alias: String,
    },
    /// Those of a running container are made so again.
    Interfaces {
        container_id: String,
        pid: i32,
        #[serde(with = "decimal")]
        start_ticks: u64,
        interfaces: Vec<Interface>,
    },
    /// What is there: on the host, if asked, and in the namespaces of these processes.
    Links {
        namespaces: Vec<ContainerProcess>,
        host: bool,
    },
    /// The program that knows nftables.
    Nft {
        args: Vec<String>,
    },
    /// Who answers at 127.0.0.11, and whom; with members it is started where it is not there, and answers them, too.
    Resolver {
        #[serde(default)]
        serve: Vec<resolver::Member>,
        /// Where to look, for a core without a run directory.
        #[serde(default)]
        dir: Option<String>,
    },
    /// Who holds sockets of the host, and for whom; as for the resolver.
    Proxy {
        #[serde(default)]
        serve: Vec<proxy::Member>,
        #[serde(default)]
        dir: Option<String>,
    },
    /// These have a thread of their own; the last two answer with a pipe's descriptor besides the operation's number.
    CopyUp(Box<CopyUpRequest>),
    CopyTree(CopyTreeRequest),
    Unpack(Box<UnpackRequest>),
    Assemble(Box<AssembleRequest>),
    /// `syncfs` through a descriptor of the caller's: it is told of every error since that was opened.
    Sync {
        directory_fd: i32,
    },
}

impl Submitted {
    pub fn container_id(&self) -> Option<&str> {
        match self {
            Submitted::CopyUp(_)
            | Submitted::CopyTree(_)
            | Submitted::Unpack(_)
            | Submitted::Assemble(_)
            | Submitted::Names { .. }
            | Submitted::Network { .. }
            | Submitted::NetworkRemove { .. }
            | Submitted::Links { .. }
            | Submitted::Nft { .. }
            | Submitted::Resolver { .. }
            | Submitted::Proxy { .. }
            | Submitted::Sync { .. } => None,
            Submitted::Start { plan, .. } => Some(&plan.container_id),
            Submitted::Mount(edit) => Some(&edit.container_id),
            Submitted::Stop { container_id, .. }
            | Submitted::Update { container_id, .. }
            | Submitted::Adopt { container_id, .. }
            | Submitted::Repair { container_id, .. }
            | Submitted::Interfaces { container_id, .. }
            | Submitted::Cleanup { container_id } => Some(container_id),
        }
    }
}

/// One mount of exactly this process's mount namespace.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MountEdit {
    pub container_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    pub edit: Edit,
    pub mount: Mount,
}

/// What is put right under a running process.
#[derive(Debug, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Repair {
    /// With all that descends from it.
    RejoinCgroups {},
    Freeze {},
    Thaw {},
    SetUlimit(Rlimit),
    SetOomScore {
        value: i32,
    },
    SetHostname {
        name: String,
    },
    SetDomainname {
        name: String,
    },
}

/// Never by a bare pid.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerProcess {
    pub container_id: String,
    #[serde(flatten)]
    pub process: Process,
}

/// A run whose directory was deleted and whose shim is dead: what others recorded of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LostRun {
    pub plan: StartPlan,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    pub started_at_ms: u64,
}

/// Can't block: answered at once.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Called {
    Lock {
        path: String,
        mode: LockMode,
        create: bool,
    },
    Unlock {
        lock: u32,
    },
    Watch {
        #[serde(flatten)]
        run: Run,
        /// Also the links in its network namespace.
        #[serde(default)]
        network: bool,
    },
    /// The host's links, and our rules.
    WatchNetwork {},
    Unwatch {
        container_id: String,
    },
    /// Bind sources, instead of those named before.
    WatchPaths {
        paths: Vec<String>,
    },
    /// One of them, after an event of it and before a look there: it may lie elsewhere by now.
    WatchPathAnew {
        path: String,
    },
    Signal {
        pid: i32,
        #[serde(with = "decimal")]
        start_ticks: u64,
        signal: i32,
    },
    Notify {
        socket: String,
        state: String,
    },
    /// Does somebody still write this file?
    Writers {
        path: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockMode {
    Shared,
    Exclusive,
}

/// One life of a container: its first process and its shim.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub container_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    pub shim_pid: i32,
    #[serde(with = "decimal")]
    pub shim_start_ticks: u64,
}

impl Run {
    pub fn of(container_id: &str, started: &Started) -> Self {
        Run {
            container_id: container_id.to_string(),
            pid: started.pid,
            start_ticks: started.start_ticks,
            shim_pid: started.shim_pid,
            shim_start_ticks: started.shim_start_ticks,
        }
    }
}

/// The result of `start` and `adopt`.
#[derive(Debug, Serialize)]
pub struct StartResult {
    #[serde(flatten)]
    pub started: Started,
    pub limits: LimitsNormal,
}
