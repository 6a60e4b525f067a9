//! The explorer on worlds whose states can be counted by hand.

use super::models::ReadyMade;
use super::world::Budget;
use super::*;

#[test]
fn probe() {
    for (faults, acts) in [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1)] {
        let model = ReadyMade::named("one-script").unwrap().small(Budget { faults, acts }).unwrap();
        let bounds = Bounds { states: 400_000, ..Bounds::default() };
        let start = std::time::Instant::now();
        let report = explore(&model, bounds);
        println!("--- {faults} {acts} {:?}\n{report}", start.elapsed());
        for finding in &report.findings {
            let walked = finding.path.walk(&model).unwrap();
            println!("{} {}", finding.property.name, finding.path);
            for (step, state) in &walked.steps {
                println!("   {:?} -> {} {:?} {:?} {:?}", step, state.now.wall, state.device.agent().status(), state.mails, state.hands);
            }
        }
    }
}
