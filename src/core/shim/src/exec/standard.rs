//! The command's descriptors 0 to 2. What is no terminal is handed on as it is, and nothing is copied. A terminal of the host's is
//! never given to a container: it could be read from long after the command has ended.

use std::fs::File;
use std::os::fd::{BorrowedFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::join::Standard;
use rc_runtime::mounts::host::verify_null;
use rc_runtime::sys::terminal::{self, WindowSize};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::pipe::{PipeFlags, pipe_with};

use super::asked::Asked;

/// Our ends: of pipes where the caller has a terminal and the command gets none.
#[derive(Default)]
pub struct Ends {
    pub input: Option<OwnedFd>,
    pub outputs: Vec<(OwnedFd, i32)>,
    /// the caller's terminal, whose keys go to the command's
    pub keyboard: Option<OwnedFd>,
}

const NAMES: [&str; 3] = ["standard input", "standard output", "standard error"];

pub fn open(asked: &Asked) -> Outcome<(Standard, Ends)> {
    let mut ends = Ends::default();
    if asked.tty {
        let caller = caller(0)?;
        let is_terminal = terminal::is_terminal(&caller);
        if asked.interactive && !is_terminal && !asked.detach {
            return Err(Failure::new(Code::Spec, "-t with -i needs a terminal, and standard input is none"));
        }
        if asked.interactive && !asked.detach {
            ends.keyboard = Some(caller);
        }
        return Ok((Standard::Terminal(size()), ends));
    }
    let standard = [input(asked, &mut ends)?, output(1, asked, &mut ends)?, output(2, asked, &mut ends)?];
    Ok((Standard::Descriptors(standard), ends))
}

/// Of the caller's terminal, wherever it has one.
pub fn size() -> WindowSize {
    let sizes = (0..3).filter_map(|number| caller(number).ok().and_then(|fd| terminal::window_size(fd).ok()));
    let mut known = sizes.filter(|size| size.rows > 0 && size.columns > 0);
    known.next().unwrap_or(WindowSize { rows: 24, columns: 80 })
}

fn input(asked: &Asked, ends: &mut Ends) -> Outcome<OwnedFd> {
    if asked.detach || !asked.interactive {
        return null();
    }
    let given = given(0)?;
    if !terminal::is_terminal(&given) {
        return Ok(given);
    }
    let (theirs, ours) = pipe_with(PipeFlags::CLOEXEC).map_err(failed(0))?;
    ends.input = Some(ours);
    Ok(theirs)
}

fn output(number: i32, asked: &Asked, ends: &mut Ends) -> Outcome<OwnedFd> {
    if asked.detach {
        return null();
    }
    let given = given(number)?;
    if !terminal::is_terminal(&given) {
        return Ok(given);
    }
    let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC).map_err(failed(number))?;
    ends.outputs.push((ours, number));
    Ok(theirs)
}

/// A directory would be a way to the host's files (CVE-2024-21626).
fn given(number: i32) -> Outcome<OwnedFd> {
    let given = caller(number)?;
    let kind = FileType::from_raw_mode(fstat(&given).map_err(failed(number))?.st_mode);
    if kind == FileType::Directory || fcntl_getfl(&given).map_err(failed(number))?.contains(OFlags::PATH) {
        return Err(Failure::new(Code::Spec, format!("{} is a directory", NAMES[number as usize])));
    }
    // Whoever had it before may have left it so, and programs don't expect that.
    let flags = fcntl_getfl(&given).map_err(failed(number))?;
    if flags.contains(OFlags::NONBLOCK) {
        fcntl_setfl(&given, flags - OFlags::NONBLOCK).map_err(failed(number))?;
    }
    Ok(given)
}

/// A copy above the numbers that the command's will have.
fn caller(number: i32) -> Outcome<OwnedFd> {
    // SAFETY: 0 to 2 are open from the program's first line to its last.
    let own = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl_dupfd_cloexec(own, 3).map_err(failed(number))
}

pub fn null() -> Outcome<OwnedFd> {
    let opened = File::options().read(true).write(true).open("/dev/null");
    let null = OwnedFd::from(opened.map_err(|error| Failure::io(Code::Shim, "open", "open /dev/null", &error))?);
    verify_null(&null).map(|()| null)
}

fn failed(number: i32) -> impl Fn(Errno) -> Failure {
    move |errno| Failure::sys(Code::Shim, "fcntl", NAMES[number as usize], errno)
}
