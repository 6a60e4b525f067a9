//! The service's life: installed, started, stopped; the start sequence with its delays. First read: B-4.8 to B-4.13,
//! B-2.9, B-2.15, B-2.16.

use thin_vec::ThinVec;

use super::cadence::interval;
use super::state::{Chain, Phase, Running};
use super::{Cause, Effect, Event, IrrecoverableReason, ServiceChange, Sink, StartType, Timer, Turn};
use crate::chance::{Purpose, SpanRange};
use crate::facts::eligibility::dotnet_warning;
use crate::profile::{Profile, Version};
use crate::protocol::Workload;
use crate::rules::b;
use crate::sabotage::{Sabotage, is_on};
use crate::time::Span;

impl<S: Sink> Turn<'_, '_, S> {
    /// The program is on the device. New: without history, unless the profile keeps it (B-10.15). Over an older one:
    /// the newer replaces it by major upgrade and everything stays (B-2.9).
    pub(super) fn installed(&mut self, version: Version) {
        let from = self.durable.version;
        match self.phase {
            Phase::Absent => {
                let history = if self.cx.profile.removal.keeps_history {
                    std::mem::take(&mut self.durable.scripts)
                } else {
                    ThinVec::new()
                };
                *self.durable = super::state::Durable {
                    version,
                    certificate: true,
                    next_token: self.durable.next_token,
                    starts: self.durable.starts,
                    health_checks: self.durable.health_checks,
                    around: self.durable.around,
                    scripts: history,
                    work: std::mem::take(&mut self.durable.work).and_then(super::work::Kept::without_agent),
                    ..super::state::Durable::absent()
                };
                *self.phase = Phase::Stopped;
                self.note(b(2, 1), Event::AgentInstalled { version });
                if let Some(recommended) = dotnet_warning(self.cx.facts, self.cx.profile) {
                    self.note(b(1, 8), Event::DotnetWarning { recommended });
                }
                self.arm_health(Span::ZERO);
                self.policies_found();
            }
            Phase::Stopped | Phase::Running(_) => {
                self.stop();
                self.durable.version = version;
                self.note(b(2, 9), Event::AgentUpgraded { from, version });
            }
        }
        self.effect(Effect::Persist);
        // The installer starts the service; after an update that is its restart (B-2.15).
        self.effect(Effect::StartService);
    }

    /// The service changed.
    pub(super) fn service(&mut self, change: ServiceChange) {
        if matches!(self.phase, Phase::Absent) {
            return self.note(b(2, 16), Event::ServiceNotRunning);
        }
        match change {
            ServiceChange::Started => self.started(),
            ServiceChange::Stopped if is_on(Sabotage::NoStop) => {}
            ServiceChange::Stopped => self.stop(),
            ServiceChange::StartType(start_type) => {
                self.durable.start_type = start_type;
                self.effect(Effect::Persist);
            }
            ServiceChange::Broken => {
                self.stop();
                self.durable.broken = true;
                self.irrecoverable(IrrecoverableReason::ServiceBroken);
                self.effect(Effect::Persist);
            }
            ServiceChange::Mended => {
                // What is not broken is not mended: a device that the service does not know is as lost as before (B-10.7).
                if std::mem::replace(&mut self.durable.broken, false) {
                    self.recovered();
                }
                self.effect(Effect::Persist);
            }
        }
    }

    /// The service runs: the start sequence begins (B-4.8, B-4.13). Starting a service that runs is a restart: every
    /// timer begins anew (B-9.5).
    fn started(&mut self) {
        if self.durable.broken || self.durable.start_type == StartType::Disabled {
            return self.note(b(10, 7), Event::ServiceNotRunning);
        }
        self.stop();
        *self.phase = Phase::Running(Running::default());
        let n = u64::from(self.durable.starts);
        self.durable.starts = self.durable.starts.wrapping_add(1);
        let (profile, chance) = (self.cx.profile, self.cx.chance);
        let ime = &profile.ime;
        // B-4.9: D0 for all, then D1 or D2 from its end.
        let d0 = chance.span(ime.start_delay_all, Purpose::StartDelayAll, n);
        let (mut d1, mut d2) = (d0, d0);
        if !self.durable.around.esp.skips_start_delays() {
            d1 = d0.saturating_add(chance.span(ime.start_delay_ps_win32, Purpose::StartDelayScriptWin32, n));
            d2 = d0.saturating_add(chance.span(ime.start_delay_other, Purpose::StartDelayOther, n));
        }
        self.note(b(4, 8), Event::ServiceStarted { ready_in: d0, scripts_in: d1, others_in: d2 });
        if !d0.is_zero() {
            self.arm(Timer::Ready, d0);
        } else if let Some(running) = self.running() {
            running.ready = true;
            self.begin_inventory();
        }
        self.begin_analytics();
        self.begin_discovery();
        self.arm(Timer::StartScripts, d1);
        self.arm(Timer::StartOthers, d2);
        self.effect(Effect::Persist);
        for workload in Workload::ALL {
            let draw = n * Workload::ALL.len() as u64 + workload as u64;
            let first = chance.span(first_delay(workload, profile), Purpose::FirstDelay, draw);
            // B-4.11: the periodic timer starts when the first delay is over.
            self.arm(Timer::poll(workload), first.saturating_add(interval(workload, false, profile)));
        }
        self.backoff_started();
        self.remediations_started();
        self.apps_started();
    }

