//! Scenarios, and plans of faults for one of their devices.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::values::spans;
use crate::check::hunt::{Base, Case, Fault, Ground};
use crate::device::AgentMachine;
use crate::profile::Profile;
use crate::scenario::Overrides;
use crate::sim::plan::Network;
use crate::time::Span;

/// Scenarios of one to three devices with scripts, apps and remediations, as text and ready to run. All times in a scenario
/// file begin with its start, so the same text is the same world everywhere.
pub fn scenarios() -> impl Strategy<Value = Base> {
    let head = (select(Profile::NAMES.to_vec()), 2..=14_u8)
        .prop_map(|(profile, days)| format!("title = \"Drawn\"\nprofile = \"{profile}\"\nduration = \"{days}d\"\n"));
    let parts = (named(script(), 0..=3, 's'), named(app(), 0..=2, 'a'), named(remediation(), 0..=2, 'r'));
    (head, parts, named(device(), 1..=3, 'd')).prop_filter_map(
        "a scenario that cannot be read",
        |(head, (scripts, apps, remediations), devices)| {
            let text = [head, scripts, apps, remediations, devices].concat();
            Base::parse(&text, "drawn.toml", &Overrides::default()).ok()
        },
    )
}

/// Entries with names: a letter and their number. `NAME` stands for it in each.
fn named(
    entry: impl Strategy<Value = String>,
    count: std::ops::RangeInclusive<usize>,
    letter: char,
) -> impl Strategy<Value = String> {
    vec(entry, count).prop_map(move |entries| {
        entries.iter().enumerate().map(|(n, entry)| entry.replace("NAME", &format!("{letter}{n}"))).collect()
    })
}

fn assignment() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just("all-devices"), 1 => Just("all-users")]
}

fn script() -> impl Strategy<Value = String> {
    let run_as = select(vec!["system", "user"]);
    (assignment(), run_as, 0..=100_u32, spans()).prop_map(|(assign, run_as, failing, duration)| {
        let good = 100 - failing;
        let mut text = format!("\n[[script]]\nname = \"NAME\"\nrun_as = \"{run_as}\"\nassign = [\"{assign}\"]\n");
        let _ = match (good, failing) {
            (0, _) => writeln!(text, "outcome = [{{ exit = 1 }}]"),
            (_, 0) => writeln!(text, "outcome = [{{ exit = 0, duration = \"{duration}\" }}]"),
            _ => writeln!(
                text,
                "outcomes = \"weighted\"\noutcome = [{{ weight = {good}, exit = 0, duration = \"{duration}\" }}, {{ weight = {failing}, exit = 1 }}]"
            ),
        };
        text
    })
}

fn app() -> impl Strategy<Value = String> {
    assignment().prop_map(|assign| format!("\n[[app]]\nname = \"NAME\"\nassign = [\"{assign}\"]\n"))
}

fn remediation() -> impl Strategy<Value = String> {
    assignment().prop_map(|assign| format!("\n[[remediation]]\nname = \"NAME\"\nassign = [\"{assign}\"]\n"))
}

fn device() -> impl Strategy<Value = String> {
    let users = select(vec!["[]", "[\"anna\"]", "[\"anna\", \"ben\"]"]);
    let awake = select(vec!["always", "always", "07:00-18:00", "weekdays 08:30-17:00"]);
    (users, awake, 0..=48_u64).prop_map(|(users, awake, hours)| {
        let enrolled = if hours == 0 { String::new() } else { format!("enrolled = \"{}\"\n", Span::hours(hours)) };
        format!("\n[[device]]\nname = \"NAME\"\nusers = {users}\nawake = \"{awake}\"\n{enrolled}")
    })
}

/// What goes wrong on one device: which faults come when, how messages travel, and for how long before everything is repaired.
#[derive(Clone, Debug)]
pub struct CasePlan {
    device: Index,
    network: Option<Network>,
    active: Span,
    /// Each with its time and the seed of what it does exactly.
    faults: Vec<(Fault, Span, u64)>,
}

impl CasePlan {
    /// The plan for a world: one of its devices.
    pub fn on<A: AgentMachine>(&self, ground: &Ground<'_, A>) -> Case {
        let devices = usize::try_from(ground.devices()).unwrap_or(usize::MAX);
        Case::planned(ground, self.device.index(devices) as u64, self.network, self.active, &self.faults)
    }
}

/// Plans of up to 60 faults in one to six days, with four days of quiet behind them.
pub fn cases() -> impl Strategy<Value = CasePlan> {
    let network = (0..50_u64, 0..120_000_u64, 0..250_000_u32, 0..200_000_u32, 0..300_000_u32).prop_map(
        |(least, more, loss_ppm, duplicate_ppm, reorder_ppm)| Network {
            latency_min: Span::millis(least),
            latency_max: Span::millis(least + more),
            loss_ppm,
            duplicate_ppm,
            reorder_ppm,
        },
    );
    let faults: Vec<Fault> = Fault::ALL.into_iter().filter(|fault| *fault != Fault::Network).collect();
    (1..=6_u64).prop_flat_map(move |days| {
        let active = Span::days(days);
        let one = (select(faults.clone()), (0..active.as_millis()).prop_map(Span::millis), any::<u64>());
        let faults = vec(one, 0..=60);
        (any::<Index>(), prop::option::weighted(0.3, network.clone()), faults)
            .prop_map(move |(device, network, faults)| CasePlan { device, network, active, faults })
    })
}
