//! The last mount table of an ended run takes its mounts with it, and the kernel then syncs the file system of its writable
//! layer: a second on a busy disk. So each is closed by a thread of its own, and only who mounts the same again waits for it.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::thread::thread;

#[derive(Default)]
pub struct Releases {
    /// Container → how many are being closed.
    pending: Mutex<HashMap<String, usize>>,
    closed: Condvar,
}

impl Releases {
    pub fn release(self: &Arc<Self>, container_id: &str, mountinfos: Vec<OwnedFd>) {
        if mountinfos.is_empty() {
            return;
        }
        *self.lock().entry(container_id.to_string()).or_default() += 1;
        let (releases, id) = (self.clone(), container_id.to_string());
        let closing = thread("rc-release", move || {
            drop(mountinfos);
            releases.done(&id);
        });
        // Without a thread they were closed here, by dropping its body.
        if closing.is_err() {
            self.done(container_id);
        }
    }

    /// Until nothing of this container is being closed.
    pub fn wait(&self, container_id: &str) {
        let mut pending = self.lock();
        while pending.contains_key(container_id) {
            pending = self.closed.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, container_id: &str) {
        let mut pending = self.lock();
        if let Some(count) = pending.get_mut(container_id) {
            *count -= 1;
            if *count == 0 {
                pending.remove(container_id);
            }
        }
        self.closed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::time::{Duration, Instant};

    use super::*;

    /// Its close takes a second: what it has sent is never read.
    fn slow_to_close() -> (OwnedFd, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (reader, _) = listener.accept().unwrap();
        sender.set_nonblocking(true).unwrap();
        while sender.write(&[0; 65536]).is_ok() {}
        sender.set_nonblocking(false).unwrap();
        let linger = libc::linger { l_onoff: 1, l_linger: 1 };
        let size = size_of::<libc::linger>() as libc::socklen_t;
        // SAFETY: the option and its size are those of this struct.
        let set = unsafe {
            libc::setsockopt(sender.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&raw const linger).cast(), size)
        };
        assert_eq!(set, 0);
        (sender.into(), reader)
    }

    #[test]
    fn who_releases_goes_on_at_once_and_who_mounts_again_waits() {
        let releases = Arc::new(Releases::default());
        let (slow, _reader) = slow_to_close();
        let begun = Instant::now();
        releases.release("a", vec![slow]);
        releases.wait("b");
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
        releases.wait("a");
        assert!(begun.elapsed() > Duration::from_millis(900), "{:?}", begun.elapsed());
        assert!(releases.lock().is_empty());
    }
}
