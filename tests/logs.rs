//! Log files of real agents and made-up ones: what they are made of (B-11.10), what they say, what must hold of them.
//!
//! Tests of real logs need a folder of fixtures beside the repository. Where it is missing they say so and end, unless the
//! environment variable `IMESIM_FIXTURES` is `required`.
#![allow(clippy::disallowed_methods, reason = "it reads fixtures")]

#[path = "logs/conform.rs"]
mod conform;
#[path = "logs/dictionary.rs"]
mod dictionary;
#[path = "logs/fixtures.rs"]
mod fixtures;
#[path = "logs/forecast.rs"]
mod forecast;
#[path = "logs/journeys.rs"]
mod journeys;
#[path = "logs/made_up.rs"]
mod made_up;
#[path = "logs/properties.rs"]
mod properties;
#[path = "logs/real.rs"]
mod real;
#[path = "logs/starts.rs"]
mod starts;
#[path = "logs/stories.rs"]
mod stories;
#[path = "logs/told.rs"]
mod told;
#[path = "logs/variations.rs"]
mod variations;
