//! Who asks for a check-in: sessions, syncs, pushes. Rules: B-4.14 to B-4.21, section 9.

use imesim::agent::{Cause, SessionChange, SyncRequest};
use imesim::profile::{CompanyPortalScope, Version};
use imesim::protocol::{UserId, Workload};

use super::check_in::is_for_device_only;
use super::model::{At, Model};

impl Model {
    /// A session changed; only a sign-in with an Entra account starts anything (B-4.17).
    pub(crate) fn session(&mut self, at: &mut At<'_>, change: SessionChange) {
        match change {
            SessionChange::SignIn(user) => self.signed_in(at, user),
            SessionChange::SignOut(user) => {
                self.signed_out(user);
                self.app_user_left(at);
            }
            SessionChange::AllSignedOut => {
                for user in self.users.clone() {
                    self.signed_out(user);
                }
                self.app_user_left(at);
                self.apps_after_restart(at);
            }
            SessionChange::SignInLocal
            | SessionChange::Lock
            | SessionChange::Unlock
            | SessionChange::ConsoleConnect
            | SessionChange::ConsoleDisconnect => {}
        }
    }

    fn signed_in(&mut self, at: &mut At<'_>, user: UserId) {
        self.users.retain(|other| *other != user);
        self.users.push(user);
        self.active = user;
        self.remedy(at);
        let Some(service) = &mut self.service else { return };
        if is_for_device_only(at) {
            return;
        }
        service.sign_ins.retain(|other| *other != user);
        service.sign_ins.push(user);
        service.sign_ins.sort();
        if service.sign_in_at.is_none() {
            service.sign_in_at = Some(at.now.awake.after(at.profile().ime.signin_delay));
        }
    }

    fn signed_out(&mut self, user: UserId) {
        self.users.retain(|other| *other != user);
        if self.active == user {
            self.active = self.users.iter().min().copied().unwrap_or(UserId::DEVICE);
        }
        let Some(service) = &mut self.service else { return };
        service.sign_ins.retain(|other| *other != user);
        if service.sign_ins.is_empty() {
            service.sign_in_at = None;
        }
    }

    /// Scripts, then the apps of that user (B-4.17), and a fetch of remediations and compliance scripts (B-4.6).
    pub(crate) fn sign_in_is_due(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        service.sign_in_at = None;
        if service.sign_ins.is_empty() {
            return;
        }
        let user = service.sign_ins.remove(0);
        self.begin_row(at, Workload::Script, Cause::SignIn, user);
        for workload in [Workload::Remediation, Workload::Compliance] {
            self.check_in(at, workload, Cause::SignIn, user);
        }
    }

    /// Who signed in within the delay of another follows once that one's scripts are over.
    pub(crate) fn next_sign_in(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        if !service.sign_ins.is_empty() && service.sign_in_at.is_none() {
            self.sign_in_is_due(at);
        }
    }

    /// The table B-9.1.
    pub(crate) fn sync(&mut self, at: &mut At<'_>, request: SyncRequest) {
        let user = self.user();
        // Without a service nobody hears it.
        if self.service.is_none() {
            return;
        }
        match request {
            SyncRequest::CompanyPortal if at.profile().ime.company_portal_scope == CompanyPortalScope::All => {
                self.begin_row(at, Workload::Script, Cause::CompanyPortal, user);
                for workload in [Workload::Remediation, Workload::Compliance] {
                    self.check_in(at, workload, Cause::CompanyPortal, user);
                }
            }
            SyncRequest::CompanyPortal => self.begin_row(at, Workload::RequiredApp, Cause::CompanyPortal, user),
            SyncRequest::ProtocolSyncApp | SyncRequest::ServiceControl(200) => {
                self.begin_row(at, Workload::RequiredApp, Cause::AppSync, user);
            }
            // Rows 15 and 21: what is on the device runs, nothing is fetched (B-8.2).
            SyncRequest::CheckCompliance | SyncRequest::ProtocolSyncCompliance => self.discover_all(at),
            SyncRequest::App(policy) => self.asked_for_app(at, policy, true),
            SyncRequest::AppRemoval(policy) => self.asked_for_app(at, policy, false),
            SyncRequest::ServiceControl(_) => {}
        }
    }

    /// A push for the app workload (B-4.19, B-4.21).
    pub(crate) fn pushed(&mut self, at: &mut At<'_>, id: u32) {
        if !at.profile().ime.push_app_workload {
            return;
        }
        let busy = self.is_under_way(Workload::RequiredApp);
        let keeps = self.installed.is_some_and(|version| version >= Version([1, 103, 0, 0]));
        let Some(service) = &mut self.service else { return };
        if busy && keeps {
            let room = at.profile().push.pending_cap as usize;
            if !service.pushes.contains(&id) && service.pushes.len() < room {
                service.pushes.push(id);
            }
            return;
        }
        self.check_in(at, Workload::RequiredApp, Cause::Push, self.user());
    }
}
