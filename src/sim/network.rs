//! What stands between a device and the service: the network, its faults, and the push service.

use crate::chance::{Chance, Purpose};
use crate::facts::Facts;
use crate::profile::Profile;
use crate::protocol::Push;
use crate::rules::{RuleId, b};
use crate::service::Serials;
use crate::time::{Span, Wall};

use super::plan::Network;

/// The state of a device's connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The device was told of maintenance wake, and of no real one since.
    pub(super) told_dark: bool,
    /// What is in the way to the service, as bits: mostly nothing, which one look tells.
    obstacles: u8,
    pub(super) battery_saver: bool,
    pub(super) data_limit: bool,
    pub(super) push_service: bool,
    /// Signed-in users, local ones included.
    pub(super) signed_in: u32,
    /// The last push of each channel that waits for the device: to the MDM client, to the agent, and a run on demand.
    pub(super) cached: [Option<Push>; CHANNELS],
    /// When the run on demand among them came.
    pub(super) on_demand_since: Wall,
    /// How many requests the other machine with the device's identity has sent, its agent and its MDM client, and what the
    /// service has counted of both machines.
    pub(super) twin_requests: [u32; 2],
    pub(super) serials: Serials,
}

/// What is in the way between a device and the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// There is no network, or one that lets nothing through but its own pages.
    Network = 1,
    /// The network is missing for a whole window, by habit.
    Habit = 1 << 1,
    /// The network is missing for a while, by habit.
    Spell = 1 << 2,
    /// Names are not resolved.
    Names = 1 << 3,
}

/// The device is offline where one of these is in the way.
const OFFLINE: u8 = Obstacle::Network as u8 | Obstacle::Habit as u8 | Obstacle::Spell as u8;

/// Why a push does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushObstacle {
    /// The device is off or asleep.
    NotAwake,
    /// The device has no network.
    Offline,
    /// The push service cannot be reached from the device.
    WnsUnreachable,
    /// Battery Saver holds pushes back.
    BatterySaver,
    /// The Data Sense limit holds pushes back.
    DataLimit,
    /// The push service of Windows is disabled.
    PushService,
}

impl PushObstacle {
    /// The rule behind the obstacle.
    pub(super) const fn rule(self) -> RuleId {
        match self {
            Self::NotAwake | Self::Offline => b(3, 8),
            Self::WnsUnreachable => b(1, 27),
            Self::BatterySaver | Self::DataLimit | Self::PushService => b(3, 10),
        }
    }
}

impl Link {
    pub(super) const fn new(online: bool) -> Self {
        Self {
            told_dark: false,
            obstacles: if online { 0 } else { Obstacle::Network as u8 },
            battery_saver: false,
            data_limit: false,
            push_service: true,
            signed_in: 0,
            cached: [None; CHANNELS],
            on_demand_since: Wall::MIN,
            twin_requests: [0; 2],
            serials: Serials::new(),
        }
    }

    pub(super) const fn is_online(&self) -> bool {
        self.obstacles & OFFLINE == 0
    }

    pub(super) const fn has(&self, obstacle: Obstacle) -> bool {
        self.obstacles & obstacle as u8 != 0
    }

    /// Something is in the way from now on, or is not.
    pub(super) const fn set(&mut self, obstacle: Obstacle, is_there: bool) {
        self.obstacles = if is_there { self.obstacles | obstacle as u8 } else { self.obstacles & !(obstacle as u8) };
    }

    /// True where a request reaches the service (B-1.26).
    #[inline]
    pub(super) const fn reaches_service(&self, facts: &Facts) -> bool {
        facts.is_service_reachable(self.is_online(), self.signed_in != 0)
    }

    /// What keeps a push from an awake or sleeping device, if anything does (B-3.8, B-3.10).
    pub(super) const fn push_obstacle(&self, awake: bool, facts: &Facts) -> Option<PushObstacle> {
        if !awake {
            Some(PushObstacle::NotAwake)
        } else if !self.is_online() {
            Some(PushObstacle::Offline)
        } else if !facts.wns_reachable {
            Some(PushObstacle::WnsUnreachable)
        } else if self.battery_saver {
            Some(PushObstacle::BatterySaver)
        } else if self.data_limit {
            Some(PushObstacle::DataLimit)
        } else if !self.push_service {
            Some(PushObstacle::PushService)
        } else {
            None
        }
    }

    /// Keeps a push for later, in place of the one before on its channel (B-3.9, B-13.3); false where pushes are not
    /// kept.
    pub(super) fn cache(&mut self, push: Push, profile: &Profile, now: Wall) -> bool {
        let kept = match push {
            Push::MdmChange | Push::MdmAdmin | Push::AgentApps => profile.wns.cache_when_offline,
            // B-6.31, B-6.30: the last run on demand, if any.
            Push::AgentRemediation { .. } => !profile.rem.on_demand_lost_when_offline,
        };
        if kept {
            self.cached[channel(push)] = Some(push);
            if matches!(push, Push::AgentRemediation { .. }) {
                self.on_demand_since = now;
            }
        }
        kept
    }

    /// Whether a push has been kept for longer than it is worth anything: a run on demand, where the profile says how long
    /// one may wait.
    pub(super) fn is_too_old(&self, push: Push, profile: &Profile, now: Wall) -> bool {
        let valid = profile.rem.on_demand_valid;
        matches!(push, Push::AgentRemediation { .. }) && !valid.is_zero() && now.since(self.on_demand_since) > valid
    }
}

/// Which channel a push comes over.
const fn channel(push: Push) -> usize {
    match push {
        Push::MdmChange | Push::MdmAdmin => 0,
        Push::AgentApps => 1,
        Push::AgentRemediation { .. } => 2,
    }
}

/// How many channels there are.
pub(super) const CHANNELS: usize = 3;

/// The fate of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) lost: bool,
    pub(super) duplicated: bool,
    pub(super) latency: Span,
}

impl Network {
    /// The fate of message number `n` of a device: a pure function of its chance.
    #[inline(always)]
    pub(super) fn fate(&self, chance: &Chance, n: u64) -> Fate {
        let lost = self.loss_ppm > 0 && chance.happens(self.loss_ppm, Purpose::Loss, n);
        let width = self.latency_max.saturating_sub(self.latency_min).as_millis();
        let extra = if width == 0 { 0 } else { chance.below(width + 1, Purpose::Latency, n) };
        let is_orderly = self.duplicate_ppm | self.reorder_ppm == 0;
        let (duplicated, held) = if is_orderly { (false, Span::ZERO) } else { self.disorder(chance, n) };
        Fate { lost, duplicated, latency: self.latency_min.saturating_add(Span::millis(extra)).saturating_add(held) }
    }

    /// Whether an answer comes twice, and for how long it is held up so that others overtake it.
    #[cold]
    fn disorder(&self, chance: &Chance, n: u64) -> (bool, Span) {
        let duplicated = self.duplicate_ppm > 0 && chance.happens(self.duplicate_ppm, Purpose::Duplicate, n);
        let held = if self.reorder_ppm > 0 && chance.happens(self.reorder_ppm, Purpose::Reorder, n << 1) {
            Span::millis(1 + chance.below(HELD_MAX.as_millis(), Purpose::Reorder, n << 1 | 1))
        } else {
            Span::ZERO
        };
        (duplicated, held)
    }
}

/// An answer that others overtake is held up for no longer (assumed).
const HELD_MAX: Span = Span::secs(30);
