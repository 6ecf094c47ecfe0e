//! The last steps: whom to run as, and what.

use std::convert::Infallible;
use std::ffi::CString;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Access, AtFlags, CWD, FileType, OFlags, accessat, fstat, fstatfs, stat};
use rustix::io::Errno;

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::paths::open_in;
use crate::sys;
use crate::user::{self, Identity};

const MAX_DATABASE_BYTES: u64 = 16 << 20;
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub fn look_up_user(root: impl AsFd, text: &str) -> Outcome<Identity> {
    user::resolve(text, &database(&root, "/etc/passwd")?, &database(&root, "/etc/group")?)
}

/// Empty if the image has none. It may be anything, so only a regular file is read, and not endlessly.
fn database(root: impl AsFd, path: &str) -> Outcome<String> {
    let failed = |errno| Failure::sys(Code::Spec, "openat2", format!("read {path}"), errno).at(path);
    let file = match open_in(root, path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(String::new()),
        Err(errno) => return Err(failed(errno)),
    };
    let is_regular = FileType::from_raw_mode(fstat(&file).map_err(failed)?.st_mode) == FileType::RegularFile;
    // A link to /proc/kmsg would have the host's messages read away.
    let of_kernel = matches!(fstatfs(&file).map_err(failed)?.f_type, libc::PROC_SUPER_MAGIC | libc::SYSFS_MAGIC);
    if !is_regular || of_kernel {
        return Ok(String::new());
    }
    let mut bytes = vec![];
    File::from(file)
        .take(MAX_DATABASE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::io(Code::Spec, "read", format!("read {path}"), &error).at(path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// All that execve(2) is told: from here to it nothing is allocated.
pub struct Program {
    command: String,
    file: Executable,
    args: Vec<CString>,
    env: Vec<CString>,
}

enum Executable {
    Path(CString),
    /// Needs no path, and none leads to it.
    Open(OwnedFd),
}

impl Program {
    /// Replaces this process.
    pub fn exec(&self) -> Outcome<Infallible> {
        let errno = match &self.file {
            Executable::Path(path) => sys::exec(path, &self.args, &self.env),
            Executable::Open(image) => sys::exec_image(image, &self.args, &self.env),
        };
        Err(not_executable(&self.command, errno, "execve"))
    }
}

/// The container's environment; every program finds its user's directory.
pub fn with_home(env: &[String], home: &str) -> Vec<String> {
    let missing = !env.iter().any(|entry| entry.starts_with("HOME="));
    env.iter().cloned().chain(missing.then(|| format!("HOME={home}"))).collect()
}

/// `args`, looked up in the PATH of `env`.
pub fn prepare(args: &[String], env: &[String]) -> Outcome<Program> {
    let command = args.first().filter(|command| !command.is_empty());
    let command = command.ok_or_else(|| Failure::new(Code::Spec, "no command specified"))?;
    let file = Executable::Path(c_string(&find(command, env)?)?);
    Ok(Program { command: command.clone(), file, args: c_strings(args)?, env: c_strings(env)? })
}

/// An executable that is open; `args` begin with the name that it goes by.
pub fn prepare_open(image: OwnedFd, args: &[String], env: &[String]) -> Outcome<Program> {
    let command = args.first().cloned().unwrap_or_default();
    Ok(Program { command, file: Executable::Open(image), args: c_strings(args)?, env: c_strings(env)? })
}

fn c_string(text: &str) -> Outcome<CString> {
    CString::new(text).map_err(|_| Failure::new(Code::Spec, format!("{text:?} holds a NUL byte")))
}

fn c_strings(texts: &[String]) -> Outcome<Vec<CString>> {
    texts.iter().map(|text| c_string(text)).collect()
}

fn not_executable(command: &str, errno: Errno, syscall: &str) -> Failure {
    let missing = matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP);
    let code = if missing { Code::ExecNotFound } else { Code::ExecPerm };
    Failure::sys(code, syscall, format!("exec {command:?}"), errno).at(command)
}

/// As execvp would, but with the container's PATH; a found file that may not be run is told from none at all.
fn find(command: &str, env: &[String]) -> Outcome<String> {
    if command.contains('/') {
        return runnable(command)
            .map(|()| command.to_string())
            .map_err(|errno| not_executable(command, errno, "faccessat"));
    }
    let path = env.iter().find_map(|entry| entry.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
    let mut refused = None;
    for directory in path.split(':') {
        let candidate = if directory.is_empty() { format!("./{command}") } else { format!("{directory}/{command}") };
        match runnable(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(errno @ (Errno::ACCESS | Errno::PERM)) => refused = Some(errno),
            Err(_) => {}
        }
    }
    Err(match refused {
        Some(errno) => not_executable(command, errno, "faccessat"),
        None => Failure {
            errno: Some(Errno::NOENT.raw_os_error()),
            ..Failure::new(Code::ExecNotFound, format!("exec {command:?}: executable file not found in $PATH"))
                .at(command)
        },
    })
}

fn runnable(path: &str) -> Result<(), Errno> {
    if FileType::from_raw_mode(stat(path)?.st_mode) == FileType::Directory {
        return Err(Errno::ACCESS);
    }
    accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS)
}
