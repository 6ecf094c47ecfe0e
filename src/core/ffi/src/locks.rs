//! flock(2) locks that TypeScript holds; Node has no call for them.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::sync::{Mutex, PoisonError};

use rc_runtime::failure::{Code, Failure, Outcome};
use rustix::fs::{FlockOperation, flock, major, minor};
use rustix::io::Errno;

use crate::request::LockMode;

#[derive(Default)]
pub struct Locks {
    held: Mutex<(u32, BTreeMap<u32, File>)>,
}

/// A lock file that others replace all the time is not ours to have.
const ATTEMPTS: u32 = 5;

impl Locks {
    pub fn take(&self, path: &str, mode: LockMode, create: bool) -> Outcome<u32> {
        for _ in 0..ATTEMPTS {
            let file = open(path, create)?;
            lock(&file, path, mode)?;
            if is_still_at(&file, path) {
                let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
                held.0 += 1;
                let id = held.0;
                held.1.insert(id, file);
                return Ok(id);
            }
        }
        Err(Failure::new(Code::Busy, format!("lock {path}: it is replaced again and again")).at(path))
    }

    pub fn release(&self, id: u32) -> Outcome<()> {
        let file = self.held.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&id);
        file.map(drop).ok_or_else(|| Failure::new(Code::Gone, format!("lock {id} is not held")))
    }
}

fn open(path: &str, create: bool) -> Outcome<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map_err(|error| Failure::io(Code::Io, "open", format!("lock {path}"), &error).at(path))
}

fn lock(file: &File, path: &str, mode: LockMode) -> Outcome<()> {
    let operation = match mode {
        LockMode::Shared => FlockOperation::NonBlockingLockShared,
        LockMode::Exclusive => FlockOperation::NonBlockingLockExclusive,
    };
    match flock(file, operation) {
        Err(Errno::WOULDBLOCK) => {
            let holder = holder(file).map_or("another process".to_string(), |pid| format!("process {pid}"));
            Err(Failure::new(Code::Busy, format!("lock {path}: held by {holder}")).at(path))
        }
        result => result.map_err(|errno| Failure::sys(Code::Io, "flock", format!("lock {path}"), errno).at(path)),
    }
}

/// A lock on a file that was unlinked meanwhile keeps nobody out.
fn is_still_at(file: &File, path: &str) -> bool {
    let (Ok(locked), Ok(named)) = (file.metadata(), std::fs::symlink_metadata(path)) else { return false };
    locked.dev() == named.dev() && locked.ino() == named.ino()
}

/// `1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF` (proc_locks(5)); a help for people, no more.
fn holder(file: &File) -> Option<i32> {
    let meta = file.metadata().ok()?;
    let place = format!("{:02x}:{:02x}:{}", major(meta.dev()), minor(meta.dev()), meta.ino());
    match std::fs::read_to_string("/proc/locks") {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        text => text.ok()?.lines().find_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let flock = fields.next() == Some("FLOCK");
            let pid = fields.nth(2)?.parse().ok()?;
            (flock && fields.next() == Some(place.as_str()) && pid > 0).then_some(pid)
        }),
    }
}
