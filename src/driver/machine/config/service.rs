//! Where the service answers, and who this device says that it is.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::ConfigProblem;
use crate::agent::Input;
use crate::driver::tcp::Tcp;
use crate::driver::{Delivery, Transport};
use crate::protocol::{Failure, Request, Token};
use crate::time::{Now, Wall};

/// Where the service answers.
#[derive(Clone, Debug)]
pub enum ServiceAddress {
    /// Over TCP, without encryption or credentials: for this machine and for tests.
    Tcp(SocketAddr),
    /// Over HTTP and HTTPS.
    #[cfg(feature = "http")]
    Http {
        /// Where, whom to trust, and the certificate of the device.
        config: crate::driver::http::Config,
        /// What the device shows with each request.
        credential: crate::driver::http::Credential,
    },
    /// Nowhere: the certificate of the enrollment, which the device would show, is gone. Every request fails for want of it (B-4.22).
    NoCertificate,
}

/// A way to a service, and back.
pub struct Connection {
    /// For requests.
    pub transport: Box<dyn Transport>,
    /// What the service sends by itself, where it can: over HTTP.
    pub pushes: Option<Box<dyn Pushes>>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("has_pushes", &self.pushes.is_some()).finish_non_exhaustive()
    }
}

/// Where pushes come from. It wakes the thread that it was made on.
pub trait Pushes {
    /// The next that has come.
    fn take(&mut self) -> Option<Pushed>;
}

/// What the service sends by itself.
#[derive(Clone, Copy, Debug)]
pub enum Pushed {
    /// Something for the agent (B-4.19, B-6.29).
    Agent(Input<'static>),
    /// Something for the MDM client, which may have left something new.
    Mdm,
}

#[cfg(feature = "http")]
impl Pushes for crate::driver::http::Listener {
    fn take(&mut self) -> Option<Pushed> {
        let push = Self::take(self)?;
        Some(crate::driver::http::input(push).map_or(Pushed::Mdm, Pushed::Agent))
    }
}

/// Answers every request as one that needs a certificate and has none.
#[derive(Debug, Default)]
struct Refusing(VecDeque<Token>);

impl Transport for Refusing {
    fn send(&mut self, _now: Now, token: Token, _request: Request) {
        self.0.push_back(token);
    }

    fn receive(&mut self, now: Now) -> Option<Delivery> {
        let answer = Err(Failure::NoCertificate);
        self.0.pop_front().map(|token| Delivery { token, at: now.wall, answer })
    }

    fn next_at(&self) -> Option<Wall> {
        None
    }

    fn forget(&mut self) {
        self.0.clear();
    }
}

/// The table `[connection]`: files and a proxy for `https://`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionForm {
    /// Certificates of the authorities that alone may vouch for the service, in PEM; by default those of the system do.
    pub(super) ca_file: Option<Spanned<PathBuf>>,
    /// The certificate of the device with its chain, in PEM.
    pub(super) certificate_file: Option<Spanned<PathBuf>>,
    /// Its key, in PEM.
    pub(super) key_file: Option<Spanned<PathBuf>>,
    /// The token of the device.
    pub(super) token_file: Option<Spanned<PathBuf>>,
    /// A proxy, such as `http://name:port`, or `system` for the one that the system names; by default none.
    pub(super) proxy: Option<String>,
}

impl ConnectionForm {
    fn is_empty(&self) -> bool {
        let Self { ca_file, certificate_file, key_file, token_file, proxy } = self;
        [ca_file, certificate_file, key_file, token_file].into_iter().all(Option::is_none) && proxy.is_none()
    }

    /// Its files.
    pub(super) fn files(&self, base: &Path) -> Vec<PathBuf> {
        let Self { ca_file, certificate_file, key_file, token_file, proxy: _ } = self;
        let all = [ca_file, certificate_file, key_file, token_file];
        all.into_iter().flatten().map(|file| base.join(file.as_ref())).collect()
    }

    /// A sum of everything that a connection is made of.
    pub(super) fn sum(&self, service: &str, files: &[PathBuf]) -> [u8; 32] {
        let mut sum = Sha256::new();
        let Self { ca_file, certificate_file, key_file, token_file, proxy } = self;
        let names = [ca_file, certificate_file, key_file, token_file].map(|file| file.as_ref().map(Spanned::as_ref));
        sum.update(format!("{service}\n{proxy:?}\n{names:?}\n"));
        for file in files {
            sum.update(Sha256::digest(std::fs::read(file).unwrap_or_default()));
        }
        sum.finalize().into()
    }
}

