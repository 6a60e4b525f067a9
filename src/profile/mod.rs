//! Every figure of the agent, the client and the service that may be set, with its default.
//!
//! A [`Profile`] is a plain value: one struct for each first word of the parameter names, one field for each
//! parameter. The same parameters are reached by their dotted names through [`Profile::set`] and [`Profile::get`],
//! and are listed by [`params`]. Three profiles are ready-made, see [`Profile::named`].
//!
//! | to read | file |
//! |---|---|
//! | the struct of all, its names and profiles | `mod.rs`, `named.rs` |
//! | how a struct and its list are declared at once | `section.rs`, `param.rs` |
//! | how a value is read, printed and bounded | `value.rs`, `words.rs`, `ramp.rs`, `version.rs` |
//! | the parameters: the agent as a whole | `elig.rs`, `install.rs`, `ime.rs`, `removal.rs` |
//! | its workloads | `scripts.rs`, `rem.rs`, `win32.rs`, `restart.rs`, `esp.rs`, `cc.rs`, `analytics.rs`, `managed_installer.rs` |
//! | MDM, push and the service | `mdm.rs`, `wns.rs`, `service.rs` |
//! | log files | `log.rs` |
//!
//! Source: the appendices A and B of the catalogue.
//!
//! There is no switch that is not here: what Microsoft flips from outside by feature flights (B-13.9) is a parameter, or is
//! not modelled.

use serde::{Deserialize, Serialize};

mod analytics;
mod cc;
mod elig;
mod esp;
mod ime;
mod install;
mod log;
mod managed_installer;
mod mdm;
mod named;
pub mod nearest;
mod param;
mod ramp;
mod rem;
mod removal;
mod restart;
mod scripts;
mod section;
mod service;
#[cfg(test)]
mod tests;
mod value;
mod version;
mod win32;
mod wns;
mod words;

pub use analytics::{Analytics, Inventory};
pub use cc::Compliance;
pub use elig::{CoManagement, Eligibility, OsRule, WpjRemediations, WpjScripts};
pub use esp::Esp;
pub use ime::{CadenceProfile, CompanyPortalScope, Ime, On429, Overlap, TimersCount};
pub use install::{Install, RemoteHelp, Update};
pub use log::{AppEventsIn, Log, LogFiles, RotationName};
pub use managed_installer::ManagedInstaller;
pub use mdm::{MaintenanceCap, Mdm};
pub use param::{Param, ParamError};
pub use ramp::Ramp;
pub use rem::{OutputRule, Remediations, TriggerExit};
pub use removal::{Health, Removal, RuleA};
pub use restart::Restart;
pub use scripts::{CountOn, Scripts, SizeRule};
pub use service::{Assign, MixedExclusion, ReportRetry, Service};
pub use version::{Version, VersionError};
pub use win32::{GrsSetOn, QuirkGrs, RetryAppliesTo, Win32};
pub use wns::{Push, Wns};
pub use words::WordError;

