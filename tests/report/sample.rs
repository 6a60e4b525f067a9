//! Made-up studies that look like real ones: working days, nights, an outage with an echo, six seeds.

use imesim::report::data::*;

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;

/// How a made-up study is cut.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) devices: u64,
    pub(crate) seeds: u64,
    pub(crate) contents: u64,
    pub(crate) bins: u64,
    pub(crate) bin_secs: u64,
    /// How quickly devices take what they are given, in percent of the usual.
    pub(crate) pace: u64,
}

impl Shape {
    /// 100,000 devices, six seeds, four contents, two weeks in quarters of an hour.
    pub(crate) fn usual() -> Self {
        Self { devices: 100_000, seeds: 6, contents: 4, bins: 1_344, bin_secs: 900, pace: 100 }
    }
}

/// A number below `below` that looks random.
fn noise(seed: u64, what: u64, below: u64) -> u64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ what.wrapping_mul(0xd1b5_4a32_d192_ed03);
    x ^= x >> 31;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 29)) % below
}

/// How many of 1,000 devices are awake at this second of a week that begins on a Monday.
fn awake(secs: u64) -> u64 {
    let (day, hour) = (secs / DAY % 7, secs % DAY / 60);
    let away = hour.abs_diff(12 * 60 + 30);
    let day_part = 900 - 900 * away.min(450) / 450;
    60 + if day < 5 { day_part.min(760) } else { day_part / 12 }
}

/// Median, lowest and highest over the seeds, bin by bin.
fn over_seeds<T: Copy + Ord>(runs: &[Vec<T>]) -> (Vec<T>, Vec<T>, Vec<T>) {
    let mut result = (Vec::new(), Vec::new(), Vec::new());
    for bin in 0..runs[0].len() {
        let mut values: Vec<T> = runs.iter().map(|run| run[bin]).collect();
        values.sort_unstable();
        result.0.push(values[(values.len() - 1) / 2]);
        result.1.push(values[0]);
        result.2.push(values[values.len() - 1]);
    }
    if runs.len() == 1 {
        (result.1, result.2) = (Vec::new(), Vec::new());
    }
    result
}

struct Content {
    name: String,
    kind: ContentKind,
    /// In ten-thousandths of the devices: what can ever be done.
    ceiling: u64,
    /// Seconds from the start until the ring gets it.
    from: u64,
}

/// The share done, in basis points, of one seed.
fn rise(shape: &Shape, content: &Content, index: u64, seed: u64) -> Vec<u32> {
    let pace = (content.ceiling * shape.pace / 100) * (90 + noise(seed, index, 21)) / 100;
    let mut left = content.ceiling * 100_000;
    (0..shape.bins)
        .map(|bin| {
            let at = bin * shape.bin_secs;
            if at >= content.from {
                left -= left * (awake(at) * shape.bin_secs * pace / 30_000_000).min(9_000) / 10_000;
            }
            u32::try_from((content.ceiling * 100_000 - left) / 100_000).expect("at most 10,000")
        })
        .collect()
}

fn time_of(run: &[u32], share: u32, shape: &Shape, from: u64) -> Option<u64> {
    let bin = run.iter().position(|done| *done >= share)? as u64;
    Some(((bin + 1) * shape.bin_secs).saturating_sub(from))
}

fn range_of(times: impl Iterator<Item = Option<u64>>) -> Range {
    let mut times: Vec<u64> = times.map(|time| time.unwrap_or(u64::MAX)).collect();
    times.sort_unstable();
    let known = |at: usize| Some(times[at]).filter(|time| *time != u64::MAX);
    Range { median: known((times.len() - 1) / 2), low: known(0), high: known(times.len() - 1) }
}

fn contents(shape: &Shape) -> Vec<Content> {
    let names =
        ["map-drives", "Company VPN 5.2", "fix-bitlocker-escrow", "Reader with a rather long product name (64-bit)"];
    let kinds = [ContentKind::Script, ContentKind::App, ContentKind::Remediation, ContentKind::App];
    (0..shape.contents)
        .map(|at| {
            let usual = (at % 4) as usize;
            let name = if at < 4 { names[usual].to_owned() } else { format!("content-{at:02}") };
            Content { name, kind: kinds[usual], ceiling: [9_930, 9_420, 9_790, 8_800][usual], from: at % 5 * HOUR }
        })
        .collect()
}

