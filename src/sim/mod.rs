//! sim
mod clock;
mod digest;
mod habit;
mod host;
mod network;
mod observe;
pub mod plan;
mod world;

pub use clock::Power;
pub use digest::Digest;
pub use network::PushObstacle;
pub use observe::{Happening, NetworkEvent, Nobody, Observer};
pub use plan::Plan;
pub use world::{Ended, World};