impl ServiceAddress {
    /// Reads an address; `base` is the folder that relative paths begin at, `enrollment` the file of the MDM certificate. A refusal
    /// comes with its place in the configuration, unless that is the address.
    pub(super) fn read(
        text: &str,
        connection: &ConnectionForm,
        base: &Path,
        enrollment: Option<&Path>,
    ) -> Result<Self, Refused> {
        let own = connection.certificate_file.as_ref().map(|file| base.join(file.as_ref()));
        if own.is_some_and(|own| Some(own.as_path()) == enrollment && !own.exists()) {
            return Ok(Self::NoCertificate);
        }
        match text.split_once("://") {
            Some(("tcp", _)) if !connection.is_empty() => Err(ConfigProblem::ConnectionOfTcp.into()),
            Some(("tcp", address)) => match address.parse() {
                Ok(address) => Ok(Self::Tcp(address)),
                Err(_) => Err(ConfigProblem::Service(text.to_owned()).into()),
            },
            #[cfg(feature = "http")]
            Some(("http" | "https", _)) => over_http(text, connection, base),
            Some(_) | None => {
                let _only_for_http = base;
                // With the feature these do not come here.
                let is_http = text.starts_with("http://") || text.starts_with("https://");
                let problem = if is_http { ConfigProblem::NoHttp } else { ConfigProblem::Service(text.to_owned()) };
                Err(problem.into())
            }
        }
    }

    /// The way there. Nothing is sent before the first request.
    ///
    /// # Errors
    /// [`ConfigProblem::Connection`] for what only shows when it is made.
    pub fn transport(&self) -> Result<Box<dyn Transport>, ConfigProblem> {
        match self {
            Self::Tcp(address) => Ok(Box::new(Tcp::new(*address))),
            #[cfg(feature = "http")]
            Self::Http { config, credential } => {
                let made = crate::driver::http::Http::new(config, credential.clone());
                Ok(Box::new(made.map_err(|error| ConfigProblem::Connection(error.to_string()))?))
            }
            Self::NoCertificate => Ok(Box::<Refusing>::default()),
        }
    }

    /// The way there, and back for what the service sends by itself, which is listened to from now on.
    ///
    /// # Errors
    /// [`ConfigProblem::Connection`] for what only shows when it is made.
    pub fn connect(&self) -> Result<Connection, ConfigProblem> {
        match self {
            #[cfg(feature = "http")]
            Self::Http { config, credential } => {
                use crate::driver::http::{Client, ConfigError};
                let failed = |error: ConfigError| ConfigProblem::Connection(error.to_string());
                let client = Client::new(config).map_err(failed)?;
                let pushes = client.listen(credential.clone()).map_err(failed)?;
                let transport = Box::new(client.transport(credential.clone()));
                Ok(Connection { transport, pushes: Some(Box::new(pushes)) })
            }
            Self::Tcp(_) | Self::NoCertificate => Ok(Connection { transport: self.transport()?, pushes: None }),
        }
    }
}

/// Why there is no connection, and where in the configuration that stands if not at the address.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) at: Option<usize>,
    pub(super) problem: ConfigProblem,
}

impl From<ConfigProblem> for Refused {
    fn from(problem: ConfigProblem) -> Self {
        Self { at: None, problem }
    }
}

#[cfg(feature = "http")]
fn over_http(text: &str, form: &ConnectionForm, base: &Path) -> Result<ServiceAddress, Refused> {
    use crate::driver::http::{Bearer, Config, Credential, Identity, Proxy, Roots};
    let read = |file: &Spanned<PathBuf>| {
        let path = base.join(file.as_ref());
        std::fs::read(&path).map_err(|error| Refused {
            at: Some(file.span().start),
            problem: ConfigProblem::File { reason: error.to_string(), path },
        })
    };
    let mut config = Config::new(text);
    if let Some(file) = &form.ca_file {
        config = config.roots(Roots::Pem(read(file)?));
    }
    match (&form.certificate_file, &form.key_file) {
        (Some(certificate), Some(key)) => config = config.identity(Identity::new(read(certificate)?, read(key)?)),
        (None, None) => {}
        (Some(half), None) | (None, Some(half)) => {
            return Err(Refused { at: Some(half.span().start), problem: ConfigProblem::HalfIdentity });
        }
    }
    if let Some(proxy) = &form.proxy {
        config = config.through(match proxy.as_str() {
            "system" => Proxy::System,
            name => Proxy::Named(name.to_owned()),
        });
    }
    let credential = match &form.token_file {
        Some(file) => {
            let token = read(file)?;
            let bearer = Bearer::new(String::from_utf8_lossy(&token).trim());
            let problem = |error: crate::driver::http::ConfigError| ConfigProblem::Connection(error.to_string());
            Credential::Bearer(
                bearer.map_err(|error| Refused { at: Some(file.span().start), problem: problem(error) })?,
            )
        }
        None => Credential::Certificate,
    };
    Ok(ServiceAddress::Http { config, credential })
}
