//! The container's run directory: which files are in it, and how each is made, read and removed.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{ExitRecord, StartPlan, State};
use rustix::fs::{CWD, FileType, FlockOperation, Mode, OFlags, flock, fstat, mknodat, openat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use rustix::pipe::fcntl_setpipe_size;
use serde::Serialize;
use serde::de::DeserializeOwned;

const PIPE_BYTES: usize = 1 << 20;
const BACKLOG: i32 = 16;

pub struct RunDir {
    path: PathBuf,
    /// Device and inode: a directory of that name may be another run's by the time that this one ends.
    identity: (u64, u64),
    /// Held for as long as this shim is the container's shim.
    lock: OwnedFd,
}

/// Who else has a pipe: a process, and its descriptor's number.
pub struct Holder {
    pub pid: i32,
    pub number: i32,
}

/// Whatever the process put there meanwhile, only a pipe is opened.
fn held_pipe(holder: &Holder) -> Option<OwnedFd> {
    let place = format!("/proc/{}/fd/{}", holder.pid, holder.number);
    let place = openat(CWD, place, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let is_pipe = FileType::from_raw_mode(fstat(&place).ok()?.st_mode) == FileType::Fifo;
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    is_pipe.then(|| openat(CWD, format!("/proc/self/fd/{}", place.as_raw_fd()), flags, Mode::empty()).ok())?
}

fn identity_of(path: &Path) -> Outcome<(u64, u64)> {
    let meta = fs::symlink_metadata(path).map_err(failed_io("stat", path))?;
    Ok((meta.dev(), meta.ino()))
}

fn failed(syscall: &'static str, path: &Path) -> impl Fn(Errno) -> Failure {
    let path = path.display().to_string();
    move |errno| Failure::sys(Code::Shim, syscall, format!("{syscall} {path}"), errno).at(path.clone())
}

fn failed_io(syscall: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::io(Code::Shim, syscall, format!("{syscall} {path}"), &error).at(path.clone())
}

/// An exclusive or shared flock, or E_BUSY at once.
pub fn locked(path: &Path, operation: FlockOperation) -> Outcome<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
    let file = openat(CWD, path, flags, Mode::from_raw_mode(0o600)).map_err(failed("open", path))?;
    match flock(&file, operation) {
        Ok(()) => Ok(file),
        Err(Errno::AGAIN) => Err(Failure::new(Code::Busy, format!("{} is locked by another process", path.display()))
            .at(path.to_string_lossy())),
        Err(errno) => Err(failed("flock", path)(errno)),
    }
}

/// A file of a run directory, `plan` or `state`; needs no lock, since both are replaced as a whole.
pub fn read<T: DeserializeOwned>(run_dir: &Path, name: &str) -> Outcome<T> {
    let path = run_dir.join(name);
    let bytes = fs::read(&path).map_err(failed_io("read", &path))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(Code::Spec, format!("{}: {error}", path.display())).at(path.to_string_lossy()))
}

impl RunDir {
    /// Takes the shim's lock; E_BUSY if a live shim has it.
    pub fn open(path: &str) -> Outcome<RunDir> {
        let path = PathBuf::from(path);
        let lock = locked(&path.join("lock"), FlockOperation::NonBlockingLockExclusive)?;
        Ok(RunDir { identity: identity_of(&path)?, path, lock })
    }

    pub fn plan(&self) -> Outcome<StartPlan> {
        self.json("plan")
    }

