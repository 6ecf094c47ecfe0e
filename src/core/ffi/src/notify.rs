//! What a service manager is told: sd_notify(3). Node can't send a datagram to a socket that has a path.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use rc_runtime::failure::{Code, Failure, Outcome};

/// `socket`: as in $NOTIFY_SOCKET, a path, or a name after an `@`. `state`: lines of `NAME=value`.
pub fn notify(socket: &str, state: &str) -> Outcome<()> {
    let address = match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(socket),
    };
    let sent = address.and_then(|address| {
        let unbound = UnixDatagram::unbound()?;
        // A manager that doesn't read must not hold us up.
        unbound.set_nonblocking(true)?;
        unbound.send_to_addr(state.as_bytes(), &address)
    });
    sent.map(|_| ()).map_err(|error| Failure::io(Code::Io, "sendto", format!("tell {socket}"), &error).at(socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_a_name_and_a_path_and_says_where_nobody_listens() {
        let name = format!("reconcile-test-{}", std::process::id());
        let path = std::env::temp_dir().join(&name);
        for address in [SocketAddr::from_abstract_name(&name), SocketAddr::from_pathname(&path)] {
            let address = address.unwrap();
            let manager = UnixDatagram::bind_addr(&address).unwrap();
            let socket = address.as_pathname().map_or(format!("@{name}"), |path| path.display().to_string());
            notify(&socket, "READY=1").unwrap();
            let mut got = [0; 16];
            let length = manager.recv(&mut got).unwrap();
            assert_eq!(&got[..length], b"READY=1");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(notify(&path.display().to_string(), "READY=1").is_err());
    }
}
