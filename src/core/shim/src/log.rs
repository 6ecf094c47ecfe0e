//! The container's log: Docker's json-file format from two pipes.

mod escape;
mod file;
mod lines;
mod time;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::SystemTime;

use rc_runtime::failure::Outcome;
use rc_runtime::protocol::Log;
use rc_runtime::protocol::viewing;
use rustix::io::Errno;

use crate::rundir::{Holder, RunDir};
use file::LogFile;
use lines::LineCutter;

const READ_BYTES: usize = 256 << 10;
/// The pipes hold 1 MiB each; more than that after the container's end is not its output.
const MAX_DRAIN_READS: u32 = 64;

struct Stream {
    /// Or a terminal's master.
    pipe: OwnedFd,
    lines: LineCutter,
    /// Of a packet to a viewer.
    kind: u8,
}

pub struct Logs {
    streams: Vec<Stream>,
    file: LogFile,
    buffer: Vec<u8>,
}

impl Logs {
    /// `payload`: of a container that runs already.
    pub fn open(rundir: &RunDir, log: &Log, payload: Option<i32>) -> Outcome<Logs> {
        let stream = |pipe: &str, name, number| {
            let holder = payload.map(|pid| Holder { pid, number });
            let kind = if number == 1 { viewing::STDOUT } else { viewing::STDERR };
            Ok(Stream { pipe: rundir.log_end(pipe, holder)?, lines: LineCutter::new(name), kind })
        };
        let streams = vec![stream("out", "stdout", 1)?, stream("err", "stderr", 2)?];
        Ok(Logs { streams, file: LogFile::open(log)?, buffer: vec![0; READ_BYTES] })
    }

    /// All that a terminal shows is one stream.
    pub fn follow_terminal(&mut self, master: OwnedFd) {
        self.streams = vec![Stream { pipe: master, lines: LineCutter::new("stdout"), kind: viewing::STDOUT }];
    }

    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.streams.iter().map(|stream| stream.pipe.as_fd())
    }

    /// Logs and shows what one read of each pipe gives; false if all were empty.
    pub fn read_once(&mut self, mut show: impl FnMut(u8, &[u8])) -> bool {
        let mut any = false;
        for stream in &mut self.streams {
            let length = match rustix::io::read(&stream.pipe, &mut self.buffer[..]) {
                Ok(length) => length,
                Err(Errno::AGAIN | Errno::INTR) => continue,
                Err(_) => 0,
            };
            if length > 0 {
                any = true;
                let now = time::rfc3339(SystemTime::now());
                show(stream.kind, &self.buffer[..length]);
                stream.lines.take(&self.buffer[..length], &now, |record| self.file.append(record));
            }
        }
        self.file.flush();
        any
    }

    /// What is left in the pipes after the container's end, and an unfinished last line.
    pub fn drain(&mut self, mut show: impl FnMut(u8, &[u8])) {
        for _ in 0..MAX_DRAIN_READS {
            if !self.read_once(&mut show) {
                break;
            }
        }
        for stream in &mut self.streams {
            stream.lines.end(|record| self.file.append(record));
        }
        self.file.flush();
    }

    pub fn lines_lost(&self) -> u64 {
        self.file.lines_lost()
    }
}
