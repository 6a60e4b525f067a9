//! Groups, filters, content and assignments.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::error::Problem;
use super::super::file::{
    At, FeatureType, Field, GroupKind, Many, OutcomeEntry, OutcomesWord, OutputLength, ScenarioFile, ScriptEntry,
};
use super::{Context, Result, app, assign, discovery, find, relate, unique};
use crate::catalog::{self, CatalogError, FilterError, FilterId, GroupId, ScriptContent, TenantBuilder};
use crate::content::Item;
use crate::facts::Feature;
use crate::profile::Version;
use crate::protocol::PolicyId;
use crate::sim::plan::{Behavior, Conduct, Outcome};
use crate::time::Span;

/// The version that the service delivers unless the file says otherwise (section conventions of the catalogue).
pub(super) const AGENT_VERSION: Version = Version([1, 94, 0, 0]);

/// The names of the tenant, and what they stand for.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) groups: BTreeMap<String, (GroupId, GroupKind)>,
    pub(super) filters: BTreeMap<String, FilterId>,
    pub(super) contents: BTreeMap<String, (PolicyId, Feature)>,
    /// What updates make of content, one after another.
    pub(super) updates: BTreeMap<PolicyId, Vec<Item>>,
}

/// Builds the tenant's initial state; gives how the runs of each piece of content end.
pub(super) fn tenant(
    cx: &Context<'_>,
    file: &ScenarioFile,
    builder: &mut TenantBuilder<'_>,
    names: &mut Names,
) -> Result<Vec<Conduct>> {
    builder.agent_version(AGENT_VERSION);
    if let Some(table) = &file.tenant {
        if let Some(version) = &table.agent_version {
            builder.agent_version(*version.get());
        }
        builder.endpoint_analytics(table.endpoint_analytics.unwrap_or(false));
        builder.service_principal(table.service_principal.unwrap_or(true));
    }
    groups(cx, file, builder, names)?;
    filters(cx, file, builder, names)?;
    contents(cx, file, builder, names)
}

fn groups(cx: &Context<'_>, file: &ScenarioFile, builder: &mut TenantBuilder<'_>, names: &mut Names) -> Result<()> {
    for (name, kind, holds) in [
        ("all-users", catalog::GroupKind::AllUsers, GroupKind::Users),
        ("all-devices", catalog::GroupKind::AllDevices, GroupKind::Devices),
    ] {
        let id = builder.group(name, kind).map_err(|error| cx.error(&(0..0), error.into()))?;
        names.groups.insert(name.to_owned(), (id, holds));
    }
    let mut seen = BTreeMap::new();
    for entry in &file.group {
        if names.groups.contains_key(&entry.name.value) && !seen.contains_key(&entry.name.value) {
            return Err(cx.error(
                &entry.name.span,
                Problem::misplaced(format!("the group `{}` exists always and cannot be defined", entry.name.value)),
            ));
        }
        unique(cx, &mut seen, "group", &entry.name)?;
        let kind = entry.kind.as_ref().map_or(GroupKind::Devices, |kind| *kind.get());
        let inner = match kind {
            GroupKind::Devices => catalog::GroupKind::Devices,
            GroupKind::Users => catalog::GroupKind::Users,
        };
        let id = builder.group(&entry.name.value, inner).map_err(|error| cx.error(&entry.name.span, error.into()))?;
        names.groups.insert(entry.name.value.clone(), (id, kind));
    }
    for entry in &file.group {
        let (parent, _) = find(cx, &names.groups, "group", &entry.name)?;
        for nested in &entry.nested {
            let (child, _) = find(cx, &names.groups, "group", nested)?;
            builder.nest(parent, child).map_err(|error| cx.error(&nested.span, error.into()))?;
        }
    }
    Ok(())
}

