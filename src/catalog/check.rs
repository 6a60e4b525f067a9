//! What is refused of content and of assignments by themselves.

use super::assignment::{Assignment, AssignmentSettings, Mode};
use super::builder::TenantBuilder;
use super::content::is_app;
use super::error::{AppLimit, CatalogError, SettingError};
use super::state::State;
use super::tenant::Tenant;
use crate::content::{App, DiscoveryScript, Item};
use crate::facts::product::package_fits;
use crate::protocol::{Intent, PolicyId, RestartGrace};
use crate::time::{Span, Wall};

impl TenantBuilder<'_> {
    /// Checks what agents are given of content.
    pub(super) fn check_item(&self, name: &str, item: &Item) -> Result<(), CatalogError> {
        match item {
            Item::App(app) => self.check_app(name, app),
            Item::Discovery(script) => self.check_discovery(name, script),
            Item::Remediation(_) => Ok(()),
        }
    }

    /// The limits of an app: B-1.9, B-7.8, B-7.12, B-7.21.
    fn check_app(&self, name: &str, app: &App) -> Result<(), CatalogError> {
        let figures = &self.profile.win32;
        let refuse = |limit| Err(CatalogError::AppLimit { name: name.to_owned(), limit });
        let (gigabytes, limit) = (app.package.gigabytes, figures.max_package_gb);
        if !package_fits(gigabytes, self.profile) {
            return refuse(AppLimit::Package { gigabytes, limit });
        }
        let limit = figures.script_installer_max_kb;
        if let Some(kilobytes) = app.package.installer_script_kb.filter(|size| *size > limit) {
            return refuse(AppLimit::InstallerScript { kilobytes, limit });
        }
        let rules = app.package.product_code_rules;
        if rules > 1 {
            return refuse(AppLimit::ProductCodes { rules });
        }
        match app.install_limit {
            Some(limit) if !(INSTALL_LIMIT_MIN..=INSTALL_LIMIT_MAX).contains(&limit) => {
                refuse(AppLimit::InstallLimit { limit })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// B-8.4: a discovery script has a size of its own. B-8.6: it asks for one of the two hosts.
    fn check_discovery(&self, name: &str, script: &DiscoveryScript) -> Result<(), CatalogError> {
        let (bytes, limit) = (script.bytes, self.profile.cc.max_script_bytes);
        if bytes > limit {
            return Err(CatalogError::DiscoveryTooLarge { name: name.to_owned(), bytes, limit });
        }
        if !matches!(script.host_bits, 32 | 64) {
            return Err(CatalogError::HostBits { name: name.to_owned(), bits: script.host_bits });
        }
        Ok(())
    }

    /// Checks an assignment by itself.
    pub(super) fn check(&self, content: PolicyId, assignment: &Assignment) -> Result<(), CatalogError> {
        let content = self.known_content("assignment", content)?;
        let place = || format!("assignment of `{}`", content.name);
        let group = &self.known_group(&place(), assignment.group)?.name;
        let names = || (content.name.clone(), group.clone());
        if let Some((filter, _)) = assignment.filter {
            if self.tenant.filter(filter).is_none() {
                return Err(CatalogError::Unknown { place: place(), what: "filter", number: filter.0 });
            }
            if assignment.mode == Mode::Exclude {
                let (content, group) = names();
                return Err(CatalogError::FilterOnExclusion { content, group });
            }
        }
        let refused = |error| {
            let (content, group) = names();
            CatalogError::Setting { content, group, error }
        };
        check_settings(assignment, is_app(content.feature)).map_err(refused)?;
        let why = match (assignment.mode, is_app(content.feature)) {
            (Mode::Include, true) => None,
            (Mode::Exclude, true | false) => Some("an exclusion"),
            (Mode::Include, false) => Some("not of an app"), // B-12.19
        };
        match (why, assignment.intent) {
            (None, Some(_)) | (Some(_), None) => Ok(()),
            (None, None) => {
                let (content, group) = names();
                Err(CatalogError::IntentMissing { content, group })
            }
            (Some(why), Some(intent)) => {
                let (content, group) = names();
                Err(CatalogError::IntentNotAllowed { content, group, intent, why })
            }
        }
    }
}

/// What settings an assignment may have: B-7.29 to B-7.31, B-7.52a.
fn check_settings(assignment: &Assignment, is_app: bool) -> Result<(), SettingError> {
    let AssignmentSettings { available, deadline, auto_update, restart_grace, .. } = assignment.settings;
    if assignment.settings == AssignmentSettings::NONE {
        return Ok(());
    }
    if !is_app || assignment.mode == Mode::Exclude {
        return Err(SettingError::Misplaced);
    }
    let is_available = assignment.intent == Some(Intent::Available);
    if is_available && deadline.is_some() {
        return Err(SettingError::DeadlineOfAvailable);
    }
    if auto_update && !is_available {
        return Err(SettingError::AutoUpdate);
    }
    if let Some((available, deadline)) = available.zip(deadline).filter(|(available, deadline)| deadline < available) {
        return Err(SettingError::DeadlineFirst { available, deadline });
    }
    let Some(RestartGrace { grace_min, countdown_min, snooze_min }) = restart_grace else { return Ok(()) };
    if !(1..=GRACE_MAX_MIN).contains(&grace_min) {
        return Err(SettingError::Grace { minutes: grace_min });
    }
    for (what, minutes) in [("snooze", snooze_min), ("countdown", countdown_min)] {
        if minutes > grace_min {
            return Err(SettingError::BeyondGrace { what, minutes, grace: grace_min });
        }
    }
    Ok(())
}

/// Two weeks (B-7.29).
const GRACE_MAX_MIN: u16 = 20_160;

/// B-7.21.
const INSTALL_LIMIT_MIN: Span = Span::mins(1);
const INSTALL_LIMIT_MAX: Span = Span::mins(1_440);

/// What is done about exclusions of another kind (B-12.2).
#[derive(Clone, Copy, Debug)]
pub(super) enum Mixing {
    Allowed,
    Refused,
}

impl Mixing {
    pub(super) fn check(
        self,
        tenant: &Tenant,
        state: &State,
        content: PolicyId,
        at: Option<Wall>,
    ) -> Result<(), CatalogError> {
        match self {
            Self::Allowed => return Ok(()),
            Self::Refused => {}
        }
        let of = |mode| {
            let assignments = state.assignments(content).iter().map(|placed| placed.assignment);
            assignments.filter(move |assignment| assignment.mode == mode).filter_map(|a| tenant.group(a.group))
        };
        for excluded in of(Mode::Exclude) {
            if let Some(included) = of(Mode::Include).find(|group| group.kind.side() != excluded.kind.side()) {
                return Err(CatalogError::MixedExclusion {
                    content: tenant.contents[content.0 as usize].name.clone(),
                    included: included.name.clone(),
                    excluded: excluded.name.clone(),
                    at,
                });
            }
        }
        Ok(())
    }
}
