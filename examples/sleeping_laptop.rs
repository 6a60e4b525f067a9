//! A laptop that sleeps: timers count awake time, so the hourly check comes late and is not made up for.

mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Between sleep and wake nothing happens.
    let story = ["sleep", "wake", "check-in"];
    support::tell(include_str!("scenarios/sleeping-laptop.toml"), "sleeping-laptop.toml", &story)
}
