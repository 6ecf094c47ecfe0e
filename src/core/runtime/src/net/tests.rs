use std::os::fd::OwnedFd;

use super::bridge::{self, Bridge};
use super::dump;
use super::heard::{Group, drain, listen};
use super::mend::mend_all;
use super::namespace::within;
use super::pair::{make_all, remove_all};
use super::socket::Socket;
use super::sysctl;
use super::test_place::*;
use crate::failure::Code;
use crate::protocol::Interface;
use crate::sys::netns;

fn sorted(routes: &[dump::ShownRoute]) -> Vec<String> {
    let mut texts: Vec<_> = routes.iter().map(|route| format!("{route:?}")).collect();
    texts.sort();
    texts
}

fn assert_right(host: &Socket, container: &OwnedFd) {
    let (outside, inside) = (seen(host), seen_inside(container));
    let (port, end) = (link(&outside, "rv0123456789aba"), link(&inside, "eth0"));
    assert_eq!(port.master.as_deref(), Some("rc-one"));
    assert_eq!(port.alias.as_deref(), Some("reconcile:0123456789ab:container:web:one"));
    assert_eq!((port.peer, end.peer), (Some(end.index), Some(port.index)));
    assert_eq!((port.mtu, end.mtu, port.up, end.up), (1400, 1400, true, true));
    assert_eq!(end.mac.as_deref(), Some("02:42:0a:c8:00:02"));
    assert_eq!(end.addresses, ["10.200.0.2/24", "fd00:c8::2/64"]);
    assert_eq!((port.hairpin, end.hairpin), (Some(true), None));
    assert_eq!((port.guarded, end.guarded), (Some(true), None));
    let shown = ip("-d link show rv0123456789aba");
    assert!(shown.contains("hairpin on"), "{shown}");
    for network in ["10.200.0.0/24", "fd00:c8::/64"] {
        let connected =
            |route: &dump::ShownRoute| route.destination == network && route.device.as_deref() == Some("eth0");
        assert!(inside.routes.iter().any(connected), "no {network} in {inside:?}");
    }
    let mut defaults: Vec<_> = inside.routes.iter().filter(|route| route.destination.ends_with("/0")).collect();
    defaults.sort_by_key(|route| route.destination.clone());
    let defaults: Vec<_> = defaults.iter().map(|route| (route.via.as_deref(), route.device.as_deref())).collect();
    assert_eq!(defaults, [(Some("10.200.0.1"), Some("eth0")), (Some("fd00:c8::1"), Some("eth0"))]);
}

#[test]
fn a_container_reaches_its_gateway_over_both_protocols() {
    with_pair(|host, container, _| {
        assert_right(host, container);
        for ip in ["10.200.0.1", "fd00:c8::1"] {
            let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let reached = within(container, |_| Ok(std::net::TcpStream::connect((ip, port)))).unwrap();
            let from = reached.unwrap().local_addr().unwrap().ip().to_string();
            assert!(interface().addresses.contains(&format!("{from}/{}", if from.contains('.') { 24 } else { 64 })));
        }
        let shown = ip("-d link show rv0123456789aba");
        assert!(shown.contains("addrgenmode none"), "{shown}");
    });
}

#[test]
fn an_interface_without_an_ipv6_address_has_no_ipv6() {
    on_a_host(|host, container| {
        bridge::ensure(host, &Bridge { addresses: vec!["10.200.0.1/24".into()], ..network("rc-one") }).unwrap();
        let wanted = Interface { addresses: vec!["10.200.0.2/24".into()], gateways: vec![], ..interface() };
        make_all(container, &[wanted]).unwrap();
        assert_eq!(ip_inside(container, "-6 -o address show dev eth0"), "");
        assert_eq!(ip("-6 -o address show dev rc-one"), "");
        assert!(!seen_inside(container).routes.iter().any(|route| route.destination == "0.0.0.0/0"));
    });
}

#[test]
fn switches_of_ipv6_are_seen_and_put_right() {
    with_pair(|_, container, wanted| {
        let switches = || link(&seen_inside(container), "eth0").ipv6.map(|ipv6| (ipv6.disabled, ipv6.accept_ra));
        assert_eq!(switches(), Some((false, 0)));
        for (key, value, seen) in [("accept_ra", "2", (false, 2)), ("disable_ipv6", "1", (true, 0))] {
            within(container, |_| sysctl::set(&format!("ipv6/conf/eth0/{key}"), value)).unwrap();
            assert_eq!(switches(), Some(seen), "{key}");
            mend_all(container, std::slice::from_ref(wanted)).unwrap();
            assert_eq!(switches(), Some((false, 0)), "{key}");
        }
    });
}

