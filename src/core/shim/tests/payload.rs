//! Payloads that work against the shim.

mod common;

use std::fs;

use common::{Bundle, be_their_init, cgroups, reap};
use rc_runtime::failure::Code;
use rc_runtime::process::start_ticks;
use rc_runtime::protocol::{Mount, Rlimit};

#[test]
fn a_process_name_that_is_no_text_hides_nobody() {
    be_their_init();
    let mut bundle = Bundle::new("printf 'x\\377) Z 1' > /proc/1/comm; echo named; sleep 100");
    let started = bundle.start();
    bundle.wait_for_log("named");
    assert_eq!(start_ticks(started.pid), Some(started.start_ticks));
    bundle.kill_shim();
    bundle.adopt().started.unwrap();
    bundle.stop(libc::SIGKILL, 0);
    assert_eq!(bundle.exit().signal, Some(libc::SIGKILL));
    reap(started.pid);
}

#[test]
fn a_stop_signal_is_seen_to_be_dropped_whatever_the_process_is_called() {
    let mut bundle = Bundle::new("printf 'x\\377' > /proc/1/comm; echo named; read never < /dev/zero");
    bundle.start();
    bundle.wait_for_log("named");
    bundle.stop(libc::SIGTERM, 60_000);
    assert_eq!(bundle.exit().signal, Some(libc::SIGTERM));
}

#[test]
fn a_start_that_dies_before_its_program_runs_is_no_start() {
    let mut bundle = Bundle::new("echo ran");
    bundle.plan.env.extend((0..16).map(|number| format!("E{number}={}", "x".repeat(100_000))));
    bundle.plan.rlimits.push(Rlimit { resource: "as".into(), soft: 1 << 16, hard: 1 << 16 });
    let report = bundle.try_start();
    let error = report.error.unwrap_or_else(|| panic!("{:?}", report.started));
    assert_eq!(error.code, Code::Shim, "{error:?}");
    assert!(error.message.contains("before its program ran"), "{}", error.message);
}

#[test]
fn a_file_size_limit_of_the_shims_own_loses_lines_but_no_exit() {
    let mut bundle = Bundle::new("read go < /srv/go; seq 1 20000; exit 4");
    let go = bundle.path("lower/srv/go");
    rustix::fs::mknodat(rustix::fs::CWD, &go, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
    bundle.plan.mounts.push(common::bind(&go.to_string_lossy(), "/srv/go", false));
    let started = bundle.start();
    let limit = libc::rlimit { rlim_cur: 8192, rlim_max: 8192 };
    // SAFETY: the kernel reads one rlimit.
    assert_eq!(unsafe { libc::prlimit(started.shim_pid, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) }, 0);
    fs::write(&go, "go\n").unwrap();
    let record = bundle.exit();
    assert_eq!(record.code, Some(4));
    assert!(record.log_lines_lost > 10_000, "{record:?}");
}

#[test]
fn what_it_froze_itself_dies_all_the_same() {
    let mut bundle = Bundle::new("sleep 100 & echo $! > /srv/child; sleep 100");
    cgroups::make(&mut bundle, &["freezer"]);
    bundle.plan.namespaces.pid = rc_runtime::protocol::Sharing::Host;
    let srv = bundle.path("files").to_string_lossy().into_owned();
    bundle.plan.mounts.push(common::bind(&srv, "/srv", false));
    bundle.start();
    let nested = format!("{}/nested", bundle.plan.cgroups[0]);
    fs::create_dir(&nested).unwrap();
    let child = (0..1000)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            fs::read_to_string(bundle.path("files/child")).ok().filter(|text| text.ends_with('\n'))
        })
        .unwrap();
    fs::write(format!("{nested}/cgroup.procs"), child.trim()).unwrap();
    fs::write(format!("{nested}/freezer.state"), "FROZEN").unwrap();
    bundle.stop(libc::SIGKILL, 0);
    bundle.exit();
    assert!(!fs::exists(&bundle.plan.cgroups[0]).unwrap(), "the cgroup is left");
}

#[test]
fn a_read_only_tmpfs_is_one() {
    let mut bundle = Bundle::new("touch /cache/x && echo written; grep ' /cache ' /proc/self/mountinfo");
    let text = r#"{"type":"tmpfs","target":"/cache","readOnly":true,"sizeBytes":null,"mode":null}"#;
    bundle.plan.mounts.push(serde_json::from_str::<Mount>(text).unwrap());
    bundle.run();
    assert!(!bundle.stdout().contains("written"), "{}", bundle.stdout());
    assert!(bundle.stdout().contains(" ro,"), "{}", bundle.stdout());
}

#[test]
fn a_passwd_that_leads_to_the_kernel_is_not_read() {
    for file in ["/proc/self/mem", "/proc/self/environ", "/sys/kernel/uevent_seqnum"] {
        let mut bundle = Bundle::new("id -u");
        bundle.plan.user = if file.ends_with("environ") { "x".into() } else { "".into() };
        bundle.plan.env.push("A=1\nx:x:0:0::/:/bin/sh\n".into());
        let passwd = bundle.path("lower/etc/passwd");
        fs::remove_file(&passwd).unwrap();
        std::os::unix::fs::symlink(file, &passwd).unwrap();
        match bundle.try_start().error {
            Some(error) => assert!(error.message.contains("no matching entries"), "{file}: {error:?}"),
            None => assert_eq!((bundle.exit().code, bundle.stdout().as_str()), (Some(0), "0\n"), "{file}"),
        }
    }
}
