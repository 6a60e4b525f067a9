//! The figures by which fleets are compared.

use crate::fleet::report::{ContentReport, FleetReport, Times};
use crate::time::Span;

/// One figure of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// What it is a figure of.
    pub what: String,
    /// Its unit.
    pub unit: Unit,
    /// The figure; `None` if it lies beyond the end of the run.
    pub value: Option<u64>,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole seconds.
    Seconds,
    /// Hundredths of a percent.
    BasisPoints,
    /// Devices.
    Devices,
    /// Requests.
    Requests,
    /// Thousandths.
    Thousandths,
}

impl Unit {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::BasisPoints => "hundredths of a percent",
            Self::Devices => "devices",
            Self::Requests => "requests",
            Self::Thousandths => "thousandths",
        }
    }

    /// A figure in this unit, for people.
    pub fn text(self, value: u64) -> String {
        match self {
            Self::Seconds => Span::secs(value).to_string(),
            Self::BasisPoints => format!("{}.{:02} %", value / 100, value % 100),
            Self::Devices | Self::Requests => grouped(value),
            Self::Thousandths => format!("{}.{:03}", value / 1_000, value % 1_000),
        }
    }
}

/// A number with its digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl FleetReport {
    /// The figures of the run, in an order that depends on the scenario alone.
    pub fn metrics(&self) -> Vec<Metric> {
        let mut all = Vec::new();
        for content in self.contents().into_iter().flat_map(|(_, contents)| contents) {
            of_content(content, &mut all);
            // A ring that this seed leaves empty has no figures.
            content.rings.iter().filter(|ring| ring.targeted > 0).for_each(|ring| of_content(ring, &mut all));
        }
        let mut add = |what: &str, unit, value| all.push(Metric { what: what.to_owned(), unit, value: Some(value) });
        add("requests", Unit::Requests, self.load.requests);
        add("busiest hour", Unit::Requests, self.load.peak_per_hour);
        add("busiest bin", Unit::Requests, self.herd.peak);
        add("peak to mean", Unit::Thousandths, self.herd.peak_to_mean_milli);
        add("refused requests", Unit::Requests, self.load.refused);
        add("longest wait for an answer", Unit::Seconds, self.load.longest_wait.as_secs());
        for (number, outage) in (1..).zip(&self.herd.outages) {
            let what = |figure: &str| format!("outage {number}: {figure}");
            let mut add = |figure: &str, unit, value| all.push(Metric { what: what(figure), unit, value });
            add("drained after", Unit::Seconds, outage.drain.map(Span::as_secs));
            add("first peak", Unit::Requests, Some(outage.first_peak));
            add("echo", Unit::Thousandths, Some(outage.echo_permille));
        }
        all
    }
}

fn of_content(content: &ContentReport, all: &mut Vec<Metric>) {
    let name = if content.ring == "all" { content.name.clone() } else { format!("{}, {}", content.name, content.ring) };
    let Times { p50, p90, p95, p99 } = content.times;
    for (share, time) in [("50 %", p50), ("90 %", p90), ("95 %", p95), ("99 %", p99)] {
        let what = format!("{name}: {share} done after");
        all.push(Metric { what, unit: Unit::Seconds, value: time.map(Span::as_secs) });
    }
    let of = |count: u64| Some(u64::from(basis_points(count, content.targeted)));
    all.push(Metric { what: format!("{name}: done"), unit: Unit::BasisPoints, value: of(content.done) });
    let failed = content.failed.values().map(|cause| cause.count).sum();
    all.push(Metric { what: format!("{name}: failed"), unit: Unit::Devices, value: Some(failed) });
}

/// A share in hundredths of a percent, rounded down.
pub(crate) fn basis_points(count: u64, of: u64) -> u32 {
    u32::try_from(u128::from(count) * 10_000 / u128::from(of.max(1))).unwrap_or(10_000)
}
