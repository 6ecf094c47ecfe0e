//! network, networkRemove, interfaces, links: bridges of the host, and interfaces of running containers.

use std::collections::BTreeMap;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::net::bridge::{self, Bridge, Family};
use rc_runtime::net::dump::{self, Network};
use rc_runtime::net::mend::mend_all;
use rc_runtime::net::namespace::within_any;
use rc_runtime::net::socket::Socket;
use rc_runtime::process::open_identified;
use rc_runtime::protocol::Interface;
use serde::Serialize;
use serde_json::{Value, json};

use crate::request::{ContainerProcess, Process};
use crate::shared::Shared;
use crate::thread::in_own_thread;

/// An alias says whose a link is: we make none for others, and remove none of theirs.
pub fn check_ours(shared: &Shared, alias: &str) -> Outcome<()> {
    let beginning = format!("reconcile:{}:", shared.config.root_id);
    if alias.starts_with(&beginning) {
        return Ok(());
    }
    Err(Failure::new(Code::Spec, format!("alias {alias:?} does not begin with {beginning:?}")).in_step("plan"))
}

pub fn ensure(shared: &Shared, wanted: &Bridge, forwarding: &[Family]) -> Outcome<Value> {
    check_ours(shared, &wanted.alias)?;
    let host = Socket::open()?;
    let made = bridge::ensure(&host, wanted)?;
    bridge::forward(&wanted.name, forwarding)?;
    let link = dump::read(&host)?.links.into_iter().find(|link| link.index == made.index);
    Ok(json!({ "link": link }))
}

pub fn remove(shared: &Shared, name: &str, alias: &str) -> Outcome<Value> {
    check_ours(shared, alias)?;
    Ok(json!({ "removed": bridge::remove(&Socket::open()?, name, alias)? }))
}

pub fn mend(shared: &Shared, pid: i32, start_ticks: u64, interfaces: Vec<Interface>) -> Outcome<Value> {
    interfaces.iter().try_for_each(|interface| check_ours(shared, &interface.alias))?;
    in_own_thread("rc-network", move || mend_all(open_identified(pid, start_ticks)?, &interfaces))?;
    Ok(Value::Null)
}

#[derive(Serialize)]
#[serde(untagged)]
enum Seen {
    Network(Network),
    Failed { error: Failure },
}

pub fn look(namespaces: Vec<ContainerProcess>, host: bool) -> Outcome<Value> {
    in_own_thread("rc-links", move || {
        let host = if host { Some(dump::read(&Socket::open()?)?) } else { None };
        let seen = namespaces.into_iter().map(|one| (one.container_id, look_inside(&one.process)));
        let containers: BTreeMap<String, Seen> =
            seen.map(|(id, seen)| (id, seen.map_or_else(|error| Seen::Failed { error }, Seen::Network))).collect();
        Ok(json!({ "host": host, "containers": containers }))
    })
}

fn look_inside(process: &Process) -> Outcome<Network> {
    within_any(open_identified(process.pid, process.start_ticks)?, |inside| dump::read(&inside.socket))
}
