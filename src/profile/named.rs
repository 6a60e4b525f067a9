//! The ready-made profiles. Values that equal the default are not repeated here.
//!
//! Source: appendix B; of its table, the parameters that this crate has.

use super::{
    CadenceProfile, CompanyPortalScope, GrsSetOn, Overlap, ParamError, Profile, RuleA, SizeRule, TimersCount,
    TriggerExit, WpjRemediations,
};
use crate::chance::SpanRange;
use crate::time::Span;

impl Profile {
    /// The names that [`Profile::named`] knows.
    pub const NAMES: [&'static str; 4] = ["default", "seed_strict", "observed_2025", "hardened"];

    /// Gives the ready-made profile of this name.
    ///
    /// - `default`: every parameter at its default.
    /// - `seed_strict`: what Microsoft's page of 2025 and its sister pages say, and nothing else.
    /// - `observed_2025`: what logs and labs show.
    /// - `hardened`: what an implementer would choose. It is ours and describes no agent of Microsoft's: `default` with the
    ///   differences below, each for an invariant that the documented behavior breaks.
    ///
    /// | parameter | in `default` | in `hardened` | for |
    /// |---|---|---|---|
    /// | `ime.backoff_base` | `0s`: the next timer or trigger calls again (B-4.25) | `1h`: a refused workload keeps away for 1 to 2 h, then 2 to 4, then 4 to 8, and does then once what was asked for meanwhile | R1, R2, R3, R7 |
    /// | `ime.http_attempts` | `3` calls at once where the name is not resolved (B-4.24) | `1` | R7 |
    /// | `ime.overlap` | `drop`: who asks during a check-in gets none (B-4.28) | `queue_one` | C1, C7 |
    /// | `ime.timers_count` | `awake`: 8 h take a laptop a day (B-4.27) | `wall` | T4 |
    /// | `ime.wake_spread` | `0s`: what a sleep delayed comes at the moment of waking | `[0s,10m]` | T3, F1 |
    /// | `health.crash_wait` | `0s`: a service that dies is started at once, however often (assumed) | `1m`, then twice as long each time up to 1 h | P2 |
    /// | `rem.on_demand_lost_when_offline` | `true`: a run on demand that does not find its device is lost (B-6.31) | `false` | C7 |
    /// | `rem.on_demand_valid` | `0s`: one that is kept is kept without end | `1d` | W2 |
    /// | `svc.notices_twins` | `false`: nobody tells two devices with one identity apart | `true` | A6 |
    ///
    /// # Errors
    /// [`ParamError::Profile`] for any other name.
    /// Source: appendix B; ours for `hardened`.
    pub fn named(name: &str) -> Result<Self, ParamError> {
        match name {
            "default" => Ok(Self::default()),
            "seed_strict" => Ok(seed_strict()),
            "observed_2025" => Ok(observed_2025()),
            "hardened" => Ok(hardened()),
            _ => Err(ParamError::Profile { name: name.to_owned(), allowed: Self::NAMES.join(" | ") }),
        }
    }
}

fn seed_strict() -> Profile {
    let mut profile = Profile::default();
    let ime = &mut profile.ime;
    ime.profile = CadenceProfile::Uniform8h;
    ime.script_idle_interval = Span::hours(8);
    ime.signin_delay = Span::ZERO;
    ime.timers_count = TimersCount::Wall;
    for delay in [
        &mut ime.start_delay_all,
        &mut ime.start_delay_other,
        &mut ime.start_delay_ps_win32,
        &mut ime.first_delay_available_app,
        &mut ime.first_delay_generic,
        &mut ime.first_delay_required_app,
        &mut ime.first_delay_script,
    ] {
        *delay = SpanRange::exactly(Span::ZERO);
    }
    profile.rem.first_run_delay = Span::ZERO;
    profile.removal.rule_a = RuleA::NoScriptsLeft;
    profile
}

fn observed_2025() -> Profile {
    let mut profile = Profile::default();
    profile.ime.company_portal_scope = CompanyPortalScope::AppsOnly;
    profile.elig.wpj_remediations = WpjRemediations::DeviceContext;
    profile.scripts.max_retries = 2;
    profile.scripts.size_rule = SizeRule::Ignore;
    profile.rem.trigger_exit = TriggerExit::NonZero;
    profile.win32.userless_code = 1011;
    profile.win32.grs_set_on = GrsSetOn::AnyEnforcement;
    profile
}

/// Ours, with no rule of the agent behind it.
fn hardened() -> Profile {
    let mut profile = Profile::default();
    let ime = &mut profile.ime;
    ime.backoff_base = Span::hours(1);
    ime.http_attempts = 1;
    ime.overlap = Overlap::QueueOne;
    ime.timers_count = TimersCount::Wall;
    ime.wake_spread = SpanRange::secs(0, 600);
    profile.health.crash_wait = Span::mins(1);
    profile.rem.on_demand_lost_when_offline = false;
    profile.rem.on_demand_valid = Span::days(1);
    profile.svc.notices_twins = true;
    profile
}
