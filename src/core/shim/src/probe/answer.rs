//! What a probe came to, as one line of JSON.

use std::io::{Write, stdout};

use rc_runtime::failure::{Code, Failure};
use serde_json::json;

#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Ended {
        code: i32,
        output: String,
    },
    /// Its time was over.
    Timeout {
        output: String,
    },
    /// It could not be made as asked.
    Failed {
        message: String,
    },
    /// It says nothing of the container's health: that has ended, is paused, or is being probed already.
    Void {
        message: String,
    },
}

impl Answer {
    pub fn of_failure(failure: Failure) -> Answer {
        match failure.code {
            Code::Gone | Code::Busy => Answer::Void { message: failure.message },
            _ => Answer::Failed { message: failure.message },
        }
    }

    /// False: nobody reads it.
    pub fn print(&self) -> bool {
        let line = match self {
            Answer::Ended { code, output } => json!({ "is": "ended", "code": code, "output": output }),
            Answer::Timeout { output } => json!({ "is": "timeout", "output": output }),
            Answer::Failed { message } => json!({ "is": "failed", "message": message }),
            Answer::Void { message } => json!({ "is": "void", "message": message }),
        };
        writeln!(stdout(), "{line}").is_ok()
    }
}
