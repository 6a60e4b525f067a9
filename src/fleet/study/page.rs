//! A study as the data of a page.

use super::metric::basis_points;
use super::{Comparison, Difference, Interval, Study, Verdict};
use crate::fleet::report::{ContentReport, FleetReport, Times, date};
use crate::fleet::{Grid, Kind, State};
use crate::profile::{Profile, params};
use crate::report::data::{
    Band, CompareData, ContentKind, Curve, DifferenceRow, Example, Freshness, Herd, OutageRow, ParameterRow, Range,
    SCHEMA, Series, SignedRange, StragglerKind, StragglerRow, StudyData, TimesRow, Verdict as PageVerdict,
};
use crate::rules::RuleId;
use crate::scenario::Scenario;
use crate::time::Span;

impl Study {
    /// The study as the data of a page. `command` makes it again; `device_command` replays the device `{N}`.
    pub fn page_data(&self, scenario: &Scenario, command: &str, device_command: &str) -> StudyData {
        let first = self.first();
        let grid = first.counts.grid;
        let mut data = StudyData {
            schema: SCHEMA,
            title: scenario.title.clone(),
            about: scenario.about.clone(),
            population: None,
            seeds: self.runs().iter().map(|run| run.seed).collect(),
            digests: self.runs().iter().map(|run| run.digest.to_string()).collect(),
            partial: self.is_partial(),
            devices: first.devices,
            cohorts: first.cohorts as u64,
            events: first.events,
            start: date(first.start),
            duration_secs: first.duration.as_secs().max(1),
            bin_secs: grid.coarse.as_secs(),
            bins: bins(&grid) as u64,
            band: Band { method: self.method(), coverage_bp: self.coverage_bp() },
            curves: Vec::new(),
            times: Vec::new(),
            load: Kind::ALL.into_iter().map(|kind| self.load(kind)).collect(),
            state: State::ALL.into_iter().map(|state| self.state(state)).collect(),
            herd: herd(first),
            stragglers: Vec::new(),
            freshness: freshness(first),
            parameters: parameters(&scenario.plan.profile),
            command: command.to_owned(),
            device_command: device_command.to_owned(),
        };
        // What never happened has no line of its own.
        data.load.retain(|series| series.median.iter().chain(&series.high).any(|load| *load > 0));
        data.load.insert(0, self.requests());
        for (place, kind) in KINDS.into_iter().enumerate() {
            for content in first.contents()[place].1 {
                self.content(kind, content, |run| run.content(place, &content.name), &mut data);
            }
        }
        data
    }

    fn content<'s>(
        &'s self,
        kind: ContentKind,
        first: &'s ContentReport,
        of: impl Fn(&'s FleetReport) -> Option<&'s ContentReport>,
        data: &mut StudyData,
    ) {
        self.curve(kind, first, &of, data);
        for ring in &first.rings {
            self.curve(kind, ring, &|run| of(run)?.rings.iter().find(|other| other.ring == ring.ring), data);
        }
        let kinds = [StragglerKind::Failed, StragglerKind::Pending, StragglerKind::Unreachable];
        for (place, straggler) in kinds.into_iter().enumerate() {
            let causes = |content: &'s ContentReport| content.causes()[place].1;
            let mut names: Vec<&str> =
                self.runs().iter().filter_map(&of).flat_map(|content| causes(content).keys().copied()).collect();
            names.sort_unstable();
            names.dedup();
            for cause in names {
                let count = |run| Some(of(run).and_then(|content| causes(content).get(cause)).map_or(0, |it| it.count));
                let examples = causes(first).get(cause).map_or(&[][..], |cause| &cause.examples);
                data.stragglers.push(StragglerRow {
                    content: first.name.clone(),
                    kind: straggler,
                    cause: cause.to_owned(),
                    label: cause.replace('-', " "),
                    count: range(Interval::of(self.runs().iter().map(count))),
                    examples: examples
                        .iter()
                        .map(|example| Example { number: example.number, name: example.name.clone() })
                        .collect(),
                });
            }
        }
    }

