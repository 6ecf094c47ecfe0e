//! The command line, as `reconcile exec` made it: `reconcile-shim exec <run directory> [options] -- <command>…`.

use std::path::PathBuf;

use rc_runtime::failure::{Code, Failure, Outcome};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub run_dir: PathBuf,
    pub interactive: bool,
    pub tty: bool,
    pub detach: bool,
    pub user: Option<String>,
    pub working_dir: Option<String>,
    /// `KEY=value`, or `KEY` for the caller's
    pub env: Vec<String>,
    pub command: Vec<String>,
}

impl Asked {
    pub fn parse(args: &[String]) -> Outcome<Asked> {
        let mut rest = args.iter().skip(2).cloned();
        let mut asked = Asked { run_dir: rest.next().map(PathBuf::from).ok_or_else(usage)?, ..Asked::default() };
        while let Some(word) = rest.next() {
            let mut value = || rest.next().ok_or_else(usage);
            match word.as_str() {
                "--interactive" => asked.interactive = true,
                "--tty" => asked.tty = true,
                "--detach" => asked.detach = true,
                "--user" => asked.user = Some(value()?),
                "--workdir" => asked.working_dir = Some(value()?),
                "--env" => asked.env.push(value()?),
                "--" => break,
                _ => return Err(usage()),
            }
        }
        asked.command = rest.collect();
        if asked.command.is_empty() { Err(usage()) } else { Ok(asked) }
    }

    /// Keys lead out of a session only where keys are read.
    pub fn detaches(&self) -> bool {
        self.tty && self.interactive
    }
}

fn usage() -> Failure {
    Failure::new(Code::Spec, "usage: reconcile-shim exec <run directory> [options] -- <command>...")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Outcome<Asked> {
        Asked::parse(&words.iter().map(|word| word.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn what_stands_after_the_dashes_is_the_command_whatever_it_looks_like() {
        let asked =
            parse(&["shim", "exec", "/run/x", "--tty", "--env", "--", "--user", "1", "--", "ls", "--tty", "--"]);
        let asked = asked.unwrap();
        assert_eq!((asked.env, asked.user), (vec!["--".to_string()], Some("1".to_string())));
        assert_eq!(asked.command, ["ls", "--tty", "--"]);
        assert!(asked.tty && !asked.interactive);
    }

    #[test]
    fn without_a_command_or_with_an_unknown_word_nothing_is_done() {
        for words in [
            &["shim", "exec"][..],
            &["shim", "exec", "/run/x"],
            &["shim", "exec", "/run/x", "--"],
            &["shim", "exec", "/run/x", "--nope", "--", "ls"],
        ] {
            assert_eq!(parse(words).unwrap_err().code, Code::Spec, "{words:?}");
        }
    }
}
