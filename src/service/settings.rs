//! How an app is to be installed where several assignments want it. First read: B-7.17, B-7.29 to B-7.32.

use super::applies::Survivor;
use crate::catalog::{AssignmentSettings, Intent, Intents};
use crate::protocol::AppSettings;

/// Settles the settings of the assignments behind the intents that are left.
///
/// Those that have the app installed or removed decide, and where there is none those that offer it; an assignment whose
/// own filter stands against it has no say. The earliest deadline wins, and any deadline beats none; the time of
/// availability comes with it, since both are on one clock. Local times are compared with UTC as they are written, for
/// the service does not know the device's zone (assumed). Everything else is taken from the first assignment in order
/// (assumed). Auto-update is a setting of those that offer the app alone (B-7.52a).
///
/// Source: B-7.31.
pub(super) fn settle(survivors: &[Survivor], left: Intents) -> AppSettings {
    let behind = |wanted: Intents| {
        let all = survivors.iter().filter(move |survivor| {
            survivor.is_let_through()
                && survivor.intent.is_some_and(|intent| left.contains(intent) && wanted.contains(intent))
        });
        all.map(|survivor| survivor.settings)
    };
    let acting = Intents::NONE.with(Intent::Required).with(Intent::Uninstall);
    let offering = Intents::NONE.with(Intent::Available);
    let is_acting = behind(acting).next().is_some();
    let winners = || behind(if is_acting { acting } else { offering });
    let first = winners().next().unwrap_or_default();
    let with_deadline = winners().filter(|settings| settings.deadline.is_some());
    let AssignmentSettings { available, deadline, local_time, .. } =
        with_deadline.min_by_key(|settings| settings.deadline).unwrap_or(first);
    AppSettings {
        available,
        deadline,
        local_time,
        foreground: first.foreground,
        notifications: first.notifications,
        restart_grace: first.restart_grace,
        esp_place: 0,
        auto_update: behind(offering).next().is_some_and(|settings| settings.auto_update),
    }
}
