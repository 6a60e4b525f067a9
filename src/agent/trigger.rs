//! Who may ask the agent for a check-in, and what follows. First read: B-4.14 to B-4.21 and the table B-9.1.

use super::{Cause, Event, Quiet, SessionChange, Sink, SyncRequest, Timer, Turn};
use crate::profile::{CompanyPortalScope, Version};
use crate::protocol::{UserId, Workload};
use crate::rules::b;

impl<S: Sink> Turn<'_, '_, S> {
    /// Somebody asks for a check-in. None of these moves a timer (B-9.5).
    pub(super) fn sync(&mut self, request: SyncRequest) {
        if self.running().is_none() {
            return self.note(b(2, 16), Event::ServiceNotRunning);
        }
        match request {
            SyncRequest::CompanyPortal => match self.cx.profile.ime.company_portal_scope {
                CompanyPortalScope::All => {
                    self.begin_chain(Workload::Script, Cause::CompanyPortal);
                    let user = self.durable.around.active;
                    self.check_in(Workload::Remediation, Cause::CompanyPortal, user);
                    self.check_in(Workload::Compliance, Cause::CompanyPortal, user);
                }
                CompanyPortalScope::AppsOnly => self.begin_chain(Workload::RequiredApp, Cause::CompanyPortal),
            },
            // B-9.1, rows 15 and 21: what is on hand runs, nothing is fetched.
            SyncRequest::CheckCompliance => self.check_compliance(b(9, 1)),
            SyncRequest::ProtocolSyncCompliance => self.check_compliance(b(4, 16)),
            // B-9.1, row 14.
            SyncRequest::App(policy) => self.app_asked_for(policy, true),
            SyncRequest::AppRemoval(policy) => self.app_asked_for(policy, false),
            SyncRequest::ProtocolSyncApp | SyncRequest::ServiceControl(APP_SYNC) => {
                self.begin_chain(Workload::RequiredApp, Cause::AppSync);
            }
            SyncRequest::ServiceControl(_) => self.note(b(4, 15), Event::NothingStarts { what: Quiet::ServiceControl }),
        }
    }

    /// A Windows session changed. Only the sign-in of an Entra user starts anything (B-4.17).
    pub(super) fn session(&mut self, change: SessionChange) {
        let quiet = match change {
            SessionChange::SignIn(user) => return self.sign_in(user),
            SessionChange::SignOut(user) => {
                self.sign_out(user);
                Quiet::SignOut
            }
            SessionChange::AllSignedOut => {
                self.durable.around.signed_in = 0;
                self.durable.around.active = UserId::DEVICE;
                self.sign_in_is_off(u32::MAX);
                self.apps_user_left();
                self.apps_after_restart();
                return self.device_went_down();
            }
            SessionChange::SignInLocal => Quiet::LocalSignIn,
            SessionChange::Lock => Quiet::Lock,
            SessionChange::Unlock => Quiet::Unlock,
            SessionChange::ConsoleConnect => Quiet::ConsoleConnect,
            SessionChange::ConsoleDisconnect => Quiet::ConsoleDisconnect,
        };
        self.note(b(4, 17), Event::NothingStarts { what: quiet });
    }

    fn sign_in(&mut self, user: UserId) {
        if user.is_device() || user.0 >= 32 {
            return self.note(b(4, 17), Event::NothingStarts { what: Quiet::LocalSignIn });
        }
        self.durable.around.signed_in |= 1 << user.0;
        self.durable.around.active = user;
        self.remediation_step();
        if !self.cx.facts.has_user_check_in() {
            // B-5.11: a registered device has none, nor has a multi-session host.
            let rule = if self.cx.facts.is_registered_only() { b(1, 12) } else { b(1, 29) };
            return self.note(rule, Event::NothingStarts { what: Quiet::SignInWithoutUserCheckIn });
        }
        let Some(running) = self.running() else { return };
        running.sign_ins |= 1 << user.0;
        if !self.timers.is_set(Timer::SignIn) {
            self.arm(Timer::SignIn, self.cx.profile.ime.signin_delay);
        }
    }

    fn sign_out(&mut self, user: UserId) {
        if user.0 >= 32 {
            return;
        }
        let around = &mut self.durable.around;
        around.signed_in &= !(1 << user.0);
        if around.active == user {
            // The next of those who are still there, or nobody.
            around.active = match around.signed_in {
                0 => UserId::DEVICE,
                users => UserId(users.trailing_zeros() as u8),
            };
        }
        self.sign_in_is_off(1 << user.0);
        self.apps_user_left();
    }

    /// Nothing follows the sign-in of who is gone (B-4.18); the next one waits for the whole delay again.
    fn sign_in_is_off(&mut self, users: u32) {
        let Some(running) = self.running() else { return };
        running.sign_ins &= !users;
        if running.sign_ins == 0 {
            self.timers.clear(Timer::SignIn);
        }
    }

    /// The delay after a sign-in is over: scripts, then the apps of that user (B-4.17), and an extra fetch of
    /// remediations and compliance scripts that leaves their grid alone (B-4.6).
    pub(super) fn sign_in_due(&mut self) {
        let Some(running) = self.running() else { return };
        if running.sign_ins == 0 {
            return;
        }
        let user = UserId(running.sign_ins.trailing_zeros() as u8);
        running.sign_ins &= running.sign_ins - 1;
        self.begin_chain_for(user);
        self.check_in(Workload::Remediation, Cause::SignIn, user);
        self.check_in(Workload::Compliance, Cause::SignIn, user);
    }

    fn begin_chain_for(&mut self, user: UserId) {
        let active = std::mem::replace(&mut self.durable.around.active, user);
        self.begin_chain(Workload::Script, Cause::SignIn);
        self.durable.around.active = active;
    }

    /// A second user signed in within the delay of the first: that check-in follows.
    pub(super) fn next_sign_in(&mut self) {
        let Some(running) = self.running() else { return };
        if running.sign_ins != 0 && !self.timers.is_set(Timer::SignIn) {
            self.sign_in_due();
        }
    }

    /// A push for the app workload (B-4.19). While an app check-in runs, newer agents keep the notification and drop
    /// doubles (B-4.21); older ones let it go (B-4.28).
    pub(super) fn push(&mut self, id: u32) {
        let (profile, version) = (self.cx.profile, self.durable.version);
        let user = self.durable.around.active;
        if !profile.ime.push_app_workload {
            return self.note(b(4, 19), Event::PushDropped);
        }
        let Some(running) = self.running() else {
            return self.note(b(2, 16), Event::ServiceNotRunning);
        };
        if !running.is_busy(Workload::RequiredApp) || version < KEEPS_PUSHES {
            return self.check_in(Workload::RequiredApp, Cause::Push, user);
        }
        let waiting = &mut running.work.get_or_insert_default().apps.pushes;
        if waiting.contains(&id) || waiting.len() >= profile.push.pending_cap as usize {
            self.note(b(4, 21), Event::PushDropped);
        } else {
            waiting.push(id);
            self.note(b(4, 21), Event::CheckInQueued { workload: Workload::RequiredApp });
        }
    }
}

/// The service control code that starts an app check-in (B-4.15).
const APP_SYNC: u32 = 200;
/// The first agent version that keeps notifications for later (B-4.21).
const KEEPS_PUSHES: Version = Version([1, 103, 0, 0]);
