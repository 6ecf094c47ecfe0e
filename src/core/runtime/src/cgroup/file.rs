//! One control file: read or written whole.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::failure::{Code, Failure, Outcome};

/// `limit` is the word that people know it by. A missing file is no error: TypeScript reports it as unenforceable.
pub fn write(dir: &Path, name: &str, limit: &str, value: &str) -> Outcome<()> {
    let path = dir.join(name);
    // Never O_CREAT or O_TRUNC: a control file exists or it doesn't.
    let written = fs::OpenOptions::new().write(true).open(&path).and_then(|mut file| file.write_all(value.as_bytes()));
    match written {
        Err(error) if error.kind() == ErrorKind::NotFound && dir.exists() => Ok(()),
        Err(error) => Err(refused(&path, limit, value, &error)),
        Ok(()) => Ok(()),
    }
}

fn refused(path: &Path, limit: &str, value: &str, error: &std::io::Error) -> Failure {
    Failure::io(Code::Cgroup, "write", format!("{limit}: write {value} to {}", path.display()), error)
        .at(path.display().to_string())
        .in_step("limits")
}

/// The trimmed content; None without a controller or without the file.
pub fn text(dir: Option<&Path>, name: &str) -> Outcome<Option<String>> {
    let Some(dir) = dir else { return Ok(None) };
    let path = dir.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound && dir.exists() => Ok(None),
        Err(error) => Err(Failure::io(Code::Cgroup, "read", format!("read {}", path.display()), &error)
            .at(path.display().to_string())
            .in_step("limits")),
    }
}

/// `-1` and `max` are None: unlimited.
pub fn number(dir: Option<&Path>, name: &str) -> Outcome<Option<u64>> {
    Ok(text(dir, name)?.and_then(|text| text.parse().ok()))
}
