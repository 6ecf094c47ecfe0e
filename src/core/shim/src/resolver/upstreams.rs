//! Whom other names are asked of: the name servers of the host's resolv.conf, the file read again when it changes.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

const PATH: &str = "/etc/resolv.conf";
const MAX_BYTES: u64 = 1 << 20;
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// As many as resolv.conf(5) has effect for.
const MAX_SERVERS: usize = 3;
const PORT: u16 = 53;
/// Who didn't answer is asked last for so long.
const DEAD_FOR: Duration = Duration::from_secs(10);
const MAX_DEAD: usize = 64;
/// Where the host names none: as Docker does.
const FALLBACK: [[u8; 4]; 2] = [[8, 8, 8, 8], [8, 8, 4, 4]];

#[derive(Default)]
pub struct Upstreams {
    servers: Vec<SocketAddr>,
    seen: Option<(u64, u64, i64, i64)>,
    looked: Option<Instant>,
    dead: HashMap<SocketAddr, Instant>,
}

impl Upstreams {
    /// In the order in which they are asked. `own`: instead of the host's.
    pub fn of(&mut self, own: &[IpAddr], now: Instant) -> Vec<SocketAddr> {
        self.look(now);
        let mut servers: Vec<SocketAddr> = match own {
            [] => self.servers.clone(),
            own => own.iter().take(MAX_SERVERS).map(|address| SocketAddr::new(*address, PORT)).collect(),
        };
        self.dead.retain(|_, until| *until > now);
        servers.sort_by_key(|server| self.dead.contains_key(server));
        servers
    }

    pub fn was_silent(&mut self, server: SocketAddr, now: Instant) {
        if self.dead.len() < MAX_DEAD {
            self.dead.insert(server, now + DEAD_FOR);
        }
    }

    pub fn has_answered(&mut self, server: SocketAddr) {
        self.dead.remove(&server);
    }

    fn look(&mut self, now: Instant) {
        if self.looked.is_some_and(|looked| now < looked + LOOK_EVERY) {
            return;
        }
        self.looked = Some(now);
        let stat = fs::metadata(PATH).ok().filter(|stat| stat.size() <= MAX_BYTES);
        let seen = stat.map(|stat| (stat.ino(), stat.size(), stat.mtime(), stat.mtime_nsec()));
        if seen.is_none() || seen != self.seen {
            self.seen = seen;
            let text = seen.and_then(|_| fs::read(PATH).ok()).unwrap_or_default();
            self.servers = servers_in(&String::from_utf8_lossy(&text));
        }
    }
}

pub fn servers_in(text: &str) -> Vec<SocketAddr> {
    let words = text.lines().map(str::split_ascii_whitespace);
    let named = words.filter_map(|mut words| words.next().filter(|word| *word == "nameserver").and(words.next()));
    let servers: Vec<SocketAddr> = named.filter_map(address).take(MAX_SERVERS).collect();
    match servers.is_empty() {
        true => FALLBACK.iter().map(|octets| SocketAddr::new(IpAddr::from(*octets), PORT)).collect(),
        false => servers,
    }
}

/// `fe80::1%eth0` or `fe80::1%2` besides plain ones.
fn address(text: &str) -> Option<SocketAddr> {
    let Some((address, link)) = text.split_once('%') else {
        return text.parse().ok().map(|address: IpAddr| SocketAddr::new(address, PORT));
    };
    let address: Ipv6Addr = address.parse().ok()?;
    let index = link.parse().ok().or_else(|| {
        let path = format!("/sys/class/net/{link}/ifindex");
        if link.contains('/') { None } else { fs::read_to_string(path).ok()?.trim().parse().ok() }
    })?;
    Some(SocketAddrV6::new(address, PORT, 0, index).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_name_servers_are_asked_in_their_order() {
        let text = "# nameserver 1.1.1.1\nsearch a\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # x\nnameserver bad\nnameserver fe80::1%7\nnameserver 192.0.2.9\n";
        let servers: Vec<String> = servers_in(text).iter().map(SocketAddr::to_string).collect();
        assert_eq!(servers, ["192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%7]:53"]);
        assert_eq!(servers_in("search a\n")[0].to_string(), "8.8.8.8:53");
    }

    #[test]
    fn who_was_silent_is_asked_last_for_a_while() {
        let (mut all, now) = (Upstreams::default(), Instant::now());
        let own: Vec<IpAddr> = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap()).to_vec();
        all.was_silent("192.0.2.1:53".parse().unwrap(), now);
        assert_eq!(all.of(&own, now)[0].to_string(), "192.0.2.2:53");
        assert_eq!(all.of(&own, now + DEAD_FOR)[0].to_string(), "192.0.2.1:53");
    }
}
