//! What a shim needs to start a container.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decimal;

/// `<containerRunDir>/plan`: everything that a shim needs to start a container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartPlan {
    pub version: u32,
    pub container_id: String,
    pub name: String,
    pub root_id: String,
    /// Filled in by the core.
    #[serde(default)]
    pub boot_id: String,
    pub container_run_dir: String,
    pub container_dir: String,
    /// The topmost first; never written. None: `upper` is the whole root, and `work` isn't used.
    #[serde(default)]
    pub lowers: Vec<String>,
    pub upper: String,
    pub work: String,
    pub args: Vec<String>,
    pub env: Vec<String>,
    pub user: String,
    pub working_dir: String,
    pub hostname: String,
    pub domainname: String,
    pub namespaces: Namespaces,
    /// One for each namespace that is `joined`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<Join>,
    pub mounts: Vec<Mount>,
    pub files: Files,
    pub capabilities: Vec<String>,
    pub no_new_privileges: bool,
    pub read_only_root: bool,
    pub masked_paths: Vec<String>,
    pub readonly_paths: Vec<String>,
    pub sysctls: BTreeMap<String, String>,
    pub rlimits: Vec<Rlimit>,
    pub oom_score_adj: Option<i32>,
    /// The first process is an init of ours, and `args` its child.
    #[serde(default)]
    pub init: bool,
    /// The first process reads from and writes to a terminal of its own.
    #[serde(default)]
    pub tty: bool,
    pub shm_size_bytes: u64,
    /// Filled in by the core: absolute directories, one a hierarchy.
    #[serde(default)]
    pub cgroups: Vec<String>,
    /// Filled in by the core: where the shim lives. None: where it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shim_cgroup: Option<String>,
    pub log: Log,
    pub exit_path: String,
    pub metadata_db: String,
    /// The caller's own record of the container, kept as long as the run; nothing here reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Made before the program runs, in a network namespace of the container's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<Interface>,
    /// The names that it sees at 127.0.0.11, an absolute path. None: nobody answers there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<String>,
    /// Filled in by the core: the directory of the resolver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<String>,
    /// Sockets of the host that the proxy holds for it (`proxy::Member`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proxied: Vec<String>,
    /// Filled in by the core: the directory of the proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
}

impl StartPlan {
    pub fn working_dir(&self) -> &str {
        if self.working_dir.is_empty() { "/" } else { &self.working_dir }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sharing {
    Private,
    Host,
    /// Another container's.
    Joined,
}

/// A namespace of another container's first process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Join {
    pub namespace: Joinable,
    /// The other container, for messages.
    pub name: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Joinable {
    Pid,
    Ipc,
    Uts,
    Net,
}

/// The mount namespace is always private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Namespaces {
    pub pid: Sharing,
    pub ipc: Sharing,
    pub uts: Sharing,
    pub net: Sharing,
    pub cgroup: Sharing,
}

/// A veth pair between the container and a bridge of the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interface {
    pub name: String,
    pub host_name: String,
    /// Of the host's end: it says that the link is ours.
    pub alias: String,
    pub bridge: String,
    pub mac: String,
    pub mtu: u32,
    /// With prefix lengths.
    pub addresses: Vec<String>,
    /// Of default routes.
    pub gateways: Vec<String>,
    /// The bridge takes only frames that say its own MAC and addresses.
    #[serde(default)]
    pub guarded: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Mount {
    Bind {
        source: String,
        target: String,
        read_only: bool,
        recursive: bool,
        propagation: Propagation,
    },
    Tmpfs {
        target: String,
        #[serde(default)]
        read_only: bool,
        size_bytes: Option<u64>,
        mode: Option<u32>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Propagation {
    Rprivate,
    Private,
    Rslave,
    Slave,
    Rshared,
    Shared,
}

/// Host files bound at /etc/hostname, /etc/hosts and /etc/resolv.conf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Files {
    pub hostname: String,
    pub hosts: String,
    pub resolv_conf: String,
}

/// `-1` is unlimited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rlimit {
    pub resource: String,
    pub soft: i64,
    pub hard: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    pub path: String,
    pub max_size_bytes: Option<u64>,
    pub max_file: u32,
}
