//! Links, rings, clocks and failures of devices.

use super::super::error::Problem;
use super::super::file::{
    At, DeviceEntry, FailsTable, Field, GroupKind, LinkEntry, LinkTable, Many, NetworkTable, OffsetEntry, Read,
    RingEntry, Share, TextOr, Val,
};
use super::super::time::Step;
use super::tenant::Names;
use super::{Context, Result, ScenarioError, device, find, habits, member};
use crate::facts::Feature;
use crate::service::Membership;
use crate::sim::plan::{Fails, Link, Network, Patch};
use crate::time::Span;

/// What only a population can have.
pub(super) fn single(cx: &Context<'_>, entry: &DeviceEntry) -> Result<()> {
    let weights = |span| Err(device::weights_misplaced(cx, span));
    if let Some(At { value: LinkEntry::Named(_), span }) = &entry.link {
        return weights(span);
    }
    if let Some(At { value: OffsetEntry::Weights(_), span }) = &entry.clock_offset {
        return weights(span);
    }
    match &entry.rings {
        Some(rings) => {
            Err(cx
                .error(&rings.span, Problem::misplaced("rings belong in a [[population]]; a [[device]] has `groups`")))
        }
        None => Ok(()),
    }
}

/// How messages of all devices travel, unless a link says otherwise.
pub(super) fn network(cx: &Context<'_>, table: &NetworkTable) -> Result<Network> {
    travel(cx, &table.latency, [&table.loss, &table.duplicates, &table.reorder], Network::default())
}

fn travel(
    cx: &Context<'_>,
    latency: &Option<Many<Val<Span>>>,
    [loss, duplicates, reorder]: [&Option<Field<Share>>; 3],
    base: Network,
) -> Result<Network> {
    let (latency_min, latency_max) = match latency {
        None => (base.latency_min, base.latency_max),
        Some(latency) => {
            let (min, max) = habits::range(cx, latency)?;
            if max > LATENCY_MAX {
                return Err(cx.error(&latency.span, Problem::range("a latency", max, "0s", LATENCY_MAX)));
            }
            (min, max)
        }
    };
    let ppm = |share: &Option<Field<Share>>, base| share.as_ref().map_or(base, |share| share.get().0);
    let (loss_ppm, duplicate_ppm) = (ppm(loss, base.loss_ppm), ppm(duplicates, base.duplicate_ppm));
    let reorder_ppm = ppm(reorder, base.reorder_ppm);
    Ok(Network { latency_min, latency_max, loss_ppm, duplicate_ppm, reorder_ppm })
}

/// An answer later than this is no answer.
const LATENCY_MAX: Span = Span::hours(1);

/// The link that all devices of an entry have, if it has one.
pub(super) fn link(cx: &Context<'_>, entry: &DeviceEntry, base: Network) -> Result<Option<Link>> {
    match &entry.link {
        Some(At { value: LinkEntry::One(table), .. }) => link_of(cx, table, base).map(Some),
        Some(At { value: LinkEntry::Named(_), .. }) | None => Ok(None),
    }
}

/// The links of which each device draws one, if there are such.
pub(super) fn links(cx: &Context<'_>, entry: &DeviceEntry, base: Network) -> Result<Option<Vec<(u32, Patch)>>> {
    let Some(At { value: LinkEntry::Named(named), .. }) = &entry.link else {
        return Ok(None);
    };
    let mut choices = Vec::new();
    for (name, table) in named {
        let Some(weight) = &table.value.weight else {
            return Err(cx.error(&name.span, Problem::missing(format!("`weight` of the link `{}`", name.value))));
        };
        choices.push((*weight.get(), Patch::Link(link_of(cx, &table.value, base)?)));
    }
    Ok(Some(choices))
}

fn link_of(cx: &Context<'_>, table: &LinkTable, base: Network) -> Result<Link> {
    Ok(Link {
        network: travel(cx, &table.latency, [&table.loss, &table.duplicates, &table.reorder], base)?,
        offline_ppm: table.offline.as_ref().map(|share| share.get().0),
        offline_spells: habits::spells(cx, &table.offline_spells, Span::hours(1))?,
    })
}

/// The ends of the range from which a clock's offset is drawn.
pub(super) fn clock_offset(cx: &Context<'_>, entry: &DeviceEntry) -> Result<(i64, i64)> {
    let Some(At { value: OffsetEntry::Range(steps), span }) = &entry.clock_offset else {
        return Ok((0, 0));
    };
    match steps.as_slice() {
        [one] => Ok((one.get().0, one.get().0)),
        [from, to] if from.get().0 <= to.get().0 => Ok((from.get().0, to.get().0)),
        _ => Err(cx.error(span, Problem::form("write one step, or the lowest and the highest to draw from"))),
    }
}

/// The offsets of which each device draws one, if there are such.
pub(super) fn clock_offsets(entry: &DeviceEntry) -> Option<Vec<(u32, Patch)>> {
    let Some(At { value: OffsetEntry::Weights(pairs), .. }) = &entry.clock_offset else {
        return None;
    };
    let patch = |(step, weight): &(Field<Step>, Field<u32>)| (*weight.get(), Patch::ClockOffset(step.get().0));
    Some(pairs.iter().map(patch).collect())
}

