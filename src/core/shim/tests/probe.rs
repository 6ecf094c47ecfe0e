//! What a probe is promised to be: bounded in time and output, within the container's limits, and nothing of it is left.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bundle, PATIENCE, cgroups};
use serde_json::Value;

fn running() -> Bundle {
    let mut bundle = Bundle::new("echo ready; exec sleep 1000");
    cgroups::make(&mut bundle, &["pids", "freezer", "memory"]);
    bundle.start();
    bundle.wait_for_log("ready");
    pids_dirs(&bundle).for_each(|dir| fs::write(dir.join("pids.max"), "40").unwrap());
    bundle
}

fn pids_dirs(bundle: &Bundle) -> impl Iterator<Item = &Path> {
    bundle.plan.cgroups.iter().map(Path::new).filter(|dir| dir.join("pids.max").exists())
}

fn begin(bundle: &Bundle, timeout_ms: u32, words: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_reconcile-shim"))
        .args(["probe", &bundle.plan.container_run_dir, &timeout_ms.to_string()])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn answer(mut probe: Child) -> Value {
    let asker = probe.stdin.take();
    let output = probe.wait_with_output().unwrap();
    drop(asker);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{output:?}: {error}"))
}

fn shell(bundle: &Bundle, timeout_ms: u32, script: &str) -> Value {
    answer(begin(bundle, timeout_ms, &["run", "sh", "-c", script]))
}

/// In each of the container's cgroups nothing but its first process, no zombie either, and no cgroup below it.
fn is_alone(bundle: &Bundle) -> bool {
    pids_dirs(bundle).for_each(|dir| assert_eq!(fs::read_to_string(dir.join("pids.current")).unwrap(), "1\n"));
    bundle.plan.cgroups.iter().map(Path::new).all(|dir| {
        let members = fs::read_to_string(dir.join("cgroup.procs")).unwrap();
        members.lines().count() == 1 && !dir.join("reconcile-probe").exists()
    })
}

/// Until one of the files has the text.
fn wait_for(paths: &[String], text: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !paths.iter().any(|path| fs::read_to_string(path).is_ok_and(|all| all.contains(text))) {
        assert!(Instant::now() < deadline, "no {text:?} in {paths:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn it_ends_with_the_commands_code_and_the_beginning_of_its_output() {
    let bundle = running();
    let ended = shell(&bundle, 5000, "echo out; echo err >&2; exit 3");
    assert_eq!(ended, serde_json::json!({ "is": "ended", "code": 3, "output": "out\nerr\n" }));
    assert_eq!(shell(&bundle, 5000, "kill -9 $$")["code"], 137);
    let long = shell(&bundle, 5000, "head -c 100000 /dev/zero | tr '\\0' x");
    assert_eq!((long["code"].as_i64(), long["output"].as_str().unwrap().len()), (Some(0), 4096 + 3));
    assert_eq!(answer(begin(&bundle, 5000, &["run", "nosuch"]))["is"], "failed");
    assert!(is_alone(&bundle));
}

#[test]
fn what_takes_too_long_is_killed_with_all_that_it_has_begun_and_no_zombie_is_left_to_the_container() {
    let bundle = running();
    for script in [
        "trap '' TERM INT HUP; while :; do sleep 1; done",
        "for i in $(seq 30); do setsid sleep 1000 & done; sleep 1000",
        "yes",
        "f() { f | f & }; f; sleep 1000",
    ] {
        let begun = Instant::now();
        let is = shell(&bundle, 300, script)["is"].clone();
        // A shell that may not fork any more, for want of places, ends by itself.
        assert!(is == "timeout" || (script.contains('&') && is == "ended"), "{script}: {is}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{script} took {:?}", begun.elapsed());
        assert!(is_alone(&bundle), "{script} left something");
    }
}

#[test]
fn what_a_command_leaves_behind_ends_with_it() {
    let bundle = running();
    assert_eq!(shell(&bundle, 5000, "setsid sleep 1000 & exit 0")["code"], 0);
    assert!(is_alone(&bundle));
}

#[test]
fn when_whoever_asked_has_gone_it_is_over() {
    let bundle = running();
    let mut probe = begin(&bundle, 60_000, &["run", "sleep", "1000"]);
    std::thread::sleep(Duration::from_millis(200));
    drop(probe.stdin.take());
    assert!(probe.wait().unwrap().success());
    assert!(is_alone(&bundle));
}

#[test]
fn a_container_has_one_probe_at_a_time() {
    let bundle = running();
    let mut first = begin(&bundle, 60_000, &["run", "sh", "-c", "echo begun > /tmp/probe; sleep 1000"]);
    let pid = bundle.state().started.pid;
    wait_for(&[format!("/proc/{pid}/root/tmp/probe")], "begun");
    assert_eq!(shell(&bundle, 10_000, "true")["is"], "void");
    drop(first.stdin.take());
    assert!(first.wait().unwrap().success());
    assert_eq!(shell(&bundle, 5000, "true")["is"], "ended");
}

#[test]
fn a_connection_is_made_in_the_containers_network() {
    let mut bundle = Bundle::new("echo ready; exec busybox nc -l -p 7777 -e sleep 1000");
    bundle.start();
    bundle.wait_for_log("ready");
    let refused = answer(begin(&bundle, 2000, &["tcp", "127.0.0.1", "7778"]));
    assert_eq!(refused["output"], "connect 127.0.0.1:7778: connection refused");
    let pid = bundle.state().started.pid;
    wait_for(&["tcp", "tcp6"].map(|table| format!("/proc/{pid}/net/{table}")), &format!(":{:X}", 7777));
    // It listens, and says nothing.
    assert_eq!(answer(begin(&bundle, 300, &["http", "localhost", "7777", "/"]))["is"], "timeout");
    assert_eq!(answer(begin(&bundle, 1000, &["tcp", "nowhere", "80"]))["is"], "failed");
}
