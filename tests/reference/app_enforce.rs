//! One app on its way: download, a second look, the command, a last look; tries and the GRS. Rules: B-7.4, B-7.16 to B-7.26,
//! B-7.34, B-7.34a, B-7.37 to B-7.39.

use imesim::agent::{AppNotice, AppWait, RunOutcome, Task};
use imesim::content::RestartBehavior;
use imesim::profile::{GrsSetOn, QuirkGrs, RetryAppliesTo};
use imesim::protocol::{Intent, PolicyId, UserId, Workload};
use imesim::relations::Desired;
use imesim::retry::ExitClass;
use imesim::time::Span;

use super::app::{Doing, Enforcing, Group, Mark, Open, Pass, Seat, Stage};
use super::app_plan::Step;
use super::model::{At, Model};

/// T-7.3 and T-7.4.
const ERROR: u16 = 5000;
const DOWNLOAD_ERROR: u16 = 5003;
const NOT_DETECTED: i32 = 0x87D1_041C_u32.cast_signed();
const UNKNOWN: i32 = 0x87D3_0000_u32.cast_signed();
const CDN_TIMED_OUT: i32 = 0x87D3_006A_u32.cast_signed();
const NOT_MONITORED: i32 = 0x87D3_00C9_u32.cast_signed();
const SIGNED_OFF: i32 = 0x87D3_00CD_u32.cast_signed();

/// B-7.23: the one pair that is known; the others are assumed to be the HRESULT of the number.
fn error_of(code: i32) -> i32 {
    match code {
        -1_073_741_502 => 0x8007_0002_u32.cast_signed(),
        1..=0xFFFF => 0x8007_0000_u32.cast_signed() + code,
        _ => code,
    }
}

impl Model {
    /// Finds what comes next in a group; true if nothing does, and it is evaluated.
    pub(crate) fn plan_next(&mut self, at: &mut At<'_>, pass: &mut Pass, group: &mut Group) -> bool {
        let plan = super::app_plan::plan(group);
        if let Some(step) = plan.steps.first() {
            let (app, uninstall) = match *step {
                Step::Install(app) => (app, false),
                Step::Uninstall(app) => (app, true),
            };
            let Some(place) = group.seats.iter().position(|seat| seat.policy.id == app) else {
                self.conclude(at, pass, group, &plan);
                return true;
            };
            match self.stands_against(at, pass, &group.seats[place]) {
                Some(wait) => group.seats[place].wait = Some(wait),
                None => self.begin_enforcing(at, pass, group, place, uninstall, false),
            }
            return false;
        }
        // B-7.30: from availability on its content is fetched, and kept for the deadline.
        let to_fetch = group.seats.iter().position(|seat| {
            seat.prefetch
                && !seat.detected
                && seat.applicability == 0
                && seat.failed.is_none()
                && !self.has_content(seat)
        });
        if let Some(place) = to_fetch
            && self.stands_against(at, pass, &group.seats[place]).is_none()
        {
            self.begin_enforcing(at, pass, group, place, false, true);
            return false;
        }
        self.conclude(at, pass, group, &plan);
        true
    }

    fn has_content(&self, seat: &Seat) -> bool {
        self.has_mark(seat.policy.id, [seat.owner; 2], Mark::Downloaded)
    }

    /// A restart that must come first (B-7.26), or the GRS (B-7.34), from which requests are free (B-7.37).
    fn stands_against(&self, at: &At<'_>, pass: &Pass, seat: &Seat) -> Option<AppWait> {
        if self.apps.reboot {
            return Some(AppWait::Restart);
        }
        let app = self.apps.all.iter().find(|app| app.policy == seat.policy.id && app.user == seat.owner);
        let begun = app.and_then(|app| app.grs).filter(|_| pass.workload == Workload::RequiredApp)?;
        let held = match at.profile().win32.quirk_grs {
            QuirkGrs::None => begun <= at.now.wall && at.now.wall.since(begun) < at.profile().win32.grs,
            QuirkGrs::Stuck => true,
            QuirkGrs::ResetEachPass => false,
        };
        held.then_some(AppWait::Grs)
    }

