//! The directory: one process lives in it at a time, and takes it away when it ends.

use std::fs::{self, File};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rc_runtime::daemon::{CONFIG, Config, LOCK, SOCKET};
use rc_runtime::failure::{Code, Failure, Outcome};
use rustix::fs::{FlockOperation, fstat};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};

use crate::rundir::{locked, read};

const BACKLOG: i32 = 128;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(2);

pub struct Place {
    dir: PathBuf,
    config: Config,
    lock: OwnedFd,
}

impl Place {
    /// E_BUSY: another one lives there, until `deadline` and longer. E_GONE: one has just ended, and took the directory away.
    pub fn take(dir: &Path, deadline: Instant) -> Outcome<Place> {
        Place::try_to_take(dir, deadline).map_err(|failure| match failure.errno {
            Some(libc::ENOENT) => Failure { code: Code::Gone, ..failure },
            _ => failure,
        })
    }

    fn try_to_take(dir: &Path, deadline: Instant) -> Outcome<Place> {
        let config = read(dir, CONFIG)?;
        loop {
            match locked(&dir.join(LOCK), FlockOperation::NonBlockingLockExclusive) {
                // One that ended meanwhile took the file away that it had locked.
                Ok(lock) if is_at(&lock, &dir.join(LOCK)) => return Ok(Place { dir: dir.into(), config, lock }),
                Err(failure) if failure.code != Code::Busy || Instant::now() >= deadline => return Err(failure),
                _ => std::thread::sleep(TRY_AGAIN_AFTER),
            }
        }
    }

    pub fn cgroup(&self) -> Option<&str> {
        self.config.cgroup.as_deref()
    }

    /// Through the directory's descriptor: a socket's path ends at 107 bytes.
    pub fn listen(&self) -> Outcome<OwnedFd> {
        let path = self.dir.join(SOCKET);
        let failed = |errno| Failure::sys(Code::Shim, "bind", format!("listen at {}", path.display()), errno);
        let _ = fs::remove_file(&path);
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).map_err(failed)?;
        let directory = File::open(&self.dir)
            .map_err(|error| Failure::io(Code::Shim, "open", format!("open {}", self.dir.display()), &error))?;
        let short = format!("/proc/self/fd/{}/{SOCKET}", directory.as_raw_fd());
        bind(&socket, &SocketAddrUnix::new(short).map_err(failed)?).map_err(failed)?;
        listen(&socket, BACKLOG).map_err(failed)?;
        Ok(socket)
    }

    /// Has somebody deleted the directory, and another process begun in its place?
    pub fn is_anothers(&self) -> bool {
        self.dir.join(SOCKET).exists() && !is_at(&self.lock, &self.dir.join(LOCK))
    }

    /// The data-root's directory goes with it, if nothing else runs.
    pub fn remove(self) {
        if !is_at(&self.lock, &self.dir.join(LOCK)) {
            return;
        }
        for name in [SOCKET, CONFIG, LOCK] {
            let _ = fs::remove_file(self.dir.join(name));
        }
        let _ = fs::remove_dir(&self.dir);
        if let Some(above) = self.dir.parent().filter(|above| above.ends_with(&self.config.root_id)) {
            let _ = fs::remove_dir(above);
        }
    }
}

fn is_at(file: &OwnedFd, path: &Path) -> bool {
    let (Ok(own), Ok(there)) = (fstat(file), fs::symlink_metadata(path)) else { return false };
    (own.st_dev, own.st_ino) == (there.dev(), there.ino())
}
