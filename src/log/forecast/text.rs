//! A forecast as text for a terminal.

use core::fmt::{self, Write};

use super::Forecast;
use crate::log::record::Stamp;

/// Writes what is expected and what is not known.
///
/// # Errors
/// What `out` fails with.
pub fn write(forecast: &Forecast, profile: &str, out: &mut impl Write) -> fmt::Result {
    writeln!(out, "After {}, by profile {profile}, in the device's own time:", short(forecast.from))?;
    for expected in &forecast.expected {
        let (earliest, latest) = (short(expected.earliest), short(expected.latest));
        let awake = if expected.if_awake { ", later by each sleep" } else { "" };
        writeln!(out, "  {earliest} to {latest}  {:<8} {}{awake}", expected.rule, expected.what.title())?;
        writeln!(out, "      reckoned from {}", expected.basis)?;
    }
    if forecast.expected.iter().any(|expected| expected.if_awake) {
        writeln!(out, "Times of timers hold if the device stays awake: they stand still while it sleeps (B-4.27).")?;
    }
    if !forecast.unknown.is_empty() {
        writeln!(out, "Not known:")?;
        for unknown in &forecast.unknown {
            writeln!(out, "  {unknown}")?;
        }
    }
    Ok(())
}

/// To the second.
fn short(stamp: Stamp) -> String {
    let text = stamp.to_string();
    text.split_once('.').map_or(text.clone(), |(seconds, _)| seconds.to_owned())
}
