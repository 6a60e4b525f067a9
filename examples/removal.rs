//! Three ways in which the agent leaves a device.

mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What ends management, what the agent notices, and when it is gone.
    let story = [
        "unenroll",
        "unenrolled",
        "network",
        "script-run",
        "check-in-failed",
        "unmanaged",
        "removal-planned",
        "scripts-cancelled",
        "agent-removed",
    ];
    support::tell(include_str!("scenarios/removal.toml"), "removal.toml", &story)
}
