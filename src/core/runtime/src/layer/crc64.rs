//! CRC-64 with the ISO polynomial, as tar-split's member checksums: reflected, initial and final value all ones.

const POLYNOMIAL: u64 = 0xD800_0000_0000_0000;
/// Eight bytes a step.
const TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut slice = 1;
    while slice < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[slice - 1][byte];
            tables[slice][byte] = before >> 8 ^ tables[0][(before & 255) as usize];
            byte += 1;
        }
        slice += 1;
    }
    tables
}

pub struct Crc64(u64);

impl Crc64 {
    pub fn new() -> Self {
        Crc64(u64::MAX)
    }

    pub fn update(&mut self, bytes: &[u8]) {
        let mut crc = self.0;
        let mut steps = bytes.chunks_exact(8);
        for step in &mut steps {
            let mut word = [0; 8];
            word.copy_from_slice(step);
            let mixed = (crc ^ u64::from_le_bytes(word)).to_le_bytes();
            crc = (0..8).fold(0, |sum, index| sum ^ TABLES[7 - index][mixed[index] as usize]);
        }
        for &byte in steps.remainder() {
            crc = crc >> 8 ^ TABLES[0][(crc as u8 ^ byte) as usize];
        }
        self.0 = crc;
    }

    /// In the order in which tar-split writes it.
    pub fn bytes(&self) -> [u8; 8] {
        (!self.0).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue_comes_out_at_any_split() {
        for split in 0..9 {
            let mut crc = Crc64::new();
            crc.update(&b"123456789"[..split]);
            crc.update(&b"123456789"[split..]);
            assert_eq!(u64::from_be_bytes(crc.bytes()), 0xB909_56C7_75A4_1001);
        }
    }
}
