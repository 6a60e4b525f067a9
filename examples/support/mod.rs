//! What the scenario examples share: run a scenario through the library and print the events that make its story.

use std::error::Error;

use imesim::scenario::{Overrides, Scenario};

/// Runs a scenario, prints its events of these names, and fails if an expectation of the file does not hold.
pub(crate) fn tell(file: &str, name: &str, events: &[&str]) -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::parse(file, name, &Overrides::default())?;
    println!("{}\n{}\n", scenario.title, scenario.about.trim());
    let outcome = scenario.run(None)?;
    let width = outcome.lines.iter().map(|line| line.device.len()).max().unwrap_or(0);
    for line in outcome.lines.iter().filter(|line| events.contains(&line.event.as_str())) {
        println!("{}", line.text(width));
    }
    let held = scenario.expectations.len() - outcome.failed.len();
    println!("\n{held} of {} expectations hold", scenario.expectations.len());
    match outcome.failed.first() {
        None => Ok(()),
        Some(failed) => Err(failed.to_string().into()),
    }
}
