//! The ready-made profiles. Values that equal the default are not repeated here.
//!
//! Source: appendix B; of its table, the parameters that this crate has.

use super::{
    CadenceProfile, CompanyPortalScope, GrsSetOn, ParamError, Profile, RuleA, SizeRule, TimersCount, TriggerExit,
    WpjRemediations,
};
use crate::chance::SpanRange;
use crate::time::Span;

impl Profile {
    /// The names that [`Profile::named`] knows.
    pub const NAMES: [&'static str; 3] = ["default", "seed_strict", "observed_2025"];

    /// Gives the ready-made profile of this name.
    ///
    /// - `default`: every parameter at its default.
    /// - `seed_strict`: what Microsoft's page of 2025 and its sister pages say, and nothing else.
    /// - `observed_2025`: what logs and labs show.
    ///
    /// # Errors
    /// [`ParamError::Profile`] for any other name.
    /// Source: appendix B.
    pub fn named(name: &str) -> Result<Self, ParamError> {
        match name {
            "default" => Ok(Self::default()),
            "seed_strict" => Ok(seed_strict()),
            "observed_2025" => Ok(observed_2025()),
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
