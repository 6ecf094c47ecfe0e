//! Stopping a container through its shim's socket.

mod common;

use std::time::{Duration, Instant};

use common::{Bundle, be_their_init, cgroups, reap, strings};
use rc_runtime::protocol::{Sharing, Verb};

const LONG_MS: u64 = 60_000;
/// Nothing like `LONG_MS`, on a busy machine too.
const AT_ONCE: Duration = Duration::from_secs(30);

#[test]
fn a_process_with_the_default_action_ends_at_once_as_by_that_signal() {
    let mut bundle = Bundle::new("");
    bundle.plan.args = strings(&["sleep", "100"]);
    bundle.start();
    let asked = Instant::now();
    bundle.stop(libc::SIGTERM, LONG_MS);
    let record = bundle.exit();
    assert!(asked.elapsed() < AT_ONCE);
    assert_eq!((record.code, record.signal, record.stop_requested), (None, Some(libc::SIGTERM), true));
}

#[test]
fn a_handler_decides_the_exit_code() {
    let mut bundle = Bundle::new("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done");
    bundle.start();
    bundle.wait_for_log("ready");
    bundle.stop(libc::SIGTERM, LONG_MS);
    let record = bundle.exit();
    assert_eq!((record.code, record.signal), (Some(3), None));
    assert!(bundle.stdout().ends_with("bye\n"));
}

#[test]
fn an_init_that_waits_for_signals_gets_them() {
    // As tini and dumb-init do: block everything, sigwait, act. Perl has no sigwait of its own.
    let script = format!(
        "$| = 1; my $term = pack('Q', 1 << 14); syscall({}, 0, $term, 0, 8) == 0 or die; print \"ready\\n\"; \
         my $signal = syscall({}, $term, 0, 0, 8); sleep 1; print \"got $signal\\n\"; exit 4;",
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigtimedwait
    );
    let mut bundle = Bundle::new("");
    bundle.plan.args = strings(&["perl", "-e", &script]);
    bundle.start();
    bundle.wait_for_log("ready");
    std::thread::sleep(Duration::from_millis(100));
    bundle.stop(libc::SIGTERM, LONG_MS);
    assert_eq!(bundle.exit().code, Some(4), "{}", bundle.raw_log());
    assert!(bundle.stdout().ends_with("got 15\n"));
}

#[test]
fn a_shell_that_waits_for_a_child_ends_at_once() {
    for _ in 0..30 {
        let mut bundle = Bundle::new("true; sleep 100; true");
        bundle.start();
        bundle.stop(libc::SIGTERM, LONG_MS);
        assert_eq!(bundle.exit().signal, Some(libc::SIGTERM));
    }
}

#[test]
fn a_process_that_ignores_the_signal_is_killed_after_the_grace_period() {
    let mut bundle = Bundle::new("trap '' TERM; echo ready; sleep 100");
    bundle.start();
    bundle.wait_for_log("ready");
    let asked = Instant::now();
    bundle.stop(libc::SIGTERM, 300);
    let record = bundle.exit();
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_millis(300) && waited < AT_ONCE, "{waited:?}");
    assert_eq!((record.code, record.signal), (None, Some(libc::SIGKILL)));
}

#[test]
fn a_later_stop_shortens_the_grace_period_and_never_extends_it() {
    let mut bundle = Bundle::new("trap '' TERM; echo ready; sleep 100");
    bundle.start();
    bundle.wait_for_log("ready");
    let asked = Instant::now();
    bundle.stop(libc::SIGTERM, LONG_MS);
    bundle.stop(libc::SIGTERM, 100);
    bundle.stop(libc::SIGTERM, LONG_MS);
    assert_eq!(bundle.exit().signal, Some(libc::SIGKILL));
    assert!(asked.elapsed() < AT_ONCE);
}

#[test]
fn a_signal_alone_is_no_stop() {
    let mut bundle = Bundle::new("trap 'echo again' HUP; echo ready; while :; do sleep 0.01; done");
    bundle.start();
    bundle.wait_for_log("ready");
    assert_eq!(bundle.ask(&Verb::Signal { signal: libc::SIGHUP }), serde_json::json!({"ok": true}));
    bundle.wait_for_log("again");
    assert_eq!(bundle.ask(&Verb::Signal { signal: 0 })["error"]["code"], "E_SPEC");
    bundle.stop(libc::SIGKILL, 0);
    assert!(bundle.exit().stop_requested);
}

#[test]
fn with_the_hosts_pid_namespace_nothing_in_the_cgroup_survives() {
    be_their_init();
    let mut bundle = Bundle::new("sleep 4321 & echo child $!; exit 0");
    bundle.plan.namespaces.pid = Sharing::Host;
    cgroups::make(&mut bundle, &["pids", "freezer"]);
    if bundle.plan.cgroups.is_empty() {
        return;
    }
    assert_eq!(bundle.run().code, Some(0));
    let child: i32 = bundle.stdout().trim().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(rc_runtime::sys::exit_status::wait_status_of_zombie(child).is_some(), "process {child} still runs");
    reap(child);
}

#[test]
fn a_frozen_container_is_stopped_as_well() {
    let mut bundle = Bundle::new("");
    bundle.plan.args = strings(&["sleep", "100"]);
    cgroups::make(&mut bundle, &["freezer"]);
    let Some(freezer) = bundle.plan.cgroups.first().cloned() else { return };
    bundle.start();
    std::fs::write(format!("{freezer}/freezer.state"), "FROZEN").unwrap();
    bundle.stop(libc::SIGTERM, LONG_MS);
    assert_eq!(bundle.exit().signal, Some(libc::SIGTERM));
}
