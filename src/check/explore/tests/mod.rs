//! The explorer on worlds whose states can be counted by hand, and on small worlds with a known fault.

mod atlas;
mod mutants;
mod ready_made;
mod toys;

use super::*;
