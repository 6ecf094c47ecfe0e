//! Layers of images: from a compressed tar stream to a directory and back, in one pass, in flat memory.

mod assemble;
mod attributes;
mod base64;
mod bounds;
mod contents;
mod copy;
mod copy_tree;
mod copy_up;
mod crc64;
mod decompress;
mod digest;
mod directory;
mod fault;
mod marks;
mod name;
mod place;
mod remove;
mod request;
mod size;
mod source;
mod split;
mod tar;
mod tree;
mod unpack;

pub use assemble::assemble;
pub use copy::Copied;
pub use copy_tree::{CopyTreeRequest, copy_tree};
pub use copy_up::{CopyUpRequest, copy_up};
pub use request::{AssembleRequest, Assembled, Expected, UnpackRequest, Unpacked, Whole};
pub use unpack::unpack;