    /// The process is gone, and with it everything that was on its way. A run that was cut off counts as started
    /// (B-5.10).
    pub(super) fn stop(&mut self) {
        if !matches!(self.phase, Phase::Running(_)) {
            return;
        }
        self.cut_off_run();
        self.cut_off_discovery();
        self.cut_off_remediation();
        self.cut_off_apps();
        *self.phase = Phase::Stopped;
        self.timers.clear_service();
        self.note(b(2, 16), Event::ServiceStopped);
    }

    /// D0 is over: what was asked for meanwhile may begin.
    pub(super) fn ready(&mut self) {
        let Some(running) = self.running() else { return };
        running.ready = true;
        self.begin_inventory();
        self.next_discovery();
        let user = self.durable.around.active;
        for workload in Workload::ALL {
            let Some(running) = self.running() else { return };
            if let Some(cause) = running.waiting[workload as usize].take() {
                self.check_in(workload, cause, user);
            }
        }
        // What was asked for may be left out after all; a row of check-ins then goes on without it.
        self.advance_chain();
    }

    /// Scripts, then required apps, then available apps (B-4.8, B-5.12).
    pub(super) fn start_scripts(&mut self) {
        self.begin_chain(Workload::Script, Cause::Start);
    }

    /// The other workloads, on a line of their own (B-4.8).
    pub(super) fn start_others(&mut self) {
        let user = self.durable.around.active;
        self.check_in(Workload::Remediation, Cause::Start, user);
        self.check_in(Workload::Compliance, Cause::Start, user);
        self.discover_after_fetch();
    }

    /// The ESP began or moved on (B-5.14: device-context scripts run in device setup, user-context ones once the user is
    /// there in account setup; a script that waits for its user is the same there as everywhere). In device setup and account setup the second start delays do not apply (B-4.10), so
    /// what still waits for them comes at the end of D0.
    pub(super) fn esp_phase(&mut self, phase: crate::facts::EspPhase) {
        let before = std::mem::replace(&mut self.durable.around.esp, phase);
        self.remediation_step();
        self.apps_esp(before, phase);
        let Some(running) = self.running() else { return };
        let ready = running.ready;
        if !phase.skips_start_delays() {
            return;
        }
        let end_of_d0 = if ready { Some(Span::ZERO) } else { self.timers.remaining(Timer::Ready, self.now) };
        for timer in [Timer::StartScripts, Timer::StartOthers] {
            if let (true, Some(after)) = (self.timers.is_set(timer), end_of_d0) {
                self.arm(timer, after);
            }
        }
    }

    /// Begins check-ins that follow one another. While such a row is under way only the first is begun, if its own
    /// workload is free (B-4.28); the row covers the others (B-9.4).
    pub(super) fn begin_chain(&mut self, at: Workload, cause: Cause) {
        let user = self.durable.around.active;
        let Some(running) = self.running() else { return };
        let chain = Chain { at, cause, user };
        if running.chain.is_some() && cause != Cause::SignIn {
            return self.check_in(at, cause, user);
        }
        running.chain = Some(chain);
        self.check_in(at, cause, chain.user);
        self.advance_chain();
    }

    /// Goes on to the next check-in of the row once the one before is over.
    #[inline]
    pub(super) fn advance_chain(&mut self) {
        if self.running().is_some_and(|running| running.chain.is_some()) {
            self.go_on_with_chain();
        }
    }

    fn go_on_with_chain(&mut self) {
        loop {
            let Some(running) = self.running() else { return };
            let Some(chain) = running.chain else { return };
            if running.is_busy(chain.at) || running.waiting[chain.at as usize].is_some() {
                return;
            }
            running.chain = chain.next();
            let Some(next) = running.chain else { return };
            self.check_in(next.at, next.cause, next.user);
        }
    }
}

/// The first delay of a workload's periodic timer (B-4.11).
pub(crate) const fn first_delay(workload: Workload, profile: &Profile) -> SpanRange {
    match workload {
        Workload::Script => profile.ime.first_delay_script,
        Workload::RequiredApp => profile.ime.first_delay_required_app,
        Workload::AvailableApp => profile.ime.first_delay_available_app,
        Workload::Remediation | Workload::Compliance => profile.ime.first_delay_generic,
    }
}