/// The rings, as choices by millionths: each ring once for each of its steps, and the devices that are in none.
pub(super) fn rings(cx: &Context<'_>, names: &Names, rings: &At<Vec<RingEntry>>) -> Result<Vec<(u32, Patch)>> {
    let mut choices = Vec::new();
    let mut rest = ALL_PPM;
    for ring in &rings.value {
        let group = member::group(cx, names, &ring.group, GroupKind::Devices)?;
        let share = ring.share.get().0;
        rest = rest.checked_sub(share).ok_or_else(|| {
            let message = "the shares of the rings add up to more than 100%";
            cx.error(&ring.share.span, Problem::form(message))
        })?;
        let moments = joining(cx, ring)?;
        let count = moments.len() as u64;
        for (n, from) in moments.into_iter().enumerate() {
            // The share is dealt out so that the steps add up to it.
            let until = |n: u64| u64::from(share) * n / count;
            let weight = u32::try_from(until(n as u64 + 1) - until(n as u64)).unwrap_or(share);
            let from = from.map(|after| cx.start.after(after));
            choices.push((weight, Patch::Ring(Some(Membership { group, from, until: None }))));
        }
    }
    choices.push((rest, Patch::Ring(None)));
    Ok(choices)
}

/// The steps at which devices join a ring; `None` for those who always were members.
fn joining(cx: &Context<'_>, ring: &RingEntry) -> Result<Vec<Option<Span>>> {
    let within = match (&ring.at, &ring.within) {
        (Some(at), Some(_)) => {
            return Err(cx.error(&at.span, Problem::misplaced("a ring has `at` or `within`, not both")));
        }
        (_, Some(within)) => within,
        (at, None) => {
            if let Some(step) = &ring.step {
                return Err(cx.error(&step.span, Problem::misplaced("`step` counts only with `within`")));
            }
            return Ok(vec![at.as_ref().map(|at| cx.offset(at, cx.zone)).transpose()?]);
        }
    };
    let wrong = || cx.error(&within.span, Problem::form("write the first and the last moment at which devices join"));
    let [first, last] = within.items.as_slice() else {
        return Err(wrong());
    };
    let (first, last) = (cx.offset(first, cx.zone)?, cx.offset(last, cx.zone)?);
    if last < first {
        return Err(wrong());
    }
    let width = last.saturating_sub(first);
    let usual = if width <= Span::days(1) { Span::hours(1) } else { Span::days(1) };
    let step = ring.step.as_ref().map_or(usual, |step| *step.get());
    let steps = width.as_millis().checked_div(step.as_millis()).unwrap_or(u64::MAX);
    if steps > STEPS_MAX {
        let at = ring.step.as_ref().map_or(&within.span, |step| &step.span);
        return Err(cx.error(at, Problem::range("a number of steps", steps, 0, STEPS_MAX)));
    }
    Ok((0..=steps).map(|n| Some(first.saturating_add(step.saturating_mul(n)))).collect())
}

/// All devices, in millionths.
const ALL_PPM: u32 = 1_000_000;
/// Each step of a ring makes every class of devices once more.
const STEPS_MAX: u64 = 100;

/// Content that fails on the devices of an entry.
pub(super) fn fails(cx: &Context<'_>, entry: &DeviceEntry, names: &Names) -> Result<Vec<Fails>> {
    entry.fails.iter().map(|(name, fails)| fails_of(cx, name, fails, names)).collect()
}

fn fails_of(cx: &Context<'_>, name: &str, entry: &At<TextOr<FailsTable>>, names: &Names) -> Result<Fails> {
    let named = At { value: name.to_owned(), span: entry.span.clone() };
    let (content, feature) = find(cx, &names.contents, "content", &named)?;
    let usual_exit = match feature {
        Feature::Script | Feature::Remediation | Feature::CustomCompliance => 1,
        Feature::Win32App | Feature::StoreApp => FATAL_INSTALL,
        Feature::EndpointAnalytics | Feature::RemoteHelp | Feature::ManagedInstaller | Feature::BiosConfiguration => {
            return Err(nothing_runs(cx, &named));
        }
    };
    let (runs_ppm, devices_ppm, exit_code) = match &entry.value {
        TextOr::Text(text) => {
            let share = Share::from_text(text).map_err(|message| cx.error(&entry.span, Problem::form(message)))?;
            (share.0, 0, usual_exit)
        }
        TextOr::Table(table) => {
            if let Some(exit) = table.exit.as_ref().filter(|exit| *exit.get() == 0) {
                return Err(cx.error(&exit.span, Problem::form("an exit code of 0 is no failure")));
            }
            let ppm = |share: &Option<Field<Share>>| share.as_ref().map_or(0, |share| share.get().0);
            (ppm(&table.runs), ppm(&table.devices), table.exit.as_ref().map_or(usual_exit, |exit| *exit.get()))
        }
    };
    Ok(Fails { content, devices_ppm, runs_ppm, exit_code })
}

fn nothing_runs(cx: &Context<'_>, named: &At<String>) -> ScenarioError {
    cx.error(&named.span, Problem::misplaced(format!("nothing of `{}` is run, so nothing fails", named.value)))
}

/// Windows Installer: a fatal error during installation.
const FATAL_INSTALL: i32 = 1603;
