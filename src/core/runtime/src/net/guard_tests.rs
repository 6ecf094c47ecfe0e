use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::guard_program::{Instruction, Own, program};
use super::mend::mend_all;
use super::namespace::within;
use super::test_place::*;

const MAC: [u8; 6] = [2, 0x42, 10, 200, 0, 2];
const OTHER_MAC: [u8; 6] = [2, 0x42, 10, 200, 0, 3];

/// What the kernel does with it: 0 passes. A load behind the end ends the program with 0.
fn run(program: &[Instruction], frame: &[u8]) -> u32 {
    let load = |at: u32, length: usize| {
        let bytes = frame.get(at as usize..at as usize + length)?;
        Some(bytes.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte)))
    };
    let (mut at, mut held) = (0, 0);
    loop {
        let one = program[at];
        at += 1;
        let loaded = match one.code {
            0x20 => load(one.value, 4),
            0x28 => load(one.value, 2),
            0x30 => load(one.value, 1),
            0x54 => Some(held & one.value),
            0x06 => return one.value,
            0x05 => {
                at += one.value as usize;
                continue;
            }
            0x15 => {
                at += usize::from(if held == one.value { one.when_true } else { one.when_false });
                continue;
            }
            other => panic!("{other:#x}"),
        };
        let Some(value) = loaded else { return 0 };
        held = value;
    }
}

fn passes(own: &[&str], frame: &[u8]) -> bool {
    let addresses: Vec<IpAddr> = own.iter().map(|ip| ip.parse().unwrap()).collect();
    run(&program(&Own { mac: MAC, addresses: &addresses }), frame) == 0
}

fn frame(mac: [u8; 6], kind: u16, payload: &[u8]) -> Vec<u8> {
    [&[0xff; 6], &mac[..], &kind.to_be_bytes(), payload].concat()
}

