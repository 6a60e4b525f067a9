//! What the service keeps about one device, and how it deals with the device.
//!
//! Read B-13.1 to B-13.4, B-13.12 and B-13.13 first. The frequent case is a poll that finds nothing changed: it
//! compares two moments, borrows a list of the cohort and allocates nothing.

use serde::{Deserialize, Serialize};

use super::cohort::{Cohort, Epoch};
use super::event::{AdminAction, Effect, Event, Input, Sink};
use super::given::Given;
use super::reports::Reports;
use crate::catalog::Tenant;
use crate::chance::{Chance, Purpose};
use crate::facts::{Facts, Feature, Features};
use crate::profile::{Profile, Version};
use crate::protocol::{Failure, ManagementOrder, Policies, Push, Request, UserId, Workload};
use crate::rules::{RuleId, b};
use crate::time::{Span, Wall};

/// What the service works with: shared and read-only.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The figures.
    pub profile: &'a Profile,
    /// The tenant.
    pub tenant: &'a Tenant,
    /// What devices of this kind get; resolved from the same tenant and profile.
    pub cohort: &'a Cohort,
    /// The device's draws.
    pub chance: Chance,
    /// The device's facts as they are now; those of the cohort unless they have changed since.
    pub facts: Facts,
}

impl Context<'_> {
    /// The version of the agent that this device is offered at a moment.
    #[inline]
    pub(super) fn agent_offered(&self, now: Wall) -> Version {
        self.tenant.agent_offered(&self.chance, now)
    }
}

/// The service's record of one device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ledger {
    pub(super) management: Management,
    /// What brings the agent has been assigned while the device was managed; reset when the agent is gone.
    pub(super) had_triggers: bool,
    /// The same for PowerShell scripts alone.
    pub(super) had_scripts: bool,
    /// A session has shown the agent on the device.
    pub(super) agent_seen: bool,
    /// The agent has been ordered, and no session has shown it since: it may be on its way (B-2.4).
    pub(super) agent_ordered: bool,
    /// The number of the cohort's epoch; only grows.
    pub(super) epoch: u32,
    /// How many of the cohort's pushes are behind; only grows.
    pub(super) pushes: u32,
    /// The hour in which polls are counted.
    pub(super) hour: u32,
    /// Polls in that hour.
    pub(super) polls: u32,
    /// Before it, nothing is assigned to the device (B-13.12).
    pub(super) targeted_from: Wall,
    pub(super) last_check_in: Option<Wall>,
    pub(super) last_maintenance: Option<Wall>,
    pub(super) reports: Reports,
}

/// Whether the service manages the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Management {
    /// Not, or not any more.
    Unmanaged,
    /// It does.
    Managed,
    /// It does, until the next session hands over this order.
    Ordered(ManagementOrder),
    /// Not any more: the order has been handed over, and is again if the device asks again.
    Leaving(ManagementOrder),
}

impl Ledger {
    /// The record of a device at the start of a run.
    ///
    /// `enrolled` is when it enrolled, if it has; assignments see it `svc.targeting_delay` later. What the timeline
    /// changed before the start is in force and pushes nothing.
    pub fn new(cx: &Context<'_>, start: Wall, enrolled: Option<Wall>) -> Self {
        let pushed = cx.cohort.pushes().iter().take_while(|planned| planned.at < start).count();
        let passed = cx.cohort.epochs().skip(1).take_while(|epoch| epoch.from() <= start).count();
        let mut ledger = Self {
            management: if enrolled.is_some() { Management::Managed } else { Management::Unmanaged },
            had_triggers: false,
            had_scripts: false,
            agent_seen: false,
            agent_ordered: false,
            epoch: u32::try_from(passed).unwrap_or(u32::MAX),
            pushes: u32::try_from(pushed).unwrap_or(u32::MAX),
            hour: 0,
            polls: 0,
            targeted_from: enrolled.map_or(Wall::MIN, |at| at.after(cx.profile.svc.targeting_delay)),
            last_check_in: None,
            last_maintenance: None,
            reports: Reports::default(),
        };
        ledger.remember(cx);
        ledger
    }

