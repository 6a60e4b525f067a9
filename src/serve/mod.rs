//! The service for real agents: what Intune is to a device, over HTTP, for the devices of a scenario.
//!
//! Agents speak to it with [`driver::http`](crate::driver::http), or in any language with the messages described there. What
//! they are answered comes from the machine that the simulation uses, [`service::Ledger`](crate::service::Ledger), one for each
//! device: cohorts, epochs, throttling, faults and pushes are what a scenario says. The scenario's time begins when the service
//! first starts, and may run a number of times as fast as real time; agents then use
//! [`RealClock::since`](crate::driver::RealClock::since) with the same two numbers.
//!
//! Devices are known by credentials: a token each, or a certificate ([`Credentials`]). Whoever has none of these gets 401 and
//! nothing else. [`Limits`] hold against floods and oversize bodies. A script's report that comes once more, because its
//! answer was lost, is recognised by its run and changes nothing. With a state file nothing is answered before what it
//! changed is on disk, so that the service may be killed at any moment; many answers share one write. One service at a time uses
//! a state file.
//!
//! What a scenario sets for the service as a whole holds here too: its capacity (`[service]`, B-13.4) is that of a coupled fleet,
//! window by window of the service's time, with answers that are refused or come later; and where `svc.notices_twins` is on, two
//! machines with one identity are told by the numbers of their requests, of which those may overtake one another that are on
//! their way at the same time.
//!
//! An admin's page is on an address of its own: by default on this machine alone, elsewhere only with a token. What is done
//! there goes into the same machines as the actions and changes of a scenario.
//!
//! Devices of a scenario that enroll during the run do so when their MDM client asks.
//!
//! | to read | file |
//! |---|---|
//! | all devices, what they ask, what admins change | `hub.rs`, `asked.rs`, `changed.rs` |
//! | one device, and what is known of it | `device.rs`, `record.rs`, `answer.rs` |
//! | capacity | `busy.rs` |
//! | the routes for agents | `desk.rs` |
//! | who is who | `credentials.rs`, `tls.rs` |
//! | connections, sizes, rates | `accept.rs`, `limits.rs` |
//! | the state file | `state.rs`, `journal.rs`, `keeper.rs`, `file.rs` |
//! | the page for admins | `admin/` |

mod accept;
mod admin;
mod answer;
mod asked;
mod busy;
mod changed;
mod credentials;
mod desk;
mod device;
mod file;
mod hub;
mod journal;
mod keeper;
mod limits;
mod record;
mod state;
#[cfg(test)]
mod tests;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::task::JoinHandle;

pub use busy::Busy;
pub use changed::AdminError;
pub use credentials::{Credentials, CredentialsError, read as read_credentials, write as write_credentials};
pub use device::Device;
pub use hub::Hub;
pub use journal::Torn;
pub use limits::Limits;
pub use record::{About, Record, Reported, Twins};
pub use state::{StateError, VERSION as STATE_VERSION, set_aside, started};
pub use tls::Tls;

use self::accept::{Door, accept};
use self::admin::{Guard, Office};
use self::desk::Desk;
use self::journal::Journal;
use self::keeper::Keeper;
use crate::driver::RealClock;
use crate::time::Wall;

/// How a service is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the page for admins calls it.
    pub title: String,
    /// Where agents come to; port 0 is a free one.
    pub listen: SocketAddr,
    /// TLS; without it only a loopback address is listened on, unless `plain` says otherwise.
    pub tls: Option<Tls>,
    /// Credentials may travel unprotected: for tests.
    pub plain: bool,
    /// What it takes.
    pub limits: Limits,
    /// How many times as fast as real time the service's time runs; the same as the hub was made with.
    pub speed: u32,
    /// Where state is kept, if not only in memory.
    pub state: Option<PathBuf>,
    /// How many bytes of changes are added to the state file before it is written anew as a whole; never fewer than a whole one
    /// takes. 0 writes the whole each time, which is for measurements.
    pub journal: u64,
    /// Where the page for admins is, if there is to be one; port 0 is a free one.
    pub admin: Option<SocketAddr>,
    /// The password of the page. Without it only a loopback address is listened on.
    pub admin_token: Option<String>,
}

impl Default for Options {
    /// On a free port of the loopback, in real time, without state and page.
    fn default() -> Self {
        Self {
            title: "imesim serve".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            plain: false,
            limits: Limits::default(),
            speed: 1,
            state: None,
            journal: JOURNAL,
            admin: None,
            admin_token: None,
        }
    }
}

/// Why a service does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {kind}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        kind: io::ErrorKind,
    },
    /// Credentials would travel unprotected.
    #[error("{address} can be reached from other machines, and without TLS credentials would be read on the way")]
    Plain {
        /// The address.
        address: SocketAddr,
    },
    /// Everybody could be an admin.
    #[error("{address} can be reached from other machines: the page for admins needs a token there, and TLS")]
    OpenAdmin {
        /// The address.
        address: SocketAddr,
    },
    /// The certificates cannot be used.
    #[error("TLS: {reason}")]
    Tls {
        /// Why not.
        reason: String,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The operating system gives no threads or no random bytes.
    #[error("the operating system gives no {what}")]
    System {
        /// What.
        what: &'static str,
    },
}

