//! What a layer may ask for at most. `maxBytes` of the request bounds the unpacked stream and the files made of it.

/// Members of one layer. Each costs 16 bytes of memory until the layer is done.
pub const MAX_ENTRIES: u64 = 2_000_000;
/// A member's whole name, also as its links resolve: any tool can then reach it by a path below PATH_MAX.
pub const MAX_NAME_BYTES: usize = 3072;
/// One PAX or GNU extension header, as in Go's reader.
pub const MAX_EXTENSION_BYTES: u64 = 1 << 20;
pub const MAX_XATTR_NAME_BYTES: usize = 255;
/// The kernel's XATTR_SIZE_MAX.
pub const MAX_XATTR_BYTES: usize = 64 * 1024;
pub const MAX_SPARSE_PARTS: usize = 65_536;
/// Directories' names are kept until their times are set, at the end.
pub const MAX_DIRECTORY_NAMES_BYTES: usize = 64 << 20;
/// Names that a layer hides are kept until the layer below is copied.
pub const MAX_MARKS_BYTES: usize = 64 << 20;
/// 128 MiB: what the zstd command decodes without being asked.
pub const MAX_ZSTD_WINDOW_LOG: u32 = 27;
pub const MAX_WARNINGS: usize = 16;
/// One line of a tar-split file.
pub const MAX_SPLIT_LINE_BYTES: u64 = 16 << 20;
