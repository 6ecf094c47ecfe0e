//! Whether somebody still writes a file: Node can't ask.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Of linux/fcntl.h, where the libc crate leaves it out.
const F_SETSIG: libc::c_int = 10;

/// Is it open for writing? A file that is not there is not; None: the file system doesn't tell, or the file is no regular one.
pub fn is_open_for_writing(path: &str) -> Option<bool> {
    match open_regular(Path::new(path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Some(false),
        Err(_) => None,
        Ok(file) => has_writer(&file?),
    }
}

/// None for what is no regular file: a device or a FIFO is not even opened.
fn open_regular(path: &Path) -> Result<Option<File>, Error> {
    if !fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path).map(Some)
}

/// A read lease is given where nobody writes (fcntl(2)). It is given back at once; who opens the file in between waits that long,
/// and we are told of it by a signal that does nothing.
fn has_writer(file: &File) -> Option<bool> {
    let fd = file.as_raw_fd();
    // SAFETY: plain calls on a descriptor that is open until the end.
    unsafe {
        if libc::fcntl(fd, F_SETSIG, libc::SIGURG) != 0 {
            return None;
        }
        if libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) != 0 {
            return (Error::last_os_error().raw_os_error() == Some(libc::EAGAIN)).then_some(true);
        }
        libc::fcntl(fd, libc::F_SETLEASE, libc::F_UNLCK);
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_open_for_writing_as_long_as_somebody_can_write_it() {
        let path = std::env::temp_dir().join(format!("reconcile-writers-{}", std::process::id()));
        let text = path.display().to_string();
        assert_eq!(is_open_for_writing(&text), Some(false));
        let writer = File::create(&path).unwrap();
        let reader = File::open(&path).unwrap();
        assert_eq!(is_open_for_writing(&text), Some(true));
        drop(writer);
        assert_eq!(is_open_for_writing(&text), Some(false));
        drop(reader);
        let _again = OpenOptions::new().append(true).open(&path).unwrap();
        assert_eq!(is_open_for_writing(&text), Some(true));
        fs::remove_file(&path).unwrap();
        assert_eq!(is_open_for_writing("/"), None);
        assert_eq!(is_open_for_writing("/dev/null"), None);
    }
}
