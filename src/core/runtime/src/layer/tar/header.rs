//! One header block: V7, ustar, star and GNU, read as Go's archive/tar reads them.

use super::super::fault::refused;
use crate::failure::Outcome;

pub const BLOCK_BYTES: usize = 512;
pub type Block = [u8; BLOCK_BYTES];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    V7,
    Ustar,
    Star,
    Gnu,
}

pub struct Header<'a> {
    block: &'a Block,
    pub format: Format,
}

impl<'a> Header<'a> {
    pub fn parse(block: &'a Block) -> Outcome<Self> {
        let stored = number(&block[148..156]).ok_or_else(|| refused("a tar header has no checksum"))?;
        let summed = |add: fn(u8) -> i64| {
            let spaces = 8 * add(b' ');
            block[..148].iter().chain(&block[156..]).map(|&byte| add(byte)).sum::<i64>() + spaces
        };
        // Some old archivers summed signed bytes.
        if stored != summed(|byte| byte.into()) && stored != summed(|byte| (byte as i8).into()) {
            return Err(refused("a tar header's checksum is wrong"));
        }
        let format = match (&block[257..263], &block[263..265]) {
            (b"ustar\0", _) if &block[508..] == b"tar\0" => Format::Star,
            (b"ustar\0", _) => Format::Ustar,
            (b"ustar ", b" \0") => Format::Gnu,
            _ => Format::V7,
        };
        Ok(Header { block, format })
    }

    pub fn type_flag(&self) -> u8 {
        self.block[156]
    }

    pub fn name(&self) -> Vec<u8> {
        let prefix = match self.format {
            Format::Ustar => text(&self.block[345..500]),
            Format::Star => text(&self.block[345..476]),
            Format::V7 | Format::Gnu => b"",
        };
        let name = text(&self.block[..100]);
        if prefix.is_empty() { name.to_vec() } else { [prefix, name].join(&b'/') }
    }

    pub fn link(&self) -> Vec<u8> {
        text(&self.block[157..257]).to_vec()
    }

    pub fn mode(&self) -> Outcome<i64> {
        self.field(100..108, "mode")
    }

    pub fn uid(&self) -> Outcome<i64> {
        self.field(108..116, "uid")
    }

    pub fn gid(&self) -> Outcome<i64> {
        self.field(116..124, "gid")
    }

    pub fn size(&self) -> Outcome<i64> {
        self.field(124..136, "size")
    }

    pub fn mtime(&self) -> Outcome<i64> {
        self.field(136..148, "mtime")
    }

    pub fn device(&self) -> Outcome<(i64, i64)> {
        if self.format == Format::V7 {
            return Ok((0, 0));
        }
        Ok((self.field(329..337, "devmajor")?, self.field(337..345, "devminor")?))
    }

    fn field(&self, range: std::ops::Range<usize>, what: &str) -> Outcome<i64> {
        number(&self.block[range]).ok_or_else(|| refused(format!("a tar header's {what} is no number")))
    }
}

/// Up to the first NUL.
pub fn text(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|&byte| byte == 0).unwrap_or(field.len())]
}

/// Octal digits, or base 256 in two's complement where the first bit is set. Empty is 0.
pub fn number(field: &[u8]) -> Option<i64> {
    if field.first().is_some_and(|&first| first & 0x80 != 0) {
        return base256(field);
    }
    let digits = field.trim_ascii_start();
    let digits = text(digits).trim_ascii();
    digits.iter().try_fold(0i64, |value, &byte| match byte {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add((byte - b'0').into()),
        _ => None,
    })
}

fn base256(field: &[u8]) -> Option<i64> {
    let negative = field[0] & 0x40 != 0;
    let first = if negative { field[0] | 0x80 } else { field[0] & 0x7f };
    let start: i64 = if negative { -1 } else { 0 };
    std::iter::once(first)
        .chain(field[1..].iter().copied())
        .try_fold(start, |value, byte| value.checked_mul(256)?.checked_add(byte.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0"), Some(0));
        assert_eq!(number(b"12x4567\0"), None);
        assert_eq!(number(b"-1234567"), None);
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 1, 2]), Some(258));
        assert_eq!(number(&[0xff; 12]), Some(-1));
        let mut huge = [0xff; 12];
        huge[0] = 0xbf;
        assert_eq!(number(&huge), None);
    }
}