#[test]
fn packets_go_on_from_a_bridge_whose_forwarding_was_turned_off() {
    on_a_host(|host, _| {
        bridge::ensure(host, &network("rc-one")).unwrap();
        let families = [bridge::Family::Ipv4, bridge::Family::Ipv6];
        bridge::forward("rc-one", &families).unwrap();
        let switches = ["ipv4/conf/rc-one/forwarding", "ipv6/conf/rc-one/forwarding"];
        for path in switches {
            sysctl::set(path, "0").unwrap();
        }
        bridge::forward("rc-one", &families).unwrap();
        assert_eq!(switches.map(sysctl::read), [Some("1".into()), Some("1".into())]);
    });
}

#[test]
fn whatever_is_changed_on_either_end_is_put_right_and_nothing_else() {
    let outside = [
        "link set rv0123456789aba nomaster",
        "link set rv0123456789aba down",
        "link set rv0123456789aba type bridge_slave hairpin off",
        "link set rv0123456789aba mtu 1300",
        "link set rv0123456789aba name other",
        "link set rv0123456789aba alias somebody",
        "link del rv0123456789aba",
    ];
    let inside = [
        "address del 10.200.0.2/24 dev eth0",
        "address del fd00:c8::2/64 dev eth0",
        "address replace 10.200.0.2/8 dev eth0",
        "address add 10.200.0.77/24 dev eth0",
        "address flush dev eth0",
        "link set eth0 down",
        "link set eth0 mtu 1300",
        "link set eth0 address 02:00:00:00:00:01",
        "link set eth0 name eth9",
        "route del default",
        "-6 route del default",
        "route del 10.200.0.0/24",
        "route flush dev eth0",
        "-6 route flush dev eth0",
        "route replace default via 10.200.0.9",
        "route add default via 10.200.0.9 metric 7",
        "link del eth0",
    ];
    with_pair(|host, container, wanted| {
        let broken = outside.map(|line| (false, line)).into_iter().chain(inside.map(|line| (true, line)));
        for (is_inside, line) in broken {
            match is_inside {
                true => drop(ip_inside(container, line)),
                false => drop(ip(line)),
            }
            let alias_was_lost = line.contains("alias");
            if alias_was_lost {
                assert_eq!(mend_all(container, std::slice::from_ref(wanted)).unwrap_err().code, Code::Busy, "{line}");
                ip("link set rv0123456789aba alias ");
            }
            mend_all(container, std::slice::from_ref(wanted)).unwrap_or_else(|failure| panic!("{line}: {failure:?}"));
            assert_right(host, container);
        }
        let before = (seen(host), seen_inside(container));
        mend_all(container, std::slice::from_ref(wanted)).unwrap();
        assert_eq!((seen(host), seen_inside(container)), before);
    });
}

#[test]
fn what_a_container_gives_itself_in_other_networks_is_its_own() {
    with_pair(|host, container, wanted| {
        for line in [
            "address add 192.0.2.7/32 dev eth0",
            "link add dum0 type bridge",
            "route add 198.51.100.0/24 via 10.200.0.1",
        ] {
            ip_inside(container, line);
        }
        let before = seen_inside(container);
        mend_all(container, std::slice::from_ref(wanted)).unwrap();
        assert_eq!(seen_inside(container), before);
        assert!(link(&seen(host), "rc-one").up);
    });
}

#[test]
fn a_link_that_is_not_ours_is_never_touched() {
    on_a_host(|host, container| {
        ip("link add rc-one type bridge");
        ip("link set rc-one alias docker");
        ip("link add rv0123456789aba type bridge");
        let before = seen(host);
        assert_eq!(bridge::ensure(host, &network("rc-one")).unwrap_err().code, Code::Busy);
        assert!(!bridge::remove(host, "rc-one", &network("rc-one").alias).unwrap());
        let failure = make_all(container, &[interface()]).unwrap_err();
        assert_eq!(failure.code, Code::Busy);
        assert!(failure.message.contains("rv0123456789aba"), "{}", failure.message);
        assert!(mend_all(container, &[interface()]).is_err());
        remove_all(&[interface()]);
        assert_eq!(seen(host), before);
    });
}

