//! The graph in words, for a page.

use super::*;
use crate::check::explore::atlas::{ATLAS_STATES_MAX, Atlas, AtlasError};
use crate::check::explore::models::ReadyMade;
use crate::check::explore::world::{Budget, Small};

fn world() -> Small {
    ReadyMade::named("one-script").expect("it is there").small(Budget { faults: 0, acts: 0 }).expect("it fits")
}

fn atlas(small: &Small, most: u32) -> Atlas {
    let (report, graph) = explore_graph(small, Bounds::default());
    Atlas::new(small, "one-script", (&report, &graph), most).expect("the graph is that of the world")
}

#[test]
fn an_atlas_has_every_state_and_every_step() {
    let small = world();
    let (report, graph) = explore_graph(&small, Bounds::default());
    let atlas = atlas(&small, 1_000);
    assert_eq!((atlas.visited, atlas.left_out, atlas.states.len() as u32), (report.states, 0, report.states));
    assert_eq!(atlas.states.iter().map(|state| state.steps.len() as u32).sum::<u32>(), report.transitions);
    for (id, state) in (0..).zip(&atlas.states) {
        let visited = graph.visited(id).expect("it was visited");
        assert_eq!((state.id, state.from, state.holds), (id, visited.from, visited.holds));
        let to: Vec<u32> = state.steps.iter().filter_map(|(_, _, to)| *to).collect();
        assert_eq!(Some(to), visited.to, "state {id}");
        // It was first reached by the step that it names.
        let by = state.from.map(|from| atlas.states[from as usize].steps[usize::from(state.by)].2);
        assert_eq!(by.unwrap_or(Some(0)), Some(id));
        let texts = state.look.iter().chain(state.steps.iter().map(|(text, _, _)| text));
        assert!(texts.into_iter().all(|text| (*text as usize) < atlas.words.len()));
    }
    assert!(atlas.words[atlas.states[0].look[0] as usize].starts_with("Absent"), "{:?}", atlas.words);
    let mut words = atlas.words.clone();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), atlas.words.len(), "a text stands there twice");
}

#[test]
fn what_is_left_out_is_named_and_ways_to_what_was_found_are_kept() {
    let small = world();
    let (mut report, graph) = explore_graph(&small, Bounds::default());
    let last = report.states - 1;
    let path = {
        let mut steps = Vec::new();
        let mut at = last;
        while let Some(visited) = graph.visited(at)
            && let Some(from) = visited.from
        {
            steps.push(visited.choice);
            at = from;
        }
        steps.reverse();
        Path { start: 0, steps, cycle: Vec::new() }
    };
    let way = graph.along(&path);
    report.findings.push(Finding { property: report.properties[0], fault: Fault::Broken, path });
    let atlas = Atlas::new(&small, "one-script", (&report, &graph), 10).expect("it fits");
    assert_eq!((way.first(), way.last()), (Some(&0), Some(&last)));
    assert_eq!(atlas.properties[0].way, way);
    assert!(way.iter().all(|id| atlas.states.iter().any(|state| state.id == *id)));
    assert_eq!(atlas.left_out, atlas.visited - atlas.states.len() as u32);
    assert!(atlas.left_out > 0 && atlas.properties[0].story.is_some());
}

#[test]
fn more_than_a_page_holds_is_refused() {
    let small = world();
    let (report, graph) = explore_graph(&small, Bounds::default());
    let refused = Atlas::new(&small, "one-script", (&report, &graph), ATLAS_STATES_MAX + 1);
    assert_eq!(refused, Err(AtlasError::TooMany { asked: 100_001, most: 100_000 }));
}

#[test]
fn a_graph_of_another_world_is_refused() {
    let (report, graph) = explore_graph(&world(), Bounds::default());
    let other =
        ReadyMade::named("one-user").expect("it is there").small(Budget { faults: 0, acts: 0 }).expect("it fits");
    let refused = Atlas::new(&other, "one-user", (&report, &graph), 1_000);
    assert!(matches!(refused, Err(AtlasError::Misfit { .. })), "{refused:?}");
}
