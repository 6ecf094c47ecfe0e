//! Sockets of netlink(7). rustix has no options for them.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use rustix::io::{Errno, Result};

use super::check;

pub const ROUTE: i32 = libc::NETLINK_ROUTE;
pub const NETFILTER: i32 = libc::NETLINK_NETFILTER;

/// linux/netlink.h
const CAP_ACK: i32 = 10;
const EXT_ACK: i32 = 11;

/// In the network namespace of this thread; it stays there wherever the thread goes. It keeps that namespace alive.
pub fn open(protocol: i32) -> Result<OwnedFd> {
    // SAFETY: a plain socket(2); the descriptor is owned at once.
    unsafe {
        let flags = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        let socket = check(libc::socket(libc::AF_NETLINK, flags, protocol).into())?;
        Ok(OwnedFd::from_raw_fd(socket as i32))
    }
}

/// A refusal comes with the kernel's own words, and without the request.
pub fn explain_refusals(socket: &OwnedFd) -> Result<()> {
    set(socket, EXT_ACK, 1)?;
    set(socket, CAP_ACK, 1)
}

/// Gives it an address: nobody tells anything to a socket without one.
pub fn bind(socket: &OwnedFd) -> Result<()> {
    // SAFETY: an all-zero sockaddr_nl but for its family asks for any address.
    check(
        unsafe {
            let mut any: libc::sockaddr_nl = std::mem::zeroed();
            any.nl_family = libc::AF_NETLINK as libc::sa_family_t;
            let length = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
            libc::bind(socket.as_raw_fd(), (&raw const any).cast(), length)
        }
        .into(),
    )
    .map(drop)
}

/// Hears what is told to a multicast group.
pub fn join_group(socket: &OwnedFd, group: u32) -> Result<()> {
    set(socket, libc::NETLINK_ADD_MEMBERSHIP, group as i32)
}

fn set(socket: &OwnedFd, option: i32, value: i32) -> Result<()> {
    // SAFETY: the kernel reads one int.
    check(
        unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_NETLINK,
                option,
                (&raw const value).cast(),
                size_of::<i32>() as libc::socklen_t,
            )
        }
        .into(),
    )
    .map(drop)
}

/// To the kernel, which has carried it out and queued its answers when this returns.
pub fn send(socket: &OwnedFd, message: &[u8]) -> Result<()> {
    // SAFETY: an all-zero sockaddr_nl but for its family is the kernel's address; both live across the call.
    let sent = unsafe {
        let mut kernel: libc::sockaddr_nl = std::mem::zeroed();
        kernel.nl_family = libc::AF_NETLINK as libc::sa_family_t;
        let length = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
        let bytes = message.as_ptr().cast();
        libc::sendto(socket.as_raw_fd(), bytes, message.len(), 0, (&raw const kernel).cast(), length)
    };
    check(sent as libc::c_long).map(drop)
}

/// One datagram's length. A longer one than `buffer` is an error, never a part; `wait` false: EAGAIN where none is there.
pub fn receive(socket: &OwnedFd, buffer: &mut [u8], wait: bool) -> Result<usize> {
    let flags = libc::MSG_TRUNC | if wait { 0 } else { libc::MSG_DONTWAIT };
    loop {
        // SAFETY: the kernel writes at most the buffer's length.
        let read = unsafe { libc::recv(socket.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), flags) };
        match check(read as libc::c_long) {
            Err(Errno::INTR) => continue,
            Ok(length) if length as usize > buffer.len() => return Err(Errno::MSGSIZE),
            other => return other.map(|length| length as usize),
        }
    }
}
