//! A state in words, for who walks through the graph.

use super::hands::Work;
use super::mail::{Mail, Stage};
use super::{Small, State, Step};
use crate::agent::{Deadline, RecordState};
use crate::canon::Side;
use crate::protocol::Request;
use crate::time::Span;

/// What [`State::look`] tells, in this order.
pub const LOOKS: [&str; 8] =
    ["agent", "deadlines", "scripts and apps", "on the way", "in hand", "management", "clocks", "may still happen"];

impl State {
    /// The state in words, one text for each of [`LOOKS`]; empty where there is nothing to tell.
    pub fn look(&self, small: &Small) -> [String; LOOKS.len()] {
        [
            self.look_at_agent(),
            self.look_at_deadlines(),
            self.look_at_content(),
            self.look_at_mail(),
            joined(
                self.hands.works().map(|(at, work)| format!("{}, over in {}", in_hand(work), at.since(self.now.awake))),
            ),
            self.look_at_management(),
            self.look_at_clocks(small),
            format!("{} faults, {} acts of people", self.left.faults, self.left.acts),
        ]
    }

    /// A step in words, as it would be taken from this state.
    pub fn say(&self, step: Step) -> String {
        let name = step.sort().name();
        let mail =
            |place: u8| self.mails.iter().find(|(at, _)| *at == place).map_or("?".to_owned(), |(_, mail)| about(mail));
        match step {
            Step::Deliver(place)
            | Step::Lose(place)
            | Step::LoseAnswer(place)
            | Step::DelayAnswer(place)
            | Step::Delay(place)
            | Step::Twice(place)
            | Step::Refuse(place) => format!("{name}: {}", mail(place)),
            Step::KillAtDelivery(place, effects) => {
                format!("{name}: after effect {effects} of delivering {}", mail(place))
            }
            Step::KillInTime(effects) => format!("{name}: after effect {effects} of what is due next"),
            Step::KillAtAct(act, effects) => format!("{name}: after effect {effects} of {}", act.step().sort().name()),
            Step::Push(place) | Step::LosePush(place) | Step::PushTwice(place) => {
                let push = self.mails.pushes.get(usize::from(place)).copied().flatten();
                push.map_or(name.to_owned(), |(_, push)| format!("{name}: {push:?}"))
            }
            _ => name.to_owned(),
        }
    }

    fn look_at_agent(&self) -> String {
        let agent = self.device.agent();
        let version = agent.version().map_or(String::new(), |version| format!(", version {version}"));
        let user = if self.past.is_signed_in { ", user signed in" } else { "" };
        format!("{:?}{version}, {} requests on their way{user}", agent.status(), agent.requests())
    }

    fn look_at_deadlines(&self) -> String {
        let mut timers: Vec<(Span, String)> = self
            .device
            .agent()
            .timers()
            .map(|(timer, deadline)| match deadline {
                Deadline::Awake(at) => (at.since(self.now.awake), format!("{timer:?}")),
                Deadline::Wall(at) => (at.since(self.now.wall), format!("{timer:?} (device's clock)")),
            })
            .collect();
        let wake = self.device.mdm().wake();
        timers.extend(wake.awake.map(|(at, timer)| (at.since(self.now.awake), format!("MDM {timer:?}"))));
        timers
            .extend(wake.wall.map(|(at, timer)| (at.since(self.now.wall), format!("MDM {timer:?} (device's clock)"))));
        timers.sort();
        joined(timers.into_iter().map(|(after, timer)| format!("{timer} in {after}")))
    }

    fn look_at_content(&self) -> String {
        let agent = self.device.agent();
        let scripts = agent.scripts().iter().map(|record| {
            let state = match record.state {
                RecordState::Pending => "not over",
                RecordState::Success => "succeeded",
                RecordState::Failed => "failed",
                RecordState::Skipped => "skipped",
            };
            let sent = if record.unreported { ", not reported" } else { "" };
            format!("script {}: {state}, try {}{sent}", record.policy.0, record.downloads)
        });
        let apps = agent.apps().iter().map(|record| {
            let sent = if record.is_unreported() { ", not reported" } else { "" };
            format!("app {}: enforcement {}, error {}{sent}", record.policy.0, record.enforcement, record.error)
        });
        let there = self.past.has_app.then(|| "the app is on the device".to_owned());
        joined(scripts.chain(apps).chain(there))
    }

    fn look_at_mail(&self) -> String {
        let mails = self.mails.iter().map(|(_, mail)| {
            let stage = match mail.stage {
                Stage::Sent => "sent",
                Stage::Late => "held up",
                Stage::Answered(..) => "answered, the answer is held up",
                Stage::Lost => "lost",
            };
            let waits = if mail.stale.is_some() { ", nobody waits for it" } else { "" };
            format!("{} {stage}{waits}", about(mail))
        });
        let pushes = self.mails.pushes.iter().flatten();
        joined(mails.chain(pushes.map(|(at, push)| format!("push {push:?} in {}", at.since(self.now.wall)))))
    }

    fn look_at_management(&self) -> String {
        let mdm = self.device.mdm();
        let device = match (mdm.is_enrolled(), mdm.is_outside()) {
            (true, _) => "the device is enrolled",
            (false, true) => "the device is not enrolled",
            (false, false) => "the device is enrolling",
        };
        let service =
            if self.ledger.is_managed() { "the service manages it" } else { "the service does not manage it" };
        let content = if self.is_assigned() { "content assigned" } else { "content not assigned" };
        format!("{device}; {service}; {content}")
    }

    fn look_at_clocks(&self, small: &Small) -> String {
        let since = self.true_now().since(small.plan().start);
        let ahead = Span::millis(self.ahead.unsigned_abs());
        let clock = match self.ahead {
            0 => "right".to_owned(),
            1.. => format!("{ahead} ahead"),
            ..0 => format!("{ahead} behind"),
        };
        format!("first reached after {since}; the device's clock is {clock}")
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("; ")
}

fn about(mail: &Mail) -> String {
    let who = match mail.side {
        Side::Agent => "agent",
        Side::Mdm => "MDM",
    };
    let what = match mail.request {
        Request::Poll { workload, user, .. } => format!("poll {workload:?} for user {}", user.0),
        Request::Report(_) => "report".to_owned(),
        Request::ConnectionTest => "connection test".to_owned(),
        Request::Enroll => "enroll".to_owned(),
        Request::MdmSession { cause, .. } => format!("session ({})", cause.name()),
        Request::RenewChannel => "renew channel".to_owned(),
        Request::Unenrolled => "unenrolled".to_owned(),
    };
    format!("{who} {what}")
}

fn in_hand(work: Work) -> String {
    match work {
        Work::Download(_) => "download of the agent".to_owned(),
        Work::Install(_) => "installer of the agent".to_owned(),
        Work::Script(_) => "script".to_owned(),
        Work::App(_, task, false) => format!("{task:?}"),
        Work::App(_, task, true) => format!("{task:?} that the agent does not know of any more"),
        Work::ServiceUp => "start of the agent's service".to_owned(),
    }
}
