//! One app on its way: download, a second look, the command, a last look. First read: B-7.4, B-7.16 to B-7.21.

use serde::{Deserialize, Serialize};

use super::AppEvent;
use super::event::AppNotice;
use super::pass::{Doing, Graph, Pass, Seat};
use super::record::Marks;
use super::tries::next_attempt;
use crate::agent::{Effect, RunOutcome, Sink, Task, Turn};
use crate::protocol::app_codes::{app_error, enforcement};
use crate::protocol::{PolicyId, UserId};
use crate::retry::ExitClass;
use crate::rules::{RuleId, b};
use crate::time::Wall;

/// One app that is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Enforcing {
    /// When the first try began: the GRS value, if it fails (B-7.34).
    pub(super) begun: Wall,
    /// Which seat of the subgraph.
    pub(super) seat: u16,
    /// Which try this is, from 1 on.
    pub(super) attempt: u16,
    pub(super) is_uninstall: bool,
    /// Only its content is fetched (B-7.30).
    pub(super) is_prefetch: bool,
    pub(super) stage: Stage,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Stage {
    Download,
    LookAgain,
    Command,
    LookAfter(ExitClass),
}

impl Enforcing {
    pub(super) const fn runs_installer(&self) -> bool {
        matches!(self.stage, Stage::Command)
    }