/// A service that runs, until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    desk: Arc<Desk>,
    address: SocketAddr,
    admin: Option<SocketAddr>,
    graceful: Option<Arc<GracefulShutdown>>,
    tasks: Vec<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts to serve; a state file that is there is gone on from.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn start(mut hub: Hub, credentials: Credentials, options: Options) -> Result<Self, ServeError> {
        let Options { title, listen, tls, plain, limits, speed, state, journal, admin, admin_token } = options;
        let speed = speed.max(1);
        if tls.is_none() && !plain && !listen.ip().is_loopback() {
            return Err(ServeError::Plain { address: listen });
        }
        if let Some(address) = admin
            && !address.ip().is_loopback()
            && (admin_token.is_none() || tls.is_none() && !plain)
        {
            return Err(ServeError::OpenAdmin { address });
        }
        let acceptor = match &tls {
            Some(tls) => Some(tls.acceptor().map_err(|reason| ServeError::Tls { reason })?),
            None => None,
        };
        let held = match &state {
            Some(path) => {
                let (journal, kept) = Journal::open(path, journal)?;
                if let Some(kept) = kept {
                    hub.resume(kept)?;
                }
                Some(journal)
            }
            None => None,
        };
        let clock = RealClock::since(hub.plan().start, speed);
        let hub = Arc::new(Mutex::new(hub));
        let keeper = held.map(|journal| Keeper::start(journal, Arc::clone(&hub))).transpose()?;
        let desk = Arc::new(Desk::new(hub, (clock, speed), keeper, credentials, limits));

        let runtime = runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
        let runtime = runtime.map_err(|_| ServeError::System { what: "threads" })?;
        let graceful = Arc::new(GracefulShutdown::new());
        let mut tasks = Vec::new();
        let mut open = |address, routes, tls| {
            let bound = runtime.block_on(TcpListener::bind(address));
            let bound = bound.and_then(|listener| Ok((listener.local_addr()?, listener)));
            let (own, listener) = bound.map_err(|error| ServeError::Listen { address, kind: error.kind() })?;
            let door = Door { listener, tls, routes, limits: *desk.limits(), speed };
            let graceful = Arc::clone(&graceful);
            tasks.push(runtime.spawn(async move { match accept(door, graceful).await {} }));
            Ok::<_, ServeError>(own)
        };
        let address = open(listen, desk::routes(Arc::clone(&desk)), acceptor.clone())?;
        let admin = match admin {
            None => None,
            Some(place) => {
                let guard = Guard::new(admin_token.as_deref()).ok_or(ServeError::System { what: "random bytes" })?;
                let office = Office { desk: Arc::clone(&desk), guard, title };
                // On this machine alone nothing needs to be hidden on the way.
                let tls = if place.ip().is_loopback() { None } else { acceptor };
                Some(open(place, admin::routes(Arc::new(office)), tls)?)
            }
        };
        let for_ticks = Arc::clone(&desk);
        tasks.push(runtime.spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                for_ticks.hub.lock().unwrap_or_else(PoisonError::into_inner).tick(for_ticks.now());
            }
        }));
        Ok(Self { desk, address, admin, graceful: Some(graceful), tasks, runtime: Some(runtime) })
    }

    /// Where agents come to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the page for admins is, if there is one.
    pub const fn admin_address(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// The torn end that the state file had when the service started, if it had one.
    pub fn torn(&self) -> Option<&Torn> {
        self.desk.keeper.as_ref()?.torn()
    }

    /// The clock of the service; agents in this process may take a copy.
    pub fn clock(&self) -> RealClock {
        self.desk.clock
    }

    /// Looks at the devices, or does something with them, at the service's time.
    pub fn with<T>(&self, what: impl FnOnce(&mut Hub, Wall) -> T) -> T {
        let mut hub = self.desk.hub.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut hub, self.desk.now())
    }

    /// Stops in good order: no new connections, an answer to each request in hand, a last save.
    pub fn stop(mut self) {
        self.close();
        if let (Some(runtime), Some(graceful)) = (&self.runtime, self.graceful.take().and_then(Arc::into_inner)) {
            // Whoever does not come to an end is cut off.
            drop(runtime.block_on(async { tokio::time::timeout(PATIENCE, graceful.shutdown()).await }));
        }
        self.end(true);
    }

    /// Stops as if the process were killed: connections break, and nothing more is saved.
    pub fn kill(mut self) {
        self.end(false);
    }

    /// Takes no more connections.
    fn close(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            if let Some(runtime) = &self.runtime {
                drop(runtime.block_on(task));
            }
        }
    }

    fn end(&mut self, with_save: bool) {
        let Some(runtime) = self.runtime.take() else { return };
        if !with_save && let Some(keeper) = &self.desk.keeper {
            keeper.end(false);
        }
        runtime.shutdown_timeout(Duration::from_secs(1));
        if let Some(keeper) = &self.desk.keeper {
            keeper.end(true);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
        self.end(true);
    }
}

/// Read within a moment, and written about once an hour by a thousand busy devices.
const JOURNAL: u64 = 16 << 20;
/// Threads for connections; a request takes microseconds.
const THREADS: usize = 2;
/// How often is looked for what the timeline has planned.
const TICK: Duration = Duration::from_millis(200);
/// How long requests in hand may take at the end.
const PATIENCE: Duration = Duration::from_secs(5);
