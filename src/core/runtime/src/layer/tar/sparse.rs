//! Sparse files of GNU tar: where the stored parts belong.

use super::super::bounds::MAX_SPARSE_PARTS;
use super::super::fault::refused;
use super::header::{BLOCK_BYTES, Block, number};
use super::pax::{self, Records};
use crate::failure::{Failure, Outcome};

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SparseMap {
    pub parts: Vec<Part>,
    pub real_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub offset: u64,
    pub bytes: u64,
}

/// What a PAX header says of sparseness.
pub enum Declared {
    No,
    Map(SparseMap),
    /// Format 1.0: the map is the beginning of the contents.
    InContents {
        real_bytes: u64,
    },
}

pub fn declared(records: &Records) -> Outcome<Declared> {
    if !records.iter().any(|(key, _)| key.starts_with(b"GNU.sparse.")) {
        return Ok(Declared::No);
    }
    let major = pax::number(records, "GNU.sparse.major")?;
    let real = match pax::number(records, "GNU.sparse.realsize")? {
        Some(real) => Some(real),
        None => pax::number(records, "GNU.sparse.size")?,
    };
    let real_bytes = real.and_then(|real| u64::try_from(real).ok()).ok_or_else(|| wrong("size"))?;
    match (major, pax::number(records, "GNU.sparse.minor")?) {
        (Some(1), Some(0)) => Ok(Declared::InContents { real_bytes }),
        (None | Some(0), _) => Ok(Declared::Map(SparseMap { parts: parts_of_records(records)?, real_bytes })),
        _ => Err(refused("a sparse file's format is not known")),
    }
}

/// 0.1 has one list, 0.0 repeats two keys.
fn parts_of_records(records: &Records) -> Outcome<Vec<Part>> {
    let values: Vec<&[u8]> = match pax::get(records, "GNU.sparse.map") {
        Some(map) => map.split(|&byte| byte == b',').collect(),
        None => records
            .iter()
            .filter(|(key, _)| key == b"GNU.sparse.offset" || key == b"GNU.sparse.numbytes")
            .map(|(_, value)| value.as_slice())
            .collect(),
    };
    if values.len() / 2 > MAX_SPARSE_PARTS || !values.chunks_exact(2).remainder().is_empty() {
        return Err(wrong("map"));
    }
    values.chunks(2).map(|pair| part(pax::decimal(pair[0]), pax::decimal(pair[1]))).collect()
}

/// The old format: four parts in the header, 21 in each block after it.
pub fn old_map(header: &Block, mut next_block: impl FnMut() -> Outcome<Block>) -> Outcome<SparseMap> {
    let real = number(&header[483..495]).and_then(|real| u64::try_from(real).ok()).ok_or_else(|| wrong("size"))?;
    let mut map = SparseMap { parts: Vec::new(), real_bytes: real };
    let mut goes_on = add_old(&mut map, &header[386..482])? && header[482] != 0;
    while goes_on {
        let block = next_block()?;
        goes_on = add_old(&mut map, &block[..504])? && block[504] != 0;
    }
    Ok(map)
}

fn add_old(map: &mut SparseMap, entries: &[u8]) -> Outcome<bool> {
    for entry in entries.chunks_exact(24) {
        if entry[0] == 0 {
            return Ok(true);
        }
        if map.parts.len() == MAX_SPARSE_PARTS {
            return Err(wrong("map"));
        }
        map.parts.push(part(number(&entry[..12]), number(&entry[12..]))?);
    }
    Ok(true)
}

/// The map of format 1.0: a count, then offsets and lengths, a line each, filled up to whole blocks.
/// Returns the map and how many bytes of the contents it took.
pub fn map_in_contents(
    real_bytes: u64,
    stored_bytes: u64,
    mut next_block: impl FnMut() -> Outcome<Block>,
) -> Outcome<(SparseMap, u64)> {
    let mut numbers = Numbers { line: Vec::new(), values: Vec::new(), wanted: None };
    let mut taken = 0;
    while !numbers.complete() {
        if taken + BLOCK_BYTES as u64 > stored_bytes.next_multiple_of(BLOCK_BYTES as u64) {
            return Err(wrong("map"));
        }
        taken += BLOCK_BYTES as u64;
        numbers.add(&next_block()?)?;
    }
    let parts = numbers.values.chunks(2).map(|pair| part(Some(pair[0]), Some(pair[1])));
    Ok((SparseMap { parts: parts.collect::<Outcome<_>>()?, real_bytes }, taken))
}

struct Numbers {
    line: Vec<u8>,
    values: Vec<i64>,
    wanted: Option<usize>,
}

impl Numbers {
    fn complete(&self) -> bool {
        self.wanted == Some(self.values.len())
    }

    fn add(&mut self, block: &Block) -> Outcome<()> {
        for &byte in block {
            if self.complete() {
                return Ok(());
            }
            if byte != b'\n' {
                self.line.push(byte);
                if self.line.len() > 20 {
                    return Err(wrong("map"));
                }
                continue;
            }
            let value = pax::decimal(&self.line).ok_or_else(|| wrong("map"))?;
            self.line.clear();
            match self.wanted {
                Some(_) => self.values.push(value),
                None if (0..=MAX_SPARSE_PARTS as i64).contains(&value) => self.wanted = Some(2 * value as usize),
                None => return Err(wrong("map")),
            }
        }
        Ok(())
    }
}

impl SparseMap {
    /// In order, inside the file, and together exactly what is stored.
    pub fn check(&self, stored_bytes: u64) -> Outcome<()> {
        let mut end = 0;
        let mut sum = 0u64;
        for part in &self.parts {
            let part_end = part.offset.checked_add(part.bytes).ok_or_else(|| wrong("map"))?;
            if part.offset < end || part_end > self.real_bytes {
                return Err(wrong("map"));
            }
            end = part_end;
            sum += part.bytes;
        }
        if sum == stored_bytes { Ok(()) } else { Err(wrong("map")) }
    }
}

fn part(offset: Option<i64>, bytes: Option<i64>) -> Outcome<Part> {
    let unsigned = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok()).ok_or_else(|| wrong("map"));
    Ok(Part { offset: unsigned(offset)?, bytes: unsigned(bytes)? })
}

fn wrong(what: &str) -> Failure {
    refused(format!("a sparse file's {what} is wrong"))
}
