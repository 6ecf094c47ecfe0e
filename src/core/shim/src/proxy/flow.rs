//! Bytes of one direction of a connection: what one end gives, as fast as the other takes it, and the end of it.

use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// Before other connections have their turn.
pub const TURN_BYTES: usize = 1 << 20;
/// What one call reads.
pub const CHUNK_BYTES: usize = 128 * 1024;
/// The same once much is waiting for ends that take nothing.
pub const SMALL_CHUNK_BYTES: usize = 4096;
/// How much that is, of all connections together.
pub const MUCH_BYTES: usize = 16 << 20;

/// A socket, and what it is known to be ready for: told once (EPOLLET), until a call says otherwise.
pub struct End {
    pub socket: TcpStream,
    readable: bool,
    writable: bool,
    /// An end or an error waits behind the bytes.
    ends: bool,
}

impl End {
    pub fn new(socket: TcpStream) -> End {
        End { socket, readable: false, writable: false, ends: false }
    }

    /// What came before an error is still read; then the next call finds the error.
    pub fn becomes(&mut self, flags: EventFlags) {
        self.ends |= flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR);
        self.readable |= flags.contains(EventFlags::IN) || self.ends;
        self.writable |= flags.intersects(EventFlags::OUT | EventFlags::ERR);
    }
}

#[derive(Default)]
pub struct Flow {
    /// Read, and not taken yet.
    unsent: Vec<u8>,
    has_ended: bool,
    is_shut: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// For one of its ends.
    Waits,
    /// For its next turn.
    HasMore,
    /// Both ends know.
    Ended,
    Broken,
}

/// What is shared by all flows of a thread.
pub struct Room {
    buffer: Vec<u8>,
    /// Of all flows.
    pub unsent_bytes: usize,
}

impl Room {
    pub fn new() -> Room {
        Room { buffer: vec![0; CHUNK_BYTES], unsent_bytes: 0 }
    }

    fn chunk_bytes(&self) -> usize {
        if self.unsent_bytes < MUCH_BYTES { CHUNK_BYTES } else { SMALL_CHUNK_BYTES }
    }
}

impl Flow {
    pub fn unsent_bytes(&self) -> usize {
        self.unsent.len()
    }

    /// Nothing is read before what was read is taken: a slow end slows the other one.
    pub fn go_on(&mut self, from: &mut End, to: &mut End, room: &mut Room) -> Progress {
        let mut turn = 0;
        loop {
            if self.is_shut {
                return Progress::Ended;
            }
            if !self.unsent.is_empty() || self.has_ended {
                match self.flush(to, room) {
                    Progress::HasMore => {}
                    other => return other,
                }
            }
            if !from.readable || !to.writable {
                return Progress::Waits;
            }
            if turn >= TURN_BYTES {
                return Progress::HasMore;
            }
            let chunk = room.chunk_bytes();
            match recv(from.socket.as_fd(), &mut room.buffer[..chunk], RecvFlags::DONTWAIT) {
                Ok((_, 0)) => self.has_ended = true,
                Ok((_, count)) => {
                    // A short one took all that was there.
                    from.readable = count == chunk || from.ends;
                    turn += count;
                    let Ok(sent) = put(to, &room.buffer[..count]) else { return Progress::Broken };
                    if sent < count {
                        self.unsent = room.buffer[sent..count].to_vec();
                        room.unsent_bytes += count - sent;
                    }
                }
                Err(Errno::AGAIN) => from.readable = false,
                Err(Errno::INTR) => {}
                Err(_) => return Progress::Broken,
            }
        }
    }

    /// HasMore: all is sent, and there may be more to read.
    fn flush(&mut self, to: &mut End, room: &mut Room) -> Progress {
        if !self.unsent.is_empty() {
            if !to.writable {
                return Progress::Waits;
            }
            let Ok(sent) = put(to, &self.unsent) else { return Progress::Broken };
            room.unsent_bytes -= sent;
            if sent < self.unsent.len() {
                self.unsent.drain(..sent);
                return Progress::Waits;
            }
            self.unsent = vec![];
        }
        if !self.has_ended {
            return Progress::HasMore;
        }
        // Not connected any more: then the other flow says so.
        let _ = to.socket.shutdown(Shutdown::Write);
        self.is_shut = true;
        Progress::Ended
    }
}

/// How much of it went; where that isn't all, the end says when it takes more.
fn put(to: &mut End, bytes: &[u8]) -> Result<usize, Errno> {
    let mut sent = 0;
    while sent < bytes.len() && to.writable {
        match send(to.socket.as_fd(), &bytes[sent..], SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(count) => sent += count,
            Err(Errno::AGAIN) => to.writable = false,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(sent)
}
