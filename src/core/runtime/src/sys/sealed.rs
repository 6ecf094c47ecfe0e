//! Executables in memory that nothing can change: memfd_create(2), fcntl_locking(2).

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};

use crate::failure::{Code, Failure, Outcome};

const SEALS: SealFlags = SealFlags::SEAL.union(SealFlags::SHRINK).union(SealFlags::GROW).union(SealFlags::WRITE);

/// A copy of the shim's executable: no container can overwrite it, and an upgrade can't swap it half-way.
pub fn seal(path: &str) -> Outcome<OwnedFd> {
    let failed = |syscall: &str, error: std::io::Error| {
        Failure::io(Code::Shim, syscall, format!("load the shim {path}"), &error).at(path)
    };
    let mut from = File::open(path).map_err(|error| failed("open", error))?;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // MFD_EXEC is unknown before Linux 6.3, and needed after it where vm.memfd_noexec is set.
    let image = memfd_create("reconcile-shim", flags | MemfdFlags::EXEC)
        .or_else(|_| memfd_create("reconcile-shim", flags))
        .map_err(|errno| failed("memfd_create", errno.into()))?;
    let mut to = File::from(image);
    std::io::copy(&mut from, &mut to).map_err(|error| failed("copy", error))?;
    let image = OwnedFd::from(to);
    fcntl_add_seals(&image, SEALS).map_err(|errno| failed("fcntl", errno.into()))?;
    Ok(image)
}

/// Whether this program itself runs from such a copy.
pub fn runs_sealed() -> bool {
    let seals = File::open("/proc/self/exe").ok().and_then(|image| fcntl_get_seals(&image).ok());
    seals.is_some_and(|seals| seals.contains(SEALS))
}
