//! bpf(2), for programs that decide about devices.

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use rustix::io::Result;

use super::check;

/// `struct bpf_insn` of linux/bpf.h on a little-endian machine.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Instruction {
    pub code: u8,
    /// Destination in the lower half, source in the upper.
    pub registers: u8,
    pub offset: i16,
    pub immediate: i32,
}

/// Named after what they do (Documentation/bpf/standardization/instruction-set.rst).
impl Instruction {
    const fn of(code: u8, to: u8, from: u8, offset: i16, immediate: i32) -> Self {
        Instruction { code, registers: from << 4 | to, offset, immediate }
    }

    pub const fn load_word(to: u8, from: u8, offset: i16) -> Self {
        Self::of(0x61, to, from, offset, 0)
    }

    pub const fn copy(to: u8, from: u8) -> Self {
        Self::of(0xbf, to, from, 0, 0)
    }

    pub const fn set(to: u8, value: i32) -> Self {
        Self::of(0xb7, to, 0, 0, value)
    }

    pub const fn and(to: u8, mask: i32) -> Self {
        Self::of(0x54, to, 0, 0, mask)
    }

    pub const fn shift_right(to: u8, bits: i32) -> Self {
        Self::of(0x74, to, 0, 0, bits)
    }

    pub const fn skip_unless_equal(register: u8, value: i32, count: i16) -> Self {
        Self::of(0x55, register, 0, count, value)
    }

    pub const fn exit() -> Self {
        Self::of(0x95, 0, 0, 0, 0)
    }
}

/// The head of `union bpf_attr` for BPF_PROG_LOAD.
#[repr(C)]
#[derive(Default)]
struct Load {
    kind: u32,
    instruction_count: u32,
    instructions: u64,
    license: u64,
    log_level: u32,
    log_bytes: u32,
    log: u64,
    kernel_version: u32,
    flags: u32,
}

#[repr(C)]
struct Attach {
    target: i32,
    program: i32,
    kind: u32,
    flags: u32,
}

const PROG_LOAD: libc::c_int = 5;
const PROG_ATTACH: libc::c_int = 8;
const PROG_TYPE_CGROUP_DEVICE: u32 = 15;
const ATTACH_CGROUP_DEVICE: u32 = 6;
/// Programs of cgroups above stay in force.
const ALLOW_MULTI: u32 = 2;

pub fn load_device_program(instructions: &[Instruction]) -> Result<OwnedFd> {
    let attributes = Load {
        kind: PROG_TYPE_CGROUP_DEVICE,
        instruction_count: instructions.len() as u32,
        instructions: instructions.as_ptr() as u64,
        license: c"Apache-2.0".as_ptr() as u64,
        ..Default::default()
    };
    // SAFETY: both pointers live across the call; the kernel verifies the program and gives a new descriptor.
    unsafe {
        let raw = check(libc::syscall(libc::SYS_bpf, PROG_LOAD, &raw const attributes, size_of::<Load>()))?;
        Ok(OwnedFd::from_raw_fd(raw as i32))
    }
}

/// `cgroup`: its directory. The cgroup keeps the program.
pub fn attach_device_program(cgroup: impl AsFd, program: impl AsFd) -> Result<()> {
    let attributes = Attach {
        target: cgroup.as_fd().as_raw_fd(),
        program: program.as_fd().as_raw_fd(),
        kind: ATTACH_CGROUP_DEVICE,
        flags: ALLOW_MULTI,
    };
    // SAFETY: the kernel reads the struct.
    check(unsafe { libc::syscall(libc::SYS_bpf, PROG_ATTACH, &raw const attributes, size_of::<Attach>()) })?;
    Ok(())
}
