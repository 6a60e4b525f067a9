//! What a client is told: where the service is, whom it trusts, who it is, and how long and how much it waits for.

use core::fmt;
use std::time::Duration;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::message::{self, BODY_MAX};
use super::proxy::{Proxy, Target};

/// How a client reaches the service.
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) service: String,
    pub(super) roots: Roots,
    pub(super) identity: Option<Identity>,
    pub(super) proxy: Proxy,
    pub(super) plain: bool,
    pub(super) limits: Limits,
}

/// Which authorities may vouch for the service.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Roots {
    /// Those of the operating system.
    #[default]
    Platform,
    /// These alone: one or more certificates in PEM.
    Pem(Vec<u8>),
}

/// The device's certificate and its key, in PEM. The key is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    certificates: Vec<u8>,
    key: Vec<u8>,
}

/// A token that stands for a device. It is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer {
    header: String,
}

/// Who an agent says that it is, with each request.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Credential {
    /// Nothing more than the client's certificate.
    #[default]
    Certificate,
    /// A token.
    Bearer(Bearer),
}

/// How long a client waits and how much it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection, name, proxy and TLS included. 10 seconds.
    pub connect: Duration,
    /// For the head of the answer, once the request is sent. 60 seconds.
    pub answer: Duration,
    /// For everything from `send` to the end of the answer, the wait in the queue included. 100 seconds, as the agent's own
    /// `ime.answer_timeout` (B-4.24).
    pub whole: Duration,
    /// The longest answer, in bytes, once it is unpacked. 1 MiB.
    pub body: usize,
    /// How many requests may wait for a thread. 64.
    pub queue: usize,
    /// How many threads, and so how many requests at a time. 2.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            whole: Duration::from_secs(100),
            body: BODY_MAX,
            queue: 64,
            threads: 2,
        }
    }
}

/// What cannot be meant in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address of the service is none.
    #[error("`{service}` is no address of a service; write it as https://name or https://name:port")]
    Service {
        /// As given.
        service: String,
    },
    /// Credentials would travel unprotected.
    #[error(
        "`{service}` is not encrypted, and credentials would be read on the way; use https, or allow it for a test"
    )]
    Plain {
        /// As given.
        service: String,
    },
    /// A proxy's address is none.
    #[error("`{proxy}` is no address of an HTTP proxy; write it as http://name:port")]
    Proxy {
        /// As given, without what may be a password.
        proxy: String,
    },
    /// The same of the proxy that the system names.
    #[error("`{proxy}` in {by} is no address of an HTTP proxy; write it as http://name:port")]
    SystemProxy {
        /// What names it.
        by: &'static str,
        /// As given, without what may be a password.
        proxy: String,
    },
    /// PEM cannot be read, or what is looked for is not in it.
    #[error("{what}: {reason}")]
    Pem {
        /// Which.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A token that cannot stand in a header.
    #[error("a token has 1 to {BEARER_MAX} letters, digits and signs of ASCII, without spaces")]
    Token,
    /// A limit of nothing.
    #[error("`{name}` must be more than 0")]
    Limit {
        /// Which.
        name: &'static str,
    },
    /// A thread could not be started.
    #[error("no thread for requests: {kind}")]
    Thread {
        /// Why.
        kind: std::io::ErrorKind,
    },
}

/// The longest token.
const BEARER_MAX: usize = 4096;

impl Config {
    /// A service at `https://name`, with a port and a path before `/v1/requests` if there are any.
    pub fn new(service: &str) -> Self {
        Self {
            service: service.trim_end_matches('/').to_owned(),
            roots: Roots::default(),
            identity: None,
            proxy: Proxy::Direct,
            plain: false,
            limits: Limits::default(),
        }
    }

