//! The helper process that runs scripts, in its own log.

use super::{HELPER, Scribe, process};
use crate::agent::{Run, Task};
use crate::log::event::ExecutorEvent;
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::Token;
use crate::time::Span;

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// The helper is called for a script, which lies there.
    pub(super) fn helper_begins(&mut self, token: Token, run: &Run, file: &str) {
        let (kind, name) = if run.task == Task::Script {
            (ExecutorEvent::ForScript, "powershell")
        } else {
            (ExecutorEvent::ForRemediation, "remediationScript")
        };
        self.say(HELPER, ExecutorEvent::Invoked);
        self.say(HELPER, ExecutorEvent::Argument { name, value: file });
        self.say(HELPER, kind);
        self.say(HELPER, ExecutorEvent::Begins);
        let line = format!("-NoProfile -executionPolicy bypass -file  \"{file}\" ");
        self.say(HELPER, ExecutorEvent::Command { line: &line });
        self.say(HELPER, ExecutorEvent::Process { process: process(token) + 8 });
    }

    /// A script ended with an exit code. How much it printed is not known here.
    pub(super) fn helper_ends(&mut self, code: i32, is_success: bool) {
        self.say(HELPER, ExecutorEvent::Exit { code: code.into() });
        if is_success {
            self.say(HELPER, ExecutorEvent::Succeeded);
        } else {
            self.complain(HELPER, ExecutorEvent::Failed);
        }
        self.say(HELPER, ExecutorEvent::Ended);
    }

    /// A script was ended at its limit.
    pub(super) fn helper_timed_out(&mut self, limit: Span) {
        self.complain(HELPER, ExecutorEvent::TimedOut { seconds: limit.as_secs() });
    }
}
