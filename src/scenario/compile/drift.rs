//! Clocks that go too fast or too slowly: a second at a time, as part of the timeline.

use super::super::error::Problem;
use super::super::file::ScenarioFile;
use super::timeline::{Step, TIMELINE_MAX};
use super::{Context, Result};
use crate::device::Action;
use crate::time::Span;

/// The drift of every device of the file; `total` counts what happens in the scenario.
pub(super) fn steps(cx: &Context<'_>, file: &ScenarioFile, total: &mut usize) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for (place, entry) in file.device.iter().chain(&file.population).enumerate() {
        let Some(drift) = &entry.value.clock_drift else { continue };
        let ppm = *drift.get();
        if !(-DRIFT_MAX..=DRIFT_MAX).contains(&ppm) {
            return Err(cx.error(&drift.span, Problem::range("a drift", ppm, -DRIFT_MAX, DRIFT_MAX)));
        }
        if ppm == 0 {
            continue;
        }
        // A millionth of so many seconds is a second.
        let every = Span::millis(1_000_000_000 / u64::from(ppm.unsigned_abs()));
        let count = cx.duration.as_millis() / every.as_millis();
        *total = total.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
        if *total > TIMELINE_MAX {
            return Err(cx.error(&drift.span, Problem::range("a timeline", *total, 0, TIMELINE_MAX)));
        }
        let action = Action::ClockDrift(1_000 * i64::from(ppm.signum()));
        steps.extend((1..=count).map(|n| Step { at: every.saturating_mul(n), place, action }));
    }
    Ok(steps)
}

/// A clock that gains or loses a tenth is broken.
const DRIFT_MAX: i32 = 100_000;
