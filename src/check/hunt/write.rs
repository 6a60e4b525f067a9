//! A case as a scenario file: the world's own text, and after it what happens to the device.

use std::fmt::Write as _;

use super::Base;
use super::case::Case;
use super::ground::{Failure, Ground};
use crate::catalog::{FaultChannel, FaultKind};
use crate::device::AgentMachine;
use crate::protocol::Failure as Answer;
use crate::scenario::verb_of;
use crate::sim::plan::Network;
use crate::time::Span;

/// The scenario file of a case, which fails in the same way when it is replayed. Its transcript is that of any scenario.
pub fn scenario_of<A: AgentMachine>(base: &Base, ground: &Ground<'_, A>, case: &Case, failure: &Failure) -> String {
    let mut text = base.text.trim_end().to_owned();
    let invariant = failure.violation.invariant;
    let name = ground.cast().name(case.device).unwrap_or_default();
    // Of a population, all devices get the events; a replay looks at one alone.
    let target = ground.cast().group_name(case.device).unwrap_or_default().to_owned();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\n\n# What follows breaks {invariant}: {}\n# In short: {}\n",
        invariant.says(),
        failure.violation.what
    );
    let _ = writeln!(text, "\n[replay]\ndevice = {name:?}\ninvariant = \"{invariant}\"");
    let _ = writeln!(text, "quiet_from = \"{}\"\nduration = \"{}\"", case.quiet_from, case.duration);
    if let Some(effects) = case.kill_after {
        let _ = writeln!(text, "kill_after = {effects}");
    }
    if let Some(network) = &case.network {
        let Network { latency_min, latency_max, loss_ppm, duplicate_ppm, reorder_ppm } = network;
        let _ = writeln!(
            text,
            "network = {{ latency = [\"{latency_min}\", \"{latency_max}\"], loss = {loss_ppm}, \
             duplicates = {duplicate_ppm}, reorder = {reorder_ppm} }}"
        );
    }
    let users = ground.cast().described(case.device).map_or(&[][..], |described| &described.users);
    for event in &case.events {
        let Some(verb) = verb_of(event.action, &ground.plan().tenant, users) else {
            let _ = writeln!(text, "\n# at {}: {:?}, which no verb says", event.at, event.action);
            continue;
        };
        let _ = writeln!(text, "\n[[at]]\nat = \"{}\"\ndevice = {target:?}\ndo = \"{}\"", event.at, verb.name);
        for (key, value) in verb.arguments {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    for fault in &case.faults {
        let (from, until) = (shown(fault.from), shown(fault.until));
        let _ = writeln!(text, "\n[[fault]]\nfrom = {from}\nuntil = {until}\non = \"{}\"", channel(fault.channel));
        let _ = writeln!(text, "answer = {}", answer(fault.kind));
    }
    text
}

fn shown(span: Span) -> String {
    format!("\"{span}\"")
}

fn channel(channel: FaultChannel) -> String {
    match channel {
        FaultChannel::All => "all".to_owned(),
        FaultChannel::Ime => "ime".to_owned(),
        FaultChannel::Mdm => "mdm".to_owned(),
        FaultChannel::Reports => "reports".to_owned(),
        FaultChannel::Workload(workload) => workload.to_string(),
        FaultChannel::AgentDownload => "agent-download".to_owned(),
        FaultChannel::AgentInstaller => "agent-installer".to_owned(),
    }
}

fn answer(kind: FaultKind) -> String {
    match kind {
        FaultKind::Fails(Answer::Status(code)) => code.to_string(),
        FaultKind::Fails(Answer::Empty) => "\"empty\"".to_owned(),
        FaultKind::Fails(Answer::DeviceUnknown) => "\"device-unknown\"".to_owned(),
        FaultKind::Fails(Answer::EnrollmentRefused(code)) => format!("\"enrollment-refused {code:#x}\""),
        FaultKind::Fails(Answer::RetryAfter(secs)) => format!("\"retry-after {secs}s\""),
        // The only other failure that hunts draw.
        FaultKind::Fails(_) => "\"timeout\"".to_owned(),
        FaultKind::Stale(ago) => format!("\"stale {ago}\""),
        FaultKind::Partial => "\"partial\"".to_owned(),
        FaultKind::Restored(ago) => format!("\"restored {ago}\""),
        FaultKind::SplitBrain => "\"split-brain\"".to_owned(),
        FaultKind::PushLost => "\"push-lost\"".to_owned(),
        FaultKind::PushLate(later) => format!("\"push-late {later}\""),
        FaultKind::PushDoubled => "\"push-doubled\"".to_owned(),
    }
}
