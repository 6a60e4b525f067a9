//! MDM sessions: the cap on maintenance, and the orders that a session hands over.

use super::event::{Event, Sink};
use super::given::{Given, Verdict};
use super::ledger::{Context, Ledger, Management};
use crate::facts::{Feature, Features};
use crate::profile::{MaintenanceCap, RuleA, Version};
use crate::protocol::{Failure, ManagementOrder, Policies, SessionCause};
use crate::rules::{RuleId, b};
use crate::time::Wall;

impl Ledger {
    /// Serves a session, unless it is maintenance too soon after the last (B-3.4).
    pub(super) fn session<'a>(
        &mut self,
        cx: &Context<'a>,
        now: Wall,
        cause: SessionCause,
        agent: Option<Version>,
        out: &mut impl Sink<'a>,
    ) -> Given {
        if self.management == Management::Unmanaged {
            out.note(b(10, 5).with_suffix('a'), Event::NotManaged);
            return Given::NotManaged;
        }
        if is_maintenance(cause, cx.profile.mdm.maintenance_cap_applies) {
            let gap = cx.profile.mdm.maintenance_min_gap;
            if self.last_maintenance.is_some_and(|last| now.since(last) < gap) {
                out.note(b(3, 4), Event::SessionRefused { cause });
                return Given::Failed(Failure::MaintenanceCap);
            }
            self.last_maintenance = Some(now);
        }
        self.last_check_in = Some(now);
        out.note(b(13, 13), Event::SessionServed { cause });

        let management = self.management_order();
        let wanted = self.wanted(cx);
        let (rule, verdict) = self.verdict(cx, now, agent, (management, wanted));
        out.note(rule, Event::AgentOrdered { order: verdict.order(|| cx.agent_offered(now)) });
        match management {
            ManagementOrder::Keep => {}
            ManagementOrder::Retire => out.note(b(10, 11), Event::ManagementOrdered { order: management }),
            ManagementOrder::Wipe { .. } => out.note(b(10, 12), Event::ManagementOrdered { order: management }),
        }
        let policies = if self.is_targeted(now) { self.policies_of(cx, wanted) } else { Policies::NONE };
        Given::Mdm { agent: verdict, management, policies }
    }

    /// The policies that the device has from now on. Managed installer counts for devices only (B-8.20); the others reach
    /// the device whoever they are assigned to (B-8.14, B-8.22).
    pub fn policies(&self, cx: &Context<'_>, now: Wall) -> Policies {
        if self.is_targeted(now) { self.policies_of(cx, self.wanted(cx)) } else { Policies::NONE }
    }

    /// Hands over what an admin ordered.
    ///
    /// From then on a retired or wiped device is not managed; if it comes again, the answer was lost, and it is told
    /// again. Wiped with its enrollment kept, it stays managed and is told once.
    fn management_order(&mut self) -> ManagementOrder {
        match self.management {
            Management::Unmanaged | Management::Managed => ManagementOrder::Keep,
            Management::Leaving(order) => order,
            Management::Ordered(order) => {
                self.management = match order {
                    ManagementOrder::Keep | ManagementOrder::Wipe { keep_enrollment: true } => Management::Managed,
                    ManagementOrder::Retire | ManagementOrder::Wipe { keep_enrollment: false } => {
                        Management::Leaving(order)
                    }
                };
                order
            }
        }
    }

    /// What is to be done about the agent, and by which rule.
    #[inline(always)]
    fn verdict(
        &mut self,
        cx: &Context<'_>,
        now: Wall,
        agent: Option<Version>,
        (management, wanted): (ManagementOrder, Features),
    ) -> (RuleId, Verdict) {
        let (triggers, scripts) = (!wanted.is_empty(), wanted.contains(Feature::Script));
        let Some(installed) = agent else {
            // Without an agent there is nothing to remove: what was assigned before does not count any more. But one that
            // was ordered may come yet, for download and install go on after the session (B-2.4); it is removed then (B-10.4).
            self.had_triggers = triggers || self.had_triggers && self.agent_ordered;
            self.had_scripts = scripts || self.had_scripts && self.agent_ordered;
            let rule = if self.agent_seen { b(2, 11) } else { b(2, 4) };
            return match management {
                ManagementOrder::Keep if !self.is_targeted(now) => (b(13, 12), Verdict::Leave),
                ManagementOrder::Keep if triggers => {
                    self.agent_ordered = true;
                    (rule, Verdict::Install)
                }
                ManagementOrder::Keep => (b(2, 1), Verdict::Leave),
                ManagementOrder::Retire | ManagementOrder::Wipe { .. } => leaves_anyway(management),
            };
        };
        (self.agent_seen, self.agent_ordered) = (true, false);
        self.had_triggers |= triggers;
        self.had_scripts |= scripts;
        match management {
            ManagementOrder::Retire | ManagementOrder::Wipe { .. } => return leaves_anyway(management),
            ManagementOrder::Keep => {}
        }
        if !self.is_targeted(now) {
            return (b(13, 12), Verdict::Leave);
        }
        let (rule, gone) = match cx.profile.removal.rule_a {
            RuleA::NoTriggersLeft => (b(10, 4), self.had_triggers && !triggers),
            RuleA::NoScriptsLeft => (b(10, 3), self.had_scripts && !scripts),
        };
        if gone {
            return (rule, Verdict::Remove);
        }
        if triggers && installed < cx.agent_offered(now) {
            (b(2, 14), Verdict::Install)
        } else if triggers {
            (b(2, 12), Verdict::Leave)
        } else {
            (b(10, 3), Verdict::Leave) // There without ever having had a trigger: not touched by the rule.
        }
    }
}

/// A device that is retired or wiped loses the agent with its management, if at all.
const fn leaves_anyway(management: ManagementOrder) -> (RuleId, Verdict) {
    match management {
        ManagementOrder::Wipe { .. } => (b(10, 12), Verdict::Leave),
        ManagementOrder::Keep | ManagementOrder::Retire => (b(10, 11), Verdict::Leave),
    }
}

/// True for the sessions that count as maintenance (B-3.4, B-13.2).
const fn is_maintenance(cause: SessionCause, cap: MaintenanceCap) -> bool {
    match cause {
        SessionCause::SteadySlot => true,
        SessionCause::EarlySlot => match cap {
            MaintenanceCap::SteadyTimerOnly => false,
            MaintenanceCap::AllScheduled => true,
        },
        SessionCause::Enrollment
        | SessionCause::SignIn
        | SessionCause::ChangePush
        | SessionCause::AdminPush
        | SessionCause::SettingsSync
        | SessionCause::CompanyPortal
        | SessionCause::ChannelRenewed
        | SessionCause::MalwareStatus => false,
    }
}
