//! A shim dies, its container does not.

mod common;

use std::time::{Duration, Instant};

use common::{Bundle, PATIENCE, be_their_init, reap, strings};
use rc_runtime::failure::Code;
use rc_runtime::sys::exit_status::wait_status_of_zombie;

#[test]
fn an_adopting_shim_logs_every_later_line_and_knows_the_exit() {
    be_their_init();
    let mut bundle =
        Bundle::new("echo before; i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); sleep 0.003; done; exit 9");
    let first = bundle.start();
    bundle.wait_for_log("line 20");
    bundle.kill_shim();
    let logged: usize = bundle.stdout().lines().count();
    std::thread::sleep(Duration::from_millis(100));
    let second = bundle.adopt().started.unwrap();
    assert_eq!((second.pid, second.start_ticks), (first.pid, first.start_ticks));
    assert_ne!(second.shim_pid, first.shim_pid);
    assert_eq!(bundle.state().started, second);
    let record = bundle.exit();
    reap(first.pid);
    assert_eq!((record.code, record.signal), (Some(9), None));
    let lines: Vec<String> = bundle.stdout().lines().map(str::to_string).collect();
    let expected: Vec<String> = (0..300).map(|number| format!("line {number}")).collect();
    assert_eq!(lines[1..], expected, "{logged} lines were logged before");
}

#[test]
fn an_adopted_container_is_stopped_as_any_other() {
    be_their_init();
    let mut bundle = Bundle::new("");
    bundle.plan.args = strings(&["sleep", "100"]);
    let started = bundle.start();
    bundle.kill_shim();
    bundle.adopt();
    bundle.stop(libc::SIGTERM, 60_000);
    let record = bundle.exit();
    reap(started.pid);
    assert_eq!((record.code, record.signal, record.stop_requested), (None, Some(libc::SIGTERM), true));
}

fn let_go(pid: i32) {
    std::fs::write(format!("/proc/{pid}/root/tmp/go"), "").unwrap();
}

#[test]
fn the_exit_is_known_even_if_somebody_reaps_at_once() {
    be_their_init();
    let mut bundle = Bundle::new("while [ ! -e /tmp/go ]; do sleep 0.01; done; exit 5");
    let started = bundle.start();
    bundle.kill_shim();
    bundle.adopt();
    let_go(started.pid);
    reap(started.pid);
    let record = bundle.exit();
    let kernel_keeps_it = rustix::system::uname()
        .release()
        .to_string_lossy()
        .split('.')
        .take(2)
        .map(|part| part.parse::<u32>().unwrap_or(0))
        .collect::<Vec<_>>()
        >= vec![6, 15];
    assert!(record.code == Some(5) || (!kernel_keeps_it && record.code.is_none()), "{record:?}");
}

#[test]
fn a_container_that_died_without_a_shim_still_tells_how_while_it_is_a_zombie() {
    be_their_init();
    let mut bundle = Bundle::new("while [ ! -e /tmp/go ]; do sleep 0.01; done; exit 6");
    let started = bundle.start();
    bundle.kill_shim();
    let_go(started.pid);
    let deadline = Instant::now() + PATIENCE;
    while wait_status_of_zombie(started.pid).is_none() {
        assert!(Instant::now() < deadline, "it goes on");
        std::thread::sleep(Duration::from_millis(2));
    }
    bundle.adopt().started.unwrap();
    assert_eq!(bundle.exit().code, Some(6));
    reap(started.pid);
}

#[test]
fn a_container_that_is_gone_or_of_another_boot_is_not_adopted() {
    be_their_init();
    let mut bundle = Bundle::new("sleep 100");
    let started = bundle.start();
    bundle.kill_shim();
    let state = std::fs::read_to_string(bundle.path("run/state")).unwrap();
    std::fs::write(bundle.path("run/state"), state.replace(&bundle.plan.boot_id, "another-boot")).unwrap();
    assert_eq!(bundle.adopt().error.unwrap().code, Code::Gone);
    bundle.shim_exit();
    std::fs::write(bundle.path("run/state"), &state).unwrap();
    // SAFETY: the payload, whose parent this process is now.
    unsafe { libc::kill(started.pid, libc::SIGKILL) };
    reap(started.pid);
    assert_eq!(bundle.adopt().error.unwrap().code, Code::Gone);
}
