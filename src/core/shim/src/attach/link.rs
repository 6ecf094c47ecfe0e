//! The line to a container's shim.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Reply, Verb, viewing};
use rc_runtime::sys::terminal::WindowSize;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv, send, socket_with,
};

pub struct Link {
    socket: OwnedFd,
    name: String,
}

pub enum Packet {
    Bytes { kind: u8, bytes: Vec<u8> },
    Nothing,
    End,
}

const MAX_PACKET_BYTES: usize = 64 << 10;

impl Link {
    /// Addressed through the directory's descriptor: a socket's path ends at 107 bytes.
    pub fn open(run_dir: &Path, name: &str) -> Outcome<Link> {
        let failed = |errno: Errno| Failure::sys(Code::Shim, "connect", format!("reach the shim of {name}"), errno);
        let directory = File::open(run_dir)
            .map_err(|error| Failure::io(Code::Gone, "open", format!("open the run directory of {name}"), &error))?;
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).map_err(failed)?;
        let path = format!("/proc/self/fd/{}/sock", directory.as_raw_fd());
        connect(&socket, &SocketAddrUnix::new(path).map_err(failed)?).map_err(|errno| match errno {
            Errno::CONNREFUSED => shim_gone(name),
            errno => failed(errno),
        })?;
        Ok(Link { socket, name: name.to_string() })
    }

    pub fn attach(&self, size: Option<WindowSize>) -> Outcome<()> {
        let WindowSize { rows, columns } = size.unwrap_or(WindowSize { rows: 0, columns: 0 });
        self.ask(&Verb::Attach { rows, columns }).map_err(|failure| {
            if !failure.message.contains("unknown variant") {
                return failure;
            }
            let name = &self.name;
            let message = format!("{name} runs under a shim of an older version, which nobody can attach to until {name} is restarted; `reconcile logs -f {name}` shows what it writes");
            Failure::new(Code::Shim, message)
        })
    }

    pub fn signal(&self, signal: i32) -> Outcome<()> {
        self.ask(&Verb::Signal { signal })
    }

    fn ask(&self, verb: &Verb) -> Outcome<()> {
        let failed = |errno: Errno| Failure::sys(Code::Shim, "recv", format!("ask the shim of {}", self.name), errno);
        let text = serde_json::to_vec(verb).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        send(&self.socket, &text, SendFlags::NOSIGNAL).map_err(failed)?;
        let mut packet = vec![0; MAX_PACKET_BYTES];
        let (length, _) = recv(&self.socket, &mut packet[..], RecvFlags::empty()).map_err(failed)?;
        let reply: Reply = serde_json::from_slice(&packet[..length])
            .map_err(|_| Failure::new(Code::Shim, format!("the shim of {} gave no answer", self.name)))?;
        reply.error.map_or(Ok(()), Err)
    }

    pub fn next(&self) -> Packet {
        let mut packet = vec![0; MAX_PACKET_BYTES];
        match recv(&self.socket, &mut packet[..], RecvFlags::DONTWAIT) {
            Ok((length, _)) if length > 0 => Packet::Bytes { kind: packet[0], bytes: packet[1..length].to_vec() },
            Err(Errno::AGAIN | Errno::INTR) => Packet::Nothing,
            _ => Packet::End,
        }
    }

    /// False: not taken, try again when it is writable. One that is gone shows when it is read.
    pub fn type_in(&self, keys: &[u8]) -> bool {
        !matches!(self.send(viewing::INPUT, keys), Err(Errno::AGAIN | Errno::INTR | Errno::NOBUFS))
    }

    /// If keys are in its way, the next one tells again.
    pub fn resize(&self, WindowSize { rows, columns }: WindowSize) {
        let _ = self.send(viewing::SIZE, &[rows.to_le_bytes(), columns.to_le_bytes()].concat());
    }

    fn send(&self, kind: u8, bytes: &[u8]) -> Result<usize, Errno> {
        send(&self.socket, &[&[kind], bytes].concat(), SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
    }
}

/// It has a socket, and nobody listens.
fn shim_gone(name: &str) -> Failure {
    let message =
        format!("the shim of {name} was killed; a watcher, or else the next `reconcile --once`, makes another");
    Failure::new(Code::Shim, message)
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
