//! The device allow list that Docker gives its containers, with what its runtime adds.

use std::path::Path;

use super::file;
use crate::failure::Outcome;

const ALLOWED: [&str; 10] = [
    "c *:* m", // mknod of anything; using it is another right
    "b *:* m",
    "c 1:3 rwm",   // null
    "c 1:5 rwm",   // zero
    "c 1:7 rwm",   // full
    "c 1:8 rwm",   // random
    "c 1:9 rwm",   // urandom
    "c 5:0 rwm",   // tty
    "c 5:2 rwm",   // ptmx
    "c 136:* rwm", // pts
];

pub fn restrict_devices(dir: &Path) -> Outcome<()> {
    file::write(dir, "devices.deny", "devices", "a")?;
    ALLOWED.iter().try_for_each(|rule| file::write(dir, "devices.allow", "devices", rule))
}