pub(crate) fn study(shape: &Shape) -> StudyData {
    let (mut curves, mut times, mut stragglers) = (Vec::new(), Vec::new(), Vec::new());
    for (index, content) in (0..).zip(&contents(shape)) {
        for (ring, delay, part) in [("all", 0, 100), ("Ring 1 pilot", 0, 5), ("Ring 2 broad", 2 * DAY, 95)] {
            if ring != "all" && index > 0 {
                continue;
            }
            let own = Content { name: content.name.clone(), from: content.from + delay, ..*content };
            let runs: Vec<_> = (1..=shape.seeds).map(|seed| rise(shape, &own, index * 7 + part, seed)).collect();
            let (median, low, high) = over_seeds(&runs);
            let targeted = shape.devices * part / 100;
            let of = |share| range_of(runs.iter().map(|run| time_of(run, share, shape, own.from)));
            times.push(TimesRow {
                content: content.name.clone(),
                kind: content.kind,
                ring: ring.into(),
                targeted,
                p50: of(5_000),
                p90: of(9_000),
                p95: of(9_500),
                p99: of(9_900),
            });
            let (content, kind, ring) = (content.name.clone(), content.kind, ring.into());
            curves.push(Curve { content, kind, ring, targeted, median, low, high });
        }
        stragglers.extend(late(shape, content, index));
    }
    StudyData {
        schema: SCHEMA,
        title: "VPN and drive mappings for the Berlin office".into(),
        about: "Can everyone work with the new VPN by the end of the second week, if the pilot ring starts on Monday?"
            .into(),
        population: Some("office laptops, Europe".into()),
        seeds: (1..=shape.seeds).collect(),
        digests: (1..=shape.seeds)
            .map(|seed| format!("{:032x}", u128::from(noise(seed, 1, u64::MAX)) << 60 | 0xbeef))
            .collect(),
        partial: false,
        devices: shape.devices,
        cohorts: 32,
        events: shape.devices * 251,
        start: "2026-03-02T00:00:00Z".into(),
        duration_secs: shape.bins * shape.bin_secs,
        bin_secs: shape.bin_secs,
        bins: shape.bins,
        band: Band {
            method: format!(
                "lowest and highest of {} independent seeds; covers the median of a run with 96.87 %",
                shape.seeds
            ),
            coverage_bp: 9_687,
        },
        curves,
        times,
        load: load(shape),
        state: state(shape),
        herd: herd(shape),
        stragglers,
        freshness: Freshness {
            edges_secs: vec![HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY],
            counts: [402, 233, 61, 118, 94, 41, 12].map(|permille| shape.devices * permille / 1_000).to_vec(),
            never: shape.devices * 39 / 1_000,
            label: "A contact is any request of the agent that the service answered.".into(),
        },
        parameters: parameters(),
        command: "imesim fleet examples/scenarios/rollout.toml --seeds 6 --days 14 --report rollout.html".into(),
        device_command: "imesim run examples/scenarios/rollout.toml --seed 1 --device {N}".into(),
    }
}

fn late(shape: &Shape, content: &Content, index: u64) -> Vec<StragglerRow> {
    let causes = [
        (StragglerKind::Failed, "tries-used-up", "Failed as often as it may", 11),
        (StragglerKind::Pending, "waits-for-check-in", "Waits for the next check-in", 120),
        (StragglerKind::Pending, "retry-waits", "Waits for the next try", 18),
        (StragglerKind::Unreachable, "not-awake", "Never awake long enough", 74),
        (StragglerKind::Unreachable, "not-enrolled", "Not enrolled", 31),
    ];
    let all = shape.devices * (10_000 - content.ceiling) / 10_000;
    let row = |(kind, cause, label, weight): (_, &str, &str, u64)| {
        let median = all * weight / 254;
        let band = if shape.seeds > 1 { median / 12 } else { 0 };
        let example = |n| {
            let number = noise(n, index * 31 + weight, shape.devices);
            Example { number, name: format!("BER-{:05X}", number * 7) }
        };
        StragglerRow {
            content: content.name.clone(),
            kind,
            cause: cause.into(),
            label: label.into(),
            count: Range { median: Some(median), low: Some(median - band), high: Some(median + band) },
            examples: (0..3).map(example).collect(),
        }
    };
    causes.into_iter().map(row).collect()
}

const OUTAGE: (u64, u64) = (3 * DAY + 9 * HOUR, 3 * DAY + 11 * HOUR);

fn series(shape: &Shape, name: &str, label: &str, unit: &str, value: impl Fn(u64, u64) -> u64) -> Series {
    let run = |seed| (0..shape.bins).map(|bin| value(bin * shape.bin_secs, seed)).collect::<Vec<_>>();
    let (median, low, high) = over_seeds(&(1..=shape.seeds).map(run).collect::<Vec<_>>());
    Series { name: name.into(), label: label.into(), unit: unit.into(), median, low, high }
}

