//! The device allow list that Docker gives its containers, with what its runtime adds. All else is denied.

/// What may be done, as bits of the kernel's `BPF_DEVCG_ACC_*`.
pub const MKNOD: u32 = 1;
pub const READ: u32 = 2;
pub const WRITE: u32 = 4;
pub const ALL: u32 = MKNOD | READ | WRITE;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Block,
    Character,
}

/// None: any number.
pub struct Rule {
    pub kind: Kind,
    pub major: Option<u32>,
    pub minor: Option<u32>,
    pub access: u32,
}

const fn character(major: u32, minor: Option<u32>) -> Rule {
    Rule { kind: Kind::Character, major: Some(major), minor, access: ALL }
}

/// mknod of anything; using it is another right.
const fn mknod(kind: Kind) -> Rule {
    Rule { kind, major: None, minor: None, access: MKNOD }
}

pub const ALLOWED: [Rule; 10] = [
    mknod(Kind::Character),
    mknod(Kind::Block),
    character(1, Some(3)), // null
    character(1, Some(5)), // zero
    character(1, Some(7)), // full
    character(1, Some(8)), // random
    character(1, Some(9)), // urandom
    character(5, Some(0)), // tty
    character(5, Some(2)), // ptmx
    character(136, None),  // pts
];