    pub fn state(&self) -> Outcome<State> {
        self.json("state")
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Outcome<T> {
        read(&self.path, name)
    }

    pub fn write_state(&self, state: &State) -> Outcome<()> {
        self.write_json("state", state)
    }

    /// For whoever looks at this run next: the record could not be written where it belongs.
    pub fn keep_exit(&self, record: &ExitRecord) -> Outcome<()> {
        self.write_json("exit", record)
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Outcome<()> {
        let (path, temporary) = (self.path.join(name), self.path.join(format!("{name}.tmp")));
        let text = serde_json::to_vec(value).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(failed_io("open", &temporary))?;
        file.write_all(&text).map_err(failed_io("write", &temporary))?;
        fs::rename(&temporary, &path).map_err(failed_io("rename", &path))
    }

    pub fn make_pipes(&self) -> Outcome<()> {
        for name in ["out", "err"].into_iter().filter(|name| !self.has(name)) {
            let path = self.path.join(name);
            mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).map_err(failed("mkfifo", &path))?;
        }
        Ok(())
    }

    /// The container's end: blocking, and a reader too, so that the pipe never breaks.
    pub fn payload_end(&self, name: &str) -> Outcome<OwnedFd> {
        self.open_pipe(name, OFlags::RDWR)
    }

    /// The shim's end: a writer too, so that the container closing its end is no end of file. Where the file was deleted, the
    /// container that runs still has the pipe.
    pub fn log_end(&self, name: &str, holder: Option<Holder>) -> Outcome<OwnedFd> {
        let held = holder.filter(|_| !self.has(name)).and_then(|holder| held_pipe(&holder));
        let pipe = match held {
            Some(pipe) => pipe,
            None => self.make_pipes().and_then(|()| self.open_pipe(name, OFlags::RDWR | OFlags::NONBLOCK))?,
        };
        // A smaller pipe only blocks the container earlier while there is no shim.
        let _ = fcntl_setpipe_size(&pipe, PIPE_BYTES);
        Ok(pipe)
    }

    fn open_pipe(&self, name: &str, flags: OFlags) -> Outcome<OwnedFd> {
        let path = self.path.join(name);
        openat(CWD, &path, flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty()).map_err(failed("open", &path))
    }

    /// Addressed through the directory's descriptor: a socket's path ends at 107 bytes.
    pub fn listen(&self) -> Outcome<OwnedFd> {
        let path = self.path.join("sock");
        let fail = failed("bind", &path);
        let _ = fs::remove_file(&path);
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).map_err(&fail)?;
        let directory = File::open(&self.path).map_err(failed_io("open", &self.path))?;
        let short = format!("/proc/self/fd/{}/sock", directory.as_raw_fd());
        bind(&socket, &SocketAddrUnix::new(short).map_err(&fail)?).map_err(&fail)?;
        listen(&socket, BACKLOG).map_err(&fail)?;
        Ok(socket)
    }

    /// What a start made before it failed. The plan stays its writer's.
    pub fn remove_what_run_made(&self) {
        for name in ["out", "err", "sock", "state", "state.tmp", "lock"] {
            let _ = fs::remove_file(self.path.join(name));
        }
    }

    fn has(&self, name: &str) -> bool {
        self.path.join(name).symlink_metadata().is_ok()
    }

    /// Makes what somebody deleted of a run that goes on; the new socket, if that was missing. Not the pipes: new ones would
    /// lead nowhere. The state comes last: who sees it finds the rest.
    pub fn restore(&mut self, plan: &StartPlan, state: &State) -> Outcome<Option<OwnedFd>> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path).map_err(failed_io("mkdir", &self.path))?;
        self.identity = identity_of(&self.path)?;
        if !self.has("lock") {
            self.lock = locked(&self.path.join("lock"), FlockOperation::NonBlockingLockExclusive)?;
        }
        if !self.has("plan") {
            self.write_json("plan", plan)?;
        }
        let listener = if self.has("sock") { None } else { Some(self.listen()?) };
        if !self.has("state") {
            self.write_state(state)?;
        }
        Ok(listener)
    }

    /// All of it, the lock's file last; then the data-root's directory, if this was its last run.
    pub fn remove(self, root_id: &str) {
        if identity_of(&self.path).ok() != Some(self.identity) {
            return;
        }
        for name in ["plan", "plan.tmp"] {
            let _ = fs::remove_file(self.path.join(name));
        }
        self.remove_what_run_made();
        let _ = fs::remove_dir(&self.path);
        if let Some(above) = self.path.parent().filter(|above| above.ends_with(root_id)) {
            let _ = fs::remove_dir(above);
        }
    }
}
