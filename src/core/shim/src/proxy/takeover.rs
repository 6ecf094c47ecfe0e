//! A newer build takes the listeners of an older one: nobody is refused meanwhile, and connections that are open stay where they are.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rc_runtime::daemon::{Answer, Asked, Link};
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::proxy::{Member, Proxy, Served, Socket, Taken};
use rc_runtime::sys::packets;

use super::listen::Listener;
use super::member::Held;
use super::service::Service;

const PATIENCE: Duration = Duration::from_secs(2);

/// Some of a member's sockets.
pub struct Inherited {
    member: Member,
    pidfd: OwnedFd,
    sockets: Vec<(Socket, OwnedFd)>,
}

/// None of them where nobody is there.
pub fn take_over(dir: &Path) -> Outcome<Vec<Inherited>> {
    let Some(link) = Link::<Proxy>::open(dir, PATIENCE)? else { return Ok(vec![]) };
    let failed = |errno| Failure::sys(Code::Internal, "recvmsg", "take over from another proxy", errno);
    let text = serde_json::to_vec(&Asked::<Member>::HandOver).unwrap_or_default();
    packets::send(&link.socket, &text, &[]).map_err(failed)?;
    let mut all = vec![];
    while let Some(packet) = packets::receive(&link.socket).map_err(failed)? {
        if serde_json::from_slice::<Answer<Served>>(&packet.bytes).is_ok() {
            return Ok(all);
        }
        let Ok(Taken { member, held }) = serde_json::from_slice(&packet.bytes) else { continue };
        let mut descriptors = packet.descriptors.into_iter();
        let Some(pidfd) = descriptors.next() else { continue };
        all.push(Inherited { member, pidfd, sockets: held.into_iter().zip(descriptors).collect() });
    }
    Err(Failure::new(Code::Gone, "the other proxy ended meanwhile"))
}

impl Service {
    /// What of it is missing is tried again when somebody asks for it.
    pub fn inherit(&mut self, inherited: Inherited) -> Outcome<()> {
        let Inherited { member, pidfd, sockets } = inherited;
        let known = self.members.iter().find(|(_, held)| held.told == member).map(|(token, _)| *token);
        let token = match known {
            Some(token) => token,
            None => self.admit(Held::new(member, pidfd))?,
        };
        for (socket, descriptor) in sockets {
            self.listen(token, Listener::new(token, socket, descriptor))?;
        }
        Ok(())
    }
}
