//! From start to exit record.

mod common;

use common::Bundle;

#[test]
fn output_is_logged_and_the_exit_recorded() {
    let mut bundle = Bundle::new("echo up; echo down >&2");
    let started = bundle.start();
    let record = bundle.exit();
    assert_eq!((bundle.stdout().as_str(), bundle.log_of("stderr").as_str()), ("up\n", "down\n"));
    assert_eq!((record.code, record.signal, record.pid), (Some(0), None, started.pid));
    assert_eq!((record.start_ticks, record.stop_requested, record.oom_killed), (started.start_ticks, false, false));
    assert!(record.finished_at_ms >= record.started_at_ms);
}
