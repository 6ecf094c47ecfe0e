//! Who is attached: they are shown what the container writes, and what they type is the container's, where it has a terminal. None of
//! them ever holds up the container or another one: what is not taken in time waits a while, the oldest of it is skipped, and counted.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::viewing;
use rc_runtime::sys::terminal::WindowSize;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::terminal::Terminal;

const MAX_VIEWERS: usize = 16;
const MAX_SHOWN_BYTES: usize = 16 << 10;
const MAX_PACKET_BYTES: usize = 16 << 10;
/// Of one viewer that is slower than what it is shown: the newest, so that it always comes to see where things stand.
const MAX_LATE_BYTES: usize = 64 << 10;
/// Of one viewer, before others have their turn.
const MAX_PACKETS_AT_ONCE: u32 = 16;
/// What each packet that waits costs beyond its bytes, or a container that writes them singly, to both of its outputs in turn, would
/// fill the shim's memory.
const PACKET_COST_BYTES: usize = 64;
/// For the last words to all.
const END_WITHIN: Duration = Duration::from_millis(50);

#[derive(Default)]
pub struct Viewers(Vec<Viewer>);

struct Viewer {
    socket: OwnedFd,
    /// Shown, and not taken by it yet: the kind and the bytes of each.
    late: VecDeque<(u8, Vec<u8>)>,
    late_bytes: usize,
    skipped_bytes: u64,
    /// Typed, and not taken by the terminal yet.
    waiting: Vec<u8>,
}

impl Viewers {
    pub fn refuse_too_many(&self) -> Outcome<()> {
        if self.0.len() < MAX_VIEWERS {
            return Ok(());
        }
        Err(Failure::new(Code::Busy, format!("{MAX_VIEWERS} are attached already")))
    }

    pub fn add(&mut self, socket: OwnedFd) {
        self.0.push(Viewer { socket, late: VecDeque::new(), late_bytes: 0, skipped_bytes: 0, waiting: vec![] });
    }

    pub fn show(&mut self, kind: u8, bytes: &[u8]) {
        if self.0.is_empty() {
            return;
        }
        for some in bytes.chunks(MAX_SHOWN_BYTES) {
            self.0.retain_mut(|viewer| viewer.show(kind, some));
        }
    }

    /// The last word to each; those who take nothing any more find it in the record.
    pub fn end(self, code: u8) {
        let deadline = Instant::now() + END_WITHIN;
        for mut viewer in self.0 {
            viewer.late.push_back((viewing::EXITED, code.to_string().into_bytes()));
            while viewer.catch_up() && !viewer.late.is_empty() {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                let mut writable = [PollFd::from_borrowed_fd(viewer.socket.as_fd(), PollFlags::OUT)];
                let _ = poll(&mut writable, Some(&Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() }));
            }
        }
    }

    /// Whose keys wait is not listened to: they would have to be kept.
    pub fn wanted(&self) -> impl Iterator<Item = PollFd<'_>> {
        self.0.iter().map(|viewer| {
            let mut wanted = PollFlags::empty();
            wanted.set(PollFlags::IN, viewer.waiting.is_empty());
            wanted.set(PollFlags::OUT, !viewer.late.is_empty());
            PollFd::from_borrowed_fd(viewer.socket.as_fd(), wanted)
        })
    }

    pub fn wait_for_terminal(&self) -> bool {
        self.0.iter().any(|viewer| !viewer.waiting.is_empty())
    }

    pub fn serve(&mut self, terminal: Option<&Terminal>) {
        self.0.retain_mut(|viewer| viewer.serve(terminal));
    }
}

impl Viewer {
    /// False: it is gone.
    fn show(&mut self, kind: u8, bytes: &[u8]) -> bool {
        match self.late.back_mut() {
            Some((last, late)) if *last == kind && late.len() + bytes.len() <= MAX_SHOWN_BYTES => late.extend(bytes),
            _ => self.late.push_back((kind, bytes.to_vec())),
        }
        self.late_bytes += bytes.len();
        if !self.catch_up() {
            return false;
        }
        while self.late_bytes + self.late.len() * PACKET_COST_BYTES > MAX_LATE_BYTES {
            let skipped = self.late.pop_front().map_or(0, |(_, bytes)| bytes.len());
            self.late_bytes -= skipped;
            self.skipped_bytes += skipped as u64;
        }
        true
    }

    /// False: it is gone.
    fn catch_up(&mut self) -> bool {
        if self.skipped_bytes > 0 {
            match self.packet(viewing::SKIPPED, self.skipped_bytes.to_string().as_bytes()) {
                Sent::Taken => self.skipped_bytes = 0,
                Sent::Full => return true,
                Sent::Gone => return false,
            }
        }
        while let Some((kind, bytes)) = self.late.front() {
            match self.packet(*kind, bytes) {
                Sent::Taken => {}
                Sent::Full => return true,
                Sent::Gone => return false,
            }
            self.late_bytes = self.late_bytes.saturating_sub(bytes.len());
            self.late.pop_front();
        }
        true
    }

    fn packet(&self, kind: u8, bytes: &[u8]) -> Sent {
        match send(&self.socket, &[&[kind], bytes].concat(), SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(_) => Sent::Taken,
            Err(Errno::AGAIN | Errno::INTR | Errno::NOBUFS) => Sent::Full,
            Err(_) => Sent::Gone,
        }
    }

    /// False: it is gone, or says what nobody understands.
    fn serve(&mut self, terminal: Option<&Terminal>) -> bool {
        if !self.catch_up() {
            return false;
        }
        let mut packet = [0; MAX_PACKET_BYTES];
        for _ in 0..MAX_PACKETS_AT_ONCE {
            if let (false, Some(terminal)) = (self.waiting.is_empty(), terminal) {
                let taken = terminal.type_in(&self.waiting);
                self.waiting.drain(..taken);
            }
            if !self.waiting.is_empty() {
                return !self.has_hung_up();
            }
            let length = match recv(&self.socket, &mut packet[..], RecvFlags::DONTWAIT) {
                Ok((_, 0)) => return false,
                Ok((length, _)) => length,
                Err(Errno::AGAIN | Errno::INTR) => return true,
                Err(_) => return false,
            };
            match (packet[0], &packet[1..length]) {
                (viewing::INPUT, keys) => self.waiting.extend(terminal.iter().flat_map(|_| keys)),
                (viewing::SIZE, &[rows, more_rows, columns, more_columns]) => {
                    let rows = u16::from_le_bytes([rows, more_rows]);
                    let columns = u16::from_le_bytes([columns, more_columns]);
                    terminal.inspect(|terminal| terminal.resize(WindowSize { rows, columns }));
                }
                _ => return false,
            }
        }
        true
    }

    fn has_hung_up(&self) -> bool {
        let mut seen = [PollFd::from_borrowed_fd(self.socket.as_fd(), PollFlags::empty())];
        poll(&mut seen, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
    }
}

#[derive(PartialEq, Eq)]
enum Sent {
    Taken,
    /// Its reader is too slow.
    Full,
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_takes_nothing_costs_little_however_small_the_pieces_are() {
        use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
        let (ours, _theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        let mut viewers = Viewers::default();
        viewers.add(ours);
        for _ in 0..50_000 {
            viewers.show(viewing::STDOUT, b"1");
            viewers.show(viewing::STDERR, b"2");
        }
        let waiting: usize = viewers.0[0].late.iter().map(|(_, bytes)| bytes.len() + size_of::<(u8, Vec<u8>)>()).sum();
        assert!(waiting <= MAX_LATE_BYTES, "{waiting}");
    }
}
