//! How far ahead each timer may be armed.

use super::Timer;
use crate::chance::SpanRange;
use crate::profile::{CadenceProfile, Profile};
use crate::time::Span;

impl Timer {
    /// The longest interval of a periodic timer (B-4.2 to B-4.6, B-10.8), jitter included; `None` for one that is not periodic.
    pub fn period(self, profile: &Profile) -> Option<Span> {
        let ime = &profile.ime;
        let uniform = |span: Span| if ime.profile == CadenceProfile::Uniform8h { Span::hours(8) } else { span };
        Some(match self {
            Self::PollScript => uniform(ime.script_interval).max(ime.script_idle_interval),
            Self::PollRequiredApp => uniform(ime.required_app_interval),
            Self::PollAvailableApp => uniform(ime.available_app_interval),
            Self::PollRemediation => uniform(ime.remediation_interval),
            Self::PollCompliance => uniform(profile.cc.fetch_interval),
            Self::Health => profile.health.period.saturating_add(profile.health.random_delay.max),
            Self::InventoryClock => profile.inventory.interval,
            Self::Ready
            | Self::StartScripts
            | Self::StartOthers
            | Self::SignIn
            | Self::RunLimit
            | Self::Report
            | Self::AppWork
            | Self::AppClock
            | Self::RemediationWork
            | Self::RemediationClock
            | Self::ComplianceWork
            | Self::InventoryWork
            | Self::Backoff
            | Self::AnswerScript
            | Self::AnswerRequiredApp
            | Self::AnswerAvailableApp
            | Self::AnswerRemediation
            | Self::AnswerCompliance
            | Self::AnswerReport
            | Self::AnswerTest
            | Self::RemoveDetected
            | Self::RemoveUnmanaged
            | Self::RemoveIrrecoverable => return None,
        })
    }

    /// How far ahead a timer may ever be armed. The limits and schedules of apps and remediations have none of their own.
    pub fn cap(self, profile: &Profile) -> Span {
        let ime = &profile.ime;
        let with = |first: SpanRange| self.period(profile).unwrap_or(Span::MAX).saturating_add(first.max);
        match self {
            Self::Ready => ime.start_delay_all.max,
            Self::StartScripts => ime.start_delay_all.max.saturating_add(ime.start_delay_ps_win32.max),
            Self::StartOthers => ime.start_delay_all.max.saturating_add(ime.start_delay_other.max),
            Self::SignIn => ime.signin_delay,
            Self::RunLimit => profile.scripts.timeout,
            Self::Report => profile.scripts.report_delay,
            Self::AnswerScript
            | Self::AnswerRequiredApp
            | Self::AnswerAvailableApp
            | Self::AnswerRemediation
            | Self::AnswerCompliance
            | Self::AnswerReport
            | Self::AnswerTest => ime.answer_timeout,
            Self::Backoff => ime.backoff().map_or(Span::ZERO, |policy| policy.range(u16::MAX).max),
            Self::RemoveDetected => profile.removal.after_detect,
            Self::RemoveUnmanaged => profile.removal.unmanaged_retry,
            Self::RemoveIrrecoverable => profile.removal.irrecoverable_after.saturating_add(Span::millis(1)),
            Self::PollScript => with(ime.first_delay_script),
            Self::PollRequiredApp => with(ime.first_delay_required_app),
            Self::PollAvailableApp => with(ime.first_delay_available_app),
            Self::PollRemediation | Self::PollCompliance => with(ime.first_delay_generic),
            Self::Health | Self::InventoryClock => self.period(profile).unwrap_or(Span::MAX),
            Self::InventoryWork => profile.ea.job_period,
            Self::ComplianceWork => profile.cc.run_interval.max(profile.cc.timeout).max(profile.cc.realtime_interval),
            Self::AppWork | Self::AppClock | Self::RemediationWork | Self::RemediationClock => Span::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B-4.2 to B-4.6, B-8.16, B-10.8: a periodic timer is armed one period ahead, and behind its first delay at the start.
    /// B-10.6: strictly more than the limit.
    #[test]
    fn each_timer_has_its_bound() {
        let mut profile = Profile::default();
        profile.ime.start_delay_all = SpanRange::secs(1, 2);
        profile.ime.start_delay_ps_win32 = SpanRange::secs(3, 4);
        profile.ime.start_delay_other = SpanRange::secs(5, 6);
        let (uniform, hours) = (Profile { ime: uniform(&profile), ..profile.clone() }, Span::hours);
        let periodic = [
            (Timer::PollScript, 24, 24, Span::secs(1800)),
            (Timer::PollRequiredApp, 1, 8, Span::secs(300)),
            (Timer::PollAvailableApp, 8, 8, Span::secs(300)),
            (Timer::PollRemediation, 8, 8, Span::secs(1800)),
            (Timer::PollCompliance, 8, 8, Span::secs(1800)),
            (Timer::Health, 25, 25, Span::ZERO),
            (Timer::InventoryClock, 24, 24, Span::ZERO),
        ];
        for (timer, usual, eight, first) in periodic {
            for (profile, period) in [(&profile, hours(usual)), (&uniform, hours(eight))] {
                assert_eq!(timer.period(profile), Some(period), "{timer:?}");
                assert_eq!(timer.cap(profile), period.saturating_add(first), "{timer:?}");
            }
        }
        let others = [
            (Timer::Ready, Span::secs(2)),
            (Timer::StartScripts, Span::secs(6)),
            (Timer::StartOthers, Span::secs(8)),
            (Timer::SignIn, Span::secs(30)),
            (Timer::RunLimit, Span::secs(1800)),
            (Timer::Report, Span::secs(5)),
            (Timer::AnswerTest, profile.ime.answer_timeout),
            (Timer::Backoff, Span::ZERO),
            (Timer::RemoveDetected, Span::ZERO),
            (Timer::RemoveUnmanaged, hours(24)),
            (Timer::RemoveIrrecoverable, hours(24).saturating_add(Span::millis(1))),
            (Timer::InventoryWork, hours(1)),
            (Timer::ComplianceWork, hours(8)),
            (Timer::AppWork, Span::MAX),
        ];
        for (timer, cap) in others {
            assert_eq!((timer.period(&profile), timer.cap(&profile)), (None, cap), "{timer:?}");
        }
    }

    fn uniform(profile: &Profile) -> crate::profile::Ime {
        crate::profile::Ime { profile: CadenceProfile::Uniform8h, ..profile.ime.clone() }
    }
}