    /// Reads a little of everything; see `Agent::touch`.
    #[cfg(feature = "fleet")]
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        u64::from(self.epoch) ^ self.targeted_from.raw() ^ u64::from(self.reports.failed)
    }

    /// Deals with an input; answers and pushes go to the sink.
    ///
    /// Returns when the timeline's next push for this device is due: call with [`Input::Tick`] then. `now` is true UTC
    /// and never smaller than before; a late call sends each overdue push once.
    pub fn handle<'a>(&mut self, cx: &Context<'a>, now: Wall, input: Input, out: &mut impl Sink<'a>) -> Option<Wall> {
        match input {
            Input::Tick => self.advance(cx, now, out),
            Input::Request { token, request } => {
                self.advance(cx, now, out);
                let given = self.answer(cx, now, &request, out);
                let answer = given.answer(cx.cohort, || cx.agent_offered(now));
                out.effect(Effect::Answer { token, at: now, answer });
            }
            Input::Action(action) => {
                self.advance(cx, now, out);
                self.act(cx, now, action, out);
            }
        }
        self.due(cx)
    }

    /// When the timeline's next push for this device is due.
    pub fn due(&self, cx: &Context<'_>) -> Option<Wall> {
        cx.cohort.pushes().get(self.pushes as usize).map(|planned| planned.at)
    }

    /// The "last check-in" of the admin center: the last MDM session. Polls do not move it.
    ///
    /// Source: B-13.13.
    pub const fn last_check_in(&self) -> Option<Wall> {
        self.last_check_in
    }

    /// True while the service manages the device, also while an order to leave waits for its next session.
    pub const fn is_managed(&self) -> bool {
        matches!(self.management, Management::Managed | Management::Ordered(_))
    }

    /// The script reports so far.
    pub const fn reports(&self) -> &Reports {
        &self.reports
    }

    /// What is assigned to devices of this kind now, as this record has last seen it.
    #[inline]
    pub fn epoch<'a>(&self, cx: &Context<'a>) -> &'a Epoch {
        cx.cohort.epoch(self.epoch)
    }

    /// True if an epoch has begun or a push is due since the last call.
    #[inline]
    pub(crate) fn is_behind(&self, cx: &Context<'_>, now: Wall) -> bool {
        cx.cohort.epoch_after(self.epoch).is_some_and(|epoch| epoch.from <= now)
            || self.due(cx).is_some_and(|due| due <= now)
    }

    /// Moves on to the epoch of this moment and sends the pushes that are due.
    fn advance<'a>(&mut self, cx: &Context<'a>, now: Wall, out: &mut impl Sink<'a>) {
        while cx.cohort.epoch_after(self.epoch).is_some_and(|epoch| epoch.from <= now) {
            self.epoch += 1;
            self.remember(cx);
            if self.is_managed() {
                out.note(b(2, 3), Event::Retargeted { assigned: self.epoch(cx).assigned });
            }
        }
        while let Some(planned) = cx.cohort.pushes().get(self.pushes as usize)
            && planned.at <= now
        {
            self.pushes += 1;
            if self.is_targeted(planned.at) {
                let (rule, delay) = change_delay(cx, planned.push, planned.change);
                self.send_push(cx, now, rule, (planned.push, planned.at.after(delay).since(now)), out);
            }
        }
    }

    /// Takes down what the device has had assigned, for the removal of its agent (B-10.3).
    pub(super) fn remember(&mut self, cx: &Context<'_>) {
        if self.is_managed() {
            let wanted = self.wanted(cx);
            self.had_triggers |= !wanted.is_empty();
            self.had_scripts |= wanted.contains(Feature::Script);
        }
    }

    /// What brings the agent to the device and keeps it there, now.
    pub(super) fn wanted(&self, cx: &Context<'_>) -> Features {
        cx.cohort.wanted(self.epoch(cx), &cx.facts, cx.profile)
    }

    /// The policies for the agent among what brings it to a device of this kind now.
    pub(super) fn policies_of(&self, cx: &Context<'_>, wanted: Features) -> Policies {
        let on_device = self.epoch(cx).on_device;
        let mut policies = Policies::NONE;
        if wanted.contains(Feature::EndpointAnalytics) {
            policies = policies.with(Policies::ANALYTICS);
        }
        if wanted.contains(Feature::ManagedInstaller) && on_device.contains(Feature::ManagedInstaller) {
            policies = policies.with(Policies::MANAGED_INSTALLER);
        }
        if wanted.contains(Feature::BiosConfiguration) {
            policies = policies.with(Policies::BIOS);
        }
        policies
    }

    /// True once assignments see the device: some time after it enrolled (B-13.12).
    #[inline]
    pub(super) fn is_targeted(&self, now: Wall) -> bool {
        self.is_managed() && now >= self.targeted_from
    }

    /// Deals with a request and gives its answer back instead of emitting it; for a caller that waits for it, and sees to it
    /// that the record is not [behind](Self::is_behind).
    #[inline(always)]
    pub(crate) fn answer<'a>(
        &mut self,
        cx: &Context<'a>,
        now: Wall,
        request: &Request,
        out: &mut impl Sink<'a>,
    ) -> Given {
        if let Some(fault) = cx.tenant.fault_for(now, request) {
            return self.faulty(cx, now, fault, request, out);
        }
        self.serve(cx, now, request, out)
    }

    /// Deals with a request that no fault is about.
    #[inline(always)]
    pub(super) fn serve<'a>(
        &mut self,
        cx: &Context<'a>,
        now: Wall,
        request: &Request,
        out: &mut impl Sink<'a>,
    ) -> Given {
        match *request {
            Request::Poll { workload, user, agent } => self.poll(cx, now, (workload, user, agent), out),
            Request::Report(report) => self.report(report, out),
            Request::ConnectionTest => {
                out.note(b(4, 29), Event::ConnectionTested);
                Given::Accepted
            }
            Request::Enroll => self.enroll(cx, now, out),
            Request::MdmSession { cause, agent } => self.session(cx, now, cause, agent, out),
            Request::RenewChannel => {
                out.note(b(3, 11), Event::ChannelRenewed);
                Given::ChannelRenewed
            }
            Request::Unenrolled => {
                self.management = Management::Unmanaged;
                out.note(b(10, 13), Event::Unenrolled);
                Given::Accepted
            }
        }
    }

    #[inline(always)]
    fn poll<'a>(
        &mut self,
        cx: &Context<'a>,
        now: Wall,
        (workload, user, agent): (Workload, UserId, Version),
        out: &mut impl Sink<'a>,
    ) -> Given {
        if cx.profile.svc.rate_limit.is_some_and(|limit| self.is_over(limit, now)) {
            out.note(b(13, 4), Event::Throttled);
            return Given::Failed(Failure::Status(429));
        }
        if !self.is_managed() {
            out.note(b(10, 5).with_suffix('a'), Event::NotManaged);
            return Given::NotManaged;
        }
        let epoch = self.epoch(cx);
        // B-1.25: without the service principal no user token is issued; the device's own polls go on.
        if !user.is_device() && !epoch.service_principal {
            out.note(b(1, 25), Event::UserTokenMissing);
            return Given::Failed(Failure::NoUserToken);
        }
        if cx.profile.elig.min_ime_version_enforced && agent < cx.profile.elig.min_ime_version {
            out.note(b(1, 4), Event::PayloadWithheld);
            return Given::Nothing;
        }
        if !self.is_targeted(now) {
            out.note(b(13, 12), Event::NotTargetedYet);
            return Given::Nothing;
        }
        // B-12.9: what is targeted at a user comes with that user's poll only.
        let rule = if user.is_device() { b(4, 18) } else { b(12, 9) };
        let policies = epoch.work(workload, user);
        out.note(rule, Event::PollAnswered { workload, user, policies });
        Given::List { epoch: self.epoch.to_ne_bytes(), workload, user }
    }

    /// Counts a poll; true if it is one too many in this hour of UTC (B-13.4).
    fn is_over(&mut self, limit: u32, now: Wall) -> bool {
        let hour = u32::try_from(now.raw() / Span::hours(1).as_millis()).unwrap_or(u32::MAX);
        if hour != self.hour {
            (self.hour, self.polls) = (hour, 0);
        }
        self.polls = self.polls.saturating_add(1);
        self.polls > limit
    }

    fn enroll<'a>(&mut self, cx: &Context<'a>, now: Wall, out: &mut impl Sink<'a>) -> Given {
        self.management = Management::Managed;
        self.targeted_from = now.after(cx.profile.svc.targeting_delay);
        (self.had_triggers, self.had_scripts) = (false, false);
        (self.agent_seen, self.agent_ordered) = (false, false);
        self.last_maintenance = None;
        self.remember(cx);
        out.note(b(1, 16), Event::Enrolled);
        Given::Enrolled
    }

    /// An admin's action: all but two make the device check in, by a push at once (B-3.12, B-3.13, B-9.1). A run on demand
    /// is pushed to the agent, for content that need not be assigned (B-6.29).
    pub(super) fn act<'a>(&mut self, cx: &Context<'a>, now: Wall, action: AdminAction, out: &mut impl Sink<'a>) {
        if !self.is_managed() {
            return;
        }
        let session = Some(Push::MdmAdmin);
        let (rule, push) = match action {
            AdminAction::Sync | AdminAction::BulkSync => (b(3, 12), session),
            AdminAction::Lock | AdminAction::PasscodeReset => (b(3, 13), session),
            AdminAction::RemoteAssistance => (b(3, 13), None),
            AdminAction::RunRemediation { policy } => {
                let revision = cx.tenant.revision_at(policy, now);
                (b(6, 29), Some(Push::AgentRemediation { policy, revision }))
            }
            AdminAction::Retire => {
                self.management = Management::Ordered(ManagementOrder::Retire);
                (b(10, 11), session)
            }
            AdminAction::Wipe { keep_enrollment } => {
                self.management = Management::Ordered(ManagementOrder::Wipe { keep_enrollment });
                (b(10, 12), session)
            }
        };
        out.note(rule, Event::Acted { action });
        if let Some(push) = push {
            self.send_push(cx, now, rule, (push, Span::ZERO), out);
        }
    }
}

/// The rule behind a push of the timeline, and how long after the change it leaves.
fn change_delay(cx: &Context<'_>, push: Push, change: u32) -> (RuleId, Span) {
    match push {
        Push::MdmChange => {
            let range = cx.profile.mdm.notify_delay;
            (b(13, 1), cx.chance.span(range, Purpose::NotifyDelay, u64::from(change)))
        }
        Push::AgentApps => (b(4, 19), cx.profile.ime.push_delay),
        Push::MdmAdmin => (b(3, 12), Span::ZERO),
        Push::AgentRemediation { .. } => (b(6, 29), Span::ZERO),
    }
}
