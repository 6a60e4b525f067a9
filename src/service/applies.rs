//! Whether one piece of content applies to one principal, and how: groups, then intents, then filters.

use super::membership::Belongs;
use super::settings;
use crate::catalog::{
    Assignment, AssignmentSettings, FilterId, FilterMode, GroupId, Intent, Intents, Mode, Placed, Side, Tenant,
};
use crate::protocol::{AppSettings, Target};

/// How content applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    /// Through which side.
    pub(super) target: Target,
    /// The intents that are left, of an app; those that were settled if a filter keeps it from the device.
    pub(super) intents: Intents,
    /// A filter keeps an app from the device: it is told of it and does nothing (B-12.13).
    pub(super) filtered_out: bool,
    /// How an app is to be installed.
    pub(super) settings: AppSettings,
}

/// For whom: the device alone, or one of its users at the device.
#[derive(Clone, Copy)]
pub(super) struct Principal<'a> {
    pub(super) device: &'a Belongs,
    /// `None` for the device id user.
    pub(super) user: Option<&'a Belongs>,
    /// The user is the device's primary user.
    pub(super) primary: bool,
}

/// What resolves content, shared by all of it.
pub(super) struct Rules<'a> {
    pub(super) tenant: &'a Tenant,
    /// Whether the device matches each filter.
    pub(super) matches: &'a [bool],
    /// Whether each group is soft-deleted.
    pub(super) deleted: &'a dyn Fn(GroupId) -> bool,
}

/// An inclusion that exclusions have left standing.
#[derive(Clone, Copy)]
pub(super) struct Survivor {
    side: Side,
    pub(super) intent: Option<Intent>,
    filter: Option<(FilterMode, bool)>,
    pub(super) settings: AssignmentSettings,
}

impl Survivor {
    /// True unless its own filter stands against it.
    pub(super) fn is_let_through(&self) -> bool {
        self.filter.is_none_or(|(mode, is_match)| match mode {
            FilterMode::Include => is_match,
            FilterMode::Exclude => !is_match,
        })
    }
}

impl Rules<'_> {
    /// How the content with these assignments applies, if it does; content without an inclusion never does (B-12.7).
    pub(super) fn apply(&self, assignments: &[Placed], is_app: bool, who: Principal<'_>) -> Option<Applied> {
        let survivors = self.survivors(assignments, who);
        if survivors.is_empty() {
            return None;
        }
        if is_app { app(&survivors, who.primary) } else { script(&survivors) }
    }

    /// Every inclusion of a group of the principal, unless a group of the same kind is excluded.
    ///
    /// An exclusion of the other kind is not honoured, for the sides are looked at one by one (B-12.1, B-12.2).
    fn survivors(&self, assignments: &[Placed], who: Principal<'_>) -> Vec<Survivor> {
        let device_out = self.is_excluded(assignments, Side::Device, who);
        let user_out = self.is_excluded(assignments, Side::User, who);
        let mut survivors = Vec::new();
        for placed in assignments.iter().filter(|placed| placed.assignment.mode == Mode::Include) {
            let Some(side) = self.side_hit(placed.assignment.group, who) else { continue };
            let out = match side {
                Side::Device => device_out,
                Side::User => user_out,
            };
            if !out {
                let filter = placed.assignment.filter.map(|(filter, mode)| (mode, self.is_match(filter.0)));
                let Assignment { intent, settings, .. } = placed.assignment;
                survivors.push(Survivor { side, intent, filter, settings });
            }
        }
        survivors
    }

    /// True if an exclusion hits from a side.
    pub(super) fn is_excluded(&self, assignments: &[Placed], side: Side, who: Principal<'_>) -> bool {
        let mut exclusions = assignments.iter().filter(|placed| placed.assignment.mode == Mode::Exclude);
        exclusions.any(|placed| self.side_hit(placed.assignment.group, who) == Some(side))
    }

    /// True unless a filter in this mode stands against an assignment that has it (B-12.11).
    pub(super) fn lets_through(&self, filter: FilterId, mode: FilterMode) -> bool {
        self.is_match(filter.0) == (mode == FilterMode::Include)
    }

    fn is_match(&self, filter: u32) -> bool {
        self.matches.get(filter as usize).copied().unwrap_or(false)
    }

    /// The side from which an assignment to the group hits, if it does; one to a deleted group rests (B-12.3).
    pub(super) fn side_hit(&self, group: GroupId, who: Principal<'_>) -> Option<Side> {
        let side = self.tenant.group(group)?.kind.side();
        let belongs = match side {
            Side::Device => who.device.to(group),
            Side::User => who.user.is_some_and(|user| user.to(group)),
        };
        (belongs && !(self.deleted)(group)).then_some(side)
    }
}

/// Content without intents: any surviving inclusion will do, filters permitting (B-12.19).
///
/// The filters of both sides are judged together; then each side that holds by itself gives an instance (B-12.20).
fn script(survivors: &[Survivor]) -> Option<Applied> {
    if !passes(survivors.iter()) {
        return None;
    }
    let holds = |side| passes(survivors.iter().filter(move |survivor| survivor.side == side));
    Some(Applied {
        target: target(holds(Side::Device), holds(Side::User)),
        intents: Intents::NONE,
        filtered_out: false,
        settings: AppSettings::default(),
    })
}

/// An app: the intents are settled first, then only the filters behind what is left are evaluated (B-12.13).
fn app(survivors: &[Survivor], primary: bool) -> Option<Applied> {
    let of = |side| {
        let on_side = survivors.iter().filter(move |survivor| survivor.side == side);
        on_side.filter_map(|survivor| survivor.intent).fold(Intents::NONE, Intents::with)
    };
    let (device, user) = (of(Side::Device), of(Side::User));
    let mut settled = Intents::settle(user, device);
    // What is available to the device shows to its primary user only (B-12.6); a poll of the device itself keeps it.
    if !primary && !user.contains(Intent::Available) {
        settled = settled.without(Intent::Available);
    }
    let mut left = Intents::NONE;
    for intent in Intent::ALL {
        let behind = survivors.iter().filter(|survivor| survivor.intent == Some(intent));
        if settled.contains(intent) && passes(behind) {
            left = left.with(intent);
        }
    }
    let filtered_out = left.is_empty();
    (!settled.is_empty()).then_some(Applied {
        target: target(!device.is_empty(), !user.is_empty()),
        intents: if filtered_out { settled } else { left },
        filtered_out,
        settings: settings::settle(survivors, left),
    })
}

/// True if assignments with these filters apply together: those with an exclude filter beat those without a filter,
/// which beat those with an include filter; among equals one match is enough.
///
/// Source: B-12.11, B-12.12.
fn passes<'s>(survivors: impl Iterator<Item = &'s Survivor> + Clone) -> bool {
    let matching = |wanted: FilterMode| {
        let filters = survivors.clone().filter_map(|survivor| survivor.filter);
        let mut matching = filters.filter(move |(mode, _)| *mode == wanted).map(|(_, is_match)| is_match).peekable();
        matching.peek().is_some().then(|| matching.any(|is_match| is_match))
    };
    if let Some(is_match) = matching(FilterMode::Exclude) {
        return !is_match;
    }
    survivors.clone().any(|survivor| survivor.filter.is_none()) || matching(FilterMode::Include).unwrap_or(false)
}

const fn target(device: bool, user: bool) -> Target {
    match (device, user) {
        (true, true) => Target::Both,
        (false, true) => Target::User,
        (true | false, false) => Target::Device,
    }
}
