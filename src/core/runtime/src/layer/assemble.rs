//! The reverse of unpacking: tar-split and the files become the tar stream again, bit by bit.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use rustix::event::PollFlags;
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use serde::Deserialize;

use super::base64;
use super::bounds::MAX_SPLIT_LINE_BYTES;
use super::crc64::Crc64;
use super::digest::Hash;
use super::fault::{entry_failed, entry_refused, read_failure, refused};
use super::name;
use super::request::{AssembleRequest, Assembled};
use super::source::await_ready;
use super::tree::open_inside;
use crate::failure::{Code, Failure, Outcome};

const BUFFER_BYTES: usize = 256 * 1024;

#[derive(Deserialize)]
struct Line {
    r#type: u8,
    #[serde(default)]
    name: String,
    #[serde(default)]
    name_raw: Option<String>,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    payload: Option<String>,
}

/// Writes the stream to `pipe`. It is right only if this ends well: damage shows when the bytes are on their way.
pub fn assemble(request: &AssembleRequest, pipe: OwnedFd, cancel: &OwnedFd) -> Outcome<Assembled> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let failed = |path: &Path, errno| Failure::sys(Code::Io, "open", format!("open {}", path.display()), errno);
    let root = openat(CWD, &request.dir, flags, Mode::empty()).map_err(|errno| failed(&request.dir, errno))?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let split = openat(CWD, &request.tar_split, flags, Mode::empty());
    let split: File = split.map_err(|errno| failed(&request.tar_split, errno))?.into();
    rustix::io::ioctl_fionbio(&pipe, true).map_err(|errno| Failure::sys(Code::Internal, "ioctl", "the pipe", errno))?;
    let mut out = Out { pipe, cancel, hash: Hash::default(), bytes: 0 };
    let mut lines = BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(BufReader::new(split)));
    let mut text = Vec::new();
    while read_line(&mut lines, &mut text)? {
        let line: Line = serde_json::from_slice(&text).map_err(|error| broken(&error.to_string()))?;
        put(&root, &mut out, line)?;
    }
    let found = out.hash.text();
    if found != request.diff_id {
        let text = format!("the layer's files make {found}, it must be {}", request.diff_id);
        return Err(Failure::new(Code::Digest, text));
    }
    Ok(Assembled { diff_bytes: out.bytes })
}

fn read_line(lines: &mut impl BufRead, text: &mut Vec<u8>) -> Outcome<bool> {
    text.clear();
    let count = lines.take(MAX_SPLIT_LINE_BYTES).read_until(b'\n', text).map_err(read_failure)?;
    if count as u64 == MAX_SPLIT_LINE_BYTES {
        return Err(broken("a line is too long"));
    }
    Ok(count > 0)
}

fn put(root: &OwnedFd, out: &mut Out, line: Line) -> Outcome<()> {
    let payload = line.payload.map_or(Some(Vec::new()), |text| base64::decode(text.as_bytes()));
    let payload = payload.ok_or_else(|| broken("a payload is not base64"))?;
    match line.r#type {
        2 => out.send(&payload),
        1 if line.size == 0 => Ok(()),
        1 => {
            let raw = line.name_raw.filter(|raw| !raw.is_empty());
            let name = raw.map_or(Some(line.name.into_bytes()), |raw| base64::decode(raw.as_bytes()));
            let name = name.ok_or_else(|| broken("a name is not base64"))?;
            contents(root, out, &name, line.size, &payload)
        }
        other => Err(broken(&format!("entry type {other} is not known"))),
    }
}

fn contents(root: &OwnedFd, out: &mut Out, entry: &[u8], bytes: u64, checksum: &[u8]) -> Outcome<()> {
    let mut file = open_file(root, entry)?;
    let mut crc = Crc64::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut left = bytes;
    while left > 0 {
        let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = file
            .read(&mut buffer[..room])
            .map_err(|error| entry_failed(entry, "read")(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        if count == 0 {
            return Err(entry_refused(entry, format!("its file is shorter than {bytes} bytes")));
        }
        crc.update(&buffer[..count]);
        out.send(&buffer[..count])?;
        left -= count as u64;
    }
    if crc.bytes() == checksum {
        Ok(())
    } else {
        Err(entry_refused(entry, "its file has changed since it was unpacked"))
    }
}

/// Looked at before it is opened: opening a device or a FIFO does something.
fn open_file(root: &OwnedFd, entry: &[u8]) -> Outcome<File> {
    let path = name::inside(entry);
    let place = open_inside(root, &path, OFlags::PATH | OFlags::NOFOLLOW).map_err(entry_failed(entry, "openat2"))?;
    let found = fstat(&place).map_err(entry_failed(entry, "fstat"))?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Err(entry_refused(entry, "it is no regular file any more"));
    }
    let path = format!("/proc/self/fd/{}", place.as_raw_fd());
    let file = openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    Ok(file.map_err(entry_failed(entry, "open"))?.into())
}

struct Out<'a> {
    pipe: OwnedFd,
    cancel: &'a OwnedFd,
    hash: Hash,
    bytes: u64,
}

impl Out<'_> {
    fn send(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.write_all(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::new(Code::Gone, "nobody reads the layer any more"),
            _ => read_failure(error),
        })
    }
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        loop {
            match rustix::io::write(&self.pipe, bytes) {
                Err(Errno::AGAIN) => await_ready(&self.pipe, PollFlags::OUT, self.cancel)?,
                other => return Ok(other?),
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn broken(why: &str) -> Failure {
    refused(format!("tar-split.json.gz can't be read: {why}"))
}
