//! Sysctls of the container's own namespaces. All others are the host's, and are refused.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::kernel::procfs_write;
use crate::protocol::{Namespaces, Sharing};

const IPC: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// A part of `.` or `..` could leave the subtree that the rest of the key promises.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn is_own(key: &str, namespaces: &Namespaces) -> bool {
    if IPC.contains(&key) || key.starts_with("fs.mqueue.") {
        return namespaces.ipc == Sharing::Private;
    }
    match key {
        "kernel.hostname" | "kernel.domainname" => namespaces.uts == Sharing::Private,
        _ => key.starts_with("net.") && namespaces.net == Sharing::Private,
    }
}

/// `net.ipv4.ip_forward` → `sys/net/ipv4/ip_forward`. A slash stays one, for links with a dot in the name.
fn path_of(key: &str) -> String {
    if key.contains('/') { format!("sys/{key}") } else { format!("sys/{}", key.replace('.', "/")) }
}

pub fn write_all(proc: &OwnedFd, sysctls: &BTreeMap<String, String>, namespaces: &Namespaces) -> Outcome<()> {
    for (key, value) in sysctls {
        let path = path_of(key);
        if !is_plain(&path) || !is_own(&key.replace('/', "."), namespaces) {
            return Err(
                Failure::new(Code::Spec, format!("sysctl {key} is not of a namespace of the container's own")).at(key)
            );
        }
        procfs_write(proc, &path, value)
            .map_err(|errno| Failure::sys(Code::Spec, "write", format!("set sysctl {key}"), errno).at(key))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysctl_is_the_containers_only_if_its_namespace_is() {
        let all = |sharing| Namespaces { pid: sharing, ipc: sharing, uts: sharing, net: sharing, cgroup: sharing };
        for key in ["net.ipv4.ip_forward", "kernel.shmmax", "fs.mqueue.msg_max", "kernel.domainname"] {
            assert!(is_own(key, &all(Sharing::Private)), "{key}");
            assert!(!is_own(key, &all(Sharing::Host)), "{key}");
        }
        assert!(!is_own("kernel.core_pattern", &all(Sharing::Private)));
        for key in ["net/../kernel/core_pattern", "net..ipv4", "net//ipv4", "net/./ipv4", "net/"] {
            assert!(!is_plain(&path_of(key)), "{key}");
        }
        assert!(is_plain(&path_of("net.ipv4.ip_forward")));
        assert_eq!(path_of("net/ipv4/conf/eth0.1/forwarding"), "sys/net/ipv4/conf/eth0.1/forwarding");
    }
}
