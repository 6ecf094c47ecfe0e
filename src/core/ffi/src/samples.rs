//! schemas/core/samples.json is what TypeScript writes and reads; its own test holds it against the schemas.

use rc_runtime::cgroup::LimitsNormal;
use rc_runtime::failure::{Code, Failure};
use rc_runtime::layer::{Assembled, Copied, Unpacked};
use rc_runtime::net::dump::{Network, ShownLink, ShownRoute};
use rc_runtime::net::link::Ipv6;
use rc_runtime::protocol::{StartPlan, Started, Warning};
use rc_runtime::proxy::{self, Proxy};
use rc_runtime::resolver::{Resolver, Served};
use serde_json::Value;

use crate::ops::daemon;
use crate::queue::Event;
use crate::request::{Called, Config, Run, StartResult, Submitted};

fn samples() -> Value {
    serde_json::from_str(include_str!("../../../../schemas/core/samples.json")).unwrap()
}

#[test]
fn every_request_of_typescript_is_understood() {
    let samples = samples();
    serde_json::from_value::<Config>(samples["open"].clone()).unwrap();
    for request in samples["submit"].as_array().unwrap() {
        serde_json::from_value::<Submitted>(request.clone()).unwrap_or_else(|error| panic!("{request}: {error}"));
    }
    for request in samples["call"].as_array().unwrap() {
        serde_json::from_value::<Called>(request.clone()).unwrap_or_else(|error| panic!("{request}: {error}"));
    }
}

#[test]
fn a_plan_loses_nothing_on_its_way_to_the_shim() {
    let mut sent = samples()["submit"][0]["plan"].clone();
    let plan: StartPlan = serde_json::from_value(sent.clone()).unwrap();
    sent["bootId"] = "".into();
    sent["cgroups"] = Value::Array(vec![]);
    assert_eq!(serde_json::to_value(plan).unwrap(), sent);
}

#[test]
fn every_event_is_written_as_typescript_reads_it() {
    let samples = samples();
    let run: Run = serde_json::from_value(samples["call"][2].clone()).unwrap();
    let Submitted::Start { limits, .. } = serde_json::from_value(samples["submit"][0].clone()).unwrap() else {
        panic!()
    };
    let limits = LimitsNormal { cpu_weight: None, ..limits };
    let started = Started {
        pid: run.pid,
        start_ticks: run.start_ticks,
        shim_pid: run.shim_pid,
        shim_start_ticks: run.shim_start_ticks,
        started_at_ms: 1_790_000_000_000,
        warnings: vec![Warning { field: "ulimits.nofile".into(), message: "clamped".into() }],
    };
    let message = "memory: write 1 to memory.limit_in_bytes: device or resource busy (EBUSY)";
    let failure = Failure { errno: Some(16), syscall: Some("write".into()), ..Failure::new(Code::Cgroup, message) };
    let container_id = run.container_id;
    let links_of = container_id.clone();
    let held = proxy::Served {
        member: proxy::Member {
            container_id: container_id.clone(),
            pid: run.pid,
            start_ticks: run.start_ticks,
            sockets: vec!["tcp [::1]:8080-8081 10.200.0.2:80-81".into()],
        },
        missing: vec!["listen at [::1]:8081/tcp: address already in use (EADDRINUSE)".into()],
    };
    let served = Served { container_id: container_id.clone(), pid: run.pid, start_ticks: run.start_ticks };
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let unpacked = Unpacked {
        blob_digest: digest("a"),
        blob_bytes: 1234,
        diff_id: digest("b"),
        diff_bytes: 10240,
        size_bytes: 5,
        entries: 2,
        warnings: Vec::new(),
    };
    let copied_up = Copied { copied: true, entries: 2, bytes: 5, warnings: Vec::new() };
    let link = ShownLink {
        index: 7,
        name: "rc-9e9e9e9e9e9e".into(),
        alias: Some("reconcile:0123456789ab:network:9e".into()),
        kind: Some("bridge".into()),
        mac: Some("02:42:0a:c8:00:01".into()),
        mtu: 1500,
        up: true,
        master: None,
        peer: None,
        hairpin: None,
        ipv6: Some(Ipv6 { disabled: false, accept_ra: 0 }),
        guarded: None,
        addresses: vec!["10.200.0.1/24".into()],
    };
    let device = Some(link.name.clone());
    let route = ShownRoute { destination: "10.200.0.0/24".into(), via: None, device, table: 254 };
    let host = Network { links: vec![link.clone()], routes: vec![route] };
    let written = [
        Event::Exit {
            container_id: container_id.clone(),
            pid: run.pid,
            start_ticks: run.start_ticks.to_string(),
            settled: false,
        },
        Event::Limits { container_id: container_id.clone() },
        Event::ShimLost { container_id: container_id.clone() },
        Event::Mounts { container_id: Some(container_id), path: None },
        Event::Mounts { container_id: None, path: None },
        Event::Mounts { container_id: None, path: Some("/srv/site".into()) },
        Event::Links { container_id: Some(links_of) },
        Event::Links { container_id: None },
        Event::Ruleset,
        Event::Resolver,
        Event::Proxy,
        Event::op_done(1, Ok(serde_json::json!(StartResult { started, limits }))),
        Event::op_done(2, Ok(Value::Null)),
        Event::op_done(3, Err(failure.in_step("limits").at("/sys/fs/cgroup/memory/x"))),
        Event::op_done(4, Ok(serde_json::json!(unpacked))),
        Event::op_done(5, Ok(serde_json::json!(Assembled { diff_bytes: 10240 }))),
        Event::op_done(6, Ok(serde_json::json!(copied_up))),
        Event::op_done(7, Ok(serde_json::json!({ "link": link }))),
        Event::op_done(8, Ok(serde_json::json!({ "host": host, "containers": {} }))),
        Event::op_done(9, Ok(daemon::seen::<Resolver>(Some((1, vec![served]))))),
        Event::op_done(10, Ok(daemon::seen::<Proxy>(Some((1, vec![held]))))),
        Event::op_done(11, Ok(daemon::silent(4712))),
        Event::Overflow,
    ];
    assert_eq!(serde_json::to_value(written).unwrap(), samples["events"]);
}
