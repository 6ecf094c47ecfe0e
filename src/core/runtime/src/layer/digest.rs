//! SHA-256 in the form that images name it.

use std::io::{Read, Result};

use sha2::{Digest, Sha256};

use super::fault::{Fault, refused};

#[derive(Default)]
pub struct Hash(Sha256);

impl Hash {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// `sha256:<64 hex digits>`
    pub fn text(&self) -> String {
        let digest = self.0.clone().finalize();
        digest.iter().fold(String::from("sha256:"), |text, byte| text + &format!("{byte:02x}"))
    }
}

/// Enough of a hash to tell the names of one layer apart.
pub fn short(bytes: &[u8]) -> u128 {
    let mut first = [0; 16];
    first.copy_from_slice(&Sha256::digest(bytes)[..16]);
    u128::from_be_bytes(first)
}

/// Hashes and counts what passes; refuses more than `max_bytes`.
pub struct Hashed<R> {
    input: R,
    pub hash: Hash,
    pub bytes: u64,
    max_bytes: u64,
}

impl<R: Read> Hashed<R> {
    pub fn new(input: R, max_bytes: u64) -> Self {
        Hashed { input, hash: Hash::default(), bytes: 0, max_bytes }
    }

    pub fn input(&mut self) -> &mut R {
        &mut self.input
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let count = self.input.read(out)?;
        self.hash.update(&out[..count]);
        self.bytes += count as u64;
        if self.bytes > self.max_bytes {
            let why = format!("the layer unpacks to more than the bound of {} bytes", self.max_bytes);
            return Err(Fault::carried(refused(why)));
        }
        Ok(count)
    }
}
