//! A process to be run, what is kept of its output, and how it ended.

use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A process to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The program.
    pub program: OsString,
    /// Its arguments, each as the program is to see it.
    pub args: Vec<OsString>,
    /// The folder in which it begins; that of the agent without one.
    pub folder: Option<PathBuf>,
    /// In whose name.
    pub identity: Identity,
    /// What tells the processes of this run from all others, where the machine can mark processes.
    pub mark: String,
    /// How many bytes are kept of each of its streams; the rest is counted.
    pub keep: usize,
}

/// In whose name a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The agent's own.
    Own,
    /// That of a user of the machine, by the name that the machine gave at the sign-in.
    User(String),
}

/// Why nothing can run in the name of a user.
///
/// Source: B-5.19.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserRefused {
    /// This process may not act in the name of others.
    #[error("only the superuser can run something as {user}, and this agent is another user")]
    NotSuperuser {
        /// The user.
        user: String,
    },
    /// Nobody of that name is known here.
    #[error("this machine has no account {user}")]
    NoAccount {
        /// The user.
        user: String,
    },
    /// The list of accounts cannot be read.
    #[error("the account of {user} cannot be looked up: {reason}")]
    Unreadable {
        /// The user.
        user: String,
        /// Why not.
        reason: String,
    },
    /// The user could not read the text that is to be run.
    #[error("{user} may not look into {}, below which the text would lie", folder.display())]
    Hidden {
        /// The user.
        user: String,
        /// The folder that keeps the user out.
        folder: PathBuf,
    },
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; on Unix 128 and the number of the signal that ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: Captured,
    /// What it wrote to the error stream.
    pub stderr: Captured,
}

/// The beginning of a stream, and how long it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes.
    pub kept: Vec<u8>,
    /// How many there were.
    pub total: u64,
}

impl Captured {
    /// What was kept, as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }
}

/// Called once, from another thread, when a process has ended.
pub type OnEnd = Box<dyn FnOnce(Finished) + Send>;

/// Reads a pipe to its end on a thread of its own.
#[derive(Debug)]
pub struct Capture {
    so_far: Arc<Mutex<Captured>>,
    ended: Receiver<()>,
}

impl Capture {
    /// Begins to read.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn begin(mut pipe: impl Read + Send + 'static, keep: usize) -> std::io::Result<Self> {
        let so_far = Arc::new(Mutex::new(Captured::default()));
        let (tell, ended): (Sender<()>, _) = channel();
        let shared = Arc::clone(&so_far);
        let read = move || {
            let mut chunk = [0; 8_192];
            // An error ends a pipe as its end does.
            while let Ok(count @ 1..) = pipe.read(&mut chunk) {
                let mut so_far = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = keep.saturating_sub(so_far.kept.len()).min(count);
                so_far.kept.extend(chunk.iter().take(room));
                so_far.total = so_far.total.saturating_add(count as u64);
            }
            drop(tell);
        };
        thread::Builder::new().name("imesim-output".to_owned()).spawn(read)?;
        Ok(Self { so_far, ended })
    }

    /// What was read when the pipe ended, or after so long where a process that got away still holds it.
    pub fn finish(self, patience: Duration) -> Captured {
        // Nothing is ever sent: the end of the thread closes the channel.
        let _closed = self.ended.recv_timeout(patience);
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How long the end of the pipes is waited for once the process and its tree are gone.
pub const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_are_kept_and_the_rest_is_counted() {
        let text = vec![b'x'; 3_000_000];
        let capture = Capture::begin(std::io::Cursor::new(text), 100).unwrap();
        let captured = capture.finish(PATIENCE);
        assert_eq!((captured.text(), captured.total), ("x".repeat(100), 3_000_000));
    }

    #[test]
    fn a_pipe_that_never_ends_is_not_waited_for_without_end() {
        struct Endless(u8);
        impl Read for Endless {
            fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
                if self.0 > 0 {
                    thread::park();
                }
                self.0 = 1;
                to[0] = b'a';
                Ok(1)
            }
        }
        let capture = Capture::begin(Endless(0), 100).unwrap();
        let captured = capture.finish(Duration::from_millis(50));
        assert_eq!(captured.text(), "a");
    }
}