fn filters(cx: &Context<'_>, file: &ScenarioFile, builder: &mut TenantBuilder<'_>, names: &mut Names) -> Result<()> {
    let mut seen = BTreeMap::new();
    for entry in &file.filter {
        unique(cx, &mut seen, "filter", &entry.name)?;
        let id = builder.filter(&entry.name.value, &entry.rule.value).map_err(|error| {
            if let CatalogError::Filter { error, .. } = error {
                let column = quoted_column(cx, &entry.rule, &error);
                return cx.source.error_within(&entry.rule.span, column, error.into());
            }
            cx.error(&entry.name.span, error.into())
        })?;
        names.filters.insert(entry.name.value.clone(), id);
    }
    Ok(())
}

/// How many characters into the quoted text the error lies; 0 where the quoted text has escapes or several lines.
fn quoted_column(cx: &Context<'_>, rule: &At<String>, error: &FilterError) -> usize {
    let column = match error {
        FilterError::Syntax { column, .. }
        | FilterError::OpenText { column }
        | FilterError::UnknownProperty { column, .. }
        | FilterError::TooDeep { column, .. } => *column,
        FilterError::TooLong { .. } => return 0,
    };
    let written = cx.source.text.get(rule.span.clone()).unwrap_or("");
    let is_plain = written.get(1..written.len().saturating_sub(1)).is_some_and(|inner| inner == rule.value);
    if is_plain { column } else { 0 }
}

fn contents(
    cx: &Context<'_>,
    file: &ScenarioFile,
    builder: &mut TenantBuilder<'_>,
    names: &mut Names,
) -> Result<Vec<Conduct>> {
    let mut seen = BTreeMap::new();
    let mut conducts = Vec::new();
    for entry in &file.script {
        unique(cx, &mut seen, "content", &entry.name)?;
        let content = script(cx, entry)?;
        let id = builder.script(&entry.name.value, content).map_err(|error| {
            let span = entry
                .bytes
                .as_ref()
                .filter(|_| matches!(error, CatalogError::ScriptTooLarge { .. }))
                .map_or(&entry.name.span, |bytes| &bytes.span);
            cx.error(span, error.into())
        })?;
        names.contents.insert(entry.name.value.clone(), (id, Feature::Script));
        conducts.push(Conduct::Script(behavior_of(cx, entry.outcome.as_ref(), entry.outcomes.as_ref())?));
    }
    let features = file.feature.iter().map(|entry| {
        let feature = match entry.kind.get() {
            FeatureType::EndpointAnalytics => Feature::EndpointAnalytics,
            FeatureType::RemoteHelp => Feature::RemoteHelp,
            FeatureType::ManagedInstaller => Feature::ManagedInstaller,
            FeatureType::BiosConfiguration => Feature::BiosConfiguration,
        };
        (&entry.name, feature)
    });
    for entry in &file.app {
        unique(cx, &mut seen, "content", &entry.name)?;
        let (id, feature, conduct) = app::app(cx, entry, builder, names)?;
        names.contents.insert(entry.name.value.clone(), (id, feature));
        conducts.push(conduct);
    }
    for entry in &file.remediation {
        unique(cx, &mut seen, "content", &entry.name)?;
        let (content, conduct) = super::remediation::remediation(cx, entry)?;
        let added = builder.item(&entry.name.value, Feature::Remediation, Item::Remediation(Box::new(content)));
        let id = added.map_err(|error| cx.error(&entry.name.span, error.into()))?;
        names.contents.insert(entry.name.value.clone(), (id, Feature::Remediation));
        conducts.push(conduct);
    }
    for entry in &file.compliance {
        unique(cx, &mut seen, "content", &entry.name)?;
        let (id, conduct) = discovery::policy(cx, entry, builder, names)?;
        names.contents.insert(entry.name.value.clone(), (id, Feature::CustomCompliance));
        conducts.push(conduct);
    }
    for (name, feature) in features {
        unique(cx, &mut seen, "content", name)?;
        let id = builder.content(&name.value, feature).map_err(|error| cx.error(&name.span, error.into()))?;
        names.contents.insert(name.value.clone(), (id, feature));
        conducts.push(Conduct::Nothing);
    }
    relate::relations(cx, file, builder, names)?;
    let assigned = file
        .script
        .iter()
        .map(|entry| (&entry.name, &entry.assign))
        .chain(file.app.iter().map(|entry| (&entry.name, &entry.assign)))
        .chain(file.remediation.iter().map(|entry| (&entry.name, &entry.assign)))
        .chain(file.compliance.iter().map(|entry| (&entry.name, &entry.assign)))
        .chain(file.feature.iter().map(|entry| (&entry.name, &entry.assign)));
    for (name, entries) in assigned {
        let (id, feature) = find(cx, &names.contents, "content", name)?;
        for entry in entries {
            let assignment = assign::of_entry(cx, builder.profile(), names, feature, entry)?;
            builder.assign(id, assignment).map_err(|error| cx.error(&entry.span, error.into()))?;
        }
    }
    Ok(conducts)
}

