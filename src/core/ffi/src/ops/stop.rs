//! stop: one request to the shim, which carries it out whoever lives on.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Reply, Verb};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv, send, socket_with,
    sockopt::{Timeout, set_socket_timeout},
};
use serde_json::Value;

use super::lost_shim;
use super::report::wait_readable;
use crate::shared::Shared;

const REPLY_WITHIN: Duration = Duration::from_secs(10);
const MAX_PACKET_BYTES: usize = 64 * 1024;

pub fn stop(shared: &Shared, container_id: &str, signal: i32, grace_ms: u64) -> Outcome<Value> {
    let (dir, verb) = (shared.run_dir(container_id)?, Verb::Stop { signal, grace_ms });
    let reply = match ask(&dir, &verb) {
        Err(failure) if is_missing(&failure) && lost_shim::restore(&dir)?.is_some() => ask(&dir, &verb),
        reply => reply,
    };
    match reply? {
        Reply { ok: true, .. } => Ok(Value::Null),
        Reply { error, .. } => {
            Err(error.unwrap_or_else(|| Failure::new(Code::Shim, "the shim refused without a reason")))
        }
    }
}

fn is_missing(failure: &Failure) -> bool {
    failure.errno == Some(Errno::NOENT.raw_os_error())
}

fn ask(dir: &Path, verb: &Verb) -> Outcome<Reply> {
    let failed = |syscall: &'static str| {
        move |errno: Errno| {
            Failure::sys(Code::Shim, syscall, "ask the shim", errno).at(dir.join("sock").display().to_string())
        }
    };
    let socket = connected(dir, REPLY_WITHIN).map_err(failed("connect"))?;
    let request = serde_json::to_vec(verb).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    send(&socket, &request, SendFlags::NOSIGNAL).map_err(failed("send"))?;
    if !wait_readable(&socket, Instant::now() + REPLY_WITHIN) {
        return Err(failed("poll")(Errno::TIMEDOUT));
    }
    let mut packet = vec![0; MAX_PACKET_BYTES];
    let (count, _) = recv(&socket, &mut packet[..], RecvFlags::empty()).map_err(failed("recv"))?;
    serde_json::from_slice(&packet[..count])
        .map_err(|error| Failure::new(Code::Shim, format!("the shim's reply can't be read: {error}")))
}

/// Through /proc/self/fd, for a run directory of any length: a socket's path ends at 108 bytes.
fn connected(dir: &Path, within: Duration) -> rustix::io::Result<OwnedFd> {
    let dir = open(dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    let address = SocketAddrUnix::new(format!("/proc/self/fd/{}/sock", dir.as_raw_fd()))?;
    // A shim that doesn't answer has a full backlog at some time, and connect(2) then waits for this long.
    set_socket_timeout(&socket, Timeout::Send, Some(within))?;
    connect(&socket, &address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use rustix::net::{bind, listen};

    use super::*;

    #[test]
    fn a_shim_that_takes_no_connection_is_not_waited_for_without_end() {
        let dir = std::env::temp_dir().join(format!("reconcile-core-test-{}", std::process::id()));
        std::fs::create_dir(&dir).unwrap();
        let listener = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        bind(&listener, &SocketAddrUnix::new(dir.join("sock")).unwrap()).unwrap();
        listen(&listener, 0).unwrap();
        let within = Duration::from_millis(50);
        let waiting: Vec<_> = (0..3).map(|_| connected(&dir, within)).collect();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(waiting.last().unwrap().as_ref().err(), Some(&Errno::AGAIN));
    }
}
