//! The resolver as a process: what it answers in a network namespace, who replaces it, what hostile programs get, when it ends.

mod daemons;

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rc_runtime::daemon::{Asked, Link};
use rc_runtime::process::{open_identified, start_ticks};
use rc_runtime::protocol::Report;
use rc_runtime::resolver::{Member, Resolver};
use rc_runtime::sys::netns;

use daemons::{PATIENCE, eventually, start, start_after};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A directory, and a process that has a network namespace.
struct Place {
    dir: PathBuf,
    member: Member,
    child: Child,
    resolvers: Vec<Child>,
}

impl Place {
    fn new() -> Place {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("reconcile-resolver-test-{}-{number}", std::process::id()));
        fs::create_dir_all(dir.join("resolver")).unwrap();
        fs::write(dir.join("resolver/config"), r#"{"rootId":"none"}"#).unwrap();
        let names = dir.join("names.json");
        let view = r#"{"version":1,"forward":false,"members":[{"names":["web"],"addresses":["10.0.0.2"]}]}"#;
        fs::write(&names, view).unwrap();
        let child = Command::new("unshare").args(["--net", "sleep", "60"]).spawn().unwrap();
        let pid = child.id() as i32;
        let own = fs::read_link("/proc/self/ns/net").unwrap();
        eventually(|| fs::read_link(format!("/proc/{pid}/ns/net")).is_ok_and(|its| its != own));
        let names = names.display().to_string();
        let member = Member { container_id: "a".repeat(64), pid, start_ticks: start_ticks(pid).unwrap(), names };
        Place { dir, member, child, resolvers: vec![] }
    }

    fn resolver_dir(&self) -> PathBuf {
        self.dir.join("resolver")
    }

    fn start(&mut self, verb: &str) -> Report {
        let (child, report) = start(verb, &self.resolver_dir());
        self.resolvers.push(child);
        report
    }

    /// By a kernel that has no netfilter for it.
    fn start_without_netfilter(&mut self, verb: &str) {
        let (child, report) = start_after(verb, &self.resolver_dir(), refuse_netfilter);
        self.resolvers.push(child);
        assert!(report.ok, "{:?}", report.error);
    }

    fn link(&self) -> Link<Resolver> {
        Link::open(&self.resolver_dir(), PATIENCE).unwrap().expect("nobody listens")
    }

    fn serve(&self) {
        self.link().serve(self.member.clone(), self.pidfd()).unwrap();
    }

    fn pidfd(&self) -> OwnedFd {
        open_identified(self.member.pid, self.member.start_ticks).unwrap()
    }

    fn started(verb: &str) -> Place {
        let mut place = Place::new();
        let report = place.start(verb);
        assert!(report.ok, "{:?}", report.error);
        place.serve();
        place
    }

    /// In a thread of its own, in the member's network namespace.
    fn inside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let pidfd = self.pidfd();
        let there = move || {
            netns::enter(&pidfd).unwrap();
            work()
        };
        std::thread::spawn(there).join().unwrap()
    }

    fn ends(&mut self, index: usize) -> bool {
        eventually(|| self.resolvers[index].try_wait().unwrap().is_some())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for child in self.resolvers.iter_mut().chain([&mut self.child]) {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn question(id: u8, name: &str) -> Vec<u8> {
    let mut bytes = vec![0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.len() as u8];
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(&[0, 0, 1, 0, 1]);
    bytes
}

fn by_udp(packet: &[u8]) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect("127.0.0.11:53").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.send(packet).unwrap();
    let mut buffer = [0; 512];
    socket.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec())
}

fn connected() -> TcpStream {
    let stream = TcpStream::connect("127.0.0.11:53").unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn by_tcp(stream: &mut TcpStream, packet: &[u8]) -> Option<Vec<u8>> {
    stream.write_all(&[&(packet.len() as u16).to_be_bytes(), packet].concat()).ok()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut answer = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut answer).ok().map(|()| answer)
}

const WEB: [u8; 4] = [10, 0, 0, 2];

