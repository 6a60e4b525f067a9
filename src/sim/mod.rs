//! One world: a device, its side of the service and everything around it, in virtual time.
//!
//! | file | owns |
//! |---|---|
//! | `plan` | a scenario ready to run |
//! | `cast` | which devices there are; classes and cohorts resolved once |
//! | `world` | the loop from one event to the next |
//! | `clock`, `habit`, `spells` | true, wall and awake time; what a device does by itself |
//! | `busy` | what the service can take, and what that does to its answers |
//! | `network`, `host` | messages, pushes, script runs, apps and installations |
//! | `conduct`, `fails` | what content does on a device |
//! | `observe`, `record`, `trace` | looking on, keeping it, writing it down |
//! | `digest` | 128 bits that stand for a run |

pub mod busy;
mod cast;
mod clock;
mod conduct;
mod digest;
mod fails;
mod habit;
mod host;
mod names;
mod network;
mod observe;
pub mod plan;
mod record;
mod spells;
#[cfg(feature = "scenario")]
pub mod trace;
mod world;

pub use cast::{Cast, CastError};
pub use clock::Power;
pub use digest::Digest;
pub use names::{NAMES, event_names};
pub use network::PushObstacle;
pub use observe::{Happening, HostEvent, NetworkEvent, Nobody, Observer};
pub use plan::Plan;
pub use record::{Entry, Recorder};
pub use world::{Ended, Room, World};
