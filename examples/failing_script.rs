//! A script that always fails: four runs, each at a check-in, and then silence.

mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Check-ins for other workloads belong to the day as well.
    let story = ["check-in", "script-run", "script-result", "script-exhausted", "report-sent"];
    support::tell(include_str!("scenarios/failing-script.toml"), "failing-script.toml", &story)
}
