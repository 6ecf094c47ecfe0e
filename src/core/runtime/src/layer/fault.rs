//! Failures of a layer, also on their way through `std::io::Error`.

use std::fmt;
use std::io;

use rustix::io::Errno;

use crate::failure::{Code, Failure};

/// A failure inside an `io::Error`.
#[derive(Debug)]
pub struct Fault(Failure);

impl Fault {
    pub fn carried(failure: Failure) -> io::Error {
        io::Error::other(Fault(failure))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

/// What a reader of the layer says: a carried failure, or what the decompressor found.
pub fn read_failure(error: io::Error) -> Failure {
    match error.downcast::<Fault>() {
        Ok(fault) => fault.0,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => refused("the layer is truncated"),
        Err(error) => refused(format!("the layer can't be decompressed: {error}")),
    }
}

pub fn refused(why: impl Into<String>) -> Failure {
    Failure::new(Code::Layer, why)
}

pub fn entry_refused(entry: &[u8], why: impl AsRef<str>) -> Failure {
    let name = quoted(entry);
    refused(format!("entry {name}: {}", why.as_ref())).at(name)
}

/// The kernel's answer while an entry was made. A name or a link that it can't take is the layer's fault.
pub fn entry_failed(entry: &[u8], syscall: &'static str) -> impl FnOnce(Errno) -> Failure {
    move |errno| {
        let code = match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::IO | Errno::ROFS | Errno::MFILE | Errno::NFILE | Errno::NOMEM => {
                Code::Io
            }
            _ => Code::Layer,
        };
        let name = quoted(entry);
        Failure::sys(code, syscall, format!("entry {name}: {syscall}"), errno).at(name)
    }
}

const MAX_SHOWN_BYTES: usize = 300;

/// A hostile name, in one harmless line.
pub fn quoted(name: &[u8]) -> String {
    let shown = &name[..name.len().min(MAX_SHOWN_BYTES)];
    let dots = if shown.len() < name.len() { "…" } else { "" };
    let text: String = shown
        .utf8_chunks()
        .flat_map(|chunk| {
            let valid = chunk.valid().escape_debug().to_string();
            let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
            [valid, invalid]
        })
        .collect();
    format!("\"{text}{dots}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_in_one_line_whatever_they_hold() {
        assert_eq!(quoted(b"a\nb\x1b[2J\xff"), r#""a\nb\u{1b}[2J\xff""#);
        assert_eq!(quoted(&[b'x'; 400]).len(), MAX_SHOWN_BYTES + 2 + "…".len());
    }
}
