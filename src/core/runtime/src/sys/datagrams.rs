//! Datagrams with the address of ours that they came to, and leave from: ip(7) IP_PKTINFO, ipv6(7) IPV6_PKTINFO.

use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};
use std::ptr::null_mut;

use rustix::io::{Errno, Result};

/// An address of this host, and the interface where that one has a meaning only there (0: it has one everywhere).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Local {
    pub address: IpAddr,
    pub interface: u32,
}

/// Room for one IPV6_PKTINFO, aligned as control messages have to be.
#[repr(C, align(8))]
struct Room([u8; 64]);

fn check(result: isize) -> Result<usize> {
    usize::try_from(result).map_err(|_| Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO))
}

/// From here on each datagram says where it came to.
pub fn tell_local(socket: impl AsFd, is_ipv6: bool) -> Result<()> {
    let (level, name) = match is_ipv6 {
        true => (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
        false => (libc::IPPROTO_IP, libc::IP_PKTINFO),
    };
    let on: libc::c_int = 1;
    // SAFETY: the kernel reads one int.
    let set = unsafe {
        let (value, length) = ((&raw const on).cast(), size_of::<libc::c_int>() as libc::socklen_t);
        libc::setsockopt(socket.as_fd().as_raw_fd(), level, name, value, length)
    };
    check(set as isize).map(drop)
}

/// What came, from whom, and, where the socket was told to, to which address of ours.
pub fn receive(socket: impl AsFd, bytes: &mut [u8]) -> Result<(usize, SocketAddr, Option<Local>)> {
    let mut room = Room([0; 64]);
    // SAFETY: both are plain data, for which zeros are values.
    let (mut name, mut message): (libc::sockaddr_storage, libc::msghdr) = unsafe { (zeroed(), zeroed()) };
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    message.msg_name = (&raw mut name).cast();
    message.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
    (message.msg_control, message.msg_controllen) = (room.0.as_mut_ptr().cast(), room.0.len());
    // SAFETY: every pointer in it leads to memory of the length beside it, which outlives the call.
    let count = check(unsafe { libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) })?;
    let from = address_in(&name).ok_or(Errno::AFNOSUPPORT)?;
    Ok((count, from, local_in(&message)))
}

fn address_in(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let storage: *const libc::sockaddr_storage = name;
    // SAFETY: the family says which of the two it is, and the storage is large and aligned enough for both.
    unsafe {
        match i32::from(name.ss_family) {
            libc::AF_INET => {
                let v4 = *storage.cast::<libc::sockaddr_in>();
                let address = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
                Some(SocketAddrV4::new(address, u16::from_be(v4.sin_port)).into())
            }
            libc::AF_INET6 => {
                let v6 = *storage.cast::<libc::sockaddr_in6>();
                let address = Ipv6Addr::from(v6.sin6_addr.s6_addr);
                Some(SocketAddrV6::new(address, u16::from_be(v6.sin6_port), 0, v6.sin6_scope_id).into())
            }
            _ => None,
        }
    }
}

fn local_in(message: &libc::msghdr) -> Option<Local> {
    // SAFETY: the kernel wrote whole control messages there, and says how long they are.
    unsafe {
        let header = libc::CMSG_FIRSTHDR(message);
        if header.is_null() {
            return None;
        }
        match ((*header).cmsg_level, (*header).cmsg_type) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                let told = libc::CMSG_DATA(header).cast::<libc::in_pktinfo>().read_unaligned();
                let address = Ipv4Addr::from(u32::from_be(told.ipi_addr.s_addr));
                Some(Local { address: address.into(), interface: 0 })
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                let told = libc::CMSG_DATA(header).cast::<libc::in6_pktinfo>().read_unaligned();
                let address = Ipv6Addr::from(told.ipi6_addr.s6_addr);
                let interface = if address.is_unicast_link_local() { told.ipi6_ifindex } else { 0 };
                Some(Local { address: address.into(), interface })
            }
            _ => None,
        }
    }
}

