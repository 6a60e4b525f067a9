//! A transport over HTTP and HTTPS: each request is one POST, each answer its response.
//!
//! Nothing here blocks a session. A [`Client`] has a few threads of its own and a queue of a fixed length before them;
//! a request that finds the queue full is refused at once ([`HttpError::Flooded`]) and never waits for ever. Many agents
//! of one process may share a client ([`Client::transport`]); each has its own credential.
//!
//! # What a failure means
//!
//! The agent is told what the simulation would tell it; [`Http::last_error`] has more for people to read.
//!
//! | what happened | [`Failure`] |
//! |---|---|
//! | the service's name has no address | `NameResolution` (B-4.24) |
//! | no connection, or one that broke; a server that cannot prove who it is; the queue is full | `NoNetwork` |
//! | the server says that it refuses the certificate of the device | `NoCertificate` (B-4.22) |
//! | a time limit, that of connecting included | `TimedOut` |
//! | 429 or 503 with `Retry-After`, in seconds or as a date | `RetryAfter` (B-4.25) |
//! | any other status that is no success, 401, 403, 404, 413 and 5xx among them | `Status` |
//! | success with no body, one too large, or one that is no message | `Empty`: an error, never "nothing is assigned" |
//! | a message that says why there is no answer | that, such as `DeviceUnknown` (B-10.7) |
//!
//! Redirections are not followed: the token would go elsewhere with them.
//!
//! # Examples
//!
//! ```no_run
//! use imesim::driver::http::{Bearer, Client, Config, Credential, Roots};
//!
//! let config = Config::new("https://service.example:8443")
//!     .roots(Roots::Pem(b"-----BEGIN CERTIFICATE-----...".to_vec()))
//!     .proxy("http://proxy.example:8080");
//! let client = Client::new(&config)?;
//! let transport = client.transport(Credential::Bearer(Bearer::new("token of the device")?));
//! # Ok::<(), imesim::driver::http::ConfigError>(())
//! ```
//!
//! A push (B-4.19) needs somebody who listens: [`Client::listen`] waits at the service and wakes the session's thread;
//! [`input`] is what to feed.
//!
//! # What is the system's
//!
//! Who may vouch for the service is the operating system's list of authorities ([`Roots::Platform`]), through its own verifier on
//! Windows, macOS, Android, and elsewhere through the files that its TLS libraries read (`SSL_CERT_FILE` and `SSL_CERT_DIR` name
//! others); or certificates that the configuration names alone. There is no proxy but where the configuration has one, by name or
//! with [`Proxy::System`] the system's.
//!
//! Not done: keys of the device that stay in the system's certificate store or its TPM. Give the key as PEM.

mod call;
mod config;
pub mod message;
mod pool;
mod proxy;
mod pushes;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

pub use call::HttpError;
pub use config::{Bearer, Config, ConfigError, Credential, Identity, Limits, Roots};
pub use proxy::Proxy;
pub use pushes::{Listener, input};

use self::call::Caller;
use self::message::ToService;
use self::pool::{Job, Pool};
use super::{Delivery, Transport};
use crate::protocol::{Answer, Failure, Request, Token};
use crate::time::{Now, Wall};

/// Connections, threads and queue, for one agent or many. Clones share them.
#[derive(Clone, Debug)]
pub struct Client {
    pool: Arc<Pool>,
}

impl Client {
    /// Starts the threads; no connection is made before the first request.
    ///
    /// # Errors
    /// [`ConfigError`] for anything in the configuration that cannot be meant.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let limits = config.limits;
        let pool =
            Pool::new(Caller::new(config)?, limits).map_err(|error| ConfigError::Thread { kind: error.kind() })?;
        Ok(Self { pool: Arc::new(pool) })
    }

    /// Listens for the pushes of one device, on a thread of its own and a connection beside those of requests.
    ///
    /// # Errors
    /// [`ConfigError::Thread`].
    pub fn listen(&self, credential: Credential) -> Result<Listener, ConfigError> {
        Listener::new(self.clone(), credential).map_err(|error| ConfigError::Thread { kind: error.kind() })
    }

    /// A transport for one agent.
    pub fn transport(&self, credential: Credential) -> Http {
        Http { client: self.clone(), credential: Arc::new(credential), inbox: Arc::default() }
    }
}

/// The transport of one agent.
#[derive(Debug)]
pub struct Http {
    client: Client,
    credential: Arc<Credential>,
    /// Whoever is under way for this life of the agent puts its answer here; [`Transport::forget`] takes a new one.
    inbox: Arc<Mutex<Inbox>>,
}

/// What has come for one life of an agent.
#[derive(Debug, Default)]
struct Inbox {
    ready: VecDeque<(Token, Came)>,
    last_error: Option<HttpError>,
}

/// An answer with the service's time, or why there is none.
type Came = Result<(Wall, Result<Answer<'static>, Failure>), HttpError>;

impl Http {
    /// A transport with a client of its own.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn new(config: &Config, credential: Credential) -> Result<Self, ConfigError> {
        Ok(Client::new(config)?.transport(credential))
    }

    /// Why the last request that failed did, in this life of the agent.
    pub fn last_error(&self) -> Option<HttpError> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).last_error.clone()
    }
}

impl Inbox {
    fn put(&mut self, token: Token, came: Came) {
        if let Err(error) = &came {
            self.last_error = Some(error.clone());
        }
        self.ready.push_back((token, came));
    }
}

impl Transport for Http {
    fn send(&mut self, now: Now, token: Token, request: Request) {
        let handed = message::encode(&ToService { version: message::VERSION, token, request })
            .map_err(HttpError::Message)
            .and_then(|body| {
                self.client.pool.submit(Job {
                    token,
                    body,
                    credential: Arc::clone(&self.credential),
                    sent: now.wall,
                    inbox: Arc::downgrade(&self.inbox),
                    waker: thread::current(),
                })
            });
        if let Err(error) = handed {
            self.inbox.lock().unwrap_or_else(PoisonError::into_inner).put(token, Err(error));
        }
    }

    fn receive(&mut self, now: Now) -> Option<Delivery> {
        let (token, came) = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).ready.pop_front()?;
        Some(match came {
            Ok((at, answer)) => Delivery { token, at, answer },
            Err(error) => Delivery { token, at: now.wall, answer: Err(error.failure()) },
        })
    }

    fn trouble(&self) -> Option<String> {
        self.last_error().map(|error| error.to_string())
    }

    /// What waits in the queue is dropped unsent; what is under way finds nobody to tell.
    fn forget(&mut self) {
        self.inbox = Arc::default();
    }
}
