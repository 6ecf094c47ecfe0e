//! gzip, zstd or nothing: told by the first bytes, as Docker does, and held against what the manifest says.

use std::io::{BufRead, Read, Result};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use super::bounds::MAX_ZSTD_WINDOW_LOG;
use super::fault::{read_failure, refused};
use crate::failure::Outcome;

pub enum Decompressed<R: BufRead> {
    Gzip(Box<MultiGzDecoder<R>>),
    Zstd(ZstdDecoder<'static, R>),
    Plain(R),
}

impl<R: BufRead> Decompressed<R> {
    pub fn open(mut input: R, media_type: Option<&str>) -> Outcome<Self> {
        let magic = input.fill_buf().map_err(read_failure)?;
        let found = Compression::of(magic)?;
        if let Some(media_type) = media_type {
            check_declared(media_type, found)?;
        }
        Ok(match found {
            Compression::Gzip => Decompressed::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Zstd => {
                let mut decoder = ZstdDecoder::with_buffer(input).map_err(read_failure)?;
                decoder.window_log_max(MAX_ZSTD_WINDOW_LOG).map_err(read_failure)?;
                Decompressed::Zstd(decoder)
            }
            Compression::None => Decompressed::Plain(input),
        })
    }

    pub fn input(&mut self) -> &mut R {
        match self {
            Decompressed::Gzip(decoder) => decoder.get_mut(),
            Decompressed::Zstd(decoder) => decoder.get_mut(),
            Decompressed::Plain(input) => input,
        }
    }
}

impl<R: BufRead> Read for Decompressed<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        match self {
            Decompressed::Gzip(decoder) => decoder.read(out),
            Decompressed::Zstd(decoder) => decoder.read(out),
            Decompressed::Plain(input) => input.read(out),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    Gzip,
    Zstd,
    None,
}

impl Compression {
    fn of(start: &[u8]) -> Outcome<Self> {
        match start {
            [0x1f, 0x8b, ..] => Ok(Compression::Gzip),
            // A frame, or a skippable frame before it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Compression::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Err(unsupported("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err(unsupported("xz")),
            _ => Ok(Compression::None),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Compression::Gzip => "compressed with gzip",
            Compression::Zstd => "compressed with zstd",
            Compression::None => "not compressed",
        }
    }
}

fn unsupported(name: &str) -> crate::failure::Failure {
    refused(format!("the layer is compressed with {name}; gzip, zstd and uncompressed layers can be unpacked"))
}

fn check_declared(media_type: &str, found: Compression) -> Outcome<()> {
    if declared(media_type)? == found {
        return Ok(());
    }
    Err(refused(format!("the layer is {}, but its media type is {media_type}", found.text())))
}

fn declared(media_type: &str) -> Outcome<Compression> {
    match media_type {
        "application/vnd.docker.image.rootfs.diff.tar.gzip"
        | "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
        | "application/vnd.oci.image.layer.v1.tar+gzip"
        | "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip" => Ok(Compression::Gzip),
        "application/vnd.docker.image.rootfs.diff.tar.zstd"
        | "application/vnd.oci.image.layer.v1.tar+zstd"
        | "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd" => Ok(Compression::Zstd),
        "application/vnd.docker.image.rootfs.diff.tar"
        | "application/vnd.oci.image.layer.v1.tar"
        | "application/vnd.oci.image.layer.nondistributable.v1.tar" => Ok(Compression::None),
        _ => Err(refused(format!("the layer's media type {media_type:?} is not known"))),
    }
}
