//! Writes tar-split.json.gz: all bytes of the tar stream that are not the contents of files, and the order of both.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::base64;
use super::crc64::Crc64;
use crate::failure::{Code, Failure, Outcome};

/// Raw bytes are cut here; readers join adjacent pieces.
const MAX_RAW_BYTES: usize = 64 * 1024;

pub struct SplitWriter {
    out: BufWriter<GzEncoder<File>>,
    raw: Vec<u8>,
    line: Vec<u8>,
    position: u64,
}

impl SplitWriter {
    pub fn create(path: &Path) -> Outcome<Self> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path);
        let file = made.map_err(|error| Failure::io(Code::Io, "open", format!("make {}", path.display()), &error))?;
        let out = BufWriter::with_capacity(MAX_RAW_BYTES, GzEncoder::new(file, Compression::fast()));
        Ok(SplitWriter { out, raw: Vec::new(), line: Vec::new(), position: 0 })
    }

    pub fn raw(&mut self, bytes: &[u8]) -> Outcome<()> {
        for part in bytes.chunks(MAX_RAW_BYTES) {
            if self.raw.len() + part.len() > MAX_RAW_BYTES {
                self.flush_raw()?;
            }
            self.raw.extend_from_slice(part);
        }
        Ok(())
    }

    /// A member; `content` is the size and checksum of the bytes that are left out of the raw ones.
    pub fn member(&mut self, name: &[u8], content: Option<(u64, &Crc64)>) -> Outcome<()> {
        self.flush_raw()?;
        self.line.extend_from_slice(b"{\"type\":1,");
        match std::str::from_utf8(name) {
            Ok(text) => {
                self.line.extend_from_slice(b"\"name\":");
                serde_json::to_writer(&mut self.line, text)
                    .map_err(|error| Failure::new(Code::Internal, format!("tar-split: {error}")))?;
            }
            Err(_) => {
                self.line.extend_from_slice(b"\"name_raw\":\"");
                base64::encode(name, &mut self.line);
                self.line.push(b'"');
            }
        }
        match content {
            Some((bytes, crc)) => {
                self.line.extend_from_slice(format!(",\"size\":{bytes},\"payload\":\"").as_bytes());
                base64::encode(&crc.bytes(), &mut self.line);
                self.line.push(b'"');
            }
            None => self.line.extend_from_slice(b",\"payload\":null"),
        }
        self.end_line()
    }

    pub fn finish(mut self) -> Outcome<()> {
        self.flush_raw()?;
        let encoder = self.out.into_inner().map_err(|error| failed(error.error()))?;
        encoder.finish().map_err(|error| failed(&error)).map(drop)
    }

    fn flush_raw(&mut self) -> Outcome<()> {
        if self.raw.is_empty() {
            return Ok(());
        }
        self.line.extend_from_slice(b"{\"type\":2,\"payload\":\"");
        base64::encode(&self.raw, &mut self.line);
        self.line.push(b'"');
        self.raw.clear();
        self.end_line()
    }

    fn end_line(&mut self) -> Outcome<()> {
        self.line.extend_from_slice(format!(",\"position\":{}}}\n", self.position).as_bytes());
        self.position += 1;
        self.out.write_all(&self.line).map_err(|error| failed(&error))?;
        self.line.clear();
        Ok(())
    }
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::io(Code::Io, "write", "write tar-split.json.gz", error)
}
