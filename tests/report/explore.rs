//! The page of an exploration: it carries its graph whole, and says what was found without script.

use imesim::check::explore::atlas::Atlas;
use imesim::check::explore::models::ReadyMade;
use imesim::check::explore::world::{Budget, Small};
use imesim::check::explore::{Bounds, explore_graph};
use imesim::report::explore_page;

use super::{embedded, visible, write};

/// Removal takes longer than the model looks: D4 still holds, and nothing is ever seen gone.
const SLOW: &str = "title = \"Slow <removal>\"\njitter = \"off\"\n[set]\n\"removal.grace_after_unassign\" = \"30d\"\n\
                    [[script]]\nname = \"vpn\"\nassign = [\"all-devices\"]\n[[device]]\nname = \"pc\"\n[[at]]\n\
                    at = \"1h\"\ndo = \"unassign\"\ncontent = \"vpn\"\ngroup = \"all-devices\"\n";

fn atlas(small: &Small, name: &str, states: u32, most: u32) -> Atlas {
    let (report, graph) = explore_graph(small, Bounds { states, ..Bounds::default() });
    Atlas::new(small, name, (&report, &graph), most).expect("the graph is that of the world")
}

fn one_script() -> Small {
    ReadyMade::named("one-script").expect("it is there").small(Budget { faults: 0, acts: 0 }).expect("it fits")
}

#[test]
fn a_page_of_an_exploration_carries_its_graph_whole() {
    let atlas = atlas(&one_script(), "one-script", u32::MAX, 1_000);
    let page = explore_page(&atlas);
    let read: Atlas = serde_json::from_str(embedded(&page)).expect("it is JSON");
    assert_eq!(read, atlas);
    assert_eq!(page, explore_page(&atlas));
    assert!(!page.contains("http://") && !page.contains("https://") && page.contains("default-src 'none'"));
    let said = visible(&page);
    assert!(said.contains("complete: every state that can be reached was looked into"), "{said}");
    assert!(said.contains("D4") && said.contains("eventually") && !said.contains("too large for this page"));
    write("explore.html", &page);
}

#[test]
fn a_graph_that_is_too_large_says_so_and_what_does_not_hold_is_told() {
    let small = Small::parse(SLOW, "slow", Budget { faults: 0, acts: 1 }).expect("it fits");
    let atlas = atlas(&small, "slow <removal>", 500, 100);
    let page = explore_page(&atlas);
    let said = visible(&page);
    assert!(atlas.left_out > 0 && said.contains("The graph is too large for this page"), "{said}");
    assert!(said.contains("NOT complete") && said.contains("NEVER SEEN"), "{said}");
    assert!(said.contains("slow &lt;removal&gt;") && !page.contains("slow <removal>"));
    write("explore-part.html", &page);
}
