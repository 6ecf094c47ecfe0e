//! One question to one name server, from a port of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

use super::message::u16_at;

/// The largest that comes by UDP.
const DATAGRAM_BYTES: usize = 65536;

pub enum Exchange {
    /// Connected: the kernel drops what others send.
    Udp(UdpSocket),
    Tcp {
        socket: TcpStream,
        unsent: Vec<u8>,
        read: Vec<u8>,
    },
}

pub enum Progress {
    /// Or something that may be one.
    Answer(Vec<u8>),
    Waits,
    Failed,
}

impl Exchange {
    pub fn begin(server: SocketAddr, packet: &[u8], by_tcp: bool) -> std::io::Result<Exchange> {
        let family = if server.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let kind = if by_tcp { SocketType::STREAM } else { SocketType::DGRAM };
        let socket = socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
        match connect(&socket, &server) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(errno) => return Err(errno.into()),
        }
        if !by_tcp {
            let socket = UdpSocket::from(socket);
            socket.send(packet)?;
            return Ok(Exchange::Udp(socket));
        }
        let unsent = [&(packet.len() as u16).to_be_bytes(), packet].concat();
        Ok(Exchange::Tcp { socket: socket.into(), unsent, read: vec![] })
    }

    pub fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Exchange::Udp(socket) => socket.as_fd(),
            Exchange::Tcp { socket, .. } => socket.as_fd(),
        }
    }

    pub fn wants_to_write(&self) -> bool {
        matches!(self, Exchange::Tcp { unsent, .. } if !unsent.is_empty())
    }

    pub fn go_on(&mut self) -> Progress {
        match self {
            Exchange::Udp(socket) => {
                let mut buffer = [0; DATAGRAM_BYTES];
                match socket.recv(&mut buffer) {
                    Ok(length) => Progress::Answer(buffer[..length].to_vec()),
                    Err(error) => waits_or_failed(&error),
                }
            }
            Exchange::Tcp { socket, unsent, read } => match write_some(socket, unsent) {
                Ok(()) if unsent.is_empty() => read_answer(socket, read),
                Ok(()) => Progress::Waits,
                Err(_) => Progress::Failed,
            },
        }
    }
}

fn waits_or_failed(error: &std::io::Error) -> Progress {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Progress::Waits,
        _ => Progress::Failed,
    }
}

fn read_answer(socket: &mut TcpStream, read: &mut Vec<u8>) -> Progress {
    let mut buffer = [0; 4096];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return Progress::Failed,
            Ok(length) => read.extend_from_slice(&buffer[..length]),
            Err(error) => return waits_or_failed(&error),
        }
        let Some(length) = u16_at(read, 0) else { continue };
        if let Some(answer) = read.get(2..2 + usize::from(length)) {
            return Progress::Answer(answer.to_vec());
        }
    }
}

/// As much as goes; the rest stays.
pub fn write_some(socket: &mut TcpStream, unsent: &mut Vec<u8>) -> std::io::Result<()> {
    while !unsent.is_empty() {
        match socket.write(unsent) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => drop(unsent.drain(..count)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
