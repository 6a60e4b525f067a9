//! Proof: what must hold of every device, whatever happens to it and in whatever order.

pub mod explore;
