//! `tty`: the first process has a terminal of its own, and whoever attaches sees it and types into it.

mod common;

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use common::{Bundle, PATIENCE, be_their_init, reap};
use rc_runtime::protocol::{Verb, viewing};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv, send, socket_with,
};

fn with_terminal(script: &str) -> Bundle {
    let mut bundle = Bundle::new(script);
    bundle.plan.tty = true;
    bundle
}

struct Viewer(OwnedFd);

impl Viewer {
    fn connect(bundle: &Bundle) -> Viewer {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).unwrap();
        connect(&socket, &SocketAddrUnix::new(bundle.path("run/sock")).unwrap()).unwrap();
        rustix::io::ioctl_fionbio(&socket, true).unwrap();
        Viewer(socket)
    }

    fn of(bundle: &Bundle) -> Viewer {
        let viewer = Viewer::connect(bundle);
        viewer.send(&serde_json::to_vec(&Verb::Attach { rows: 30, columns: 100 }).unwrap());
        assert_eq!(viewer.next().unwrap(), br#"{"ok":true}"#);
        viewer
    }

    fn send(&self, packet: &[u8]) {
        send(&self.0, packet, SendFlags::NOSIGNAL).unwrap();
    }

    fn types(&self, keys: &str) {
        self.send(&[&[viewing::INPUT], keys.as_bytes()].concat());
    }

    /// None: it is over.
    fn next(&self) -> Option<Vec<u8>> {
        let deadline = Instant::now() + PATIENCE;
        let mut packet = vec![0; 65536];
        loop {
            match recv(&self.0, &mut packet[..], RecvFlags::empty()) {
                Ok((0, _)) | Err(rustix::io::Errno::CONNRESET) => return None,
                Ok((length, _)) => return Some(packet[..length].to_vec()),
                Err(rustix::io::Errno::AGAIN) => std::thread::sleep(Duration::from_millis(1)),
                Err(errno) => panic!("{errno}"),
            }
            assert!(Instant::now() < deadline, "nothing comes");
        }
    }

    fn sees(&self, text: &str) -> String {
        let mut seen = String::new();
        while !seen.contains(text) {
            let packet = self.next().unwrap_or_else(|| panic!("no {text:?} in {seen:?}"));
            assert_eq!(packet[0], viewing::STDOUT, "{packet:?}");
            seen += &String::from_utf8_lossy(&packet[1..]);
        }
        seen
    }
}

#[test]
fn the_first_process_has_a_controlling_terminal_of_its_own_and_its_log_is_what_it_shows() {
    for init in [false, true] {
        let mut bundle = with_terminal(
            "tty; stty size; for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done; stat -c %u:%g:%a /dev/pts/0
            echo to tty >/dev/tty; echo to console >/dev/console; echo error >&2; ls /proc/self/fd | tr '\\n' ' '; exit 4",
        );
        bundle.plan.init = init;
        bundle.plan.user = "web".into();
        assert_eq!(bundle.run().code, Some(4));
        let lines = "/dev/pts/0\r\n24 80\r\n/dev/pts/0\r\n/dev/pts/0\r\n/dev/pts/0\r\n101:5:620\r\nto tty\r\nto console\r\nerror\r\n0 1 2 3 ";
        assert_eq!(bundle.stdout(), lines, "init {init}");
        assert_eq!(bundle.log_of("stderr"), "");
    }
}

#[test]
fn several_see_the_same_type_into_it_and_set_its_size() {
    let mut bundle = with_terminal("trap 'stty size' WINCH; echo ready; while read line; do echo got $line; done");
    bundle.plan.args[0] = "bash".into();
    bundle.plan.init = true;
    bundle.start();
    bundle.wait_for_log("ready");
    let (one, two) = (Viewer::of(&bundle), Viewer::of(&bundle));
    one.types("hello\r");
    one.sees("got hello\r\n");
    two.sees("got hello\r\n");
    two.send(&[viewing::SIZE, 40, 0, 0x2c, 1]);
    two.types("again\r");
    assert!(one.sees("got again\r\n").contains("40 300\r\n"));
    drop(two);
    one.types("x\x03");
    assert_eq!(bundle.exit().code, Some(130), "Ctrl-C is the terminal's signal");
    let mut last = vec![];
    while let Some(packet) = one.next() {
        last = packet;
    }
    assert_eq!(last, [&[viewing::EXITED], &b"130"[..]].concat());
}

