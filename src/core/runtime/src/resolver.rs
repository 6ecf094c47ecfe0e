//! The resolver of a data-root as others see it: how it is found, what it is asked, what it answers. One JSON message a packet;
//! frozen like the shim's, since a resolver outlives upgrades.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use serde::{Deserialize, Serialize};

use crate::failure::{Code, Failure, Outcome};
use crate::protocol::decimal;
use crate::sys::packets;

/// What this build does. A resolver with a lower number is replaced; each change of behaviour raises it.
pub const VERSION: u32 = 1;

/// In its directory.
pub const SOCKET: &str = "sock";
pub const CONFIG: &str = "config";
pub const LOCK: &str = "lock";

/// `<dir>/config`: what the resolver is told at its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    pub root_id: String,
    /// Where it lives; None: where it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cgroup: Option<String>,
}

/// A container that is answered in its own network namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    pub container_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    /// An absolute path: the names that it sees, read again whenever it changes.
    pub names: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Asked {
    Hello,
    /// With a pidfd of the process in whose network namespace it is.
    Serve {
        member: Member,
    },
    /// To its successor: a packet `Taken` with pidfd and sockets for each member, then the answer; then it ends.
    HandOver,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub member: Member,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub ok: bool,
    pub version: u32,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    /// Ids, with the process in whose namespace each is.
    #[serde(default)]
    pub served: Vec<Served>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    pub container_id: String,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
}

/// A connection. As long as one is open the resolver doesn't end for want of members.
pub struct Link {
    pub socket: OwnedFd,
}

fn failed(what: &'static str) -> impl Fn(Errno) -> Failure {
    move |errno| Failure::sys(Code::Network, what, "talk to the resolver", errno)
}

impl Link {
    /// None: nobody listens there. `patience` bounds each wait from here on.
    pub fn open(dir: &Path, patience: Duration) -> Outcome<Option<Link>> {
        let Ok(directory) = File::open(dir) else { return Ok(None) };
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .map_err(failed("socket"))?;
        for kind in [Timeout::Recv, Timeout::Send] {
            set_socket_timeout(&socket, kind, Some(patience)).map_err(failed("setsockopt"))?;
        }
        // A socket's path ends at 107 bytes.
        let short = format!("/proc/self/fd/{}/{SOCKET}", directory.as_raw_fd());
        match connect(&socket, &SocketAddrUnix::new(short).map_err(failed("connect"))?) {
            Ok(()) => Ok(Some(Link { socket })),
            Err(Errno::NOENT | Errno::CONNREFUSED) => Ok(None),
            Err(errno) => Err(failed("connect")(errno)),
        }
    }

    /// None: it ended meanwhile.
    pub fn ask(&self, asked: &Asked, descriptor: Option<BorrowedFd>) -> Outcome<Option<Answer>> {
        let text = serde_json::to_vec(asked).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        match packets::send(&self.socket, &text, descriptor.as_slice()) {
            Err(Errno::PIPE | Errno::CONNRESET) => return Ok(None),
            sent => sent.map_err(failed("sendmsg"))?,
        }
        let Some(packet) = packets::receive(&self.socket).map_err(failed("recvmsg"))? else { return Ok(None) };
        let answer: Answer = serde_json::from_slice(&packet.bytes)
            .map_err(|error| Failure::new(Code::Network, format!("the resolver's answer can't be read: {error}")))?;
        Ok(Some(answer))
    }

    /// Its sockets are in the namespace of this process when this returns.
    pub fn serve(&self, member: &Member, pidfd: impl AsFd) -> Outcome<()> {
        let answer = self.ask(&Asked::Serve { member: member.clone() }, Some(pidfd.as_fd()))?;
        let answer = answer.ok_or_else(|| Failure::new(Code::Network, "the resolver ended meanwhile"))?;
        answer.error.map_or(Ok(()), Err)
    }
}
