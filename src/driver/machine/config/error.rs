//! What can be wrong with a configuration file.

use std::io;
use std::path::PathBuf;

use crate::content::ScheduleError;
use crate::profile::{ParamError, VersionError};

/// A configuration was refused; nothing of it is used. Prints as `file:line:column: message`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, as it was given.
    pub file: String,
    /// The line, from 1; 0 if the file could not be read at all.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    #[source]
    pub problem: ConfigProblem,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It is no TOML, or a key is unknown or missing or of another kind.
    #[error("{0}")]
    Form(String),
    /// A parameter is unknown or its value is not allowed.
    #[error("{0}")]
    Param(#[from] ParamError),
    /// No version.
    #[error("{0}")]
    Version(#[from] VersionError),
    /// A schedule that cannot be.
    #[error("{0}")]
    Schedule(#[from] ScheduleError),
    /// No address of a service.
    #[error("`{0}` is no address of a service; write it as https://name:port, or for a test as tcp://127.0.0.1:4711")]
    Service(String),
    /// A service over HTTP, for a program without it.
    #[error("this program was built without the feature `http`, which services at https:// take")]
    NoHttp,
    /// A connection that cannot be made this way.
    #[error("{0}")]
    Connection(String),
    /// Credentials for a service that takes none.
    #[error("a service at tcp:// takes nothing of [connection]; that is for https://")]
    ConnectionOfTcp,
    /// A file of the connection that cannot be read.
    #[error("{path} cannot be read: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A certificate without its key, or a key without its certificate.
    #[error("`certificate_file` and `key_file` go together")]
    HalfIdentity,
    /// A value that is none of those allowed.
    #[error("`{found}` is not allowed here; expected {wanted}")]
    Value {
        /// As it stands there.
        found: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// An id and revision that stand there twice.
    #[error("{kind} {id} stands here a second time with the same revision")]
    Twice {
        /// Which kind of content.
        kind: &'static str,
        /// Its id.
        id: u32,
    },
    /// A file that is not there.
    #[error("there is no file {0}")]
    NoFile(PathBuf),
    /// A text that nothing can run.
    #[error("no interpreter is set for texts that end in `.{0}`; name one in [interpreters]")]
    NoInterpreter(String),
    /// A command of which a part cannot be left out.
    #[error(
        "a remediation with `signature_check` runs under the execution policy of the device (B-6.20), so that nothing may say \
             another, and `{{policy}}` cannot be left out of `{0}`; write it in [interpreters] as a word of its own after its switch"
    )]
    Inseparable(String),
    /// An app of which nobody can tell whether it is there.
    #[error("app {0} needs one of `detect` and `detect_path`")]
    NoDetection(u32),
}

impl ConfigError {
    pub(super) fn of_file(file: &str, error: &io::Error) -> Self {
        let problem = ConfigProblem::Unreadable(error.to_string());
        Self { file: file.to_owned(), line: 0, column: 0, problem }
    }

    /// An error at a byte of the text.
    pub(super) fn at(file: &str, text: &str, offset: usize, problem: ConfigProblem) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(..end).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { file: file.to_owned(), line, column, problem }
    }
}
