//! Presence: the program comes, its service starts and stops, the health task looks after it, it is removed.
//!
//! Rules: B-2.9, B-2.15, B-4.8 to B-4.13, sections 10 and B-5.28.

use imesim::agent::{Effect, RemovalReason, StartType};
use imesim::chance::Purpose;
use imesim::profile::Version;
use imesim::protocol::{Failure, Policies, Request as Message, Workload};
use imesim::time::{Span, Wall};

use super::app::AppWork;
use super::check_in::Kind;
use super::compliance::Discovering;
use super::model::{At, Model, Service, later, moment};
use super::remediation::Remedying;

impl Model {
    /// The program is on the device, new or over another version (B-2.9).
    pub(crate) fn install(&mut self, at: &mut At<'_>, version: Version) {
        self.stop(at);
        if self.installed.is_none() {
            // It comes through the MDM channel, so the device is managed (B-10.15: as if new).
            self.certificate = true;
            self.broken = false;
            self.start_type = StartType::Automatic;
            if !at.profile().removal.keeps_history {
                self.records.clear();
            }
            self.apps = self.apps.without_agent();
            self.health = Some((at.now.wall, at.profile().health.period.saturating_add(self.health_delay(at))));
        }
        let is_new = self.installed.replace(version).is_none();
        if is_new {
            self.policies_hold(at);
        }
        // B-2.15: the installer starts the service, again if it ran.
        at.effects.push(Effect::StartService);
    }

    fn health_delay(&self, at: &At<'_>) -> Span {
        at.cx.chance.span(at.profile().health.random_delay, Purpose::Health, self.health_runs)
    }

    /// The service starts, or starts again (B-4.8 to B-4.13). Draws: one for each of D0, D1 and D2, numbered by the starts
    /// before, and one for each workload's first delay, five for each start in the order of the workloads.
    pub(crate) fn start(&mut self, at: &mut At<'_>) {
        if self.installed.is_none() || self.broken || self.start_type == StartType::Disabled {
            return;
        }
        self.stop(at);
        let (n, profile, chance) = (self.starts, at.profile(), at.cx.chance);
        self.starts += 1;
        let ime = &profile.ime;
        let d0 = chance.span(ime.start_delay_all, Purpose::StartDelayAll, n);
        let d1 = chance.span(ime.start_delay_ps_win32, Purpose::StartDelayScriptWin32, n);
        let d2 = chance.span(ime.start_delay_other, Purpose::StartDelayOther, n);
        let (ready, skips) = (at.now.awake.after(d0), self.skips_delays());
        let grid = [
            ime.first_delay_script,
            ime.first_delay_required_app,
            ime.first_delay_available_app,
            ime.first_delay_generic,
            ime.first_delay_generic,
        ];
        let mut place = 0;
        let grid = grid.map(|range| {
            let first = chance.span(range, Purpose::FirstDelay, n * 5 + place);
            place += 1;
            later(moment(at.now, profile), first)
        });
        self.service = Some(Service {
            ready_at: (!d0.is_zero()).then_some(ready),
            scripts_at: Some(if skips { ready } else { ready.after(d1) }),
            others_at: Some(if skips { ready } else { ready.after(d2) }),
            grid,
            scripts_found: false,
            clock_is_off: false,
            requests: Vec::new(),
            asked: Vec::new(),
            row: None,
            sign_ins: Vec::new(),
            sign_in_at: None,
            app_checks: None,
            pushes: Vec::new(),
            work: None,
            report_at: None,
            discovering: Discovering::default(),
            remedying: Remedying::default(),
            apps: AppWork::default(),
            jobs_at: None,
            inventory_at: None,
        });
        self.plan_inventory(at);
        self.analytics_begin(at);
        self.discovery_begins(at);
        self.plan_batch(at);
        self.remedy(at);
        self.forget_order(at);
        self.work_on_apps(at);
    }

    /// The process is gone, and all that was on its way with it (B-5.10).
    pub(crate) fn stop(&mut self, at: &mut At<'_>) {
        if let Some(run) = self.take_run() {
            at.effects.push(Effect::Stop { token: run.token });
        }
        self.discovery_cut_off(at);
        self.cut_off_remediation(at);
        self.cut_off_apps(at);
        self.service = None;
    }

    /// The service can neither be started nor repaired (B-10.7).
    pub(crate) fn broke(&mut self, at: &mut At<'_>) {
        if self.installed.is_some() {
            self.stop(at);
            self.broken = true;
            self.irrecoverable = self.irrecoverable.or(Some(at.now.awake));
        }
    }

    /// What broke it is gone (B-10.6).
    pub(crate) fn mended(&mut self) {
        if std::mem::take(&mut self.broken) {
            self.irrecoverable = None;
        }
    }

    /// How Windows starts the service (B-2.16); of one that is not there, it does not.
    pub(crate) fn start_type_set(&mut self, kind: StartType) {
        if self.installed.is_some() {
            self.start_type = kind;
        }
    }

