//! A host and a container for tests: network namespaces of their own, looked at with `ip` as well.

use std::os::fd::OwnedFd;
use std::process::Command;

use super::bridge::{self, Bridge};
use super::dump::{self, Network, ShownLink};
use super::namespace::within;
use super::pair::make_all;
use super::socket::Socket;
use crate::protocol::Interface;
use crate::sys::netns;

pub const ROOT: &str = "reconcile:0123456789ab";

/// `work` in a new network namespace, with the descriptor of another one: a host's and a container's.
pub fn on_a_host(work: impl FnOnce(&Socket, &OwnedFd) + Send) {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let container = new_namespace();
            drop(new_namespace());
            work(&Socket::open().unwrap(), &container);
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// This thread is in it from here on.
pub fn new_namespace() -> OwnedFd {
    // SAFETY: this thread alone goes into a new namespace.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNET) }.unwrap();
    crate::sys::loopback_up().unwrap();
    netns::own().unwrap()
}

pub fn ip(arguments: &str) -> String {
    let done = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(done.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

pub fn ip_inside(container: &OwnedFd, arguments: &str) -> String {
    within(container, |_| Ok(ip(arguments))).unwrap()
}

pub fn network(name: &str) -> Bridge {
    Bridge {
        name: name.into(),
        alias: format!("{ROOT}:network:{name}"),
        mac: Some("02:42:0a:c8:00:01".into()),
        mtu: 1500,
        addresses: vec!["10.200.0.1/24".into(), "fd00:c8::1/64".into()],
        route_localnet: false,
    }
}

pub fn interface() -> Interface {
    Interface {
        name: "eth0".into(),
        host_name: "rv0123456789aba".into(),
        alias: format!("{ROOT}:container:web:one"),
        bridge: "rc-one".into(),
        mac: "02:42:0a:c8:00:02".into(),
        mtu: 1400,
        addresses: vec!["10.200.0.2/24".into(), "fd00:c8::2/64".into()],
        gateways: vec!["10.200.0.1".into(), "fd00:c8::1".into()],
        guarded: true,
    }
}

pub fn seen(socket: &Socket) -> Network {
    dump::read(socket).unwrap()
}

pub fn seen_inside(container: &OwnedFd) -> Network {
    within(container, |inside| dump::read(&inside.socket)).unwrap()
}

pub fn link<'a>(network: &'a Network, name: &str) -> &'a ShownLink {
    network.links.iter().find(|link| link.name == name).unwrap_or_else(|| panic!("no {name} in {network:?}"))
}

pub fn with_pair(work: impl FnOnce(&Socket, &OwnedFd, &Interface) + Send) {
    on_a_host(|host, container| {
        bridge::ensure(host, &network("rc-one")).unwrap();
        make_all(container, &[interface()]).unwrap();
        work(host, container, &interface());
    });
}
