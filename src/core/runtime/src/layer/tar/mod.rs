//! A tar reader that keeps every byte: the raw ones go to tar-split, contents to the caller.

pub mod header;
pub mod member;
pub mod pax;
pub mod reader;
pub mod sparse;
pub mod time;

pub use member::{Kind, Member};
pub use reader::TarReader;
pub use time::Time;
