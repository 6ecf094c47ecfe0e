//! What is put right under a running process. Never by a bare pid.

use std::fs::OpenOptions;
use std::io::Write;

use rc_runtime::cgroup::{freeze, rejoin, thaw};
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::{open_identified, start_ticks};
use rc_runtime::start::limits::limit_process;
use serde_json::{Value, json};

use super::names::{set_domainname, set_hostname};
use crate::request::{Process, Repair};
use crate::shared::Shared;

pub fn repair(shared: &Shared, container_id: &str, pid: i32, ticks: u64, repair: Repair) -> Outcome<Value> {
    let _process = open_identified(pid, ticks)?;
    match repair {
        Repair::RejoinCgroups {} => {
            let own = format!("/{}/{container_id}", shared.config.cgroup_parent);
            Ok(json!({ "processes": rejoin(&shared.hierarchies, &own, pid, ticks)? }))
        }
        Repair::Freeze {} => freeze(&shared.cgroups(container_id)?.dirs).map(|()| json!({ "processes": 1 })),
        Repair::Thaw {} => thaw(&shared.cgroups(container_id)?.dirs).map(|()| json!({ "processes": 1 })),
        Repair::SetUlimit(rlimit) => {
            limit_process(pid, &rlimit)?;
            still(pid, ticks)
        }
        Repair::SetHostname { name } => set_hostname(Process { pid, start_ticks: ticks }, name),
        Repair::SetDomainname { name } => set_domainname(Process { pid, start_ticks: ticks }, name),
        Repair::SetOomScore { value } => set_oom_score(pid, ticks, value),
    }
}

/// The descriptor is of this process's file, whoever gets the number later.
fn set_oom_score(pid: i32, ticks: u64, value: i32) -> Outcome<Value> {
    let path = format!("/proc/{pid}/oom_score_adj");
    let failed = |error: std::io::Error| {
        Failure::io(Code::Spec, "write", format!("set oom_score_adj of process {pid} to {value}"), &error).at(&path)
    };
    let mut file = OpenOptions::new().write(true).open(&path).map_err(failed)?;
    still(pid, ticks)?;
    file.write_all(value.to_string().as_bytes()).map_err(failed)?;
    Ok(json!({ "processes": 1 }))
}

fn still(pid: i32, ticks: u64) -> Outcome<Value> {
    if start_ticks(pid) == Some(ticks) {
        return Ok(json!({ "processes": 1 }));
    }
    Err(Failure::new(Code::Gone, format!("process {pid} ended meanwhile")))
}
