//! Expected failures, as they travel to TypeScript.

use std::ffi::{CStr, c_char, c_int};

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// Stable strings: other programs and people match on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    #[serde(rename = "E_SPEC")]
    Spec,
    #[serde(rename = "E_PATH_UNSAFE")]
    PathUnsafe,
    #[serde(rename = "E_KERNEL_FEATURE")]
    KernelFeature,
    #[serde(rename = "E_CGROUP")]
    Cgroup,
    #[serde(rename = "E_NAMESPACE")]
    Namespace,
    #[serde(rename = "E_MOUNT")]
    Mount,
    #[serde(rename = "E_EXEC_NOT_FOUND")]
    ExecNotFound,
    #[serde(rename = "E_EXEC_PERM")]
    ExecPerm,
    #[serde(rename = "E_GONE")]
    Gone,
    #[serde(rename = "E_BUSY")]
    Busy,
    #[serde(rename = "E_SHIM")]
    Shim,
    /// What an image's layer holds is broken or not taken.
    #[serde(rename = "E_LAYER")]
    Layer,
    #[serde(rename = "E_DIGEST")]
    Digest,
    /// A link, an address or a route could not be made, or made so.
    #[serde(rename = "E_NETWORK")]
    Network,
    #[serde(rename = "E_IO")]
    Io,
    #[serde(rename = "E_INTERNAL")]
    Internal,
}

/// What failed, on what, and why. `message` is complete by itself: lower case, no period, errno name in brackets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    pub code: Code,
    pub message: String,
    #[serde(default)]
    pub errno: Option<i32>,
    #[serde(default)]
    pub syscall: Option<String>,
    #[serde(default)]
    pub step: Option<String>,
    #[serde(default)]
    pub path: Option<String>,
}

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Failure { code, message: message.into(), errno: None, syscall: None, step: None, path: None }
    }

    /// `what` is what was tried, e.g. `mount /data`; the kernel's answer is appended.
    pub fn sys(code: Code, syscall: &str, what: impl AsRef<str>, errno: Errno) -> Self {
        Failure {
            errno: Some(errno.raw_os_error()),
            syscall: Some(syscall.to_string()),
            ..Failure::new(code, format!("{}: {}", what.as_ref(), errno_text(errno)))
        }
    }

    pub fn io(code: Code, syscall: &str, what: impl AsRef<str>, error: &std::io::Error) -> Self {
        match Errno::from_io_error(error) {
            Some(errno) => Failure::sys(code, syscall, what, errno),
            None => Failure {
                syscall: Some(syscall.to_string()),
                ..Failure::new(code, format!("{}: {error}", what.as_ref()))
            },
        }
    }

    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    pub fn in_step(mut self, step: &str) -> Self {
        self.step = Some(step.to_string());
        self
    }
}

unsafe extern "C" {
    fn strerrorname_np(errno: c_int) -> *const c_char;
}

/// `no space left on device (ENOSPC)`.
pub fn errno_text(errno: Errno) -> String {
    let raw = errno.raw_os_error();
    // SAFETY: glibc returns a pointer to a constant string, or null for an unknown number.
    let name = unsafe {
        let name = strerrorname_np(raw);
        if name.is_null() { format!("errno {raw}") } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
    };
    let full = std::io::Error::from_raw_os_error(raw).to_string();
    let text = full.split(" (os error").next().unwrap_or(&full).to_lowercase();
    format!("{text} ({name})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_what_was_tried_and_the_errno() {
        let failure = Failure::sys(Code::Mount, "mount", "mount /data", Errno::NOSPC).at("/data");
        assert_eq!(failure.message, "mount /data: no space left on device (ENOSPC)");
        assert_eq!(failure.errno, Some(28));
        assert!(serde_json::to_string(&failure).unwrap().starts_with("{\"code\":\"E_MOUNT\""));
    }
}
