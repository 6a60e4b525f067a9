//! The apps that polls bring: those that are assigned, with everything that they need or replace. First read: B-7.1,
//! B-7.41, B-7.45, B-7.47.

use super::applies::Applied;
use crate::catalog::{Intent, Intents};
use crate::protocol::{AppPolicy, AppSettings, PolicyId, Target};
use crate::relations::Relations;

/// An app and how it applies to one principal.
#[derive(Clone, Copy)]
pub(super) struct AppStanding {
    pub(super) id: PolicyId,
    pub(super) revision: u32,
    /// Its place in assignment order.
    pub(super) order: u32,
    pub(super) applied: Option<Applied>,
}

/// What brings the apps of one principal together.
pub(super) struct Apps<'a> {
    /// Every app of the tenant, by id.
    pub(super) all: &'a [AppStanding],
    pub(super) relations: Option<&'a Relations>,
    /// The apps that the Enrollment Status Page waits for, in order.
    pub(super) esp: &'a [PolicyId],
}

impl Apps<'_> {
    /// The apps of a required-app poll: what is to be installed or removed.
    pub(super) fn required(&self) -> Box<[AppPolicy]> {
        self.list(|intents| intents.contains(Intent::Required) || intents.contains(Intent::Uninstall))
    }

    /// The apps of an available-app poll: what is offered.
    pub(super) fn available(&self) -> Box<[AppPolicy]> {
        self.list(|intents| intents.contains(Intent::Available))
    }

    /// The apps with such intents in assignment order, each behind those that it needs or replaces. One whose assignment has
    /// gone is not among them: nothing asks for it any more, and nothing takes it away (B-12.18).
    ///
    /// An app that another needs or replaces comes with its own intents where it has some, and else with none. A filter
    /// that keeps it from the device holds for its own assignments, not for the other's need (assumed).
    fn list(&self, is_wanted: impl Fn(Intents) -> bool) -> Box<[AppPolicy]> {
        let mut roots: Vec<(&AppStanding, Applied)> = self
            .all
            .iter()
            .filter_map(|app| Some((app, app.applied.filter(|applied| is_wanted(applied.intents))?)))
            .collect();
        roots.sort_by_key(|(app, _)| app.order);
        let mut list: Vec<AppPolicy> = Vec::with_capacity(roots.len());
        for (app, applied) in roots {
            let subgraph = self.relations.and_then(|relations| relations.subgraph_of(app.id));
            let subgraph = subgraph.filter(|subgraph| !subgraph.is_single() && !applied.filtered_out);
            for related in subgraph.map(|subgraph| subgraph.involved(|member| member == app.id)).unwrap_or_default() {
                if related != app.id {
                    self.add_related(&mut list, related, applied.target);
                }
            }
            if list.iter().all(|known| known.id != app.id) {
                list.push(self.policy(app, applied));
            }
        }
        list.into()
    }

    fn add_related(&self, list: &mut Vec<AppPolicy>, id: PolicyId, target: Target) {
        let Ok(place) = self.all.binary_search_by_key(&id, |app| app.id) else { return };
        let app = &self.all[place];
        let unwanted =
            Applied { target, intents: Intents::NONE, filtered_out: false, settings: AppSettings::default() };
        let policy = self.policy(app, app.applied.filter(|applied| !applied.filtered_out).unwrap_or(unwanted));
        match list.iter_mut().find(|known| known.id == id) {
            Some(known) if known.filtered_out => *known = policy,
            Some(known) if known.intents.is_empty() => known.target = both(known.target, target),
            Some(_) => {}
            None => list.push(policy),
        }
    }

    fn policy(&self, app: &AppStanding, applied: Applied) -> AppPolicy {
        let place = self.esp.iter().position(|waited_for| *waited_for == app.id);
        let esp_place = place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or(0);
        AppPolicy {
            id: app.id,
            revision: app.revision,
            target: applied.target,
            intents: applied.intents,
            filtered_out: applied.filtered_out,
            settings: AppSettings { esp_place, ..applied.settings },
        }
    }
}

const fn both(one: Target, other: Target) -> Target {
    match (one, other) {
        (Target::Device, Target::Device) => Target::Device,
        (Target::User, Target::User) => Target::User,
        (Target::Both, _) | (_, Target::Both) | (Target::Device, Target::User) | (Target::User, Target::Device) => {
            Target::Both
        }
    }
}
