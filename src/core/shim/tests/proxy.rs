//! The proxy as a process: what comes through it, who replaces it, what hostile programs get, when it ends.

mod daemons;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rc_runtime::daemon::{Asked, Link};
use rc_runtime::failure::Code;
use rc_runtime::process::{open_identified, start_ticks};
use rc_runtime::protocol::Report;
use rc_runtime::proxy::{Member, Proxy, Served};
use rc_runtime::sys::loopback_up;

use daemons::{PATIENCE, eventually, start};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A host's network of a test's own, in its thread; `child` stands for a container that listens on this loopback, too.
struct Place {
    dir: PathBuf,
    member: Member,
    child: Child,
    proxies: Vec<Child>,
}

impl Place {
    fn new() -> Place {
        // SAFETY: of this thread alone.
        assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWNET) }, 0);
        loopback_up().unwrap();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("reconcile-proxy-test-{}-{number}", std::process::id()));
        fs::create_dir_all(dir.join("proxy")).unwrap();
        fs::write(dir.join("proxy/config"), r#"{"rootId":"none"}"#).unwrap();
        let child = Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id() as i32;
        let member =
            Member { container_id: "a".repeat(64), pid, start_ticks: start_ticks(pid).unwrap(), sockets: vec![] };
        Place { dir, member, child, proxies: vec![] }
    }

    fn started(sockets: &[&str]) -> Place {
        let mut place = Place::new();
        let report = place.start("proxy");
        assert!(report.ok, "{:?}", report.error);
        place.serve(sockets).unwrap();
        place
    }

    fn start(&mut self, verb: &str) -> Report {
        let (child, report) = start(verb, &self.dir.join("proxy"));
        self.proxies.push(child);
        report
    }

    fn link(&self) -> Link<Proxy> {
        Link::open(&self.dir.join("proxy"), PATIENCE).unwrap().expect("nobody listens")
    }

    fn serve(&mut self, sockets: &[&str]) -> Result<(), rc_runtime::failure::Failure> {
        self.member.sockets = sockets.iter().map(ToString::to_string).collect();
        self.link().serve(self.member.clone(), self.pidfd())
    }

    fn served(&self) -> Vec<Served> {
        self.link().ask(&Asked::Hello, None).unwrap().unwrap().served
    }

    fn pidfd(&self) -> OwnedFd {
        open_identified(self.member.pid, self.member.start_ticks).unwrap()
    }

    fn ends(&mut self, index: usize) -> bool {
        eventually(|| self.proxies[index].try_wait().unwrap().is_some())
    }

    fn resident_bytes(&self) -> usize {
        let text = fs::read_to_string(format!("/proc/{}/status", self.proxies[0].id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// What it used of a processor until now, in hundredths of a second.
    fn ticks(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.proxies[0].id())).unwrap();
        let words: Vec<u64> =
            text.rsplit(") ").next().unwrap().split(' ').filter_map(|word| word.parse().ok()).collect();
        words[10] + words[11]
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for child in self.proxies.iter_mut().chain([&mut self.child]) {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Each connection gets what it sends, and its end.
fn echo(address: &str) {
    echo_at(TcpListener::bind(address).unwrap());
}

fn echo_at(listener: TcpListener) {
    spawn(move || {
        for stream in listener.incoming().flatten() {
            spawn(move || {
                let (mut from, mut to) = (stream.try_clone().unwrap(), stream);
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    });
}

/// The network of a thread is its maker's.
fn spawn(work: impl FnOnce() + Send + 'static) {
    std::thread::spawn(work);
}

fn connected(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn answers(stream: &mut TcpStream) -> bool {
    let mut answer = [0; 4];
    stream.write_all(b"ping").is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"ping"
}

fn is_refused(address: &str) -> bool {
    TcpStream::connect(address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Its end came as a reset, in time.
fn is_reset(stream: &mut TcpStream) -> bool {
    stream.read(&mut [0; 1]).is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
}

fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x5eed_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..count).map(|_| next()).collect()
}

const ON_LOOPBACK: &str = "tcp [::1]:8080 127.0.0.1:80";

#[test]
fn bytes_come_both_ways_whole_and_so_does_each_end() {
    let _place = Place::started(&[ON_LOOPBACK, "tcp 127.0.0.1:8081 127.0.0.1:81"]);
    echo("127.0.0.1:80");
    let sent = noise(24 << 20);
    let mut stream = connected("[::1]:8080");
    let mut writer = stream.try_clone().unwrap();
    let bytes = sent.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(&bytes).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut came = vec![];
    stream.read_to_end(&mut came).unwrap();
    writing.join().unwrap();
    assert!(came == sent, "{} of {} bytes, or others", came.len(), sent.len());
    // A server that ends first, and reads on.
    let listener = TcpListener::bind("127.0.0.1:81").unwrap();
    let mut stream = connected("127.0.0.1:8081");
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(b"first").unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    let mut first = vec![];
    stream.read_to_end(&mut first).unwrap();
    stream.write_all(b"after").unwrap();
    drop(stream);
    let mut after = vec![];
    server.read_to_end(&mut after).unwrap();
    assert_eq!((&first[..], &after[..]), (&b"first"[..], &b"after"[..]));
}

#[test]
fn who_has_no_container_to_talk_to_is_reset_and_so_is_each_peer_of_one_that_was() {
    let _place = Place::started(&[ON_LOOPBACK]);
    assert!(is_reset(&mut connected("[::1]:8080")), "nobody listens there");
    let listener = TcpListener::bind("127.0.0.1:80").unwrap();
    let mut stream = connected("[::1]:8080");
    let (server, _) = listener.accept().unwrap();
    rustix::net::sockopt::set_socket_linger(&server, Some(Duration::ZERO)).unwrap();
    drop(server);
    assert!(is_reset(&mut stream));
}

#[test]
fn other_ports_are_taken_and_given_up_in_place() {
    let mut place = Place::started(&[ON_LOOPBACK, "tcp [::1]:9000-9001 127.0.0.1:80-81"]);
    echo("127.0.0.1:80");
    echo("127.0.0.1:81");
    let (mut kept, mut closed) = (connected("[::1]:8080"), connected("[::1]:9001"));
    assert!(answers(&mut kept) && answers(&mut closed));
    place.serve(&[ON_LOOPBACK, "tcp [::1]:9000 127.0.0.1:81", "tcp [::1]:9002 127.0.0.1:81"]).unwrap();
    assert!(answers(&mut kept));
    assert!(is_reset(&mut closed));
    assert!(is_refused("[::1]:9001"));
    assert!(answers(&mut connected("[::1]:9000")) && answers(&mut connected("[::1]:9002")));
}

#[test]
fn a_port_that_somebody_has_is_named_and_the_others_are_held() {
    let mut place = Place::new();
    assert!(place.start("proxy").ok);
    echo("127.0.0.1:80");
    let taken = TcpListener::bind("[::1]:9001").unwrap();
    let sockets = [ON_LOOPBACK, "tcp [::1]:9000-9002 127.0.0.1:80-82"];
    let failure = place.serve(&sockets).unwrap_err();
    assert_eq!((failure.code, failure.message.contains("[::1]:9001/tcp")), (Code::Busy, true), "{}", failure.message);
    assert!(answers(&mut connected("[::1]:8080")) && answers(&mut connected("[::1]:9000")));
    assert_eq!(place.served()[0].missing, [failure.message]);
    drop(taken);
    // A child of another test has it until its program begins.
    assert!(eventually(|| place.serve(&sockets).is_ok()));
    assert_eq!(place.served()[0].missing, [""; 0]);
}

#[test]
fn datagrams_go_and_come_from_the_address_that_was_asked_up_to_the_largest() {
    let _place = Place::started(&["udp [::]:5000 127.0.0.1:50", "udp 0.0.0.0:5001 127.0.0.1:51"]);
    let server = UdpSocket::bind("127.0.0.1:50").unwrap();
    spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok((count, from)) = server.recv_from(&mut buffer) {
            let _ = server.send_to(&buffer[..count], from);
        }
    });
    let client = UdpSocket::bind("[::1]:0").unwrap();
    client.connect("[::1]:5000").unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let (sent, mut came) = (noise(65507), vec![0; 65536]);
    for size in [0, 1, 65507] {
        client.send(&sent[..size]).unwrap();
        assert_eq!(client.recv(&mut came).unwrap(), size);
        assert!(came[..size] == sent[..size]);
    }
    // Nobody listens, then somebody does.
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect("127.0.0.1:5001").unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    for _ in 0..3 {
        client.send(b"lost").unwrap();
    }
    std::thread::sleep(Duration::from_millis(20));
    let late = UdpSocket::bind("127.0.0.1:51").unwrap();
    client.send(b"question").unwrap();
    let (count, from) = late.recv_from(&mut came).unwrap();
    late.send_to(&came[..count], from).unwrap();
    assert_eq!(client.recv(&mut came).unwrap(), 8);
}

#[test]
fn a_successor_takes_the_listeners_and_open_connections_stay_where_they_are() {
    let mut place = Place::started(&[ON_LOOPBACK, "tcp [::1]:9000-9400 127.0.0.1:80-480"]);
    echo("127.0.0.1:80");
    let second = place.start("proxy");
    assert_eq!(second.error.map(|failure| failure.code), Some(Code::Busy));
    let mut open = connected("[::1]:8080");
    assert!(answers(&mut open));
    // Connects all the while.
    let connects = || (0..100).filter(|_| !answers(&mut connected("[::1]:8080"))).count();
    let clients = [(); 4].map(|()| std::thread::spawn(connects));
    let third = place.start("replace-proxy");
    assert!(third.ok, "{:?}", third.error);
    let lost: usize = clients.into_iter().map(|client| client.join().unwrap()).sum();
    assert_eq!(lost, 0, "connections that were refused, or that nobody went on with");
    assert!(answers(&mut open), "the old one goes on with it");
    assert!(answers(&mut connected("[::1]:8080")) && answers(&mut connected("[::1]:9000")));
    assert_eq!(place.served()[0].member, place.member);
    assert!(place.proxies[0].try_wait().unwrap().is_none());
    drop(open);
    assert!(place.ends(0), "the old one ends with its last connection");
    assert!(answers(&mut connected("[::1]:8080")));
}

#[test]
fn the_end_of_a_container_closes_its_ports_and_the_last_one_ends_the_proxy() {
    let mut place = Place::started(&[ON_LOOPBACK]);
    echo("127.0.0.1:80");
    let mut stream = connected("[::1]:8080");
    assert!(answers(&mut stream));
    place.child.kill().unwrap();
    place.child.wait().unwrap();
    assert!(place.ends(0));
    assert!(is_reset(&mut stream));
    assert!(is_refused("[::1]:8080"));
    assert!(!place.dir.join("proxy").exists());
}

#[test]
fn all_who_are_served_are_told_however_many_they_are() {
    let place = Place::started(&[ON_LOOPBACK]);
    let link = place.link();
    for number in 0..1200u16 {
        let sockets = vec![format!("tcp [::1]:{} 127.0.0.1:80", 10_000 + number)];
        let member = Member { container_id: format!("{number:064}"), sockets, ..place.member.clone() };
        link.ask(&Asked::Serve { member }, Some(place.pidfd().as_fd())).unwrap();
    }
    assert_eq!(place.served().len(), 1201);
    assert_eq!(link.ask(&Asked::Hello, None).unwrap().unwrap().served.len(), 1201);
}

#[test]
fn it_has_no_privileges_but_for_low_ports() {
    let place = Place::started(&[ON_LOOPBACK]);
    let text = fs::read_to_string(format!("/proc/{}/status", place.proxies[0].id())).unwrap();
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_string();
    assert_eq!([line("CapEff:"), line("CapPrm:")].map(|text| u64::from_str_radix(&text, 16).unwrap()), [1 << 10; 2]);
    assert_eq!(line("NoNewPrivs:"), "1");
}

#[test]
fn clients_that_flood_it_take_neither_memory_nor_time_nor_others_away() {
    let mut place = Place::started(&[ON_LOOPBACK, "udp [::1]:5000 127.0.0.1:50"]);
    // Accepts by the kernel alone, and reads nothing.
    let silent = TcpListener::bind("127.0.0.1:80").unwrap();
    let other = Member {
        container_id: "b".repeat(64),
        sockets: vec!["tcp [::1]:9000 127.0.0.1:90".into()],
        ..place.member.clone()
    };
    place.link().serve(other, place.pidfd()).unwrap();
    echo("127.0.0.1:90");
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let all = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).unwrap();
    let address: SocketAddr = "[::1]:8080".parse().unwrap();
    let mut clients = vec![];
    let junk = vec![0; 1 << 20];
    for number in 0..5000 {
        let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) else { break };
        stream.set_nonblocking(true).unwrap();
        // Whom nobody reads from: all that goes is on its way.
        if number < 64 {
            while (&stream).write(&junk).is_ok() {}
        }
        clients.push(stream);
    }
    assert!(clients.len() >= 3000, "{} connections", clients.len());
    assert!(answers(&mut connected("[::1]:9000")), "another container's port answers");
    for _ in 0..2000 {
        let client = UdpSocket::bind("[::1]:0").unwrap();
        let _ = client.send_to(&junk[..1000], "[::1]:5000");
    }
    assert!(answers(&mut connected("[::1]:9000")));
    assert!(place.resident_bytes() < 64 << 20, "{} bytes", place.resident_bytes());
    let before = place.ticks();
    std::thread::sleep(Duration::from_millis(500));
    assert!(place.ticks() - before < 10, "it works for nobody: {} ticks", place.ticks() - before);
    drop(clients);
    echo_at(silent);
    assert!(eventually(|| answers(&mut connected("[::1]:8080"))), "there is room again");
    place.child.kill().unwrap();
    place.child.wait().unwrap();
    assert!(place.ends(0));
}
