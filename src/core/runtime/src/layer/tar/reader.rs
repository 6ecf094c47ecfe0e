//! Members in stream order. Contents must be taken with `contents` before the next member.

use std::collections::HashSet;
use std::io::BufRead;

use super::super::bounds::{MAX_ENTRIES, MAX_EXTENSION_BYTES, MAX_NAME_BYTES};
use super::super::crc64::Crc64;
use super::super::digest;
use super::super::fault::{entry_refused, read_failure, refused};
use super::super::name::cleaned;
use super::super::split::SplitWriter;
use super::header::{BLOCK_BYTES, Block, Header, text};
use super::member::{Kind, Member};
use super::pax::{self, Records};
use super::sparse::{self, Declared};
use super::time::Time;
use crate::failure::Outcome;

pub struct TarReader<R> {
    input: R,
    split: SplitWriter,
    /// Of the cleaned names: tar-split takes each once.
    seen: HashSet<u128>,
    padding_bytes: usize,
    pub entries: u64,
}

/// What extension headers say of the member that follows.
#[derive(Default)]
struct Extensions {
    pax: Records,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

impl<R: BufRead> TarReader<R> {
    pub fn new(input: R, split: SplitWriter) -> Self {
        TarReader { input, split, seen: HashSet::new(), padding_bytes: 0, entries: 0 }
    }

    pub fn next(&mut self) -> Outcome<Option<Member>> {
        let mut extensions = Extensions::default();
        loop {
            self.skip_padding()?;
            let Some(block) = self.header_block()? else { return Ok(None) };
            let header = Header::parse(&block)?;
            match header.type_flag() {
                b'x' => extensions.pax = pax::parse(&self.extension(&header)?)?,
                b'g' => self.global(&header)?,
                b'L' => extensions.long_name = Some(text(&self.extension(&header)?).to_vec()),
                b'K' => extensions.long_link = Some(text(&self.extension(&header)?).to_vec()),
                _ => return self.member(&header, &block, extensions).map(Some),
            }
        }
    }

    /// Hands out the stored bytes of a file, and tells tar-split of the member.
    pub fn contents(&mut self, member: &Member, mut take: impl FnMut(&[u8]) -> Outcome<()>) -> Outcome<()> {
        let bytes = member.stored_bytes;
        if bytes == 0 || member.sparse.is_some() {
            // What a sparse file stores is no file of the layer: it stays among the raw bytes.
            self.each(bytes, |split, part| split.raw(part).and_then(|()| take(part)))?;
            self.split.member(&member.name, None)?;
        } else {
            let mut crc = Crc64::new();
            self.each(bytes, |_, part| {
                crc.update(part);
                take(part)
            })?;
            self.split.member(&member.name, Some((bytes, &crc)))?;
        }
        self.padding_bytes = padding(bytes);
        Ok(())
    }

    /// Everything after the last member; then tar-split is whole.
    pub fn finish(mut self) -> Outcome<R> {
        loop {
            let part = self.input.fill_buf().map_err(read_failure)?;
            if part.is_empty() {
                break;
            }
            self.split.raw(part)?;
            let count = part.len();
            self.input.consume(count);
        }
        self.split.finish()?;
        Ok(self.input)
    }

    fn member(&mut self, header: &Header, block: &Block, extensions: Extensions) -> Outcome<Member> {
        let Extensions { pax, long_name, long_link } = extensions;
        let sparse_name = pax::get(&pax, "GNU.sparse.name").or(pax::get(&pax, "path"));
        let name = long_name.or(sparse_name.map(<[u8]>::to_vec)).unwrap_or_else(|| header.name());
        let about = |failure: crate::failure::Failure| entry_refused(&name, failure.message);
        if name.len() > MAX_NAME_BYTES {
            return Err(entry_refused(&name, format!("its name has more than {MAX_NAME_BYTES} bytes")));
        }
        self.count(&name)?;
        let link = long_link.or(pax::get(&pax, "linkpath").map(<[u8]>::to_vec)).unwrap_or_else(|| header.link());
        let kind = kind(header.type_flag(), &name)?;
        let mut member = described(header, &pax, kind).map_err(about)?;
        if header.type_flag() == b'S' {
            let map = sparse::old_map(block, || self.raw_block()).map_err(about)?;
            map.check(member.stored_bytes).map_err(about)?;
            member.sparse = Some(map);
        } else if kind == Kind::File {
            self.pax_sparse(&pax, &mut member).map_err(about)?;
        }
        member.name = name;
        member.link = link;
        Ok(member)
    }

    fn pax_sparse(&mut self, pax: &Records, member: &mut Member) -> Outcome<()> {
        let map = match sparse::declared(pax)? {
            Declared::No => return Ok(()),
            Declared::Map(map) => map,
            Declared::InContents { real_bytes } => {
                let stored = member.stored_bytes;
                let (map, taken) = sparse::map_in_contents(real_bytes, stored, || self.raw_block())?;
                member.stored_bytes =
                    stored.checked_sub(taken).ok_or_else(|| refused("a sparse file's map is wrong"))?;
                map
            }
        };
        map.check(member.stored_bytes)?;
        member.sparse = Some(map);
        Ok(())
    }