    fn curve<'s>(
        &'s self,
        kind: ContentKind,
        first: &ContentReport,
        of: &impl Fn(&'s FleetReport) -> Option<&'s ContentReport>,
        data: &mut StudyData,
    ) {
        // A ring that a seed leaves empty says nothing about how long it takes.
        let runs: Vec<&ContentReport> = self.runs().iter().filter_map(of).filter(|it| it.targeted > 0).collect();
        let bins = bins(&self.first().counts.grid);
        let share = |content: &ContentReport, bin: usize| {
            // The end of the run, which has a bin of its own in the counts, belongs to the last one.
            let bin = if bin + 1 == bins { content.curve.len().saturating_sub(1) } else { bin };
            u64::from(basis_points(content.curve.get(bin).copied().unwrap_or(0), content.targeted))
        };
        let [median, low, high] = self.edges(bins, |bin| Interval::of(runs.iter().map(|run| Some(share(run, bin)))));
        let shares = |edge: Vec<u64>| edge.into_iter().map(|share| u32::try_from(share).unwrap_or(10_000)).collect();
        data.curves.push(Curve {
            content: first.name.clone(),
            kind,
            ring: first.ring.clone(),
            targeted: first.targeted,
            median: shares(median),
            low: shares(low),
            high: shares(high),
        });
        let time = |of: fn(&Times) -> Option<Span>| {
            range(Interval::of(runs.iter().map(|content| of(&content.times).map(Span::as_secs))))
        };
        data.times.push(TimesRow {
            content: first.name.clone(),
            kind,
            ring: first.ring.clone(),
            targeted: first.targeted,
            p50: time(|times| times.p50),
            p90: time(|times| times.p90),
            p95: time(|times| times.p95),
            p99: time(|times| times.p99),
        });
    }

    fn requests(&self) -> Series {
        self.series("requests", "all requests", &self.unit(), |run| sums(&run.counts.grid, &run.counts.requests()))
    }

    fn load(&self, kind: Kind) -> Series {
        self.series(kind.name(), kind.label(), &self.unit(), |run| {
            sums(&run.counts.grid, &run.counts.load[kind as usize])
        })
    }

    fn state(&self, state: State) -> Series {
        self.series(state.name(), state.label(), "devices", |run| levels(&run.counts.grid, &run.counts.in_state(state)))
    }

    /// What load is counted in.
    fn unit(&self) -> String {
        format!("per {}", self.first().counts.grid.coarse)
    }

    fn series(&self, name: &str, label: &str, unit: &str, of: impl Fn(&FleetReport) -> Vec<u64>) -> Series {
        let runs: Vec<Vec<u64>> = self.runs().iter().map(of).collect();
        let bins = bins(&self.first().counts.grid);
        let at = |run: &Vec<u64>, bin: usize| Some(run.get(bin).copied().unwrap_or(0));
        let [median, low, high] = self.edges(bins, |bin| Interval::of(runs.iter().map(|run| at(run, bin))));
        Series { name: name.to_owned(), label: label.to_owned(), unit: unit.to_owned(), median, low, high }
    }

    /// The median, lower and upper edge of each bin; of a single run there is no band.
    fn edges(&self, bins: usize, band: impl Fn(usize) -> Interval) -> [Vec<u64>; 3] {
        let bands: Vec<Interval> = (0..bins).map(band).collect();
        let edge = |edge: fn(&Interval) -> Option<u64>| bands.iter().map(|band| edge(band).unwrap_or(0)).collect();
        if self.runs().len() > 1 {
            [edge(|band| band.median), edge(|band| band.low), edge(|band| band.high)]
        } else {
            [edge(|band| band.median), Vec::new(), Vec::new()]
        }
    }
}

impl Comparison {
    /// The comparison as the data of a page.
    pub fn page_data(&self, a: StudyData, b: StudyData) -> CompareData {
        CompareData { schema: SCHEMA, a, b, differences: self.differences.iter().map(row).collect() }
    }
}

fn row(difference: &Difference) -> DifferenceRow {
    let Interval { low, median, high } = difference.difference;
    DifferenceRow {
        what: difference.what.clone(),
        unit: difference.unit.name().to_owned(),
        a: range(difference.a),
        b: range(difference.b),
        difference: SignedRange { median, low, high },
        verdict: match difference.verdict {
            Verdict::Lower => PageVerdict::Lower,
            Verdict::Higher => PageVerdict::Higher,
            Verdict::NotShown => PageVerdict::NotShown,
        },
    }
}

