//! When apps are tried or looked at again (B-7.33, B-7.34).

use super::{Next, Outlook, QUARTER, moment};
use crate::log::conform::ticks;
use crate::log::record::Stamp;
use crate::log::trace::What;
use crate::rules::b;
use crate::time::Clock;

impl Outlook<'_> {
    /// Retry windows that are open, and groups of apps that wait for their next look. What messages say of retry windows is
    /// in UTC, so that the end on the device's clock is known but for its zone.
    pub(super) fn apps(&mut self) {
        let (mut looked, mut ahead, mut windows) = (None, None, Vec::new());
        for seen in &self.log.seen {
            if let What::GrsKnown(text) = &seen.what {
                match moment(text, seen.stamp) {
                    Some(at) => windows.push(at),
                    None => self.unknown.push(format!("when a retry window began: `{text}` is no time")),
                }
            } else if let What::Reevaluation(text) = &seen.what {
                // A group that is being looked at is marked with the present, in UTC: that tells the zone as well.
                looked = Some(seen.at);
                let zone = moment(text, seen.stamp).map(|at| seen.stamp.ticks() - at);
                ahead = zone.map(|zone| (zone + QUARTER / 2).div_euclid(QUARTER) * QUARTER).or(ahead);
            }
        }
        windows.sort_unstable();
        windows.dedup();
        for at in windows {
            let end = at + ticks(self.profile.win32.grs);
            match ahead {
                Some(ahead) => {
                    let end = self.log.time_of(Stamp::from_ticks(end + ahead));
                    if end > self.now {
                        let basis = "the window's beginning in the log".to_owned();
                        self.expect(Next::GrsEnd, b(7, 34), (end, end), Clock::Wall, basis);
                    }
                }
                None => {
                    let end = Stamp::from_ticks(end);
                    self.unknown.push(format!("a retry window ends at {end} UTC (B-7.34); the zone is not told"));
                }
            }
        }
        if let Some(looked) = looked {
            let due = looked + ticks(self.profile.win32.subgraph_interval);
            let latest = due + ticks(self.profile.ime.required_app_interval);
            let basis = "the last look; it comes with the first check-in of required apps from then on".to_owned();
            self.expect(Next::Reevaluation, b(7, 33), (due, latest), Clock::Wall, basis);
        }
    }
}