    pub(crate) fn health_set(&mut self, at: &At<'_>, after: Span) {
        if self.installed.is_some() {
            self.health = Some((at.now.wall, after));
        }
    }

    /// The health task (B-10.8, B-10.9): start type, then the service.
    pub(crate) fn health_runs(&mut self, at: &mut At<'_>) {
        let drawn = self.health_delay(at);
        self.health_runs += 1;
        let after = at.profile().health.period.saturating_add(self.health_delay(at));
        self.health = Some((at.now.wall, after.saturating_sub(drawn)));
        if self.start_type != StartType::Automatic {
            self.start_type = StartType::Automatic;
            at.effects.push(Effect::SetAutomatic);
        }
        let tests = |service: &Service| service.requests.iter().any(|request| request.kind == Kind::Test);
        if self.service.is_none() {
            at.effects.push(Effect::StartService);
        } else if !self.service.as_ref().is_some_and(tests) {
            // B-4.29.
            self.send(at, Kind::Test, Message::ConnectionTest);
        }
    }

    /// The certificate came or went (B-10.13).
    pub(crate) fn certificate(&mut self, at: &mut At<'_>, there: bool) {
        let was_there = std::mem::replace(&mut self.certificate, there);
        if !there {
            // B-10.13: what the MDM channel left goes with it.
            self.policies_told(at, Policies::NONE);
        }
        if there {
            self.cut_off = None;
            self.told_to_leave = None;
            if !was_there {
                self.give_up_all(at);
            }
        }
        self.plan_inventory(at);
        if there {
            self.remedy(at);
        }
    }

    /// The service answered: the device is known (B-10.6), and both clocks can be compared (B-1.24). If it was a check-in that it
    /// answered, the agent is not cut off (B-10.5).
    pub(crate) fn reached(&mut self, at: &At<'_>, time: Wall, by_check_in: bool) {
        if by_check_in {
            self.cut_off = None;
        }
        if !self.broken {
            self.irrecoverable = None;
        }
        let is_off = at.now.wall.distance(time) > at.profile().elig.clock_skew_limit;
        if let Some(service) = &mut self.service {
            service.clock_is_off = is_off;
        }
    }

    /// A check-in did not reach the service (B-10.5, B-10.7).
    pub(crate) fn not_reached(&mut self, at: &At<'_>, failure: Failure) {
        if failure == Failure::DeviceUnknown {
            self.irrecoverable = self.irrecoverable.or(Some(at.now.awake));
        }
        if !self.certificate {
            self.cut_off = self.cut_off.or(Some(at.now.awake));
        }
    }

    /// A check-in learned that the device is not managed (B-10.5a, B-5.28).
    pub(crate) fn not_managed(&mut self, at: &mut At<'_>) {
        if let Some(service) = &mut self.service {
            service.row = None;
            service.asked.clear();
            service.pushes.clear();
        }
        self.cancel_scripts(at);
        self.discovery_cut_off(at);
        self.told_to_leave = self.told_to_leave.or(Some(at.now.awake));
        self.cancel_remediations(at);
        self.cancel_apps(at);
    }

    /// The agent leaves (B-10.14, B-10.15).
    pub(crate) fn removed(&mut self, at: &mut At<'_>, _: RemovalReason) {
        if self.installed.is_none() {
            return;
        }
        self.stop(at);
        self.installed = None;
        (self.broken, self.start_type) = (false, StartType::Automatic);
        (self.health, self.told_to_leave, self.cut_off, self.irrecoverable) = (None, None, None, None);
        if !at.profile().removal.keeps_history {
            self.records.clear();
        }
        self.discovery.clear();
        self.remediations.clear();
        self.unsent.clear();
        self.visitor = None;
        self.apps = self.apps.without_agent();
        (self.inventoried, self.inventory_unsent, self.installer_from) = (None, None, None);
        at.effects.push(Effect::Uninstall);
    }

    /// What is left when the process dies: what outlives it, and tokens of which none was used yet.
    pub(crate) fn killed(&self) -> Self {
        Self { service: None, next_token: self.next_token.skip(1 << 16), ..self.clone() }
    }

    /// D0 is over: what was asked for meanwhile begins.
    pub(crate) fn ready(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        service.ready_at = None;
        self.plan_inventory(at);
        self.run_discovery(at);
        for workload in Workload::ALL {
            self.follow(at, workload);
        }
        self.go_on(at);
    }

    /// Scripts, then required apps, then available apps (B-4.8).
    pub(crate) fn start_scripts(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        service.scripts_at = None;
        self.begin_row(at, Workload::Script, imesim::agent::Cause::Start, self.user());
    }

    /// The other workloads, on a line of their own (B-4.8).
    pub(crate) fn start_others(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        service.others_at = None;
        for workload in [Workload::Remediation, Workload::Compliance] {
            self.check_in(at, workload, imesim::agent::Cause::Start, self.user());
        }
        self.discover_after_fetch(at);
    }
}
