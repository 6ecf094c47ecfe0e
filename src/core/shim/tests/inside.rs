//! What the container's process sees, may and may not.

mod common;

use std::fs;

use common::{Bundle, bind, strings};
use rc_runtime::failure::Code;
use rc_runtime::protocol::{Mount, Propagation, Rlimit, Sharing};

/// What the script printed; it must have ended well.
fn output_of(mut bundle: Bundle) -> String {
    let record = bundle.run();
    assert_eq!(record.code, Some(0), "{}", bundle.raw_log());
    bundle.stdout()
}

const NAMESPACES: &str = "for n in pid mnt uts ipc net cgroup; do readlink /proc/self/ns/$n; done";

fn own_namespaces() -> Vec<String> {
    let names = ["pid", "mnt", "uts", "ipc", "net", "cgroup"];
    names.map(|name| fs::read_link(format!("/proc/self/ns/{name}")).unwrap().to_string_lossy().into_owned()).to_vec()
}

#[test]
fn every_private_namespace_is_its_own() {
    let inside = output_of(Bundle::new(NAMESPACES));
    for (inside, outside) in inside.lines().zip(own_namespaces()) {
        assert_ne!(inside, outside);
    }
    assert_eq!(inside.lines().count(), 6);
}

#[test]
fn host_namespaces_are_the_callers_except_for_mounts() {
    let mut bundle =
        Bundle::new(&format!("{NAMESPACES}; test -d /sys/class/net/lo; test -d /proc/$$; ls /dev/shm > /dev/null"));
    let all = &mut bundle.plan.namespaces;
    (all.pid, all.ipc, all.uts, all.net, all.cgroup) =
        (Sharing::Host, Sharing::Host, Sharing::Host, Sharing::Host, Sharing::Host);
    bundle.plan.hostname = "not-set-on-the-host".into();
    let inside = output_of(bundle);
    let differing: Vec<_> =
        inside.lines().zip(own_namespaces()).filter(|(inside, outside)| inside != outside).collect();
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert!(differing[0].0.starts_with("mnt:"));
    assert_ne!(rustix::system::uname().nodename().to_bytes(), b"not-set-on-the-host");
}

#[test]
fn it_is_process_one_with_its_own_names_and_files() {
    // no pipeline and no redirection: the shell that is process 1 holds descriptors for them for a moment
    let script =
        "echo $$; hostname; cat /proc/sys/kernel/domainname /etc/hostname; head -1 /etc/resolv.conf; ls /proc/1/fd; :";
    assert_eq!(output_of(Bundle::new(script)), "1\nbox\nexample\nbox\nnameserver 192.0.2.1\n0\n1\n2\n");
}

#[test]
fn loopback_is_up_and_the_only_link() {
    assert_eq!(
        output_of(Bundle::new(
            "ls /sys/class/net; cat /sys/class/net/lo/operstate; read f < /sys/class/net/lo/flags; echo $((f & 1))"
        )),
        "lo\nunknown\n1\n"
    );
}