/// `from` None: as the kernel chooses.
pub fn send(socket: impl AsFd, bytes: &[u8], to: SocketAddr, from: Option<Local>) -> Result<()> {
    let mut room = Room([0; 64]);
    // SAFETY: plain data, for which zeros are values.
    let (mut name, mut message): (libc::sockaddr_storage, libc::msghdr) = unsafe { (zeroed(), zeroed()) };
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    message.msg_namelen = write_address(&mut name, to);
    message.msg_name = (&raw mut name).cast();
    (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
    (message.msg_control, message.msg_controllen) = (null_mut(), 0);
    if let Some(local) = from {
        (message.msg_control, message.msg_controllen) = (room.0.as_mut_ptr().cast(), room.0.len());
        message.msg_controllen = write_local(&message, local);
    }
    // SAFETY: as in `receive`; sendmsg writes to none of it.
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    check(unsafe { libc::sendmsg(socket.as_fd().as_raw_fd(), &raw const message, flags) }).map(drop)
}

fn write_address(name: &mut libc::sockaddr_storage, address: SocketAddr) -> libc::socklen_t {
    let storage: *mut libc::sockaddr_storage = name;
    // SAFETY: the storage is large and aligned enough for both.
    unsafe {
        match address {
            SocketAddr::V4(v4) => {
                let mut own: libc::sockaddr_in = zeroed();
                own.sin_family = libc::AF_INET as libc::sa_family_t;
                own.sin_port = v4.port().to_be();
                own.sin_addr.s_addr = u32::from(*v4.ip()).to_be();
                storage.cast::<libc::sockaddr_in>().write(own);
                size_of::<libc::sockaddr_in>() as libc::socklen_t
            }
            SocketAddr::V6(v6) => {
                let mut own: libc::sockaddr_in6 = zeroed();
                own.sin6_family = libc::AF_INET6 as libc::sa_family_t;
                own.sin6_port = v6.port().to_be();
                own.sin6_addr.s6_addr = v6.ip().octets();
                own.sin6_scope_id = v6.scope_id();
                storage.cast::<libc::sockaddr_in6>().write(own);
                size_of::<libc::sockaddr_in6>() as libc::socklen_t
            }
        }
    }
}

/// How long the control message is.
fn write_local(message: &libc::msghdr, local: Local) -> usize {
    // SAFETY: `Room` has space for either, aligned, and the message says how much.
    unsafe {
        let header = libc::CMSG_FIRSTHDR(message);
        let (level, kind, length) = match local.address {
            IpAddr::V4(address) => {
                let mut told: libc::in_pktinfo = zeroed();
                told.ipi_spec_dst.s_addr = u32::from(address).to_be();
                libc::CMSG_DATA(header).cast::<libc::in_pktinfo>().write_unaligned(told);
                (libc::IPPROTO_IP, libc::IP_PKTINFO, size_of::<libc::in_pktinfo>() as u32)
            }
            IpAddr::V6(address) => {
                let mut told: libc::in6_pktinfo = zeroed();
                told.ipi6_addr.s6_addr = address.octets();
                told.ipi6_ifindex = local.interface;
                libc::CMSG_DATA(header).cast::<libc::in6_pktinfo>().write_unaligned(told);
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, size_of::<libc::in6_pktinfo>() as u32)
            }
        };
        ((*header).cmsg_level, (*header).cmsg_type) = (level, kind);
        (*header).cmsg_len = libc::CMSG_LEN(length) as usize;
        libc::CMSG_SPACE(length) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn an_answer_leaves_from_the_address_that_was_asked() {
        for (any, asked, is_ipv6) in [("0.0.0.0:0", "127.0.0.9", false), ("[::]:0", "::1", true)] {
            let server = UdpSocket::bind(any).unwrap();
            tell_local(&server, is_ipv6).unwrap();
            let address = SocketAddr::new(asked.parse().unwrap(), server.local_addr().unwrap().port());
            let client = UdpSocket::bind(if is_ipv6 { "[::1]:0" } else { "127.0.0.1:0" }).unwrap();
            client.send_to(b"question", address).unwrap();
            server.set_nonblocking(false).unwrap();
            let mut buffer = [0; 16];
            let (count, from, local) = loop {
                match receive(&server, &mut buffer) {
                    Err(Errno::AGAIN) => std::thread::yield_now(),
                    other => break other.unwrap(),
                }
            };
            assert_eq!((&buffer[..count], from), (&b"question"[..], client.local_addr().unwrap()));
            assert_eq!(local.map(|local| local.address), Some(address.ip()));
            send(&server, b"answer", from, local).unwrap();
            let (count, from) = client.recv_from(&mut buffer).unwrap();
            assert_eq!((&buffer[..count], from), (&b"answer"[..], address));
        }
    }
}