    /// What was begun before on the same app goes on; a command that was cut off has failed (B-7.24).
    fn begin_enforcing(
        &mut self,
        at: &mut At<'_>,
        pass: &mut Pass,
        group: &mut Group,
        place: usize,
        uninstall: bool,
        prefetch: bool,
    ) {
        let seat = group.seats[place].clone();
        let (policy, user) = (seat.policy.id, seat.owner);
        let open = self.open_try(at, &seat, uninstall);
        let attempt = open.tries as u16 + 1;
        let mut enforcing =
            Enforcing { seat: place, begun: open.begun, attempt, uninstall, prefetch, stage: Stage::Download };
        if open.under_way {
            if !self.try_counts(at, policy, user) {
                return self.enforcing_failed(pass, group, enforcing, (ERROR, NOT_MONITORED));
            }
            enforcing.attempt += 1;
        }
        group.doing = Doing::Enforce(enforcing);
        if prefetch {
            return;
        }
        self.app(policy, user).enforcement = 2000;
        if seat.desired != Desired::Present {
            // T-7.3: the wanted apps that wait for this one.
            for other in group.seats.iter().filter(|other| other.desired == Desired::Present && !other.detected) {
                let app = self.app(other.policy.id, other.owner);
                if app.grs.is_none() {
                    app.enforcement = if uninstall { 2010 } else { 2007 };
                }
            }
        }
        if !uninstall {
            self.show(&seat.policy, AppNotice::Installing);
        }
        self.esp_look(at, Some(pass), false);
    }

    fn open_try(&mut self, at: &At<'_>, seat: &Seat, uninstall: bool) -> Open {
        let (policy, user, revision, begun) = (seat.policy.id, seat.owner, seat.policy.revision, at.now.wall);
        let known = self.apps.open.iter().find(|open| open.policy == policy && open.user == user);
        if let Some(open) = known
            && (open.revision, open.uninstall) == (revision, uninstall)
            && begun.since(open.begun) < at.profile().win32.grs
        {
            return open.clone();
        }
        self.forget_try(policy, user);
        let open = Open { policy, user, revision, uninstall, begun, from: None, tries: 0, under_way: false };
        self.apps.open.push(open.clone());
        open
    }

    fn forget_try(&mut self, policy: PolicyId, user: UserId) {
        self.apps.open.retain(|open| open.policy != policy || open.user != user);
    }

    /// The tries of this window, which the first of them opens.
    fn tries(&mut self, at: &At<'_>, policy: PolicyId, user: UserId) -> Option<&mut Open> {
        let (now, window) = (at.now.wall, at.profile().win32.grs.max(Span::millis(1)));
        let open = self.apps.open.iter_mut().find(|open| open.policy == policy && open.user == user)?;
        let from = open.from.filter(|from| *from <= now).unwrap_or(now);
        if open.from.is_none() || now.since(from) >= window {
            (open.from, open.tries) = (Some(now), 0);
        } else {
            open.from = Some(from);
        }
        Some(open)
    }

    /// A try failed; true if there is another one (B-7.24).
    fn try_counts(&mut self, at: &At<'_>, policy: PolicyId, user: UserId) -> bool {
        let Some(open) = self.tries(at, policy, user) else { return false };
        open.under_way = false;
        open.tries += 1;
        open.tries < at.profile().win32.retry_attempts
    }

    pub(crate) fn go_on_enforcing(
        &mut self,
        at: &mut At<'_>,
        pass: &mut Pass,
        group: &mut Group,
        mut enforcing: Enforcing,
    ) {
        let seat = group.seats[enforcing.seat].clone();
        if self.lacks_user(at, &seat) {
            return self.user_is_gone(at, pass, group, enforcing);
        }
        let task = match enforcing.stage {
            Stage::Download if self.has_content(&seat) => {
                enforcing.stage = Stage::LookAgain;
                group.doing = Doing::Enforce(enforcing);
                return;
            }
            Stage::Download if seat.policy.settings.foreground => Task::AppDownloadForeground,
            Stage::Download => Task::AppDownload,
            Stage::LookAgain | Stage::LookAfter => Task::AppDetect,
            Stage::Command => {
                if let Some(open) = self.tries(at, seat.policy.id, seat.owner) {
                    open.under_way = true;
                }
                if enforcing.uninstall { Task::AppUninstall } else { Task::AppInstall }
            }
        };
        self.run_app(at, pass, &seat, task, enforcing.attempt);
    }