/// Declares the profile and the list of its sections at once; the sections stand in the order of their names.
macro_rules! profile {
    ($($(#[$meta:meta])* $section:ident: $type:ident,)+) => {
        /// All figures that may be set; [`Profile::default`] holds the defaults of the catalogue.
        ///
        /// The fields may be set directly, then nothing checks them before [`Profile::check`]. Reading a profile
        /// through serde refuses unknown names, missing names and values out of range.
        ///
        /// # Examples
        /// ```
        /// use imesim::profile::Profile;
        ///
        /// let mut profile = Profile::named("seed_strict")?;
        /// profile.set("ime.script_interval", "1h")?;
        /// assert_eq!(profile.ime.script_interval, imesim::time::Span::hours(1));
        /// assert_eq!(profile.get("ime.timers_count")?, "wall");
        /// # Ok::<(), imesim::profile::ParamError>(())
        /// ```
        /// Source: appendix A.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct Profile {
            $($(#[$meta])* pub $section: $type,)+
        }

        /// A profile as it is read, before its ranges are checked.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Unchecked {
            $($section: $type,)+
        }

        impl TryFrom<Unchecked> for Profile {
            type Error = ParamError;

            fn try_from(read: Unchecked) -> Result<Self, ParamError> {
                let profile = Self { $($section: read.$section,)+ };
                profile.check()?;
                Ok(profile)
            }
        }

        /// The parameters, section by section.
        static SECTIONS: &[&[Param]] = &[$($type::PARAMS,)+];
    };
}

profile! {
    /// How assignments are resolved: `assign.*`.
    assign: Assign,
    /// Custom compliance: `cc.*`.
    cc: Compliance,
    /// Co-management: `comgt.*`.
    comgt: CoManagement,
    /// Endpoint analytics: `ea.*`.
    ea: Analytics,
    /// Which devices may have the agent, and what of it: `elig.*`.
    elig: Eligibility,
    /// The Enrollment Status Page: `esp.*`.
    esp: Esp,
    /// The daily health task: `health.*`.
    health: Health,
    /// The agent's own check-ins: `ime.*`.
    ime: Ime,
    /// The install job of the agent: `install.*`.
    install: Install,
    /// The inventory of Win32 apps: `inventory.*`.
    inventory: Inventory,
    /// The agent's log files: `log.*`.
    log: Log,
    /// MDM check-ins: `mdm.*`.
    mdm: Mdm,
    /// Managed installer: `mi.*`.
    mi: ManagedInstaller,
    /// Notifications to the agent: `push.*`.
    push: Push,
    /// Remediations: `rem.*`.
    rem: Remediations,
    /// Remote Help: `remotehelp.*`.
    remotehelp: RemoteHelp,
    /// Removal of the agent: `removal.*`.
    removal: Removal,
    /// The restart grace period: `restart.*`.
    restart: Restart,
    /// PowerShell scripts: `scripts.*`.
    scripts: Scripts,
    /// The service: `svc.*`.
    svc: Service,
    /// Self-update of the agent: `update.*`.
    update: Update,
    /// Win32 apps: `win32.*`.
    win32: Win32,
    /// The push channel of Windows: `wns.*`.
    wns: Wns,
}

/// Lists all parameters, sorted by name.
pub fn params() -> impl Iterator<Item = &'static Param> {
    SECTIONS.iter().copied().flatten()
}

/// The parameter of this name.
fn param(name: &str) -> Result<&'static Param, ParamError> {
    params().find(|param| param.name == name).ok_or_else(|| ParamError::Unknown {
        name: name.to_owned(),
        nearest: nearest::nearest(name, params().map(|param| param.name)).map(str::to_owned),
    })
}

impl Profile {
    /// Sets the parameter of this dotted name from text.
    ///
    /// On an error the profile is as before.
    ///
    /// # Errors
    /// [`ParamError::Unknown`] for a name that is not in [`params`], [`ParamError::Value`] for a text of the wrong
    /// form, [`ParamError::Range`] for a value outside the parameter's range.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ParamError> {
        (param(name)?.set)(self, value)
    }

    /// Prints the value of the parameter of this dotted name, in the form that [`Profile::set`] reads.
    ///
    /// # Errors
    /// [`ParamError::Unknown`] for a name that is not in [`params`].
    pub fn get(&self, name: &str) -> Result<String, ParamError> {
        Ok((param(name)?.get)(self))
    }

    /// Checks that every value lies in its range; [`Profile::set`] and serde leave no value that does not.
    ///
    /// # Errors
    /// The error of the first parameter, by name, that [`Profile::set`] would refuse.
    pub fn check(&self) -> Result<(), ParamError> {
        let mut scratch = self.clone();
        params().try_for_each(|param| (param.set)(&mut scratch, &(param.get)(self)))
    }

    /// Gives the profile with every random delay set to its fixed value: the catalogue's "jitter off".
    ///
    /// These are the parameters marked [`Param::jitter`]. Delays become none; `wns.retry_after` and
    /// `wns.expired_retry_after` become the middle of their ranges, 4 h and 24 h.
    /// Source: B-4.12.
    #[must_use]
    pub fn without_jitter(mut self) -> Self {
        for param in params() {
            (param.still)(&mut self);
        }
        self
    }
}