fn load(shape: &Shape) -> Vec<Series> {
    let is_out = |at| (OUTAGE.0..OUTAGE.1).contains(&at);
    let crowd = |at: u64| match at {
        at if (OUTAGE.1..OUTAGE.1 + HOUR).contains(&at) => 180 * (OUTAGE.1 + HOUR - at) / HOUR + 100,
        at if (OUTAGE.1 + 8 * HOUR..OUTAGE.1 + 9 * HOUR).contains(&at) => 60 * (OUTAGE.1 + 9 * HOUR - at) / HOUR + 100,
        _ => 100,
    };
    let asked = move |rate: u64, what: u64| {
        move |at: u64, seed: u64| {
            let usual = shape.devices * awake(at) / 1_000 * rate / 100_000 * (95 + noise(seed, at ^ what, 11)) / 100;
            if is_out(at) { 0 } else { usual * crowd(at) / 100 }
        }
    };
    vec![
        series(shape, "requests.script", "Script polls", "per minute", asked(1_670, 1)),
        series(shape, "requests.app", "App check-ins", "per minute", asked(410, 2)),
        series(shape, "requests.report", "Reports", "per minute", asked(230, 3)),
        series(shape, "refused", "Refused", "per minute", |at, seed| {
            if is_out(at) { shape.devices * awake(at) / 1_000 * (28 + noise(seed, at, 4)) / 1_000 } else { 0 }
        }),
        series(shape, "downloads", "Downloads", "MB per minute", asked(9_100, 4)),
    ]
}

fn state(shape: &Shape) -> Vec<Series> {
    let devices = |permille: u64, what: u64| {
        move |at: u64, seed: u64| shape.devices * awake(at) / 1_000 * (permille + noise(seed, at ^ what, 12)) / 1_000
    };
    vec![
        series(shape, "awake", "Awake", "devices", devices(988, 5)),
        series(shape, "online", "Online", "devices", devices(921, 6)),
        series(shape, "agent", "With agent", "devices", |at, seed| {
            let grown = at.min(4 * DAY) * 160 / (4 * DAY) + 790;
            shape.devices * (grown + noise(seed, 7, 8)) / 1_000
        }),
    ]
}

fn herd(shape: &Shape) -> Herd {
    Herd {
        peak: shape.devices * 35 / 1_000,
        peak_at_secs: OUTAGE.1,
        mean_milli: shape.devices * 612 / 100,
        peak_to_mean_milli: 5_719,
        outages: vec![
            OutageRow {
                from_secs: OUTAGE.0,
                to_secs: OUTAGE.1,
                drain_secs: Some(HOUR),
                first_peak: shape.devices * 35 / 1_000,
                echo_peak: shape.devices * 14 / 1_000,
                echo_permille: 400,
            },
            OutageRow {
                from_secs: OUTAGE.0 + 9 * DAY,
                to_secs: OUTAGE.0 + 9 * DAY + 1_800,
                drain_secs: None,
                first_peak: shape.devices * 12 / 1_000,
                echo_peak: 0,
                echo_permille: 0,
            },
        ],
    }
}

fn parameters() -> Vec<ParameterRow> {
    let row = |name: &str, value: &str, standing: &str, rule: &str, changed| ParameterRow {
        name: name.into(),
        value: value.into(),
        standing: standing.into(),
        rule: rule.into(),
        changed,
    };
    let mut rows = vec![
        row("ime.script_interval", "8h", "documented", "B-5.6", false),
        row("ime.app_interval", "1h", "documented", "B-7.2", false),
        row("ime.script_tries", "4", "observed", "B-5.24", true),
        row("service.refusal_backoff", "15m", "assumed", "B-12.4", false),
        row("wns.delivery", "60 %", "assumed", "B-11.9", true),
    ];
    rows.extend((1..60).map(|n| row(&format!("mdm.figure_{n:02}"), "1", "assumed", &format!("B-9.{n}"), false)));
    rows
}

pub(crate) fn compared() -> CompareData {
    let usual = Shape::usual();
    let a = study(&usual);
    let mut b = study(&Shape { pace: 135, bins: 672, bin_secs: 1_800, ..usual });
    b.title = "The same with pushes to every device".into();
    b.parameters[4].value = "95 %".into();
    let row = |what: &str, unit: &str, a: Range, b: Range, difference: (i64, i64, i64), verdict| DifferenceRow {
        what: what.into(),
        unit: unit.into(),
        a,
        b,
        difference: SignedRange { median: Some(difference.0), low: Some(difference.1), high: Some(difference.2) },
        verdict,
    };
    let count = |median, low, high| Range { median: Some(median), low: Some(low), high: Some(high) };
    let difference = |a: Range, b: Range| a.median.zip(b.median).map_or(0, |(a, b)| b as i64 - a as i64);
    let (a90, b90) = (a.times[0].p90, b.times[0].p90);
    let change = difference(a90, b90);
    let differences = vec![
        row("map-drives: 90 % done", "seconds", a90, b90, (change, change - 9_000, change + 12_000), Verdict::Lower),
        row(
            "Peak load",
            "per minute",
            count(3_500, 3_410, 3_602),
            count(4_120, 3_990, 4_275),
            (620, 480, 790),
            Verdict::Higher,
        ),
        row(
            "Refused",
            "requests",
            count(52_100, 50_900, 53_400),
            count(52_300, 51_000, 53_900),
            (200, -700, 1_100),
            Verdict::NotShown,
        ),
        DifferenceRow {
            difference: SignedRange::default(),
            ..row("Reader: 95 % done", "seconds", Range::default(), Range::default(), (0, 0, 0), Verdict::NotShown)
        },
    ];
    CompareData { schema: SCHEMA, a, b, differences }
}