    pub(crate) fn user_is_gone(&mut self, at: &At<'_>, pass: &mut Pass, group: &mut Group, enforcing: Enforcing) {
        self.try_failed(at, pass, group, enforcing, (ERROR, SIGNED_OFF), false);
    }

    pub(crate) fn stage_ended(
        &mut self,
        at: &At<'_>,
        pass: &mut Pass,
        group: &mut Group,
        enforcing: Enforcing,
        outcome: RunOutcome,
    ) {
        let (policy, user) = (group.seats[enforcing.seat].policy.id, group.seats[enforcing.seat].owner);
        match enforcing.stage {
            Stage::Download => {
                let error = if let RunOutcome::Downloaded(error) = outcome { error } else { UNKNOWN };
                if error != 0 {
                    return self.try_failed(at, pass, group, enforcing, (DOWNLOAD_ERROR, error), false);
                }
                self.app(policy, user).set(Mark::Downloaded, true);
                if enforcing.prefetch {
                    self.forget_try(policy, user);
                    group.doing = Doing::Plan;
                } else {
                    group.doing = Doing::Enforce(Enforcing { stage: Stage::LookAgain, ..enforcing });
                }
            }
            Stage::LookAgain | Stage::LookAfter => {
                let found = super::app_pass::is_found(outcome);
                group.seats[enforcing.seat].detected = found;
                let after = enforcing.stage == Stage::LookAfter;
                if found != enforcing.uninstall {
                    self.enforcing_done(at, pass, group, enforcing, after);
                } else if after {
                    // B-7.16; of an uninstall no code of its own is known.
                    let error = if enforcing.uninstall { UNKNOWN } else { NOT_DETECTED };
                    self.try_failed(at, pass, group, enforcing, (ERROR, error), false);
                } else {
                    group.doing = Doing::Enforce(Enforcing { stage: Stage::Command, ..enforcing });
                }
            }
            Stage::Command => self.command_ended(at, pass, group, enforcing, outcome),
        }
    }

    /// B-7.22, B-7.23, B-7.26.
    fn command_ended(
        &mut self,
        at: &At<'_>,
        pass: &mut Pass,
        group: &mut Group,
        enforcing: Enforcing,
        outcome: RunOutcome,
    ) {
        let RunOutcome::Exited { code, .. } = outcome else {
            return self.try_failed(at, pass, group, enforcing, (ERROR, UNKNOWN), false);
        };
        let policy = group.seats[enforcing.seat].policy;
        let Some(app) = at.cx.library.app(policy.id, policy.revision) else { return };
        let entry = app.return_codes.entries().iter().find(|entry| entry.code == code);
        let class = entry.map_or(ExitClass::Failed, |entry| entry.class);
        if matches!(class, ExitClass::Retry | ExitClass::Failed) {
            let failure = (ERROR, error_of(code));
            return self.try_failed(at, pass, group, enforcing, failure, class == ExitClass::Retry);
        }
        self.apps.reboot |= class == ExitClass::HardReboot;
        self.restart_after_code(at, &policy, app.restart, class);
        group.doing = Doing::Enforce(Enforcing { stage: Stage::LookAfter, ..enforcing });
    }

    pub(crate) fn stage_timed_out(&mut self, at: &At<'_>, pass: &mut Pass, group: &mut Group, enforcing: Enforcing) {
        match enforcing.stage {
            Stage::Download => self.try_failed(at, pass, group, enforcing, (DOWNLOAD_ERROR, CDN_TIMED_OUT), false),
            Stage::LookAgain | Stage::LookAfter => {
                self.stage_ended(at, pass, group, enforcing, RunOutcome::Found(false));
            }
            Stage::Command => self.try_failed(at, pass, group, enforcing, (ERROR, NOT_MONITORED), false),
        }
    }