    /// Whom to trust; by default the operating system's authorities.
    #[must_use]
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = roots;
        self
    }

    /// The certificate of the device.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// A proxy, such as `http://name:port` or `http://user:password@name:port`.
    #[must_use]
    pub fn proxy(mut self, proxy: &str) -> Self {
        self.proxy = Proxy::Named(proxy.to_owned());
        self
    }

    /// Which proxy, if any: without this or [`proxy`](Self::proxy) there is none, whatever the system says.
    #[must_use]
    pub fn through(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Allows `http://` to other machines. To this one it always is.
    #[must_use]
    pub const fn allow_plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Other limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The address of requests, and its host.
    pub(super) fn address(&self) -> Result<(String, String), ConfigError> {
        let wrong = || ConfigError::Service { service: self.service.clone() };
        let address = format!("{}{}", self.service, message::PATH);
        let uri: ureq::http::Uri = address.parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?.to_owned();
        let names_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if names_user || self.service.contains(['?', '#']) {
            return Err(wrong());
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if self.plain || is_this_machine(&host) => {}
            Some("http") => return Err(ConfigError::Plain { service: self.service.clone() }),
            Some(_) | None => return Err(wrong()),
        }
        Ok((address, host))
    }

    /// The settings of the HTTP library.
    pub(super) fn library(&self) -> Result<ureq::config::Config, ConfigError> {
        let limits = &self.limits;
        for (name, is_none) in [
            ("connect", limits.connect.is_zero()),
            ("answer", limits.answer.is_zero()),
            ("whole", limits.whole.is_zero()),
            ("body", limits.body == 0),
            ("queue", limits.queue == 0),
            ("threads", limits.threads == 0),
        ] {
            if is_none {
                return Err(ConfigError::Limit { name });
            }
        }
        Ok(ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(self.library_proxy()?)
            .user_agent(concat!("imesim/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .max_idle_connections(limits.threads)
            .max_idle_connections_per_host(limits.threads)
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_recv_response(Some(limits.answer))
            .timeout_global(Some(limits.whole))
            .tls_config(self.tls()?)
            .build())
    }

    /// The proxy, as the library has it. What the system says is asked once.
    fn library_proxy(&self) -> Result<Option<ureq::Proxy>, ConfigError> {
        let (address, host) = self.address()?;
        let port = address.parse().ok().and_then(|uri: ureq::http::Uri| uri.port_u16());
        let scheme = if address.starts_with("https:") { "https" } else { "http" };
        self.proxy.library(Target { scheme, host: host.trim_matches(['[', ']']), port })
    }

    fn tls(&self) -> Result<TlsConfig, ConfigError> {
        let roots = match &self.roots {
            Roots::Platform => RootCerts::PlatformVerifier,
            Roots::Pem(pem) => RootCerts::new_with_certs(&certificates("certificates of authorities", pem)?),
        };
        let identity = match &self.identity {
            Some(Identity { certificates: chain, key }) => {
                let what = "certificate of the device";
                let chain = certificates(what, chain)?;
                let key = PrivateKey::from_pem(key)
                    .map_err(|error| ConfigError::Pem { what: "key of the device", reason: error.to_string() })?;
                Some(ClientCert::new_with_certs(&chain, key))
            }
            None => None,
        };
        Ok(TlsConfig::builder().root_certs(roots).client_cert(identity).build())
    }
}

fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<Certificate<'static>>, ConfigError> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(ConfigError::Pem { what, reason: error.to_string() }),
        }
    }
    if found.is_empty() {
        return Err(ConfigError::Pem { what, reason: "there is no certificate".to_owned() });
    }
    Ok(found)
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl Identity {
    /// A chain of certificates, the device's own first, and its key. They are read when a client is made.
    pub const fn new(certificates: Vec<u8>, key: Vec<u8>) -> Self {
        Self { certificates, key }
    }
}

impl Bearer {
    /// A token as the service gave it.
    ///
    /// # Errors
    /// [`ConfigError::Token`] for one that cannot stand in a header.
    pub fn new(token: &str) -> Result<Self, ConfigError> {
        let fits = (1..=BEARER_MAX).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self { header: format!("Bearer {token}") }) } else { Err(ConfigError::Token) }
    }

    /// The value of the header.
    pub(super) fn header(&self) -> &str {
        &self.header
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(..)")
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
}
