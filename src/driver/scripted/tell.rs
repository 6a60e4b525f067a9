//! The text with which a script ends that is not met.

use core::fmt::Write;

use super::Script;
use crate::agent::Effect;
use crate::protocol::{Report, Request, UserId};

impl Script {
    /// Ends the test: this was expected, and something else is the case.
    #[track_caller]
    pub(super) fn mismatch(&self, expected: &str) -> ! {
        panic!("{}", self.tell(expected));
    }

    /// Ends the test if the agent has done anything that was not talked about.
    #[track_caller]
    pub(super) fn refuse_pending(&self, expected: &str) {
        if !self.pending.is_empty() {
            self.mismatch(expected);
        }
    }

    fn tell(&self, expected: &str) -> String {
        let mut text = format!("at {}: expected {expected}\n", self.elapsed);
        let mut line = |args: core::fmt::Arguments<'_>| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{args}");
        };
        if self.pending.is_empty() {
            line(format_args!("  the agent did nothing that was not talked about"));
        }
        for effect in &self.pending {
            line(format_args!("  the agent {}", in_words(effect)));
        }
        match self.next_deadline() {
            Some(next) => line(format_args!("  its next deadline is at {next}: {}", self.timers())),
            None => line(format_args!("  it has no deadline")),
        }
        let skipped = self.notes.len().saturating_sub(NOTES_SHOWN);
        line(format_args!("  its decisions so far ({skipped} earlier ones left out):"));
        for (at, rule, event) in self.notes.iter().skip(skipped) {
            line(format_args!("    {:>10}  {:<8} {event:?}", at.to_string(), rule.to_string()));
        }
        text
    }

    /// The timers behind the next deadline.
    fn timers(&self) -> String {
        let wall = self.wake.wall.map(|(_, timer)| format!("{timer:?} on the clock"));
        let awake = self.wake.awake.map(|(_, timer)| format!("{timer:?} in awake time"));
        wall.into_iter().chain(awake).collect::<Vec<_>>().join(" or ")
    }
}

fn in_words(effect: &Effect) -> String {
    match effect {
        Effect::Persist => "writes its snapshot".to_owned(),
        Effect::Send { token, request } => format!("{} (token {})", request_in_words(request), token.number()),
        Effect::Run { token, run } => {
            format!("runs script {} for {}, try {} (token {})", run.policy.0, run.user, run.attempt, token.number())
        }
        Effect::Stop { token } => format!("ends the run with token {}", token.number()),
        Effect::SetAutomatic => "sets its service to automatic start".to_owned(),
        Effect::StartService => "asks for the start of its service".to_owned(),
        Effect::Restart => "restarts the device".to_owned(),
        Effect::Uninstall => "leaves the device".to_owned(),
    }
}

fn request_in_words(request: &Request) -> String {
    match request {
        Request::Poll { workload, user: UserId::DEVICE, .. } => format!("polls for {workload}"),
        Request::Poll { workload, user, .. } => format!("polls for {workload} for {user}"),
        Request::Report(Report::Script(report)) => format!("reports script {} as {:?}", report.policy.0, report.result),
        Request::Report(report) => format!("reports {report:?}"),
        Request::ConnectionTest => "tests its connection".to_owned(),
        Request::Enroll | Request::MdmSession { .. } | Request::RenewChannel | Request::Unenrolled => {
            format!("sends {request:?}, which is not an agent's request")
        }
    }
}

/// How many decisions are shown.
const NOTES_SHOWN: usize = 40;
