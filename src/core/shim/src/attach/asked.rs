//! The command line, as `reconcile attach` made it.

use std::path::PathBuf;

use rc_runtime::failure::{Code, Failure, Outcome};

use crate::exec::keys::DetachKeys;

#[derive(Default)]
pub struct Asked {
    pub run_dir: PathBuf,
    pub no_stdin: bool,
    pub no_signals: bool,
    pub detach_keys: DetachKeys,
}

impl Asked {
    pub fn parse(args: &[String]) -> Outcome<Asked> {
        let usage = || Failure::new(Code::Spec, "usage: reconcile-shim attach <run directory> [options]");
        let mut rest = args.iter().skip(2);
        let mut asked = Asked { run_dir: rest.next().map(PathBuf::from).ok_or_else(usage)?, ..Asked::default() };
        while let Some(word) = rest.next() {
            match word.as_str() {
                "--no-stdin" => asked.no_stdin = true,
                "--no-sig-proxy" => asked.no_signals = true,
                "--detach-keys" => asked.detach_keys = DetachKeys::parse(rest.next().ok_or_else(usage)?)?,
                _ => return Err(usage()),
            }
        }
        Ok(asked)
    }
}
