//! The network namespace of a container, from outside.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;

use super::socket::Socket;
use crate::failure::{Code, Failure, Outcome};
use crate::sys::netns;

/// What works on it needs both: a descriptor to move links into it, and a socket that speaks of it.
pub struct Inside {
    pub descriptor: OwnedFd,
    pub socket: Socket,
}

fn failed(errno: Errno) -> Failure {
    let code = if errno == Errno::SRCH { Code::Gone } else { Code::Network };
    Failure::sys(code, "setns", "enter the container's network namespace", errno)
}

/// `work` runs in the network namespace of `process` (or in that which the descriptor names), and the thread comes back
/// from it. That of this thread itself is refused: it is the host's.
pub fn within<T>(process: impl AsFd, work: impl FnOnce(&Inside) -> Outcome<T>) -> Outcome<T> {
    let home = netns::own().map_err(failed)?;
    visit(&home, process, |inside| match netns::same(&inside.descriptor, &home).map_err(failed)? {
        true => {
            Err(Failure::new(Code::Namespace, "the container is in the host's network namespace: nothing is changed"))
        }
        false => work(inside),
    })
}

/// The same in any: for who only looks.
pub fn within_any<T>(process: impl AsFd, work: impl FnOnce(&Inside) -> Outcome<T>) -> Outcome<T> {
    visit(&netns::own().map_err(failed)?, process, work)
}

fn visit<T>(home: &OwnedFd, process: impl AsFd, work: impl FnOnce(&Inside) -> Outcome<T>) -> Outcome<T> {
    netns::enter(&process).map_err(failed)?;
    let inside = || Ok(Inside { descriptor: netns::own().map_err(failed)?, socket: Socket::open()? });
    let outcome = inside().and_then(|inside| work(&inside));
    netns::enter(home).map_err(failed)?;
    outcome
}
