//! A container per test on the real kernel: a small root whose programs come from the host's /usr, and the built shim.
//! Needs root. Everything lives below one temporary directory and goes with it.
#![allow(dead_code)]

pub mod cgroups;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rc_runtime::process::boot_id;
use rc_runtime::protocol::{
    ExitRecord, Files, Log, Mount, Namespaces, Propagation, Report, Sharing, StartPlan, Started, State, Verb,
};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv, send, socket_with,
};

/// A machine that does much else may be slow; nothing is promised by it.
pub const PATIENCE: Duration = Duration::from_secs(60);

static NEXT: AtomicU32 = AtomicU32::new(0);

pub struct Bundle {
    pub dir: PathBuf,
    pub plan: StartPlan,
    shim: Option<Child>,
    started: Option<Started>,
}

fn hex(seed: u64, length: usize) -> String {
    format!("{seed:0length$x}")
}

/// A root with the usual links into /usr, which is bound read-only from the host.
fn make_root(lower: &Path) {
    for directory in ["etc", "usr", "tmp", "srv"] {
        fs::create_dir_all(lower.join(directory)).unwrap();
    }
    for name in ["bin", "sbin", "lib", "lib64"] {
        symlink(format!("usr/{name}"), lower.join(name)).unwrap();
    }
    fs::write(lower.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nweb:x:101:102::/srv:/bin/sh\n").unwrap();
    fs::write(lower.join("etc/group"), "root:x:0:\nweb:x:102:\nmedia:x:44:web\n").unwrap();
}

impl Bundle {
    pub fn new(script: &str) -> Bundle {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let seed = u64::from(std::process::id()) << 16 | u64::from(number);
        let dir = std::env::temp_dir().join(format!("reconcile-shim-test-{seed:x}"));
        for directory in ["lower", "upper", "work", "run", "container", "files"] {
            fs::create_dir_all(dir.join(directory)).unwrap();
        }
        make_root(&dir.join("lower"));
        for (name, text) in
            [("hostname", "box\n"), ("hosts", "127.0.0.1\tlocalhost\n"), ("resolv.conf", "nameserver 192.0.2.1\n")]
        {
            fs::write(dir.join("files").join(name), text).unwrap();
        }
        let plan = plan_in(&dir, hex(seed, 64), hex(seed, 12), script);
        Bundle { dir, plan, shim: None, started: None }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn spawn(&mut self, verb: &str) -> Report {
        let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
        let raw = writer.as_raw_fd();
        let mut command = Command::new(env!("CARGO_BIN_EXE_reconcile-shim"));
        command.args([verb, &self.plan.container_run_dir]).current_dir("/");
        // SAFETY: dup2 and fcntl only. A copy onto itself would keep close-on-exec, hence the second call.
        unsafe {
            command.pre_exec(move || {
                libc::dup2(raw, 3);
                libc::fcntl(3, libc::F_SETFD, 0);
                Ok(())
            })
        };
        self.shim = Some(command.spawn().unwrap());
        drop(writer);
        let mut line = String::new();
        BufReader::new(File::from(reader)).read_line(&mut line).unwrap();
        let report: Report = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        self.started = report.started.clone().or(self.started.take());
        report
    }

    pub fn try_start(&mut self) -> Report {
        fs::write(self.path("run/plan"), serde_json::to_vec(&self.plan).unwrap()).unwrap();
        self.spawn("run")
    }

    pub fn start(&mut self) -> Started {
        let report = self.try_start();
        report.started.unwrap_or_else(|| panic!("{:?}", report.error))
    }

    pub fn adopt(&mut self) -> Report {
        self.spawn("adopt")
    }

    /// Ends the shim as a crash would.
    pub fn kill_shim(&mut self) {
        let mut shim = self.shim.take().unwrap();
        shim.kill().unwrap();
        shim.wait().unwrap();
    }

    pub fn shim_exit(&mut self) -> i32 {
        let mut shim = self.shim.take().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = shim.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            if Instant::now() > deadline {
                self.shim = Some(shim);
                panic!("the shim does not end");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits for the end; the record must be there and the run directory gone.
    pub fn exit(&mut self) -> ExitRecord {
        assert_eq!(self.shim_exit(), 0);
        assert!(!self.path("run").exists(), "the run directory is left");
        serde_json::from_slice(&fs::read(self.path("container/exit.json")).unwrap()).unwrap()
    }

    pub fn run(&mut self) -> ExitRecord {
        self.start();
        self.exit()
    }

    pub fn raw_log(&self) -> String {
        fs::read_to_string(self.path("container/log")).unwrap()
    }

    /// The text of one stream; what is being written isn't there yet.
    pub fn log_of(&self, stream: &str) -> String {
        let records = self.raw_log();
        let whole = records.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let records = whole.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        records
            .filter(|record| record["stream"] == stream)
            .map(|record| record["log"].as_str().unwrap().to_string())
            .collect()
    }

    pub fn stdout(&self) -> String {
        self.log_of("stdout")
    }

    pub fn wait_for_log(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.stdout().contains(text) {
            assert!(Instant::now() < deadline, "{text:?} is not in the log: {}", self.raw_log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn ask(&self, verb: &Verb) -> serde_json::Value {
        let socket: OwnedFd =
            socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        connect(&socket, &SocketAddrUnix::new(self.path("run/sock")).unwrap()).unwrap();
        send(&socket, &serde_json::to_vec(verb).unwrap(), SendFlags::empty()).unwrap();
        let mut packet = vec![0; 65536];
        let (length, _) = recv(&socket, &mut packet[..], RecvFlags::empty()).unwrap();
        serde_json::from_slice(&packet[..length]).unwrap()
    }

    pub fn stop(&self, signal: i32, grace_ms: u64) {
        assert_eq!(self.ask(&Verb::Stop { signal, grace_ms }), serde_json::json!({"ok": true}));
    }

    pub fn state(&self) -> State {
        serde_json::from_slice(&fs::read(self.path("run/state")).unwrap()).unwrap()
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let alive = self
            .started
            .as_ref()
            .and_then(|started| rc_runtime::process::open_identified(started.pid, started.start_ticks).ok());
        if let Some(pidfd) = alive {
            let _ = rc_runtime::sys::signal_by_pidfd(&pidfd, libc::SIGKILL);
        }
        if let Some(mut shim) = self.shim.take() {
            std::thread::sleep(Duration::from_millis(50));
            let _ = shim.kill();
            let _ = shim.wait();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Orphans become the test's, as they would become init's; each is reaped by its own test.
pub fn be_their_init() {
    // SAFETY: sets a flag of this process.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

pub fn reap(pid: i32) {
    // SAFETY: a null status is allowed.
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
}

pub fn bind(source: &str, target: &str, read_only: bool) -> Mount {
    let (source, target) = (source.to_string(), target.to_string());
    Mount::Bind { source, target, read_only, recursive: true, propagation: Propagation::Rprivate }
}

pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| text.to_string()).collect()
}

const DOCKER_CAPABILITIES: [&str; 14] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FSETID",
    "CAP_FOWNER",
    "CAP_MKNOD",
    "CAP_NET_RAW",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETFCAP",
    "CAP_SETPCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT",
    "CAP_KILL",
    "CAP_AUDIT_WRITE",
];

fn plan_in(dir: &Path, container_id: String, root_id: String, script: &str) -> StartPlan {
    let path = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let private = Sharing::Private;
    StartPlan {
        joins: vec![],
        version: 1,
        container_id,
        name: "test/box".into(),
        root_id,
        boot_id: boot_id().unwrap(),
        shim_cgroup: None,
        container_run_dir: path("run"),
        container_dir: path("container"),
        lowers: vec![path("lower")],
        upper: path("upper"),
        work: path("work"),
        args: strings(&["sh", "-c", script]),
        env: strings(&["PATH=/usr/local/bin:/usr/bin:/bin"]),
        user: String::new(),
        working_dir: "/".into(),
        hostname: "box".into(),
        domainname: "example".into(),
        namespaces: Namespaces { pid: private, ipc: private, uts: private, net: private, cgroup: private },
        mounts: vec![bind("/usr", "/usr", true)],
        files: Files {
            hostname: path("files/hostname"),
            hosts: path("files/hosts"),
            resolv_conf: path("files/resolv.conf"),
        },
        capabilities: strings(&DOCKER_CAPABILITIES),
        no_new_privileges: false,
        read_only_root: false,
        masked_paths: strings(&["/proc/kcore", "/proc/keys", "/proc/acpi", "/sys/firmware"]),
        readonly_paths: strings(&["/proc/sys", "/proc/bus"]),
        sysctls: Default::default(),
        rlimits: vec![],
        oom_score_adj: None,
        init: false,
        tty: false,
        shm_size_bytes: 1 << 20,
        cgroups: vec![],
        log: Log { path: path("container/log"), max_size_bytes: None, max_file: 1 },
        exit_path: path("container/exit.json"),
        metadata_db: path("metadata.db"),
        record: None,
        interfaces: vec![],
        names: None,
        resolver: None,
        proxied: vec![],
        proxy: None,
    }
}
