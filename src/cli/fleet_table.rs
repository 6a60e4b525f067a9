//! The table of a fleet: what a person wants to know first.

use std::io::{self, Write};
use std::time::Duration;

use super::study::interval_text;
use crate::fleet::{ContentReport, FleetReport, Interval, Study, Unit, grouped};
use crate::sim::plan::Plan;
use crate::time::Span;

pub(super) fn table(out: &mut impl Write, plan: &Plan, study: &Study, elapsed: Duration) -> io::Result<()> {
    let first = study.first();
    writeln!(out, "{}", first.title)?;
    let last = study.runs().last().map_or(first.seed, |run| run.seed);
    let seeds = if last == first.seed { format!("seed {last}") } else { format!("seeds {} to {last}", first.seed) };
    writeln!(
        out,
        "{} devices in {} cohorts, {} simulated, {seeds}",
        grouped(first.devices),
        first.cohorts,
        first.duration,
    )?;
    if study.runs().len() > 1 {
        writeln!(out, "medians; in brackets the {}", study.method())?;
    }
    if study.is_partial() {
        writeln!(out, "PARTIAL: interrupted; what follows is about the seeds, devices and time above, and no others")?;
    }
    writeln!(out)?;
    for (place, kind) in ["Script", "App", "Remediation"].into_iter().enumerate() {
        for content in first.contents()[place].1 {
            let find = |run| FleetReport::content(run, place, &content.name);
            let title = format!("{kind} `{}`", content.name);
            content_table(out, &title, study, content, find)?;
            for ring in &content.rings {
                let title = format!("{kind} `{}` through {}", content.name, ring.ring);
                let of = |run| find(run)?.rings.iter().find(|other| other.ring == ring.ring);
                content_table(out, &title, study, ring, of)?;
            }
        }
    }
    load(out, plan, study)?;
    let events: u64 = study.runs().iter().map(|run| run.events).sum();
    let per_second = u128::from(events).saturating_mul(1_000_000_000) / elapsed.as_nanos().max(1);
    row(out, "events", &grouped(events))?;
    row(out, "events/s", &grouped(u64::try_from(per_second).unwrap_or(u64::MAX)))?;
    for run in study.runs() {
        row(out, "digest", &run.digest.to_string())?;
    }
    writeln!(out)
}

fn content_table<'s>(
    out: &mut impl Write,
    title: &str,
    study: &'s Study,
    first: &ContentReport,
    of: impl Fn(&'s FleetReport) -> Option<&'s ContentReport>,
) -> io::Result<()> {
    writeln!(out, "{title}, aimed at {} devices", grouped(first.targeted))?;
    let has_band = study.runs().len() > 1;
    let interval = |figure: &dyn Fn(&ContentReport) -> Option<u64>| -> Interval {
        Interval::of(study.runs().iter().filter_map(&of).filter(|content| content.targeted > 0).map(figure))
    };
    for (place, name) in ["50 % done", "90 % done", "95 % done", "99 % done"].into_iter().enumerate() {
        let interval = interval(&|content| content.times.all()[place].map(Span::as_secs));
        let after = if interval.median.is_some() { "after " } else { "" };
        row(out, name, &format!("{after}{}", interval_text(Unit::Seconds, interval, has_band)))?;
    }
    let count = |figure: &dyn Fn(&ContentReport) -> u64| {
        let share = |content: &ContentReport| Some(figure(content) * 10_000 / content.targeted.max(1));
        shares(interval(&|content| Some(figure(content))), interval(&share))
    };
    row(out, "done", &count(&|content| content.done))?;
    for (place, (kind, causes)) in first.causes().into_iter().enumerate() {
        row(out, kind, &count(&|content| content.causes()[place].1.values().map(|cause| cause.count).sum()))?;
        for (cause, known) in causes {
            let of_cause =
                |content: &ContentReport| content.causes()[place].1.get(cause).map_or(0, |cause| cause.count);
            let example =
                known.examples.first().map_or_else(String::new, |device| format!("  such as {}", device.name));
            row(out, &format!("    {cause}"), &format!("{}{example}", count(&of_cause)))?;
        }
    }
    row(
        out,
        "failure reports",
        &interval_text(Unit::Devices, interval(&|content| Some(content.failure_reports)), has_band),
    )?;
    writeln!(out)
}

fn load(out: &mut impl Write, plan: &Plan, study: &Study) -> io::Result<()> {
    let has_band = study.runs().len() > 1;
    let requests = |figure: &dyn Fn(&FleetReport) -> u64| {
        interval_text(Unit::Requests, study.interval(|run| Some(figure(run))), has_band)
    };
    // Moments are those of one run; medians of them would be of none.
    let of_seed = if has_band { format!(" (seed {})", study.first().seed) } else { String::new() };
    writeln!(out, "Service load")?;
    row(out, "requests", &requests(&|run| run.load.requests))?;
    row(out, "mean", &format!("{} an hour", requests(&|run| run.load.mean_per_hour)))?;
    let zone = crate::sim::plan::Zone::utc();
    let peak = crate::sim::trace::local_time(plan.start.after(study.first().load.peak_at), 0, &zone);
    let peak = peak.strip_suffix(":00.000").unwrap_or(&peak);
    row(out, "peak", &format!("{} in the hour from {peak} UTC{of_seed}", requests(&|run| run.load.peak_per_hour)))?;
    let herd = &study.first().herd;
    let ratio = study.interval(|run| Some(run.herd.peak_to_mean_milli));
    let ratio = interval_text(Unit::Thousandths, ratio, has_band);
    row(out, "peak to mean", &format!("{ratio} in bins of {}", herd.bin))?;
    if plan.limits.is_limited() {
        row(out, "refused", &requests(&|run| run.load.refused))?;
        let wait = study.interval(|run| Some(run.load.longest_wait.as_secs()));
        row(out, "longest wait", &interval_text(Unit::Seconds, wait, has_band))?;
    }
    for outage in &herd.outages {
        let drained = outage
            .drain
            .map_or_else(|| "not drained within this run".to_owned(), |drain| format!("drained {drain} later"));
        let peaks = format!("first peak {}, echo {}", grouped(outage.first_peak), grouped(outage.echo_peak));
        row(
            out,
            &format!("outage{of_seed}"),
            &format!("from {} to {}: {drained}; {peaks} in {}", outage.from, outage.until, herd.bin),
        )?;
    }
    writeln!(out)
}

fn row(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {name:<28}{}", value.trim_end())
}

/// Counts and their shares: those of each run, for a ring may have another size with another seed.
fn shares(counts: Interval, shares: Interval) -> String {
    let share = shares.median.unwrap_or(0);
    let band = match (counts.low, counts.high) {
        (Some(low), Some(high)) if low != high => format!("  ({} to {})", grouped(low), grouped(high)),
        _ => String::new(),
    };
    format!("{:>11}  {:>3}.{:02} %{band}", grouped(counts.median.unwrap_or(0)), share / 100, share % 100)
}
