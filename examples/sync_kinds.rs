//! Four kinds of sync side by side: which of them reach the agent.

mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What is asked for, and the two kinds of check-in that may follow.
    let story = [
        "admin",
        "settings-sync",
        "company-portal-sync",
        "service-restart",
        "mdm-session",
        "service-started",
        "check-in",
    ];
    support::tell(include_str!("scenarios/sync-kinds.toml"), "sync-kinds.toml", &story)
}
