//! From start to exit record.

mod common;

use common::{Bundle, cgroups, strings};
use rc_runtime::failure::Code;
use rc_runtime::protocol::{ExitRecord, Sharing};
use std::fs;

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

#[test]
fn the_state_names_the_process_while_it_runs() {
    let mut bundle = Bundle::new("");
    bundle.plan.args = strings(&["sleep", "100"]);
    let started = bundle.start();
    assert_eq!(bundle.state().started, started);
    assert_eq!(bundle.ask(&rc_runtime::protocol::Verb::Hello)["startTicks"], started.start_ticks.to_string());
    bundle.stop(libc::SIGKILL, 0);
    assert_eq!(bundle.exit().signal, Some(libc::SIGKILL));
}

#[test]
fn an_exit_code_is_the_programs_own() {
    let record = Bundle::new("exit 7").run();
    assert_eq!((record.code, record.signal), (Some(7), None));
}

#[test]
fn a_death_by_signal_is_recorded_as_the_signal() {
    let mut bundle = Bundle::new("kill -SEGV $$");
    bundle.plan.namespaces.pid = Sharing::Host;
    let record = bundle.run();
    assert_eq!((record.code, record.signal), (None, Some(libc::SIGSEGV)));
}

#[test]
fn a_start_that_fails_says_why_and_leaves_nothing() {
    let cases: [(&[&str], Code); 4] = [
        (&["no-such-program"], Code::ExecNotFound),
        (&["/no/such/program"], Code::ExecNotFound),
        (&["/etc/passwd"], Code::ExecPerm),
        (&["/etc"], Code::ExecPerm),
    ];
    for (args, code) in cases {
        let mut bundle = Bundle::new("");
        bundle.plan.args = strings(args);
        let error = bundle.try_start().error.unwrap();
        assert_eq!((error.code, error.step.as_deref()), (code, Some("exec")), "{error:?}");
        assert_eq!(bundle.shim_exit(), 1);
        let left: Vec<_> = fs::read_dir(bundle.path("run")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["plan"]);
        assert!(!bundle.path("container/exit.json").exists());
    }
}

#[test]
fn an_end_that_cannot_be_recorded_is_kept_in_the_run_directory() {
    let mut bundle = Bundle::new("exit 7");
    fs::create_dir_all(bundle.path("container/exit.json.tmp")).unwrap();
    bundle.start();
    assert_eq!(bundle.shim_exit(), 1);
    let kept: ExitRecord = serde_json::from_slice(&fs::read(bundle.path("run/exit")).unwrap()).unwrap();
    assert_eq!((kept.code, kept.signal), (Some(7), None));
    assert!(bundle.path("run/state").exists() && !bundle.path("container/exit.json").exists());
}

#[test]
fn a_second_shim_is_refused_while_the_first_lives() {
    let mut bundle = Bundle::new("sleep 100");
    bundle.start();
    let mut second = Bundle::new("");
    second.plan = bundle.plan.clone();
    let report = second.adopt();
    assert_eq!(report.error.unwrap().code, Code::Busy);
    bundle.stop(libc::SIGKILL, 0);
    bundle.exit();
}

#[test]
fn the_data_root_stays_locked_against_others_while_the_container_lives() {
    use rustix::fs::{FlockOperation, flock};
    let mut bundle = Bundle::new("sleep 100");
    bundle.start();
    let database = fs::File::open(bundle.path("metadata.db")).unwrap();
    assert!(flock(&database, FlockOperation::NonBlockingLockExclusive).is_err());
    bundle.stop(libc::SIGKILL, 0);
    bundle.exit();
    assert!(flock(&database, FlockOperation::NonBlockingLockExclusive).is_ok());
}

#[test]
fn a_removed_container_directory_is_not_made_again() {
    let mut bundle = Bundle::new("sleep 100");
    bundle.start();
    fs::remove_dir_all(bundle.path("container")).unwrap();
    bundle.stop(libc::SIGKILL, 0);
    assert_eq!(bundle.shim_exit(), 0);
    assert!(!bundle.path("container").exists() && !bundle.path("run").exists());
}

#[test]
fn the_process_is_in_its_cgroups_which_go_with_it() {
    let mut bundle = Bundle::new("cat /proc/self/cgroup; sleep 100");
    cgroups::make(&mut bundle, &["pids", "freezer"]);
    let started = bundle.start();
    for cgroup in &bundle.plan.cgroups {
        let members = fs::read_to_string(format!("{cgroup}/cgroup.procs")).unwrap();
        assert!(members.lines().any(|pid| pid == started.pid.to_string()), "{cgroup}: {members}");
    }
    bundle.wait_for_log("pids:/");
    // Its own cgroup is the root of the namespace.
    assert!(bundle.stdout().contains("pids:/\n"), "{}", bundle.stdout());
    bundle.stop(libc::SIGTERM, 10_000);
    bundle.exit();
    for cgroup in &bundle.plan.cgroups {
        assert!(!std::path::Path::new(cgroup).parent().unwrap().exists(), "{cgroup} is left");
    }
}

#[test]
fn a_cgroup_of_somebody_else_is_refused() {
    let mut bundle = Bundle::new("true");
    for foreign in ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids/reconcile-x/y", "relative"] {
        bundle.plan.cgroups = strings(&[foreign]);
        assert_eq!(bundle.try_start().error.unwrap().code, Code::Spec);
        bundle.shim_exit();
    }
}

#[test]
fn a_kill_for_lack_of_memory_is_recorded() {
    let mut bundle = Bundle::new("head -c 100000000 /dev/zero | tail -c 90000000 > /dev/null; exit $?");
    cgroups::make(&mut bundle, &["memory"]);
    let Some(cgroup) = bundle.plan.cgroups.first().cloned() else { return };
    fs::write(format!("{cgroup}/memory.limit_in_bytes"), "16777216").unwrap();
    // Without swap accounting the limit is of memory alone, and nothing here swaps.
    let _ = fs::write(format!("{cgroup}/memory.memsw.limit_in_bytes"), "16777216");
    let record = bundle.run();
    assert!(record.oom_killed && record.code == Some(137), "{record:?}");
}
