//! Custom compliance policies: the script, what updates make of it, and how its runs end.

use std::collections::BTreeMap;

use super::super::error::Problem;
use super::super::file::{ComplianceEntry, Field};
use super::tenant::{Names, behavior_of};
use super::{Context, Result};
use crate::catalog::TenantBuilder;
use crate::content::{DiscoveryScript, DiscoverySetting, Item, ValueKind};
use crate::facts::Feature;
use crate::protocol::PolicyId;
use crate::sim::plan::{Behavior, Conduct, DiscoveryConduct, Outcome};

/// Adds one policy; gives its id and how the runs of its script end, revision by revision.
pub(super) fn policy(
    cx: &Context<'_>,
    entry: &ComplianceEntry,
    builder: &mut TenantBuilder<'_>,
    names: &mut Names,
) -> Result<(PolicyId, Conduct)> {
    let script = first(cx, entry)?;
    let mut runs = vec![match &entry.outcome {
        Some(_) => behavior_of(cx, entry.outcome.as_ref(), entry.outcomes.as_ref())?,
        None => nothing_found(),
    }];
    let mut updates: Vec<Item> = Vec::new();
    let mut latest = script.clone();
    for update in &entry.update {
        if let Some(bytes) = &update.bytes {
            latest.bytes = *bytes.get();
        }
        if let Some(run_as) = &update.run_as {
            latest.run_as = *run_as.get();
        }
        if let Some(all) = &update.settings {
            latest.settings = settings(all);
        }
        updates.push(Item::Discovery(Box::new(latest.clone())));
        runs.push(match (&update.outcome, &update.outcomes, runs.last()) {
            (None, None, Some(before)) => before.clone(),
            _ => behavior_of(cx, update.outcome.as_ref(), update.outcomes.as_ref())?,
        });
    }
    let item = Item::Discovery(Box::new(script));
    let id = builder.item(&entry.name.value, Feature::CustomCompliance, item).map_err(|error| {
        let span = entry.bytes.as_ref().map_or(&entry.name.span, |bytes| &bytes.span);
        cx.error(span, error.into())
    })?;
    names.updates.insert(id, updates);
    Ok((id, Conduct::Discovery(DiscoveryConduct { revisions: runs })))
}

fn first(cx: &Context<'_>, entry: &ComplianceEntry) -> Result<DiscoveryScript> {
    let host_bits = match &entry.host_bits {
        None => 32,
        Some(bits) => u8::try_from(*bits.get())
            .ok()
            .filter(|bits| matches!(bits, 32 | 64))
            .ok_or_else(|| cx.error(&bits.span, Problem::form("a host has 32 or 64 bits")))?,
    };
    Ok(DiscoveryScript {
        run_as: entry.run_as.as_ref().map_or_else(Default::default, |run_as| *run_as.get()),
        host_bits,
        signature_check: entry.signature_check,
        signed: entry.signed,
        bytes: entry.bytes.as_ref().map_or(1_000, |bytes| *bytes.get()),
        settings: settings(&entry.settings),
    })
}

fn settings(all: &BTreeMap<String, Field<ValueKind>>) -> Vec<DiscoverySetting> {
    all.iter().map(|(name, kind)| DiscoverySetting { name: name.clone(), kind: *kind.get() }).collect()
}

/// A script about whose output nothing is said finds nothing, in good form.
fn nothing_found() -> Behavior {
    Behavior { outcomes: vec![Outcome { output: "{}".to_owned(), ..Outcome::default() }], weighted: false }
}