fn octets(ip: &str) -> Vec<u8> {
    match ip.parse().unwrap() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

fn arp(mac: [u8; 6], said: [u8; 6], sender: &str) -> Vec<u8> {
    frame(mac, 0x0806, &[&[0, 1, 8, 0, 6, 4, 0, 2], &said[..], &octets(sender), &[0; 10]].concat())
}

fn ipv4(source: &str) -> Vec<u8> {
    frame(MAC, 0x0800, &[&[0x45; 12][..], &octets(source), &[0; 20]].concat())
}

fn ipv6(source: &str, next: u8, hops: u8, payload: &[u8]) -> Vec<u8> {
    frame(MAC, 0x86dd, &[&[0x60, 0, 0, 0, 0, 32, next, hops], &octets(source)[..], &[0xfd; 16], payload].concat())
}

fn icmp(kind: u8, target: &str) -> Vec<u8> {
    [&[kind, 0, 0, 0, 0, 0, 0, 0], &octets(target)[..]].concat()
}

#[test]
fn a_frame_passes_with_ones_own_mac_and_addresses_alone() {
    let own = ["10.200.0.2", "10.201.0.7", "fd00:c8::2"];
    let link = "fe80::42:aff:fec8:2";
    for (what, frame, expected) in [
        ("own address", ipv4("10.200.0.2"), true),
        ("that of its other interface", ipv4("10.201.0.7"), true),
        ("another's", ipv4("10.200.0.3"), false),
        ("none", ipv4("0.0.0.0"), false),
        ("loopback", ipv4("127.0.0.1"), false),
        ("another's mac", frame(OTHER_MAC, 0x0800, &[0; 40]), false),
        ("ARP", arp(MAC, MAC, "10.200.0.2"), true),
        ("ARP, whether an address is free", arp(MAC, MAC, "0.0.0.0"), true),
        ("ARP for another", arp(MAC, MAC, "10.200.0.1"), false),
        ("ARP with another mac within", arp(MAC, OTHER_MAC, "10.200.0.2"), false),
        ("IPv6", ipv6("fd00:c8::2", 6, 64, &[0; 40]), true),
        ("IPv6 of the link", ipv6(link, 17, 64, &[0; 40]), true),
        ("IPv6 of another", ipv6("fd00:c8::3", 17, 64, &[0; 40]), false),
        ("solicitation", ipv6("::", 58, 255, &icmp(135, "fd00:c8::2")), true),
        ("advertisement", ipv6("fd00:c8::2", 58, 255, &icmp(136, "fd00:c8::2")), true),
        ("advertisement of the link", ipv6(link, 58, 255, &icmp(136, link)), true),
        ("advertisement of another", ipv6("fd00:c8::2", 58, 255, &icmp(136, "fd00:c8::1")), false),
        ("the same behind options", ipv6("fd00:c8::2", 60, 255, &icmp(136, "fd00:c8::1")), false),
        ("router advertisement", ipv6(link, 58, 255, &icmp(134, "::")), false),
        ("redirect", ipv6(link, 58, 255, &icmp(137, "::")), false),
        ("router solicitation", ipv6(link, 58, 255, &icmp(133, "::")), true),
        ("multicast listener", ipv6("::", 0, 1, &[58, 0, 5, 2, 0, 0, 0, 0, 143]), true),
        ("spanning tree", frame(MAC, 38, &[0x42, 0x42, 3]), false),
        ("VLAN", frame(MAC, 0x8100, &[0; 40]), false),
    ] {
        assert_eq!(passes(&own, &frame), expected, "{what}");
    }
    assert!(!passes(&["10.200.0.2"], &ipv6(link, 17, 64, &[0; 40])), "IPv6 without an address");
}

#[test]
fn every_jump_ends_within_the_program_whatever_the_number_of_addresses() {
    let many: Vec<IpAddr> =
        (0..100u8).flat_map(|i| [IpAddr::from([10, 0, 0, i]), format!("fd00::{i}").parse().unwrap()]).collect();
    for count in [0, 1, 2, 50, 200] {
        let program = program(&Own { mac: MAC, addresses: &many[..count] });
        assert!(program.len() <= 4096);
        for (at, one) in program.iter().enumerate() {
            let over = match one.code {
                0x05 => one.value as usize,
                _ => usize::from(one.when_false.max(one.when_true)),
            };
            assert!(one.code == 6 || at + 1 + over < program.len(), "{at} of {count}");
        }
    }
}

#[test]
fn the_kernel_takes_it_and_a_container_that_pretends_is_not_heard() {
    with_pair(|host, container, wanted| {
        let connects = |from: &str, to: &str, limit_ms: u64| {
            let listener = TcpListener::bind((to, 0)).unwrap();
            let (to, from): (SocketAddr, IpAddr) = (listener.local_addr().unwrap(), from.parse().unwrap());
            within(container, |_| Ok(connected(from, to, Duration::from_millis(limit_ms)))).unwrap()
        };
        let reaches = |from: &str, to: &str| connects(from, to, 10_000);
        let is_dropped = |from: &str, to: &str| !connects(from, to, 300);
        assert!(reaches("10.200.0.2", "10.200.0.1"));
        assert!(reaches("fd00:c8::2", "fd00:c8::1"));
        for line in ["address add 10.200.0.9/32 dev eth0", "address add fd00:c8::9/128 dev eth0 nodad"] {
            ip_inside(container, line);
        }
        assert!(is_dropped("10.200.0.9", "10.200.0.1"));
        assert!(is_dropped("fd00:c8::9", "fd00:c8::1"));
        ip_inside(container, "link set eth0 address 02:42:0a:c8:00:03");
        assert!(is_dropped("10.200.0.2", "10.200.0.1"));

        let delete =
            std::process::Command::new("tc").args(["qdisc", "delete", "dev", &wanted.host_name, "clsact"]).status();
        assert!(delete.unwrap().success());
        assert_eq!(link(&seen(host), &wanted.host_name).guarded, Some(false));
        assert!(reaches("10.200.0.9", "10.200.0.1"));
        for _ in 0..2 {
            mend_all(container, std::slice::from_ref(wanted)).unwrap();
            assert_eq!(link(&seen(host), &wanted.host_name).guarded, Some(true));
            assert!(reaches("10.200.0.2", "10.200.0.1") && is_dropped("10.200.0.9", "10.200.0.1"));
        }
    });
}

/// From that address, in this time.
fn connected(from: IpAddr, to: SocketAddr, limit: Duration) -> bool {
    use rustix::net::{AddressFamily, SocketType, bind, socket};
    let family = if from.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let own = socket(family, SocketType::STREAM, None).unwrap();
    bind(&own, &SocketAddr::new(from, 0)).unwrap();
    rustix::io::ioctl_fionbio(&own, true).unwrap();
    let _ = rustix::net::connect(&own, &to);
    let mut waited = [rustix::event::PollFd::new(&own, rustix::event::PollFlags::OUT)];
    rustix::event::poll(&mut waited, Some(&limit.try_into().unwrap())).unwrap() == 1
        && TcpStream::from(own).peer_addr().is_ok()
}
