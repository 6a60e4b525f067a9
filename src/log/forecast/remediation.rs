//! When remediations are fetched and run next (B-4.6, B-6.9, B-6.11).

use super::{Next, Outlook, QUARTER, SECOND, moment};
use crate::agent::{Timer, first_delay, interval};
use crate::log::conform::ticks;
use crate::log::record::Stamp;
use crate::log::trace::{Run, What};
use crate::protocol::Workload;
use crate::time::Clock;

impl Outlook<'_> {
    /// B-4.6: the grid of fetches of the run. Fetches after log-ons do not move it.
    pub(super) fn remediation_fetch(&mut self, run: &Run<'_>) {
        let mut points = Vec::new();
        let mut is_log_on = false;
        for seen in &self.log.seen {
            if let What::LogOnRemediations = seen.what {
                is_log_on = true;
            } else if let What::RemediationFetch = seen.what
                && !std::mem::take(&mut is_log_on)
            {
                let at = seen.at;
                if at >= run.begin && at <= self.now {
                    points.push(at);
                }
            }
        }
        let every = ticks(interval(Workload::Remediation, false, self.profile));
        let timer = Timer::PollRemediation;
        let clock = timer.clock(self.profile);
        if let [_, .., last] = *points.as_slice() {
            let basis = "the last fetch by its timer".to_owned();
            self.expect(Next::RemediationFetch, timer.rule(), (last + every, last + every), clock, basis);
        } else if run.has_start {
            let of = first_delay(Workload::Remediation, self.profile);
            let range = (run.begin + ticks(of.min) + every, run.begin + ticks(of.max) + every);
            self.expect(Next::RemediationFetch, timer.rule(), range, clock, "the start and its first delay".to_owned());
        } else {
            self.unknown.push("when remediations are fetched next: the start is not in this log".to_owned());
        }
    }

    /// The runner comes when its queue says, in UTC. The zone follows from the first run of what was new, which is queued for
    /// a known time after its fetch (B-6.9).
    pub(super) fn remediation_run(&mut self) {
        let (mut ahead, mut queued, mut has_run) = (None, None, false);
        for seen in &self.log.seen {
            if let What::Queued(text) = &seen.what
                && let Some(at) = moment(text, seen.stamp)
            {
                let local = seen.stamp.ticks() + ticks(self.profile.rem.first_run_delay);
                let zone = (local - at + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
                if !has_run && (local - at - zone).abs() <= 3 * SECOND {
                    ahead = ahead.or(Some(zone));
                }
                queued = Some((at, text));
            } else if let What::RunnerBegins = seen.what {
                (queued, has_run) = (None, true);
            }
        }
        let Some((at, text)) = queued else { return };
        let Some(ahead) = ahead else {
            self.unknown.push(format!(
                "the runner of remediations is to come at {} UTC; the zone is not told",
                text.trim_end_matches('.')
            ));
            return;
        };
        let local = self.log.time_of(Stamp::from_ticks(at + ahead));
        let latest = local + ticks(self.profile.rem.daily_start_lag);
        let basis = format!("its queue, with a zone of UTC{:+} min", ahead / (60 * SECOND));
        self.expect(Next::RemediationRun, Timer::RemediationClock.rule(), (local, latest), Clock::Wall, basis);
    }
}