/// In the order of [`FleetReport::contents`].
const KINDS: [ContentKind; 3] = [ContentKind::Script, ContentKind::App, ContentKind::Remediation];

const fn range(Interval { low, median, high }: Interval) -> Range {
    Range { median, low, high }
}

/// Bins of a page. The end of a run has a bin of its own in the counts; on a page it belongs to the one before.
fn bins(grid: &Grid) -> usize {
    let whole = grid.duration.as_millis().div_ceil(grid.coarse.as_millis()).max(1);
    usize::try_from(whole).unwrap_or(usize::MAX)
}

/// The coarse bin of a fine one.
fn coarse(grid: &Grid, fine: usize) -> usize {
    let bin = grid.fine.as_millis() * fine as u64 / grid.coarse.as_millis();
    usize::try_from(bin).unwrap_or(usize::MAX).min(bins(grid) - 1)
}

fn sums(grid: &Grid, fine: &[u64]) -> Vec<u64> {
    let mut sums = vec![0; bins(grid)];
    for (bin, load) in fine.iter().enumerate() {
        sums[coarse(grid, bin)] += load;
    }
    sums
}

/// The level at the end of each bin.
fn levels(grid: &Grid, fine: &[u64]) -> Vec<u64> {
    let mut levels = vec![0; bins(grid)];
    for (bin, level) in fine.iter().enumerate() {
        levels[coarse(grid, bin)] = *level;
    }
    levels
}

/// Of the first seed, in the unit of the load that the page shows.
fn herd(run: &FleetReport) -> Herd {
    let grid = run.counts.grid;
    let shown = Grid { fine: grid.coarse, ..grid };
    let loads = sums(&grid, &run.counts.requests());
    let herd = crate::fleet::Herd::of_outages(&shown, &loads, run.herd.outages.iter().map(|it| (it.from, it.until)));
    Herd {
        peak: herd.peak,
        peak_at_secs: herd.peak_at.as_secs(),
        mean_milli: herd.mean_milli,
        peak_to_mean_milli: herd.peak_to_mean_milli,
        outages: herd
            .outages
            .iter()
            .map(|outage| OutageRow {
                from_secs: outage.from.as_secs(),
                to_secs: outage.until.as_secs(),
                drain_secs: outage.drain.map(Span::as_secs),
                first_peak: outage.first_peak,
                echo_peak: outage.echo_peak,
                echo_permille: outage.echo_permille,
            })
            .collect(),
    }
}

/// Of the first seed.
fn freshness(run: &FleetReport) -> Freshness {
    let edges = EDGES.map(|edge| edge.as_secs());
    let mut counts = vec![0; edges.len() + 1];
    if let Some(ages) = &run.counts.freshness.ages {
        for step in ages.iter_recorded() {
            let class = edges.partition_point(|edge| *edge < step.value_iterated_to());
            counts[class] += step.count_at_value();
        }
    }
    Freshness {
        edges_secs: edges.to_vec(),
        counts,
        never: run.counts.freshness.never,
        label: "request that reached the service".to_owned(),
    }
}

const EDGES: [Span; 9] = [
    Span::mins(15),
    Span::hours(1),
    Span::hours(4),
    Span::hours(8),
    Span::days(1),
    Span::days(2),
    Span::days(3),
    Span::days(7),
    Span::days(30),
];

fn parameters(profile: &Profile) -> Vec<ParameterRow> {
    let default = Profile::default();
    let rows = params().map(|param| {
        let value = (param.get)(profile);
        let rule = param.rule.parse::<RuleId>().ok().and_then(RuleId::rule);
        ParameterRow {
            name: param.name.to_owned(),
            changed: value != (param.get)(&default),
            value,
            standing: rule.map_or_else(|| "assumed".to_owned(), |rule| rule.standing.to_string()),
            rule: param.rule.to_owned(),
        }
    });
    rows.collect()
}