fn script(cx: &Context<'_>, entry: &ScriptEntry) -> Result<ScriptContent> {
    let host_bits = match &entry.host_bits {
        None => 32,
        Some(bits) => match bits.get() {
            32 => 32,
            64 => 64,
            other => return Err(cx.error(&bits.span, Problem::form(format!("a host has 32 or 64 bits, not {other}")))),
        },
    };
    Ok(ScriptContent {
        bytes: entry.bytes.as_ref().map_or(1_000, |bytes| *bytes.get()),
        run_as: entry.run_as.as_ref().map_or_else(Default::default, |run_as| *run_as.get()),
        signature_check: entry.signature_check,
        signed: entry.signed,
        host_bits,
    })
}

/// How the runs of a script end; with exit code 0 at once if nothing is said.
pub(super) fn behavior_of(
    cx: &Context<'_>,
    outcome: Option<&Many<OutcomeEntry>>,
    outcomes: Option<&Field<OutcomesWord>>,
) -> Result<Behavior> {
    let weighted = outcomes.is_some_and(|word| *word.get() == OutcomesWord::Weighted);
    let Some(Many { items, span }) = outcome else {
        return Ok(Behavior { outcomes: vec![Outcome::default()], weighted });
    };
    if items.is_empty() {
        return Err(cx.error(span, Problem::missing("an outcome")));
    }
    let mut total = 0_u64;
    let mut outcomes = Vec::new();
    for item in items {
        if let (false, Some(weight)) = (weighted, &item.value.weight) {
            return Err(cx.error(&weight.span, Problem::misplaced("a weight counts only with outcomes = \"weighted\"")));
        }
        let outcome = self::outcome(cx, &item.value)?;
        total += u64::from(outcome.weight);
        outcomes.push(outcome);
    }
    check_weights(cx, span, total)?;
    Ok(Behavior { outcomes, weighted })
}

/// Weights must add up to more than 0 and fit into 32 bits.
pub(super) fn check_weights(cx: &Context<'_>, span: &Range<usize>, total: u64) -> Result<()> {
    if total == 0 {
        return Err(cx.error(span, Problem::Weights));
    }
    if total > u64::from(u32::MAX) {
        return Err(cx.error(span, Problem::range("a sum of weights", total, 1, u32::MAX)));
    }
    Ok(())
}

/// A script that prints more than this is none.
const FLOOD_MAX: u32 = 10_000_000;

fn outcome(cx: &Context<'_>, entry: &OutcomeEntry) -> Result<Outcome> {
    let mut output = entry.output.clone();
    if let Some(flood) = &entry.flood {
        if *flood.get() > FLOOD_MAX {
            return Err(cx.error(&flood.span, Problem::range("a flood", flood.get(), 0, FLOOD_MAX)));
        }
        output.extend((0..*flood.get()).map(|_| 'x'));
    }
    Ok(Outcome {
        weight: entry.weight.as_ref().map_or(1, |weight| *weight.get()),
        exit_code: entry.exit.as_ref().map_or(0, |code| code.get().0),
        stderr: entry.stderr,
        duration: match entry.duration.as_ref().map_or(OutputLength::For(Span::ZERO), |duration| *duration.get()) {
            OutputLength::For(span) => Some(span),
            OutputLength::Hangs => None,
        },
        output,
    })
}
