//! A newer build takes the members of an older one, with their sockets: nobody's question is lost.

use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::time::Duration;

use rc_runtime::daemon::{Answer, Asked, Link};
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::resolver::{Member, Resolver, Served as Told, Taken};
use rc_runtime::sys::packets;

use super::member::{Served, Sockets};

const PATIENCE: Duration = Duration::from_secs(2);

/// None of them where nobody is there.
pub fn take_over(dir: &Path) -> Outcome<Vec<Served>> {
    let Some(link) = Link::<Resolver>::open(dir, PATIENCE)? else { return Ok(vec![]) };
    let failed = |errno| Failure::sys(Code::Internal, "recvmsg", "take over from another resolver", errno);
    let text = serde_json::to_vec(&Asked::<Member>::HandOver).unwrap_or_default();
    packets::send(&link.socket, &text, &[]).map_err(failed)?;
    let mut all = vec![];
    while let Some(packet) = packets::receive(&link.socket).map_err(failed)? {
        if serde_json::from_slice::<Answer<Told>>(&packet.bytes).is_ok() {
            return Ok(all);
        }
        let Ok(Taken { member }) = serde_json::from_slice(&packet.bytes) else { continue };
        let Ok([pidfd, udp, tcp]) = <[_; 3]>::try_from(packet.descriptors) else { continue };
        let sockets = Sockets { udp: UdpSocket::from(udp), tcp: TcpListener::from(tcp) };
        all.push(Served::new(member, pidfd, sockets));
    }
    Err(Failure::new(Code::Gone, "the other resolver ended meanwhile"))
}
