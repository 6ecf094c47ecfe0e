//! A process that one data-root has at most one of, and that outlives whoever began it: how it is found, what it is asked, what it
//! answers. One JSON message a packet; frozen like the shim's, since such a process outlives upgrades.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use rustix::process::{PidfdFlags, pidfd_open};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::{Code, Failure, Outcome};
use crate::protocol::decimal;
use crate::sys::packets;

/// In its directory.
pub const SOCKET: &str = "sock";
pub const CONFIG: &str = "config";
pub const LOCK: &str = "lock";

/// `<dir>/config`: what it is told at its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    pub root_id: String,
    /// Where it lives; None: where it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cgroup: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Asked<M> {
    Hello,
    /// With a pidfd of the container's first process.
    Serve {
        member: M,
    },
    /// To its successor: packets with each member, its pidfd and its sockets, then the answer; then it ends.
    HandOver,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer<S> {
    pub ok: bool,
    pub version: u32,
    pub pid: i32,
    #[serde(with = "decimal")]
    pub start_ticks: u64,
    #[serde(default = "Vec::new")]
    pub served: Vec<S>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// What is served goes on in the next packet: all of them don't fit one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// What one kind of them is told and tells.
pub trait Kind {
    /// For messages: `the resolver`.
    const NAME: &'static str;
    /// What this build does. One with a lower number is replaced; each change of behaviour raises it.
    const VERSION: u32;
    /// A container that it works for, as it is told.
    type Member: Serialize + DeserializeOwned;
    /// The same, as it tells.
    type Served: Serialize + DeserializeOwned;
}

/// A connection. As long as one is open it doesn't end for want of members.
pub struct Link<K> {
    pub socket: OwnedFd,
    kind: std::marker::PhantomData<K>,
}

fn failed<K: Kind>(what: &'static str) -> impl Fn(Errno) -> Failure {
    move |errno| Failure::sys(Code::Network, what, format!("talk to {}", K::NAME), errno)
}

impl<K: Kind> Link<K> {
    /// None: nobody listens there. `patience` bounds each wait from here on.
    pub fn open(dir: &Path, patience: Duration) -> Outcome<Option<Link<K>>> {
        let Ok(directory) = File::open(dir) else { return Ok(None) };
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .map_err(failed::<K>("socket"))?;
        for kind in [Timeout::Recv, Timeout::Send] {
            set_socket_timeout(&socket, kind, Some(patience)).map_err(failed::<K>("setsockopt"))?;
        }
        // A socket's path ends at 107 bytes.
        let short = format!("/proc/self/fd/{}/{SOCKET}", directory.as_raw_fd());
        match connect(&socket, &SocketAddrUnix::new(short).map_err(failed::<K>("connect"))?) {
            Ok(()) => Ok(Some(Link { socket, kind: std::marker::PhantomData })),
            Err(Errno::NOENT | Errno::CONNREFUSED) => Ok(None),
            Err(errno) => Err(failed::<K>("connect")(errno)),
        }
    }

    /// Who listens there: it can be no other process as long as the connection stands.
    pub fn process(&self) -> Outcome<(i32, OwnedFd)> {
        let pid = socket_peercred(&self.socket).map_err(failed::<K>("getsockopt"))?.pid;
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(failed::<K>("pidfd_open"))?;
        let mut polled = [PollFd::new(&self.socket, PollFlags::empty())];
        poll(&mut polled, Some(&Timespec::default())).map_err(failed::<K>("poll"))?;
        if polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
            return Err(Failure::new(Code::Gone, format!("{} ended meanwhile", K::NAME)));
        }
        Ok((pid.as_raw_nonzero().get(), pidfd))
    }

    /// None: it ended meanwhile.
    pub fn ask(&self, asked: &Asked<K::Member>, descriptor: Option<BorrowedFd>) -> Outcome<Option<Answer<K::Served>>> {
        let text = serde_json::to_vec(asked).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        match packets::send(&self.socket, &text, descriptor.as_slice()) {
            Err(Errno::PIPE | Errno::CONNRESET) => return Ok(None),
            sent => sent.map_err(failed::<K>("sendmsg"))?,
        }
        let mut served = vec![];
        loop {
            let Some(packet) = packets::receive(&self.socket).map_err(failed::<K>("recvmsg"))? else { return Ok(None) };
            let mut answer: Answer<K::Served> = serde_json::from_slice(&packet.bytes).map_err(|error| {
                Failure::new(Code::Network, format!("the answer of {} can't be read: {error}", K::NAME))
            })?;
            served.append(&mut answer.served);
            if !answer.more {
                return Ok(Some(Answer { served, ..answer }));
            }
        }
    }

    /// When this returns, the member is served.
    pub fn serve(&self, member: K::Member, pidfd: impl AsFd) -> Outcome<()> {
        let answer = self.ask(&Asked::Serve { member }, Some(pidfd.as_fd()))?;
        let answer = answer.ok_or_else(|| Failure::new(Code::Network, format!("{} ended meanwhile", K::NAME)))?;
        answer.error.map_or(Ok(()), Err)
    }
}