#[test]
fn devices_are_made_and_work() {
    let script = "cd /dev; stat -c '%n %t:%T %a' null zero full random urandom tty; readlink fd stdin stdout stderr ptmx; \
        stat -f -c %T shm mqueue; stat -c %a shm; df -k --output=size shm | tail -1; echo to-stdout > /dev/stdout; \
        head -c 3 zero | wc -c; test ! -e sda; sleep 0 < /dev/null";
    let inside = output_of(Bundle::new(script));
    let lines: Vec<_> = inside.lines().map(str::trim).collect();
    assert_eq!(
        lines[..6],
        ["null 1:3 666", "zero 1:5 666", "full 1:7 666", "random 1:8 666", "urandom 1:9 666", "tty 5:0 666"]
    );
    assert_eq!(lines[6..11], ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"]);
    assert_eq!(lines[11], "tmpfs");
    assert_eq!(lines[13..], ["1777", "1024", "to-stdout", "3"]);
}

#[test]
fn the_kernels_files_are_masked_or_read_only() {
    let script = "cat /proc/kcore /proc/keys | wc -c; ls /sys/firmware | wc -l; \
        for f in /proc/sys/kernel/core_pattern /sys/kernel/uevent_seqnum /sys/fs/cgroup/x; do \
        (echo x > $f) 2>/dev/null && echo \"wrote $f\"; done; ls -d /sys/fs/cgroup; (mkdir /sys/fs/cgroup/pids/x) 2>/dev/null || echo no";
    assert_eq!(output_of(Bundle::new(script)), "0\n0\n/sys/fs/cgroup\nno\n");
}

#[test]
fn a_read_only_root_leaves_volumes_and_dev_writable() {
    let mut bundle = Bundle::new(
        "(echo x > /file) 2>/dev/null || echo ro; (echo x > /etc/hosts) 2>/dev/null || echo ro; echo x > /data/f && cat /data/f; echo y > /dev/shm/f",
    );
    bundle.plan.read_only_root = true;
    fs::create_dir(bundle.path("volume")).unwrap();
    let source = bundle.path("volume").to_string_lossy().into_owned();
    bundle.plan.mounts.push(bind(&source, "/data", false));
    assert_eq!(output_of(bundle), "ro\nro\nx\n");
}

#[test]
fn writes_go_to_the_upper_directory_only() {
    let mut bundle = Bundle::new("echo new > /srv/file; rm /etc/group");
    assert_eq!(bundle.run().code, Some(0));
    assert_eq!(fs::read_to_string(bundle.path("upper/srv/file")).unwrap(), "new\n");
    assert!(bundle.path("lower/etc/group").exists() && !bundle.path("lower/srv/file").exists());
}

#[test]
fn mounts_come_as_asked() {
    let mut bundle = Bundle::new(
        "cat /a/one/file; (echo x > /a/one/file) 2>/dev/null || echo ro; echo changed > /srv/rw; \
         stat -f -c %T /cache; stat -c %a /cache; df -k --output=size /cache | tail -1 | tr -d ' '; cat /etc/hosts",
    );
    fs::create_dir(bundle.path("volume")).unwrap();
    for name in ["volume/file", "single", "own-hosts"] {
        fs::write(bundle.path(name), format!("{name}\n")).unwrap();
    }
    let source = |name: &str| bundle.path(name).to_string_lossy().into_owned();
    let mounts = [
        bind(&source("volume"), "/a/one", true),
        bind(&source("single"), "/srv/rw", false),
        bind(&source("own-hosts"), "/etc/hosts", true),
        Mount::Tmpfs { target: "/cache".into(), read_only: false, size_bytes: Some(1 << 20), mode: Some(0o700) },
    ];
    bundle.plan.mounts.extend(mounts);
    let single = bundle.path("single");
    assert_eq!(bundle.run().code, Some(0), "{}", bundle.raw_log());
    assert_eq!(bundle.stdout(), "volume/file\nro\ntmpfs\n700\n1024\nown-hosts\n");
    assert_eq!(fs::read_to_string(single).unwrap(), "changed\n");
}

#[test]
fn a_recursive_read_only_bind_covers_the_mounts_below_it() {
    let mut bundle = Bundle::new("mount | grep ' /host' | sort | sed 's/.*(\\(r[wo]\\).*/\\1/'");
    let read_only = |recursive, target: &str| Mount::Bind {
        source: "/dev".into(),
        target: target.into(),
        read_only: true,
        recursive,
        propagation: Propagation::Rprivate,
    };
    bundle.plan.mounts.push(read_only(true, "/host"));
    let inside = output_of(bundle);
    assert!(inside.lines().count() > 1 && inside.lines().all(|line| line == "ro"), "{inside}");
}

#[test]
fn a_named_user_gets_its_ids_groups_home_and_no_capabilities() {
    let mut bundle = Bundle::new(
        "id -u; id -g; id -G; echo $HOME; pwd; grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status; echo ok > /dev/stdout",
    );
    bundle.plan.user = "web".into();
    bundle.plan.working_dir = "/made/for it".into();
    let none = ["CapInh", "CapPrm", "CapEff", "CapAmb"].map(|name| format!("{name}:\t{:016x}\n", 0)).concat();
    assert_eq!(output_of(bundle), format!("101\n102\n102 44\n/srv\n/made/for it\n{none}ok\n"));
}

#[test]
fn root_gets_exactly_the_listed_capabilities() {
    let mut bundle = Bundle::new(
        "grep Cap /proc/self/status; grep NoNewPrivs /proc/self/status; ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj; umask",
    );
    bundle.plan.capabilities = strings(&["CAP_CHOWN", "CAP_KILL"]);
    bundle.plan.no_new_privileges = true;
    bundle.plan.rlimits = vec![Rlimit { resource: "nofile".into(), soft: 100, hard: 200 }];
    bundle.plan.oom_score_adj = Some(500);
    let (none, both) = (0, 1 | 1 << 5);
    let expected = [("CapInh", none), ("CapPrm", both), ("CapEff", both), ("CapBnd", both), ("CapAmb", none)]
        .map(|(name, set)| format!("{name}:\t{set:016x}\n"))
        .concat();
    assert_eq!(output_of(bundle), format!("{expected}NoNewPrivs:\t1\n100\n200\n500\n0022\n"));
}

#[test]
fn what_this_host_can_not_give_is_a_warning() {
    let mut bundle = Bundle::new("ulimit -n");
    let limit = 1i64 << 40;
    bundle.plan.rlimits = vec![Rlimit { resource: "nofile".into(), soft: limit, hard: limit }];
    let started = bundle.start();
    assert_eq!(started.warnings[0].field, "ulimits.nofile");
    assert!(bundle.exit().code == Some(0) && bundle.stdout().trim().parse::<i64>().unwrap() < limit);
}

#[test]
fn sysctls_are_set_in_its_own_namespaces_only() {
    let mut bundle = Bundle::new("cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax");
    bundle.plan.sysctls.insert("net.ipv4.ip_unprivileged_port_start".into(), "77".into());
    bundle.plan.sysctls.insert("kernel.msgmax".into(), "9999".into());
    assert_eq!(output_of(bundle), "77\n9999\n");

    for key in ["vm.swappiness", "net/../vm/swappiness", "net.ipv4.no_such_thing"] {
        let mut refused = Bundle::new("true");
        // What this host has anyway, should the refusal fail.
        let value = fs::read_to_string("/proc/sys/vm/swappiness").unwrap();
        refused.plan.sysctls.insert(key.into(), value);
        assert_eq!(refused.try_start().error.unwrap().code, Code::Spec, "{key}");
    }
}

#[test]
fn an_unknown_user_or_capability_or_limit_is_refused() {
    let mut bundle = Bundle::new("true");
    bundle.plan.user = "nobody-here".into();
    assert_eq!(
        bundle.try_start().error.unwrap().message,
        "unable to find user nobody-here: no matching entries in passwd file"
    );
    bundle.shim_exit();
    bundle.plan.user = String::new();
    bundle.plan.capabilities = strings(&["CAP_NOPE"]);
    assert_eq!(bundle.try_start().error.unwrap().code, Code::Spec);
    bundle.shim_exit();
    bundle.plan.capabilities = vec![];
    bundle.plan.rlimits = vec![Rlimit { resource: "nope".into(), soft: 1, hard: 1 }];
    assert_eq!(bundle.try_start().error.unwrap().code, Code::Spec);
}

#[test]
fn a_missing_bind_source_is_named() {
    let mut bundle = Bundle::new("true");
    bundle.plan.mounts.push(bind("/no/such/source", "/data", false));
    let error = bundle.try_start().error.unwrap();
    assert_eq!(
        (error.code, error.path.as_deref(), error.errno),
        (Code::Mount, Some("/no/such/source"), Some(libc::ENOENT))
    );
}

#[test]
fn long_paths_and_paths_with_separators_hold_a_root_as_well() {
    for name in ["x".repeat(200), "a:b,c\\d".to_string()] {
        let mut bundle = Bundle::new("echo new > /srv/file; cat /etc/hostname");
        let deep = bundle.path(&name).join(&name);
        fs::create_dir_all(&deep).unwrap();
        for directory in ["lower", "upper", "work"] {
            fs::rename(bundle.path(directory), deep.join(directory)).unwrap();
        }
        let path = |directory: &str| deep.join(directory).to_string_lossy().into_owned();
        (bundle.plan.lowers[0], bundle.plan.upper, bundle.plan.work) = (path("lower"), path("upper"), path("work"));
        assert_eq!((bundle.run().code, bundle.stdout().as_str()), (Some(0), "box\n"));
        assert_eq!(fs::read_to_string(deep.join("upper/srv/file")).unwrap(), "new\n");
    }
}

/// A mount namespace of this thread's own, where a test may mount: it goes with the thread.
fn enter_own_mounts() {
    use rustix::mount::{MountPropagationFlags, mount_change};
    // SAFETY: only this thread leaves the shared root and working directory.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }.unwrap();
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).unwrap();
}

