//! The log file: batched appends, rotation, and a full disk that never blocks the container.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::SystemTime;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::Log;

use super::lines::write_record;
use super::time::rfc3339;

const BATCH_BYTES: usize = 1 << 20;

pub struct LogFile {
    path: PathBuf,
    max_size_bytes: Option<u64>,
    max_file: u32,
    file: File,
    size_bytes: u64,
    batch: Vec<u8>,
    /// Since the last notice in the log.
    lost: u64,
    lost_in_total: u64,
}

fn open_append(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o640).open(path)
}

/// A shim killed inside write(2) leaves half a record, which no reader of this format gets over. Returns the size.
fn cut_half_record(file: &File) -> io::Result<u64> {
    /// More than the longest record: 16 KiB, each byte as `\u00xx`.
    const TAIL_BYTES: u64 = 128 << 10;
    let size = file.metadata()?.len();
    let from = size.saturating_sub(TAIL_BYTES);
    let mut tail = vec![0; (size - from) as usize];
    file.read_exact_at(&mut tail, from)?;
    let whole = match tail.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => from + last as u64 + 1,
        None => from,
    };
    if whole < size {
        file.set_len(whole)?;
    }
    Ok(whole)
}

impl LogFile {
    pub fn open(log: &Log) -> Outcome<LogFile> {
        let path = PathBuf::from(&log.path);
        let failed =
            |error: io::Error| Failure::io(Code::Shim, "open", format!("open {}", log.path), &error).at(&log.path);
        let file = open_append(&path).map_err(failed)?;
        let size_bytes = cut_half_record(&file).map_err(failed)?;
        Ok(LogFile {
            path,
            max_size_bytes: log.max_size_bytes.filter(|bytes| *bytes > 0),
            max_file: log.max_file.max(1),
            file,
            size_bytes,
            batch: Vec::with_capacity(BATCH_BYTES),
            lost: 0,
            lost_in_total: 0,
        })
    }

    pub fn lines_lost(&self) -> u64 {
        self.lost_in_total
    }

    /// Rotation is checked before a write, so a file ends up to one record above the limit, as Docker's do.
    pub fn append(&mut self, record: &[u8]) {
        let limit = self.max_size_bytes.unwrap_or(u64::MAX);
        if self.size_bytes + self.batch.len() as u64 >= limit {
            self.flush();
            if self.size_bytes >= limit {
                self.rotate();
            }
        }
        self.batch.extend_from_slice(record);
        if self.batch.len() >= BATCH_BYTES {
            self.flush();
        }
    }

    pub fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        self.leave_deleted_file();
        self.write_notice();
        let batch = std::mem::take(&mut self.batch);
        let kept = if self.lost == 0 { self.write_whole_records(&batch) } else { 0 };
        let lost = count_lines(&batch[kept..]);
        self.lost += lost;
        self.lost_in_total += lost;
        self.batch = batch;
        self.batch.clear();
    }

    /// What is written to a file without a name is lost: a new one is begun, where its directory is still there.
    fn leave_deleted_file(&mut self) {
        if self.file.metadata().is_ok_and(|file| file.nlink() > 0) {
            return;
        }
        let begun = open_append(&self.path).and_then(|file| Ok((cut_half_record(&file)?, file)));
        if let Ok((size_bytes, file)) = begun {
            (self.file, self.size_bytes) = (file, size_bytes);
        }
    }

    /// Says how many lines are missing before the first that fits again.
    fn write_notice(&mut self) {
        if self.lost > 0 {
            let mut record = vec![];
            let text = format!("reconcile: {} lines lost: the log could not be written\n", self.lost);
            write_record(&mut record, text.as_bytes(), "stderr", &rfc3339(SystemTime::now()));
            if self.write_whole_records(&record) == record.len() {
                self.lost = 0;
            }
        }
    }

    /// How many bytes of `records` are in the file now; a half-written record is cut off again.
    fn write_whole_records(&mut self, records: &[u8]) -> usize {
        let mut written = 0;
        while written < records.len() {
            match self.file.write(&records[written..]) {
                Ok(0) => break,
                Ok(length) => written += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let kept = records[..written].iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        if kept < written {
            let _ = self.file.set_len(self.size_bytes + kept as u64);
        }
        self.size_bytes += kept as u64;
        kept
    }

    /// `.N-1` goes, `.i` becomes `.i+1`, the current file `.1`. If that fails, the current file goes on.
    fn rotate(&mut self) {
        let numbered = |number: u32| PathBuf::from(format!("{}.{number}", self.path.display()));
        let oldest = self.max_file.saturating_sub(1).max(1);
        let _ = fs::remove_file(numbered(oldest));
        for number in (1..oldest).rev() {
            let _ = fs::rename(numbered(number), numbered(number + 1));
        }
        if fs::rename(&self.path, numbered(1)).is_err() {
            return;
        }
        if let Ok(file) = open_append(&self.path) {
            self.file = file;
            self.size_bytes = 0;
        }
    }
}

fn count_lines(records: &[u8]) -> u64 {
    records.iter().filter(|byte| **byte == b'\n').count() as u64
}