/// seccomp(2): a netlink socket of netfilter can't be had, as where the kernel was built without.
fn refuse_netfilter() -> std::io::Result<()> {
    const NUMBER: u32 = 0;
    const FIRST_ARGUMENT: u32 = 16;
    const THIRD_ARGUMENT: u32 = 32;
    let load = |offset| (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset);
    let unless = |value: i64, skip| (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, skip, value as u32);
    let end = |what| (libc::BPF_RET | libc::BPF_K, 0, 0, what);
    let filter = [
        load(NUMBER),
        unless(libc::SYS_socket, 5),
        load(FIRST_ARGUMENT),
        unless(libc::AF_NETLINK.into(), 3),
        load(THIRD_ARGUMENT),
        unless(libc::NETLINK_NETFILTER.into(), 1),
        end(libc::SECCOMP_RET_ERRNO | libc::EPROTONOSUPPORT as u32),
        end(libc::SECCOMP_RET_ALLOW),
    ];
    let mut filter = filter.map(|(code, jt, jf, k)| libc::sock_filter { code: code as u16, jt, jf, k });
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: both live until the kernel has copied them.
    match unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

fn both_answer(place: &Place) -> bool {
    let (udp, tcp) = place.inside(|| (by_udp(&question(7, "web")), by_tcp(&mut connected(), &question(8, "web"))));
    [udp, tcp].iter().all(|answer| answer.as_ref().is_some_and(|answer| answer.ends_with(&WEB)))
}

#[test]
fn without_netfilter_it_listens_at_port_53_itself_also_after_a_handover_and_a_kill() {
    let mut place = Place::new();
    place.start_without_netfilter("resolve");
    place.serve();
    assert!(both_answer(&place));
    let any = (Ipv4Addr::UNSPECIFIED, 53);
    assert!(place.inside(move || UdpSocket::bind(any).is_err() && TcpListener::bind(any).is_err()));
    place.serve();
    place.start_without_netfilter("replace");
    assert!(place.ends(0), "the first one goes on");
    assert!(both_answer(&place));
    place.serve();
    place.resolvers[1].kill().unwrap();
    assert!(place.ends(1));
    place.start_without_netfilter("resolve");
    place.serve();
    assert!(both_answer(&place));
}

#[test]
fn without_netfilter_a_program_with_port_53_stands_in_its_way_until_it_ends() {
    let mut place = Place::new();
    place.start_without_netfilter("resolve");
    let taken = place.inside(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 53)).unwrap());
    let link = place.link();
    let failure = link.serve(place.member.clone(), place.pidfd()).unwrap_err();
    assert_eq!(
        failure.message,
        "listen at 127.0.0.11:53 in the container: address already in use (EADDRINUSE); and lead port 53 of 127.0.0.11 \
         to the resolver by nf_tables: protocol not supported (EPROTONOSUPPORT)"
    );
    drop(taken);
    // A process that another test begins at this moment has the socket, too, until it is another program.
    assert!(eventually(|| link.serve(place.member.clone(), place.pidfd()).is_ok()));
    assert!(both_answer(&place));
}

#[test]
fn port_53_of_127_0_0_11_answers_by_udp_and_tcp_and_is_free_for_others() {
    let place = Place::started("resolve");
    let (udp, tcp, free) = place.inside(|| {
        let udp = by_udp(&question(7, "web"));
        let tcp = by_tcp(&mut connected(), &question(8, "web"));
        let any = (Ipv4Addr::UNSPECIFIED, 53);
        let taken = (UdpSocket::bind(any).is_ok(), TcpListener::bind(any).is_ok());
        (udp, tcp, taken)
    });
    assert!(udp.is_some_and(|answer| answer[1] == 7 && answer.ends_with(&WEB)));
    assert!(tcp.is_some_and(|answer| answer[1] == 8 && answer.ends_with(&WEB)));
    assert_eq!(free, (true, true));
}

#[test]
fn names_change_with_their_file() {
    let place = Place::started("resolve");
    let other = r#"{"version":1,"forward":false,"members":[{"names":["new"],"addresses":["10.0.0.2"]}]}"#;
    fs::write(place.dir.join("staged"), other).unwrap();
    fs::rename(place.dir.join("staged"), place.dir.join("names.json")).unwrap();
    let (new, old) = place.inside(|| (by_udp(&question(1, "new")), by_udp(&question(2, "web"))));
    assert!(new.is_some_and(|answer| answer.ends_with(&WEB)));
    assert_eq!(old.map(|answer| answer[3] & 15), Some(2), "it isn't asked elsewhere");
}