    /// B-7.24, B-7.25: another try in a while, or it has failed.
    fn try_failed(
        &mut self,
        at: &At<'_>,
        pass: &mut Pass,
        group: &mut Group,
        enforcing: Enforcing,
        failure: (u16, i32),
        retry_type: bool,
    ) {
        let win32 = &at.profile().win32;
        let (policy, user) = (group.seats[enforcing.seat].policy.id, group.seats[enforcing.seat].owner);
        let again = retry_type || win32.retry_applies_to == RetryAppliesTo::AnyFailure;
        let last = u32::from(enforcing.attempt) >= win32.retry_attempts;
        if !again || last || !self.try_counts(at, policy, user) {
            return self.enforcing_failed(pass, group, enforcing, failure);
        }
        self.app(policy, user).enforcement = 5999;
        let stage = if enforcing.stage == Stage::Download { Stage::Download } else { Stage::Command };
        group.doing = Doing::Enforce(Enforcing { attempt: enforcing.attempt + 1, stage, ..enforcing });
        pass.resume_at = Some(at.now.awake.after(win32.retry_gap));
    }

    /// B-7.34: not again before 24 hours from the beginning.
    fn enforcing_failed(&mut self, _: &Pass, group: &mut Group, enforcing: Enforcing, failure: (u16, i32)) {
        group.doing = Doing::Plan;
        let seat = &mut group.seats[enforcing.seat];
        seat.failed = Some(failure);
        seat.prefetch = false;
        let (policy, user, assigned) = (seat.policy.id, seat.owner, seat.policy);
        self.forget_try(policy, user);
        self.unmark(policy, &[Mark::Downloaded]);
        self.app(policy, user).grs = Some(enforcing.begun);
        if !enforcing.uninstall {
            self.show(&assigned, AppNotice::Failed);
        }
    }

    /// Takes marks off an app, whoever it is kept for.
    pub(crate) fn unmark(&mut self, policy: PolicyId, marks: &[Mark]) {
        for app in self.apps.all.iter_mut().filter(|app| app.policy == policy) {
            app.marks.retain(|mark| !marks.contains(mark));
        }
    }

    /// As wished, by its command or by somebody else (B-7.4).
    fn enforcing_done(&mut self, at: &At<'_>, pass: &Pass, group: &mut Group, enforcing: Enforcing, by_command: bool) {
        group.doing = Doing::Plan;
        let seat = &mut group.seats[enforcing.seat];
        seat.detected = !enforcing.uninstall;
        seat.done = true;
        let (policy, user, assigned) = (seat.policy.id, seat.owner, seat.policy);
        let tags = self.installer_from.is_some_and(|from| from <= at.now.awake);
        self.forget_try(policy, user);
        let users = [user, pass.user];
        let asked = self.has_mark(policy, users, Mark::Asked) || self.has_mark(policy, users, Mark::Update);
        for app in self.apps.all.iter_mut().filter(|app| app.policy == policy && users.contains(&app.user)) {
            app.set(Mark::Update, false);
        }
        self.unmark(policy, &[Mark::Downloaded]);
        if enforcing.uninstall {
            self.unmark(policy, &[Mark::Managed, Mark::AsRequired, Mark::FromPortal, Mark::Tagged]);
        }
        let all = at.profile().win32.grs_set_on == GrsSetOn::AnyEnforcement;
        let app = self.app(policy, user);
        // B-7.34a.
        app.grs = (all && by_command).then_some(enforcing.begun);
        // B-7.3: removed later, an available app does not come back by itself.
        app.set(Mark::NoUpdate, asked && !enforcing.uninstall);
        if !enforcing.uninstall {
            if by_command {
                app.set(Mark::Managed, true);
                if assigned.intents.contains(Intent::Required) && pass.workload == Workload::RequiredApp {
                    app.set(Mark::AsRequired, true);
                }
                if tags {
                    app.set(Mark::Tagged, true);
                }
            }
            if asked {
                app.set(Mark::FromPortal, true);
            }
            self.show(&assigned, AppNotice::Installed);
        }
        let content = at.cx.library.app(policy, assigned.revision);
        if by_command && content.is_some_and(|app| app.restart == RestartBehavior::Force) {
            self.restart_after_success(at, &assigned);
        }
    }
}