fn resident_kib(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What it was shown, and how many bytes not, until it has seen the end of it.
fn seen_by(viewer: &Viewer) -> (String, usize) {
    let (mut shown, mut skipped) = (String::new(), 0);
    while !shown.ends_with("\r\nend\r\n") {
        let packet = viewer.next().unwrap();
        let text = String::from_utf8_lossy(&packet[1..]).into_owned();
        match packet[0] {
            viewing::SKIPPED => skipped += text.parse::<usize>().unwrap(),
            _ => shown += &text,
        }
    }
    (shown, skipped)
}

#[test]
fn a_viewer_that_takes_nothing_holds_up_nobody_and_then_is_told_what_it_missed_and_sees_the_newest() {
    let mut bundle = with_terminal("read go; seq 200000; echo end; read go");
    bundle.start();
    let (slow, quick) = (Viewer::of(&bundle), Viewer::of(&bundle));
    quick.types("\r");
    let written: usize = (1..=200_000).map(|number: u32| number.to_string().len() + 2).sum();
    let whole = "\r\n".len() + written + "end\r\n".len();
    // The machine may be slow enough for the quick one to miss something, too.
    let (shown, skipped) = seen_by(&quick);
    assert_eq!(shown.len() + skipped, whole);
    bundle.wait_for_log("end\r\n");
    let (shown, skipped) = seen_by(&slow);
    assert_eq!(shown.len() + skipped, whole);
    assert!(skipped > 100_000, "{skipped}");
    quick.types("\r");
    assert_eq!(bundle.exit().code, Some(0));
}

#[test]
fn keys_that_nobody_reads_are_kept_back_and_the_shim_still_answers() {
    let mut bundle = with_terminal("stty raw -echo; echo ready; sleep 0.5; head -c 300000 | wc -c; exit 6");
    bundle.start();
    let viewer = Viewer::of(&bundle);
    bundle.wait_for_log("ready");
    let keys = [&[viewing::INPUT], &[b'k'; 4096][..]].concat();
    let mut sent = 0;
    let deadline = Instant::now() + PATIENCE;
    while sent < 300_000 && Instant::now() < deadline {
        match send(&viewer.0, &keys, SendFlags::NOSIGNAL) {
            Ok(_) => sent += 4096,
            Err(_) => {
                assert_eq!(bundle.ask(&Verb::Hello)["containerId"], bundle.plan.container_id);
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    assert_eq!(bundle.exit().code, Some(6));
    assert!(bundle.stdout().contains("300000"), "{}", bundle.stdout());
}

#[test]
fn a_container_without_a_terminal_can_be_watched() {
    let mut bundle = Bundle::new("while [ ! -e /tmp/go ]; do sleep 0.01; done; echo out; echo err >&2; exit 7");
    bundle.start();
    let viewer = Viewer::of(&bundle);
    viewer.types("ignored");
    std::fs::create_dir_all(bundle.path("upper/tmp")).unwrap();
    std::fs::write(format!("/proc/{}/root/tmp/go", bundle.state().started.pid), "").unwrap();
    let mut packets: Vec<Vec<u8>> = std::iter::from_fn(|| viewer.next()).collect();
    packets.sort();
    assert_eq!(packets, [b"eerr\n".to_vec(), b"oout\n".to_vec(), b"x7".to_vec()]);
    assert_eq!(bundle.exit().code, Some(7));
}

#[test]
fn a_terminal_that_its_processes_close_and_open_again_still_shows_and_costs_nothing() {
    let mut bundle = with_terminal(
        "trap '' HUP; exec 3</dev/null; echo one; exec <&3 >/dev/null 2>&1; sleep 0.3; echo two >/dev/console; sleep 0.1",
    );
    bundle.start();
    bundle.wait_for_log("one");
    let shim = bundle.state().started.shim_pid;
    let ticks = || -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{shim}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let before = ticks();
    std::thread::sleep(Duration::from_millis(250));
    assert!(ticks() - before < 8, "the shim spins");
    assert_eq!(bundle.exit().code, Some(0));
    assert_eq!(bundle.stdout(), "one\r\ntwo\r\n");
}

#[test]
fn a_terminal_ends_with_its_shim_and_what_goes_on_without_it_has_none_to_attach_to() {
    be_their_init();
    let mut bundle = with_terminal("trap '' HUP; echo ready; while [ ! -e /tmp/go ]; do sleep 0.01; done; exit 3");
    let pid = bundle.start().pid;
    bundle.wait_for_log("ready");
    bundle.kill_shim();
    assert!(bundle.adopt().ok);
    assert_eq!(bundle.ask(&Verb::Attach { rows: 1, columns: 1 })["error"]["code"], "E_GONE");
    std::fs::write(format!("/proc/{pid}/root/tmp/go"), "").unwrap();
    assert_eq!(bundle.exit().code, Some(3));
    reap(pid);

    let mut bundle = with_terminal("echo ready; sleep 1000");
    bundle.plan.init = true;
    let pid = bundle.start().pid;
    bundle.wait_for_log("ready");
    bundle.kill_shim();
    assert!(bundle.adopt().ok);
    assert_eq!(bundle.exit().code, Some(129), "the kernel hangs up");
    reap(pid);
}

#[test]
fn garbage_hurts_neither_shim_nor_container_and_keeps_nobody_out() {
    let mut bundle = with_terminal("echo ready; read line; exit 5");
    bundle.start();
    bundle.wait_for_log("ready");
    let shim = bundle.state().started.shim_pid;
    let before = resident_kib(shim);
    let mut seed = 1u64;
    let mut random = |length: usize| -> Vec<u8> {
        let next = |_| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as u8
        };
        (0..length).map(next).collect()
    };
    let mut held = vec![];
    for number in 0..1000usize {
        let client = Viewer::connect(&bundle);
        let packet = match number % 5 {
            0 => random(1 + number % 300),
            1 => random(100_000),
            2 => br#"{"verb":"attach","rows":"#.to_vec(),
            3 => format!(r#"{{"verb":"{}"}}"#, "\u{1}".repeat(60_000)).into_bytes(),
            _ => "[".repeat(60_000).into_bytes(),
        };
        let _ = send(&client.0, &packet, SendFlags::NOSIGNAL);
        // Many stay, and say nothing more.
        held.push(client);
        if number % 100 == 99 {
            assert_eq!(bundle.ask(&Verb::Hello)["containerId"], bundle.plan.container_id);
        }
    }
    let attached: Vec<Viewer> = (0..16).map(|_| Viewer::of(&bundle)).collect();
    let refused = bundle.ask(&Verb::Attach { rows: 1, columns: 1 });
    assert_eq!(refused["error"]["code"], "E_BUSY");
    attached[1..].iter().for_each(|viewer| {
        let _ = send(&viewer.0, &random(500), SendFlags::NOSIGNAL);
    });
    let after = resident_kib(shim);
    assert!(after < before + 1024, "{before} KiB became {after}");
    attached[0].types("\r");
    assert_eq!(bundle.exit().code, Some(5));
}
