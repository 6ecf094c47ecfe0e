//! Control files that a cgroup has only while its parent hands the controller down.

use std::path::Path;

use super::super::file;
use crate::failure::{Code, Failure, Outcome};

pub struct Control<'a> {
    pub dir: &'a Path,
    /// Why a controller could not be handed down.
    pub refused: Vec<Failure>,
}

impl Control<'_> {
    /// None writes `unlimited`. A missing file holds no limit, so that it fails only where one is wanted.
    pub fn write(&self, name: &str, limit: &str, wanted: Option<&str>, unlimited: &str) -> Outcome<()> {
        if self.dir.join(name).exists() || !self.dir.exists() {
            return file::write(self.dir, name, limit, wanted.unwrap_or(unlimited));
        }
        if wanted.is_none() { Ok(()) } else { Err(self.missing(name, limit)) }
    }

    /// None leaves it: a cgroup with processes in it can't go back to the empty list that it had at first.
    pub fn write_list(&self, name: &str, limit: &str, wanted: Option<&str>) -> Outcome<()> {
        let Some(wanted) = wanted else { return Ok(()) };
        self.write(name, limit, Some(wanted), wanted).map_err(|mut failure| {
            if let Ok(Some(available)) = file::text(self.dir.parent(), &format!("{name}.effective")) {
                failure.message = format!("{} (available here: {available})", failure.message);
            }
            failure
        })
    }

    fn missing(&self, name: &str, limit: &str) -> Failure {
        let controller = name.split('.').next().unwrap_or(name);
        let why = self.refused.iter().find(|failure| failure.message.contains(&format!("+{controller} ")));
        let text = match why {
            Some(failure) => failure.message.clone(),
            None => "its controller is not there".to_string(),
        };
        let path = self.dir.join(name).display().to_string();
        let message = format!("{limit}: no {name} in {}: {text}", self.dir.display());
        Failure { errno: why.and_then(|failure| failure.errno), ..Failure::new(Code::Cgroup, message) }
            .at(path)
            .in_step("limits")
    }
}
