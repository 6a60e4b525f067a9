//! What a log says of the profile's figures: how often each was seen, and its spread.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::profile::{Profile, params};
use crate::time::Span;

/// One value of a figure.
pub(super) struct Sample {
    pub(super) parameter: &'static str,
    pub(super) value: u64,
}

/// What a log says of a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The parameter of the profile.
    pub parameter: &'static str,
    /// Its value in the profile.
    pub profile: String,
    /// Whether values are milliseconds; otherwise they are plain numbers.
    pub is_time: bool,
    /// How often the log shows it.
    pub count: usize,
    /// The least value.
    pub min: u64,
    /// The value in the middle; of an even number of values the lower one.
    pub median: u64,
    /// The greatest value.
    pub max: u64,
}

impl Found {
    /// A value for people.
    pub fn show(&self, value: u64) -> String {
        if self.is_time { Span::millis(value / 100 * 100).to_string() } else { value.to_string() }
    }
}

pub(super) fn tell(samples: &[Sample], profile: &Profile) -> Vec<Found> {
    let mut by_name: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
    for sample in samples {
        by_name.entry(sample.parameter).or_default().push(sample.value);
    }
    by_name
        .into_iter()
        .filter_map(|(parameter, mut values)| {
            values.sort_unstable();
            let unit = params().find(|known| known.name == parameter)?.unit;
            Some(Found {
                parameter,
                profile: profile.get(parameter).ok()?,
                is_time: unit.starts_with("length of time"),
                count: values.len(),
                min: *values.first()?,
                median: *values.get((values.len() - 1) / 2)?,
                max: *values.last()?,
            })
        })
        .collect()
}