#[test]
fn a_bridge_is_made_so_again_and_removed_by_its_alias_alone() {
    on_a_host(|host, _| {
        let wanted = network("rc-one");
        let made = bridge::ensure(host, &wanted).unwrap();
        let right = seen(host);
        assert_eq!(link(&right, "rc-one").addresses, ["10.200.0.1/24", "fd00:c8::1/64"]);
        for line in [
            "link set rc-one down",
            "link set rc-one name renamed",
            "link set rc-one address 02:00:00:00:00:09",
            "address flush dev rc-one",
            "route del 10.200.0.0/24",
            "-6 route del fd00:c8::/64 dev rc-one",
            "address add 10.9.0.1/24 dev rc-one",
            "link set rc-one alias ",
        ] {
            // One that has lost its alias is ours only while it is empty.
            let is_bare = line.ends_with("alias ");
            is_bare.then(|| ip("address flush dev rc-one"));
            ip(line);
            assert_eq!(bridge::ensure(host, &wanted).unwrap().index, made.index, "{line}");
            let now = seen(host);
            assert_eq!(now.links, right.links, "{line}");
            assert_eq!(sorted(&now.routes), sorted(&right.routes), "{line}");
        }
        ip("link set rc-one name renamed");
        assert!(bridge::remove(host, "rc-one", &wanted.alias).unwrap());
        assert!(!bridge::remove(host, "rc-one", &wanted.alias).unwrap());
        assert_eq!(seen(host).links.len(), 1);
    });
}

#[test]
fn the_hosts_end_of_a_run_before_is_replaced() {
    with_pair(|host, old, wanted| {
        let new = std::thread::scope(|scope| scope.spawn(new_namespace).join().unwrap());
        make_all(&new, std::slice::from_ref(wanted)).unwrap();
        assert_right(host, &new);
        assert_eq!(seen_inside(old).links.len(), 1);
        remove_all(std::slice::from_ref(wanted));
        assert_eq!(seen_inside(&new).links.len(), 1);
    });
}

#[test]
fn a_network_that_is_not_there_is_named() {
    on_a_host(|host, container| {
        let failure = make_all(container, &[interface()]).unwrap_err();
        assert_eq!(failure.message, "connect eth0: the host has no bridge rc-one; the network has to be made first");
        assert_eq!(seen(host).links.len(), 1);
        for wrong in ["../x", "eth0/x", "", "a-name-of-sixteen", "all"] {
            let wanted = Interface { name: wrong.into(), ..interface() };
            assert_eq!(make_all(container, &[wanted]).unwrap_err().code, Code::Spec, "{wrong}");
        }
    });
}

#[test]
fn a_container_in_the_hosts_namespace_is_left_alone() {
    on_a_host(|host, _| {
        bridge::ensure(host, &network("rc-one")).unwrap();
        let own = netns::own().unwrap();
        assert_eq!(mend_all(&own, &[interface()]).unwrap_err().code, Code::Namespace);
        assert_eq!(seen(host).links.len(), 2);
    });
}

#[test]
fn who_listens_hears_of_changes_in_that_namespace_alone() {
    on_a_host(|host, container| {
        // Without IPv6, whose addresses become usable a while later, which is told, too; so are links and their routes.
        bridge::ensure(host, &Bridge { addresses: vec![], ..network("rc-one") }).unwrap();
        let addresses = vec!["10.200.0.2/24".into()];
        make_all(container, &[Interface { addresses, gateways: vec!["10.200.0.1".into()], ..interface() }]).unwrap();
        let groups = [Group::Addresses];
        let outside = listen(&groups).unwrap();
        let inside = within(container, |_| listen(&groups)).unwrap();
        let heard = || (drain(&outside, None), drain(&inside, None));
        assert_eq!(heard(), (false, false));
        for line in ["address add 192.0.2.7/32 dev eth0", "address flush dev eth0"] {
            ip_inside(container, line);
            assert_eq!(heard(), (false, true), "{line}");
        }
        ip("address add 192.0.2.8/32 dev rc-one");
        assert_eq!(heard(), (true, false));
    });
}