#[test]
fn a_second_one_is_refused_and_a_successor_takes_members_and_questions_over() {
    let mut place = Place::started("resolve");
    let second = place.start("resolve");
    assert_eq!(second.error.map(|failure| failure.code), Some(rc_runtime::failure::Code::Busy));
    let asking = place.pidfd();
    // Asks all the while.
    let asker = std::thread::spawn(move || {
        netns::enter(&asking).unwrap();
        (0..2000).filter(|id| by_udp(&question(*id as u8, "web")).is_none()).count()
    });
    let third = place.start("replace");
    assert!(third.ok, "{:?}", third.error);
    assert!(place.ends(0), "the first one goes on");
    assert_eq!(asker.join().unwrap(), 0, "questions without an answer");
    let answer = place.link().ask(&Asked::Hello, None).unwrap().unwrap();
    assert_eq!(answer.pid, third.started.unwrap().pid);
    assert_eq!(answer.served.iter().map(|served| served.pid).collect::<Vec<_>>(), [place.member.pid]);
}

#[test]
fn rubbish_gets_no_more_than_a_refusal_and_slow_connections_keep_nobody_away() {
    let place = Place::started("resolve");
    place.inside(|| {
        let formerr = by_udp(&[&question(1, "web")[..], &[0]].concat()).unwrap();
        assert_eq!((formerr.len(), formerr[3] & 15), (12, 1));
        let mut long = connected();
        long.write_all(&[0xff; 64]).unwrap();
        assert_eq!(long.read(&mut [0; 16]).unwrap_or(0), 0, "a question of 65,535 bytes ends the connection");
        let mut slow: Vec<TcpStream> = (0..40).map(|_| connected()).collect();
        slow.iter_mut().for_each(|stream| drop(stream.write_all(&[0])));
        let refused = slow.split_off(32).into_iter().filter_map(|mut stream| stream.read(&mut [0; 1]).ok());
        assert!(refused.sum::<usize>() == 0, "more than 32 of one container");
        assert!(by_udp(&question(2, "web")).is_some(), "others are answered meanwhile");
        let mut one = slow.remove(0);
        one.write_all(&question(3, "web").len().to_be_bytes()[7..]).unwrap();
        one.write_all(&question(3, "web")).unwrap();
        let mut answer = [0; 64];
        assert!(one.read(&mut answer).unwrap() > 12, "and one that is slow and right");
    });
}

#[test]
fn it_ends_with_its_last_member_and_leaves_neither_its_directory_nor_a_namespace() {
    let mut place = Place::started("resolve");
    let space = fs::read_link(format!("/proc/{}/ns/net", place.member.pid)).unwrap();
    place.child.kill().unwrap();
    place.child.wait().unwrap();
    assert!(place.ends(0));
    assert!(!place.resolver_dir().exists());
    let held = fs::read_dir("/proc").unwrap().flatten().any(|entry| is_in(&entry.path(), &space));
    assert!(!held);
}

fn is_in(process: &Path, space: &Path) -> bool {
    fs::read_link(process.join("ns/net")).is_ok_and(|its| its == space)
}

#[test]
fn a_member_that_ends_takes_its_sockets_along() {
    let mut place = Place::new();
    assert!(place.start("resolve").ok);
    let descriptors = || fs::read_dir(format!("/proc/{}/fd", place.resolvers[0].id())).unwrap().count();
    // One connection for all: another's end would change the count at some later time.
    let link = place.link();
    link.serve(place.member.clone(), place.pidfd()).unwrap();
    link.ask(&Asked::Hello, None).unwrap();
    let before = descriptors();
    let other = Place::new();
    let member = Member { container_id: "b".repeat(64), ..other.member.clone() };
    link.serve(member, other.pidfd()).unwrap();
    assert_eq!(descriptors(), before + 3);
    drop(other);
    assert!(eventually(|| descriptors() == before));
}

#[test]
fn one_that_nobody_comes_to_ends() {
    let mut place = Place::new();
    assert!(place.start("resolve").ok);
    assert!(place.ends(0));
    assert!(!place.resolver_dir().exists());
}
