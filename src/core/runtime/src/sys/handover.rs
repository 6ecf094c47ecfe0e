//! Descriptors and small numbers from one process of ours to another: unix(7), SCM_RIGHTS.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

use crate::failure::{Code, Failure, Outcome};

pub struct Handed {
    pub number: i32,
    pub descriptor: Option<OwnedFd>,
}

const ROOM_BYTES: usize = rustix::cmsg_space!(ScmRights(1));

fn failed(syscall: &'static str) -> impl Fn(Errno) -> Failure {
    move |errno| Failure::sys(Code::Internal, syscall, "hand over a descriptor", errno)
}

/// Packets, and end of file when the last one of the other side has gone.
pub fn pair() -> Outcome<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).map_err(failed("socketpair"))
}

pub fn send(socket: impl AsFd, number: i32, descriptor: Option<&OwnedFd>) -> Outcome<()> {
    let mut room = [MaybeUninit::uninit(); ROOM_BYTES];
    let mut ancillary = SendAncillaryBuffer::new(&mut room);
    let borrowed = descriptor.map(|descriptor| [descriptor.as_fd()]);
    if let Some(borrowed) = &borrowed {
        ancillary.push(SendAncillaryMessage::ScmRights(borrowed));
    }
    sendmsg(socket, &[IoSlice::new(&number.to_ne_bytes())], &mut ancillary, SendFlags::NOSIGNAL)
        .map(drop)
        .map_err(failed("sendmsg"))
}

/// None: the other side has gone.
pub fn receive(socket: impl AsFd) -> Outcome<Option<Handed>> {
    let mut number = [0; 4];
    let mut room = [MaybeUninit::uninit(); ROOM_BYTES];
    let mut ancillary = RecvAncillaryBuffer::new(&mut room);
    let parts = &mut [IoSliceMut::new(&mut number)];
    let read = loop {
        match recvmsg(&socket, parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => continue,
            Err(Errno::CONNRESET) => return Ok(None),
            other => break other.map_err(failed("recvmsg"))?.bytes,
        }
    };
    let descriptor = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok((read == 4).then(|| Handed { number: i32::from_ne_bytes(number), descriptor }))
}