    pub(super) const fn limit_rule(&self) -> RuleId {
        match self.stage {
            Stage::Download => b(7, 18),
            Stage::LookAgain | Stage::LookAfter(_) => b(7, 14),
            Stage::Command => b(7, 21),
        }
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Begins to enforce an app. What was cut off before goes on with its next try, so that tries are bounded whatever ends
    /// them.
    pub(super) fn begin_enforcing(
        &mut self,
        pass: &mut Pass,
        graph: &mut Graph,
        at: u16,
        is_uninstall: bool,
        is_prefetch: bool,
    ) {
        let seat = graph.seats[usize::from(at)];
        let (policy, user) = (seat.policy, seat.owner);
        let open = self.open_try(&seat, user, is_uninstall);
        let enforcing = Enforcing {
            begun: open.begun,
            seat: at,
            attempt: next_attempt(&open.retry),
            is_uninstall,
            is_prefetch,
            stage: Stage::Download,
        };
        graph.doing = Doing::Enforce(enforcing);
        if open.is_under_way && self.count_failure(policy, user).is_none() {
            // Every try was cut off.
            return self.enforcing_failed(pass, graph, enforcing, enforcement::ERROR, app_error::NOT_MONITORED);
        }
        if open.is_under_way {
            graph.doing = Doing::Enforce(Enforcing { attempt: enforcing.attempt.saturating_add(1), ..enforcing });
        }
        if !is_prefetch {
            let wanted_by = self.wanted_parents(graph, at);
            let apps = self.apps_mut();
            apps.record(policy, user).enforcement = enforcement::IN_PROGRESS;
            for (parent, user) in wanted_by {
                let parent = apps.record(parent, user);
                // What an enforcement that holds back the next one came to is still needed.
                if parent.grs.is_none() {
                    parent.enforcement = if is_uninstall {
                        enforcement::UNINSTALLING_SUPERSEDED
                    } else {
                        enforcement::INSTALLING_DEPENDENCIES
                    };
                }
            }
            if !is_uninstall {
                self.notify(pass, graph, at, AppNotice::Installing);
            }
            self.esp_step(Some(pass), false);
        }
    }

    /// The wanted apps that wait for another one of their subgraph (T-7.3, 2007 and 2010).
    fn wanted_parents(&self, graph: &Graph, at: u16) -> Vec<(PolicyId, UserId)> {
        use crate::relations::Desired;
        let seat = &graph.seats[usize::from(at)];
        if seat.desired == Desired::Present {
            return Vec::new();
        }
        let waiting = graph.seats.iter().filter(|other| other.desired == Desired::Present && !other.is_detected);
        waiting.map(|other| (other.policy, other.owner)).collect()
    }

    /// Begins the run of the stage. Never concludes an evaluation.
    pub(super) fn go_on_enforcing(&mut self, pass: &mut Pass, graph: &mut Graph, mut enforcing: Enforcing) -> bool {
        let seat = graph.seats[usize::from(enforcing.seat)];
        let (policy, user) = (seat.policy, seat.owner);
        let attempt = enforcing.attempt;
        if self.lacks_user(&seat, user) {
            // The user has gone between two steps (T-7.4).
            self.note_app(b(7, 6), AppEvent::AppCutOff { policy, user });
            self.try_failed(pass, graph, enforcing, (enforcement::ERROR, app_error::SIGNED_OFF), false);
            return false;
        }
        match enforcing.stage {
            Stage::Download if self.is_downloaded(&seat) => {
                enforcing.stage = Stage::LookAgain;
                graph.doing = Doing::Enforce(enforcing);
                return false;
            }
            Stage::Download => {
                let foreground = pass.policies[usize::from(seat.place)].settings.foreground;
                self.note_app(b(7, 17), AppEvent::AppDownload { policy, user, foreground });
                let task = if foreground { Task::AppDownloadForeground } else { Task::AppDownload };
                self.begin_app_run(pass, &seat, user, task, attempt);
            }
            Stage::LookAgain | Stage::LookAfter(_) => {
                self.begin_app_run(pass, &seat, user, Task::AppDetect, attempt);
            }
            Stage::Command => {
                self.begin_try(policy, user);
                let (task, event) = if enforcing.is_uninstall {
                    (Task::AppUninstall, AppEvent::AppUninstall { policy, user, attempt })
                } else {
                    (Task::AppInstall, AppEvent::AppInstall { policy, user, attempt })
                };
                self.note_app(b(7, 4), event);
                self.begin_app_run(pass, &seat, user, task, attempt);
            }
        }
        false
    }

    /// True if the content of an app is there, in the revision that is wanted.
    pub(super) fn is_downloaded(&self, seat: &Seat) -> bool {
        let record = self.apps().and_then(|apps| apps.find(seat.policy, seat.owner));
        record.is_some_and(super::AppRecord::is_downloaded)
    }

    /// The run of a stage ended by itself.
    pub(super) fn enforcing_ended(
        &mut self,
        pass: &mut Pass,
        graph: &mut Graph,
        enforcing: Enforcing,
        outcome: RunOutcome,
    ) {
        match enforcing.stage {
            Stage::Download => self.downloaded(pass, graph, enforcing, outcome),
            Stage::LookAgain => {
                let found = self.looked_while_enforcing(graph, enforcing, outcome);
                if found == enforcing.is_uninstall {
                    graph.doing = Doing::Enforce(Enforcing { stage: Stage::Command, ..enforcing });
                } else {
                    // B-7.4: somebody else did it meanwhile.
                    self.enforcing_done(pass, graph, enforcing, None);
                }
            }
            Stage::Command => self.command_ended(pass, graph, enforcing, outcome),
            Stage::LookAfter(class) => {
                let found = self.looked_while_enforcing(graph, enforcing, outcome);
                if found == enforcing.is_uninstall {
                    // B-7.16: the command said that it went well, and it did not. After an uninstall no code of its own is known.
                    let error = if enforcing.is_uninstall { app_error::UNKNOWN } else { app_error::NOT_DETECTED };
                    self.try_failed(pass, graph, enforcing, (enforcement::ERROR, error), false);
                } else {
                    self.enforcing_done(pass, graph, enforcing, Some(class));
                }
            }
        }
    }

    /// Takes notice of a look during enforcement.
    fn looked_while_enforcing(&mut self, graph: &mut Graph, enforcing: Enforcing, outcome: RunOutcome) -> bool {
        let (doing, at) = (graph.doing, enforcing.seat);
        self.looked_for(graph, at, outcome);
        graph.doing = doing;
        graph.seats[usize::from(at)].is_detected
    }

    /// A download ended (B-7.20).
    fn downloaded(&mut self, pass: &mut Pass, graph: &mut Graph, enforcing: Enforcing, outcome: RunOutcome) {
        let error = match outcome {
            RunOutcome::Downloaded(error) => error,
            RunOutcome::Exited { .. }
            | RunOutcome::Found(_)
            | RunOutcome::Required(_)
            | RunOutcome::Discovered { .. }
            | RunOutcome::Refused(_) => app_error::UNKNOWN,
        };
        if error != 0 {
            return self.try_failed(pass, graph, enforcing, (enforcement::DOWNLOAD_ERROR, error), false);
        }
        let seat = graph.seats[usize::from(enforcing.seat)];
        let (policy, user) = (seat.policy, seat.owner);
        let apps = self.apps_mut();
        if enforcing.is_prefetch {
            // The install at the deadline has tries of its own.
            apps.open.retain(|open| open.policy != policy || open.user != user);
        }
        let record = apps.record(policy, user);
        record.marks.set(Marks::DOWNLOADED, true);
        self.effect(Effect::Persist);
        self.note_app(b(7, 19), AppEvent::AppDownloaded { policy, user });
        // Else the next step finds the content, and looks again.
        if enforcing.is_prefetch {
            graph.doing = Doing::Plan;
        }
    }

    /// A run reached its limit.
    pub(super) fn enforcing_timed_out(&mut self, pass: &mut Pass, graph: &mut Graph, enforcing: Enforcing) {
        match enforcing.stage {
            Stage::Download => {
                let failure = (enforcement::DOWNLOAD_ERROR, app_error::CDN_TIMED_OUT);
                self.try_failed(pass, graph, enforcing, failure, false);
            }
            // B-7.13: a look that does not end has not found it.
            Stage::LookAgain | Stage::LookAfter(_) => {
                self.enforcing_ended(pass, graph, enforcing, RunOutcome::Found(false));
            }
            Stage::Command => {
                let failure = (enforcement::ERROR, app_error::NOT_MONITORED);
                self.try_failed(pass, graph, enforcing, failure, false);
            }
        }
    }

    /// A user's session ended: what ran in it has failed (T-7.4).
    pub(in crate::agent) fn apps_user_left(&mut self) {
        let Some(work) = self.running().and_then(|running| running.work.as_mut()) else { return };
        let Some(mut pass) = work.apps.pass.take() else { return };
        if let Some(slot) = pass.slot
            && let Some(mut graph) = pass.graph.take()
        {
            if let Doing::Enforce(enforcing) = graph.doing
                && let Some(seat) = graph.seats.get(usize::from(enforcing.seat)).copied()
                && self.lacks_user(&seat, seat.owner)
            {
                let (policy, owner) = (seat.policy, seat.owner);
                self.effect(Effect::Stop { token: slot.token });
                self.note_app(b(7, 6), AppEvent::AppCutOff { policy, user: owner });
                pass.slot = None;
                let failure = (enforcement::ERROR, app_error::SIGNED_OFF);
                self.try_failed(&mut pass, &mut graph, enforcing, failure, false);
            }
            if let Doing::Detect(at) | Doing::Require(at) = graph.doing
                && graph.seats.get(usize::from(at)).is_some_and(|seat| self.lacks_user(seat, seat.owner))
            {
                // B-7.7: the look goes on without a user, and so does not.
                self.effect(Effect::Stop { token: slot.token });
                pass.slot = None;
            }
            pass.graph = Some(graph);
        }
        if let Some(work) = self.underway() {
            work.apps.pass = Some(pass);
        }
        self.app_step();
    }

    /// How the policy of a seat wants its user to be told.
    pub(super) fn notify(&mut self, pass: &Pass, graph: &Graph, at: u16, notice: AppNotice) {
        let settings = pass.policies[usize::from(graph.seats[usize::from(at)].place)].settings;
        self.notify_by(settings.notifications, graph.seats[usize::from(at)].policy, notice);
    }
}
