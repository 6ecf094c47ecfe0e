//! The allow list as lines of the devices controller.

use std::path::Path;

use super::super::devices::{ALLOWED, Kind, MKNOD, READ, Rule, WRITE};
use super::super::file;
use crate::failure::Outcome;

pub fn restrict_devices(dir: &Path) -> Outcome<()> {
    file::write(dir, "devices.deny", "devices", "a")?;
    ALLOWED.iter().try_for_each(|rule| file::write(dir, "devices.allow", "devices", &line(rule)))
}

/// `c 1:3 rwm`
fn line(rule: &Rule) -> String {
    let kind = if rule.kind == Kind::Block { 'b' } else { 'c' };
    let number = |number: Option<u32>| number.map_or("*".to_string(), |number| number.to_string());
    let access: String = [(READ, 'r'), (WRITE, 'w'), (MKNOD, 'm')]
        .iter()
        .filter(|(bit, _)| rule.access & bit != 0)
        .map(|(_, c)| c)
        .collect();
    format!("{kind} {}:{} {access}", number(rule.major), number(rule.minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_written_as_the_kernel_reads_them() {
        let lines: Vec<String> = ALLOWED.iter().map(line).collect();
        assert_eq!(lines[..3], ["c *:* m", "b *:* m", "c 1:3 rwm"]);
        assert_eq!(lines[9], "c 136:* rwm");
    }
}
