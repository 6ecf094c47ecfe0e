//! The JSON that crosses a process boundary. Frozen: shims outlive upgrades, so fields are only ever added, with a default.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

mod plan;

pub use plan::*;

pub const VERSION: u32 = 1;

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
