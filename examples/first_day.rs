//! Install and first day of a new device: who brings the agent, and what it does when it is there.

mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The schedule of the MDM client would fill a page; the story of the agent is these.
    let story = [
        "enrolled",
        "job",
        "agent-installed",
        "service-started",
        "sign-in",
        "lock",
        "check-in",
        "script-run",
        "script-result",
        "report-sent",
    ];
    support::tell(include_str!("scenarios/first-day.toml"), "first-day.toml", &story)
}
