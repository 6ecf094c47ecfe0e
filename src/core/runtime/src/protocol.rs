//! The JSON that crosses a process boundary. Frozen: shims outlive upgrades, so fields are only ever added, with a default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

pub const VERSION: u32 = 1;

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

/// A setting that could not be given exactly as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub field: String,
    pub message: String,
}

/// The part that `state`, the start report and the `hello` reply share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    pub shim_pid: i32,
    #[serde(with = "decimal")]
    pub shim_start_ticks: u64,
    pub started_at_ms: u64,
    pub warnings: Vec<Warning>,
}

/// `<containerRunDir>/state`, and the reply to `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub version: u32,
    pub container_id: String,
    pub root_id: String,
    pub boot_id: String,
    #[serde(flatten)]
    pub started: Started,
}

/// The one line that a shim writes on descriptor 3: `{"ok":true,…started}` or `{"ok":false,"error":…}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub ok: bool,
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Started>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

impl Report {
    pub fn started(started: Started) -> Self {
        Report { ok: true, started: Some(started), error: None }
    }

    pub fn failed(error: Failure) -> Self {
        Report { ok: false, started: None, error: Some(error) }
    }
}

/// A packet to the shim's socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Verb {
    Hello,
    Stop {
        signal: i32,
        grace_ms: u64,
    },
    Signal {
        signal: i32,
    },
    /// After the reply the connection is a viewer's: packets of a kind (`viewing`) and bytes. 0: a size that is not known.
    Attach {
        #[serde(default)]
        rows: u16,
        #[serde(default)]
        columns: u16,
    },
}

/// The first byte of a packet after `attach`. Towards the shim: what is typed, and rows and columns as two bytes each, the low
/// one first. From the shim: what the container writes, how many bytes of that were skipped because they were not taken in
/// time, and the exit code, both as decimal digits.
pub mod viewing {
    pub const INPUT: u8 = b'i';
    pub const SIZE: u8 = b'w';
    pub const STDOUT: u8 = b'o';
    pub const STDERR: u8 = b'e';
    pub const SKIPPED: u8 = b's';
    pub const EXITED: u8 = b'x';
}

/// The reply to `stop` and `signal`, and to anything that is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub ok: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// `exitPath`: how the container ended. `code` and `signal` both null: nobody could know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExitRecord {
    pub version: u32,
    pub container_id: String,
    pub boot_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    pub started_at_ms: u64,
    pub finished_at_ms: u64,
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub oom_killed: bool,
    pub stop_requested: bool,
    pub log_lines_lost: u64,
}

/// 64-bit numbers travel as decimal strings: JavaScript's numbers end at 2^53.
pub mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Code;

    fn started() -> Started {
        Started { pid: 7, start_ticks: 1 << 60, shim_pid: 6, shim_start_ticks: 9, started_at_ms: 1, warnings: vec![] }
    }

    #[test]
    fn reports_of_both_kinds_survive_a_round_trip() {
        for report in [Report::started(started()), Report::failed(Failure::new(Code::Mount, "x"))] {
            let text = serde_json::to_string(&report).unwrap();
            assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "{text}");
        }
    }

    #[test]
    fn start_ticks_are_decimal_strings() {
        let text = serde_json::to_string(&Report::started(started())).unwrap();
        assert!(text.contains(r#""ok":true,"pid":7,"startTicks":"1152921504606846976""#), "{text}");
    }

    #[test]
    fn verbs_are_one_flat_object() {
        let text = serde_json::to_string(&Verb::Stop { signal: 15, grace_ms: 10 }).unwrap();
        assert_eq!(text, r#"{"verb":"stop","signal":15,"graceMs":10}"#);
        assert_eq!(serde_json::from_str::<Verb>(r#"{"verb":"hello"}"#).unwrap(), Verb::Hello);
    }
}