    /// Counts a member, refuses a name that was there already.
    fn count(&mut self, name: &[u8]) -> Outcome<()> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(refused(format!("the layer has more than {MAX_ENTRIES} entries")));
        }
        if self.seen.insert(digest::short(&cleaned(name))) {
            return Ok(());
        }
        Err(entry_refused(name, "duplicates of file paths not supported"))
    }

    /// Says nothing of use here, but Docker's tar-split lists it as a member. A second one of the same name can't be.
    fn global(&mut self, header: &Header) -> Outcome<()> {
        let name = header.name();
        self.extension(header)?;
        if self.seen.insert(digest::short(&cleaned(&name))) { self.split.member(&name, None) } else { Ok(()) }
    }

    fn extension(&mut self, header: &Header) -> Outcome<Vec<u8>> {
        let bytes = u64::try_from(header.size()?).ok().filter(|&bytes| bytes <= MAX_EXTENSION_BYTES);
        let bytes = bytes
            .ok_or_else(|| refused(format!("a tar extension header has more than {MAX_EXTENSION_BYTES} bytes")))?;
        let mut data = Vec::new();
        self.each(bytes, |split, part| {
            data.extend_from_slice(part);
            split.raw(part)
        })?;
        self.padding_bytes = padding(bytes);
        Ok(data)
    }

    /// None at the end: of the stream, or two blocks of zeros.
    fn header_block(&mut self) -> Outcome<Option<Block>> {
        if self.at_end()? {
            return Ok(None);
        }
        let block = self.raw_block()?;
        if block != [0; BLOCK_BYTES] {
            return Ok(Some(block));
        }
        if self.at_end()? || self.raw_block()? == [0; BLOCK_BYTES] {
            return Ok(None);
        }
        Err(refused("a block of zeros stands between tar headers"))
    }

    fn at_end(&mut self) -> Outcome<bool> {
        Ok(self.input.fill_buf().map_err(read_failure)?.is_empty())
    }

    fn raw_block(&mut self) -> Outcome<Block> {
        let mut block = [0; BLOCK_BYTES];
        self.input.read_exact(&mut block).map_err(read_failure)?;
        self.split.raw(&block)?;
        Ok(block)
    }

    fn skip_padding(&mut self) -> Outcome<()> {
        let bytes = std::mem::take(&mut self.padding_bytes);
        self.each(bytes as u64, |split, part| split.raw(part))
    }

    /// The next bytes of the stream, in the pieces in which they come.
    fn each(&mut self, bytes: u64, mut take: impl FnMut(&mut SplitWriter, &[u8]) -> Outcome<()>) -> Outcome<()> {
        let mut left = bytes;
        while left > 0 {
            let part = self.input.fill_buf().map_err(read_failure)?;
            if part.is_empty() {
                return Err(refused("the layer is truncated"));
            }
            let count = part.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            take(&mut self.split, &part[..count])?;
            self.input.consume(count);
            left -= count as u64;
        }
        Ok(())
    }
}

fn padding(bytes: u64) -> usize {
    (bytes.wrapping_neg() % BLOCK_BYTES as u64) as usize
}

fn kind(type_flag: u8, name: &[u8]) -> Outcome<Kind> {
    Ok(match type_flag {
        0 if name.ends_with(b"/") => Kind::Directory,
        0 | b'0' | b'S' => Kind::File,
        b'1' => Kind::HardLink,
        b'2' => Kind::Symlink,
        b'3' => Kind::CharDevice,
        b'4' => Kind::BlockDevice,
        b'5' => Kind::Directory,
        b'6' => Kind::Fifo,
        other => return Err(entry_refused(name, format!("unhandled tar header type {other}"))),
    })
}

fn described(header: &Header, pax: &Records, kind: Kind) -> Outcome<Member> {
    let or_pax = |key: &str, value: i64| Ok(pax::number(pax, key)?.unwrap_or(value));
    let unsigned = |value: i64, what: &str| {
        // The highest number means "leave as it is" to chown.
        u32::try_from(value)
            .ok()
            .filter(|&id| id < u32::MAX)
            .ok_or_else(|| refused(format!("its {what} is out of range")))
    };
    let size = or_pax("size", header.size()?)?;
    let size = u64::try_from(size).map_err(|_| refused("its size is negative"))?;
    let (major, minor) = header.device()?;
    Ok(Member {
        name: Vec::new(),
        link: Vec::new(),
        kind,
        mode: (header.mode()? & 0o7777) as u32,
        uid: unsigned(or_pax("uid", header.uid()?)?, "uid")?,
        gid: unsigned(or_pax("gid", header.gid()?)?, "gid")?,
        mtime: pax::time(pax, "mtime")?.unwrap_or(Time { seconds: header.mtime()?, nanos: 0 }),
        atime: pax::time(pax, "atime")?,
        major: unsigned(major, "device number")?,
        minor: unsigned(minor, "device number")?,
        stored_bytes: if kind == Kind::File { size } else { 0 },
        sparse: None,
        xattrs: xattrs(pax),
    })
}

fn xattrs(pax: &Records) -> Vec<(Vec<u8>, Vec<u8>)> {
    pax.iter().filter_map(|(key, value)| Some((key.strip_prefix(b"SCHILY.xattr.")?.to_vec(), value.clone()))).collect()
}

#[cfg(test)]
mod tests;
