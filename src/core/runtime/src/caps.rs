//! Capabilities as Docker gives them: the list is the bounding set; a root process has it permitted and effective, any
//! other has none; inheritable and ambient stay empty (CVE-2022-24769).

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, CapabilitySets};

use crate::failure::{Code, Failure, Outcome};
use crate::protocol::Warning;

/// By number, as in linux/capability.h.
const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// `["CAP_CHOWN", …]` as a set.
pub fn parse(names: &[String]) -> Outcome<CapabilitySet> {
    names.iter().try_fold(CapabilitySet::empty(), |set, name| {
        let number = NAMES.iter().position(|known| name.strip_prefix("CAP_") == Some(known));
        let number = number.ok_or_else(|| Failure::new(Code::Spec, format!("unknown capability {name:?}")))?;
        Ok(set | CapabilitySet::from_bits_retain(1 << number))
    })
}

fn in_kernel(number: u32) -> bool {
    rustix::thread::capability_is_in_bounding_set(CapabilitySet::from_bits_retain(1 << number)).is_ok()
}

/// What of `wanted` this process can hand on, with a warning for each that it can't.
pub fn available(wanted: CapabilitySet) -> Outcome<(CapabilitySet, Vec<Warning>)> {
    let held = rustix::thread::capabilities(None).map_err(|errno| failed("capget", errno))?.permitted;
    let missing = wanted - held;
    let warnings = NAMES.iter().enumerate().filter(|(number, _)| missing.bits() & (1 << number) != 0);
    let warnings = warnings.map(|(_, name)| Warning {
        field: "capabilities".to_string(),
        message: format!("CAP_{name} can't be given: this process does not have it"),
    });
    Ok((wanted & held, warnings.collect()))
}

/// Takes everything but `set` out of the bounding set. Needs CAP_SETPCAP, so it comes before `limit_to`.
pub fn bound_to(set: CapabilitySet) -> Outcome<()> {
    for number in (0..64).take_while(|number| in_kernel(*number)) {
        let one = CapabilitySet::from_bits_retain(1 << number);
        if !set.contains(one) {
            rustix::thread::remove_capability_from_bounding_set(one).map_err(|errno| failed("prctl", errno))?;
        }
    }
    Ok(())
}

/// The last step of a change of identity.
pub fn limit_to(set: CapabilitySet) -> Outcome<()> {
    let sets = CapabilitySets { effective: set, permitted: set, inheritable: CapabilitySet::empty() };
    rustix::thread::clear_ambient_capability_set().map_err(|errno| failed("prctl", errno))?;
    rustix::thread::set_capabilities(None, sets).map_err(|errno| failed("capset", errno))
}

fn failed(syscall: &str, errno: Errno) -> Failure {
    Failure::sys(Code::Internal, syscall, "set capabilities", errno)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_the_kernels_numbers() {
        let set = parse(&["CAP_CHOWN".into(), "CAP_SYS_RESOURCE".into(), "CAP_CHECKPOINT_RESTORE".into()]).unwrap();
        assert_eq!(set.bits(), 1 | 1 << 24 | 1 << 40);
        for unknown in ["CHOWN", "CAP_", "CAP_NOPE", "cap_chown"] {
            assert_eq!(parse(&[unknown.into()]).unwrap_err().code, Code::Spec);
        }
    }
}