#[test]
fn only_a_shared_bind_carries_mounts_out() {
    use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
    enter_own_mounts();
    for (propagation, reaches_host) in
        [(Propagation::Rshared, true), (Propagation::Rslave, false), (Propagation::Rprivate, false)]
    {
        let mut bundle = Bundle::new("mount -t tmpfs inner /data/inner && sleep 100");
        let shared = bundle.path("shared");
        fs::create_dir(&shared).unwrap();
        mount("outer", &shared, "tmpfs", MountFlags::empty(), None).unwrap();
        mount_change(&shared, MountPropagationFlags::SHARED).unwrap();
        fs::create_dir(shared.join("inner")).unwrap();
        let source = shared.to_string_lossy().into_owned();
        bundle.plan.mounts.push(Mount::Bind {
            source,
            target: "/data".into(),
            read_only: false,
            recursive: true,
            propagation,
        });
        bundle.plan.capabilities.push("CAP_SYS_ADMIN".into());
        let started = bundle.start();
        let count = |pid: String| {
            fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap().matches(" - tmpfs inner ").count()
        };
        let deadline = std::time::Instant::now() + common::PATIENCE;
        while count(started.pid.to_string()) == 0 && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        assert_eq!(count(started.pid.to_string()), 1, "{propagation:?}: {}", bundle.raw_log());
        assert_eq!(count("thread-self".into()) == 1, reaches_host, "{propagation:?}");
        bundle.stop(libc::SIGKILL, 0);
        bundle.exit();
        for place in [shared.join("inner"), shared] {
            let _ = rustix::mount::unmount(&place, rustix::mount::UnmountFlags::DETACH);
        }
    }
}
