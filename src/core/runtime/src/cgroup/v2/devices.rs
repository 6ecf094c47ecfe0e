//! The allow list as a program of the kernel's own machine: cgroup v2 has no devices controller. It stays attached to the
//! cgroup and goes with it.

use std::path::Path;

use super::super::devices::{ALL, ALLOWED, Kind, Rule};
use crate::failure::{Code, Failure, Outcome};
use crate::mounts::paths::host_path;
use crate::sys::bpf::{self, Instruction};

/// Fails where this kernel can't do it: without the program a container could use every device of the host.
pub fn restrict(dir: &Path) -> Outcome<()> {
    let path = dir.display().to_string();
    let failed = |syscall: &'static str| {
        let path = path.clone();
        move |errno| Failure::sys(Code::KernelFeature, syscall, "restrict devices", errno).at(path).in_step("devices")
    };
    let cgroup = host_path(&path).map_err(failed("openat"))?;
    let program = bpf::load_device_program(&program(&ALLOWED)).map_err(failed("bpf"))?;
    bpf::attach_device_program(&cgroup, &program).map_err(failed("bpf"))
}

/// Registers: what is asked of a device is taken apart into these. 0 is also the answer.
const ANSWER: u8 = 0;
const CONTEXT: u8 = 1;
const KIND: u8 = 2;
const ACCESS: u8 = 3;
const MAJOR: u8 = 4;
const MINOR: u8 = 5;

/// `struct bpf_cgroup_dev_ctx` of linux/bpf.h: kind in the lower half of the first word and access in the upper, major, minor.
fn program(rules: &[Rule]) -> Vec<Instruction> {
    let mut program = vec![
        Instruction::load_word(KIND, CONTEXT, 0),
        Instruction::copy(ACCESS, KIND),
        Instruction::and(KIND, 0xffff),
        Instruction::shift_right(ACCESS, 16),
        Instruction::load_word(MAJOR, CONTEXT, 4),
        Instruction::load_word(MINOR, CONTEXT, 8),
    ];
    program.extend(rules.iter().flat_map(allow));
    program.extend(answer(0));
    program
}

const fn answer(allowed: i32) -> [Instruction; 2] {
    [Instruction::set(ANSWER, allowed), Instruction::exit()]
}

/// Answers yes if everything fits, else goes on behind itself.
fn allow(rule: &Rule) -> Vec<Instruction> {
    let kind = if rule.kind == Kind::Block { 1 } else { 2 };
    let numbers = [(MAJOR, rule.major), (MINOR, rule.minor)];
    let mut checks = vec![(None, KIND, kind)];
    checks.extend(numbers.into_iter().filter_map(|(register, number)| Some((None, register, number? as i32))));
    if rule.access != ALL {
        // Nothing but what the rule allows.
        checks.push((
            Some([Instruction::copy(ANSWER, ACCESS), Instruction::and(ANSWER, !rule.access as i32)]),
            ANSWER,
            0,
        ));
    }
    let length: usize = checks.iter().map(|(before, ..)| before.map_or(1, |_| 3)).sum::<usize>() + 2;
    let mut block = Vec::with_capacity(length);
    for (before, register, value) in checks {
        block.extend(before.into_iter().flatten());
        let behind = length - block.len() - 1;
        block.push(Instruction::skip_unless_equal(register, value, behind as i16));
    }
    block.extend(answer(1));
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a program as the kernel would.
    fn decides(program: &[Instruction], context: [u32; 3]) -> bool {
        let mut registers = [0u64; 11];
        let mut at = 0usize;
        loop {
            let instruction = program[at];
            at += 1;
            let (to, from) = (usize::from(instruction.registers & 15), usize::from(instruction.registers >> 4));
            let value = i64::from(instruction.immediate) as u64;
            match instruction.code {
                0x61 => registers[to] = context[usize::from(instruction.offset as u16) / 4].into(),
                0xbf => registers[to] = registers[from],
                0xb7 => registers[to] = value,
                0x54 => registers[to] &= u64::from(value as u32),
                0x74 => registers[to] = u64::from(registers[to] as u32 >> value),
                0x55 if registers[to] != value => at += instruction.offset as usize,
                0x55 => {}
                0x95 => return registers[0] == 1,
                code => panic!("no such instruction: {code:#x}"),
            }
        }
    }

    #[test]
    fn the_usual_devices_may_be_used_others_only_made() {
        let program = program(&ALLOWED);
        let (block, character) = (1, 2);
        let ask = |kind: u32, access: u32, major, minor| decides(&program, [access << 16 | kind, major, minor]);
        for (major, minor) in [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (136, 0), (136, 77)] {
            assert!(ask(character, 2, major, minor) && ask(character, 7, major, minor), "{major}:{minor}");
            assert!(!ask(block, 2, major, minor), "block {major}:{minor}");
        }
        for (kind, major, minor) in [(character, 1, 1), (character, 5, 1), (character, 10, 229), (block, 8, 0)] {
            assert!(ask(kind, 1, major, minor), "making {major}:{minor}");
            for access in [2, 3, 4, 5, 6, 7] {
                assert!(!ask(kind, access, major, minor), "access {access} to {major}:{minor}");
            }
        }
    }
}
