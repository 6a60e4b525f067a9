//! Every future of a small world, as a graph: explored to its end, or to a bound that is named.
//!
//! A [`Model`] says in which states a world begins, which steps are possible in a state and where each leads. The
//! explorer visits every state that can be reached, once, breadth first, so that the first way found to a state is a
//! shortest one. Then the graph is analysed with petgraph: dead states, states from which nothing good can be reached,
//! cycles in which nothing gets better, cycles in which no time passes.
//!
//! It is an explorer of our own and not `stateright`: that one tells states apart by 64 bits and keeps no edges, so that
//! cycles cannot be judged.
//!
//! | to read | file |
//! |---|---|
//! | models, steps, properties | `model.rs` |
//! | what is kept of states: fingerprints, parents, edges | `table.rs`, `store.rs` |
//! | the search, on one thread or several | `search.rs`, `line.rs`, `chunk.rs`, `room.rs` |
//! | the graph for petgraph, and what is read off it | `graph.rs`, `judge.rs` |
//! | ways to a state, and back into steps | `path.rs` |
//! | what came of it | `report.rs` |
//! | a device with its service and a lossy network | `world/` |
//! | ready-made models | `models.rs`, `models/` |
//! | a way as a scenario | `story.rs` |
//! | the graph in words, for a page to walk through | `atlas.rs` |

pub mod atlas;
mod chunk;
mod graph;
mod judge;
mod line;
mod model;
pub mod models;
mod path;
mod report;
mod room;
mod search;
mod store;
pub mod story;
mod table;
#[cfg(test)]
mod tests;
pub mod world;

pub use graph::{Graph, Visited};
pub use model::{Kind, Model, Property, Times};
pub use path::{Path, Walked};
pub use report::{Bound, Fault, Finding, Report};
pub use search::{Bounds, explore, explore_graph};
