//! The proxy of a data-root as others see it: it holds sockets of the host, and leads what comes there to containers.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::daemon::Kind;
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::decimal;

pub enum Proxy {}

impl Kind for Proxy {
    const NAME: &'static str = "the proxy";
    const VERSION: u32 = 1;
    type Member = Member;
    type Served = Served;
}

/// A container whose ports it holds, as long as this process lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    pub container_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    /// `tcp [::1]:8080 10.200.0.2:80`, or as many ports on both sides: `udp 0.0.0.0:5000-5009 10.200.0.2:50-59`.
    pub sockets: Vec<String>,
}

/// `missing`: why it doesn't hold some of its sockets, the first few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    #[serde(flatten)]
    pub member: Member,
    #[serde(default)]
    pub missing: Vec<String>,
}

/// In a handover: some of a member's sockets, with a pidfd and one descriptor each, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub member: Member,
    pub held: Vec<Socket>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Tcp,
    Udp,
}

/// Where it listens, and where that leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Socket {
    pub protocol: Protocol,
    pub here: SocketAddr,
    pub to: SocketAddr,
}

/// As many as fit a container with a wide range on both families; each is a descriptor.
pub const MAX_SOCKETS: usize = 8192;

impl Member {
    /// One by one; E_SPEC: one can't be read, or there are too many.
    pub fn each_socket(&self) -> Outcome<Vec<Socket>> {
        let mut all = vec![];
        for text in &self.sockets {
            let run = read(text).ok_or_else(|| Failure::new(Code::Spec, format!("{text:?} names no ports")))?;
            if all.len() + run.len() > MAX_SOCKETS {
                return Err(Failure::new(Code::Spec, format!("more than {MAX_SOCKETS} ports go by the proxy")));
            }
            all.extend(run);
        }
        Ok(all)
    }
}

fn read(text: &str) -> Option<Vec<Socket>> {
    let mut words = text.split(' ');
    let protocol = match words.next()? {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ => return None,
    };
    let ((here, first, last), (to, first_to, last_to)) = (ports(words.next()?)?, ports(words.next()?)?);
    if words.next().is_some() || last - first != last_to.checked_sub(first_to)? {
        return None;
    }
    let each =
        |(port, port_to)| Socket { protocol, here: SocketAddr::new(here, port), to: SocketAddr::new(to, port_to) };
    Some((first..=last).zip(first_to..=last_to).map(each).collect())
}

/// `10.0.0.1:80`, `[::]:80-89`.
fn ports(text: &str) -> Option<(IpAddr, u16, u16)> {
    let (address, ports) = text.rsplit_once(':')?;
    let address = match address.strip_prefix('[') {
        Some(rest) => IpAddr::V6(rest.strip_suffix(']')?.parse().ok()?),
        None => IpAddr::V4(address.parse().ok()?),
    };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then_some((address, first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(sockets: &[&str]) -> Member {
        let sockets = sockets.iter().map(ToString::to_string).collect();
        Member { container_id: "a".repeat(64), pid: 7, start_ticks: 9, sockets }
    }

    #[test]
    fn ranges_are_as_many_sockets() {
        let all =
            member(&["tcp [::]:8000-8002 10.0.0.2:80-82", "udp 127.0.0.1:53 [fd00::2]:53"]).each_socket().unwrap();
        let shown: Vec<String> = all.iter().map(|one| format!("{:?} {} {}", one.protocol, one.here, one.to)).collect();
        assert_eq!(
            shown,
            [
                "Tcp [::]:8000 10.0.0.2:80",
                "Tcp [::]:8001 10.0.0.2:81",
                "Tcp [::]:8002 10.0.0.2:82",
                "Udp 127.0.0.1:53 [fd00::2]:53",
            ]
        );
    }

    #[test]
    fn what_is_no_socket_and_what_is_too_much_is_refused() {
        let bad = [
            "",
            "tcp",
            "sctp [::]:80 10.0.0.2:80",
            "tcp :::80 10.0.0.2:80",
            "tcp [::]:0 10.0.0.2:80",
            "tcp [::]:80-81 10.0.0.2:80",
            "tcp [::]:81-80 10.0.0.2:81-80",
            "tcp [::]:80 10.0.0.2:80 x",
            "tcp [::]:65536 10.0.0.2:80",
            "tcp [::]:1-65535 10.0.0.2:1-65535",
        ];
        for text in bad {
            assert_eq!(member(&[text]).each_socket().unwrap_err().code, Code::Spec, "{text}");
        }
    }
}
