//! What the service can take, per window.

use super::super::error::Problem;
use super::super::file::{Field, ScenarioFile};
use super::{Context, Result};
use crate::sim::busy::Limits;
use crate::time::Span;

pub(super) fn limits(cx: &Context<'_>, file: &ScenarioFile) -> Result<Limits> {
    let mut limits = Limits::default();
    let Some(table) = &file.service else { return Ok(limits) };
    if let Some(window) = &table.window {
        if !(WINDOW_MIN..=WINDOW_MAX).contains(window.get()) {
            return Err(cx.error(&window.span, Problem::range("a window", window.get(), WINDOW_MIN, WINDOW_MAX)));
        }
        limits.window = *window.get();
    }
    let per_window =
        |rate: &Option<Field<u64>>| rate.as_ref().map(|rate| per_window(cx, rate, limits.window)).transpose();
    limits.capacity = per_window(&table.requests_per_minute)?;
    limits.pushes = per_window(&table.pushes_per_minute)?;
    let a_minute = table.requests_per_minute.as_ref().map_or(0, |rate| *rate.get());
    limits.queue = match &table.queue {
        Some(queue) if *queue.get() > RATE_MAX => {
            return Err(cx.error(&queue.span, Problem::range("a queue", queue.get(), 0, RATE_MAX)));
        }
        Some(queue) => *queue.get(),
        None => a_minute,
    };
    if let Some(refusal) = &table.refusal {
        limits.refusal = match *refusal.get() {
            429 => 429,
            503 => 503,
            other => {
                return Err(
                    cx.error(&refusal.span, Problem::form(format!("`{other}` is no refusal; write 429 or 503")))
                );
            }
        };
    }
    Ok(limits)
}

/// What is done in a minute, per window. A rate that is less than one in a window would be none.
fn per_window(cx: &Context<'_>, rate: &Field<u64>, window: Span) -> Result<u64> {
    let a_minute = *rate.get();
    if a_minute > RATE_MAX {
        return Err(cx.error(&rate.span, Problem::range("a rate", a_minute, 0, RATE_MAX)));
    }
    let in_window = u128::from(a_minute) * u128::from(window.as_millis()) / u128::from(Span::mins(1).as_millis());
    if in_window == 0 && a_minute > 0 {
        return Err(cx.error(
            &rate.span,
            Problem::form(format!(
                "{a_minute} a minute is less than one in a window of {window}; make the window longer"
            )),
        ));
    }
    Ok(u64::try_from(in_window).unwrap_or(u64::MAX))
}

const WINDOW_MIN: Span = Span::secs(1);
const WINDOW_MAX: Span = Span::days(1);
/// More than a hundred million devices ask for in a minute.
const RATE_MAX: u64 = 1_000_000_000;
