//! Packets of bytes and descriptors between processes of ours: unix(7), SOCK_SEQPACKET with SCM_RIGHTS.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, Result};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

pub const MAX_BYTES: usize = 128 * 1024;
/// As many as the kernel takes (SCM_MAX_FD).
pub const MAX_DESCRIPTORS: usize = 253;
const ROOM_BYTES: usize = rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS));

pub struct Packet {
    pub bytes: Vec<u8>,
    pub descriptors: Vec<OwnedFd>,
}

pub fn send(socket: impl AsFd, bytes: &[u8], descriptors: &[BorrowedFd]) -> Result<()> {
    let mut room = [MaybeUninit::uninit(); ROOM_BYTES];
    let mut ancillary = SendAncillaryBuffer::new(&mut room);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Errno::TOOBIG);
    }
    sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL).map(drop)
}

/// None: the other side has gone. EAGAIN where the socket doesn't wait, or waited long enough.
pub fn receive(socket: impl AsFd) -> Result<Option<Packet>> {
    let mut bytes = vec![0; MAX_BYTES];
    let mut room = [MaybeUninit::uninit(); ROOM_BYTES];
    let mut ancillary = RecvAncillaryBuffer::new(&mut room);
    let received = loop {
        match recvmsg(&socket, &mut [IoSliceMut::new(&mut bytes)], &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => continue,
            Err(Errno::CONNRESET) => return Ok(None),
            other => break other?,
        }
    };
    let descriptors = ancillary
        .drain()
        .flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(all) => all.collect(),
            _ => vec![],
        })
        .collect();
    bytes.truncate(received.bytes);
    Ok((received.bytes > 0).then_some(Packet { bytes, descriptors }))
}
