//! Where the service answers, and who this device says that it is.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigProblem;
use crate::driver::Transport;
use crate::driver::tcp::Tcp;

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
}

/// The table `[connection]`: files and a proxy for `https://`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionForm {
    /// Certificates of the authorities that alone may vouch for the service, in PEM; by default those of the system do.
    pub(super) ca_file: Option<PathBuf>,
    /// The certificate of the device with its chain, in PEM.
    pub(super) certificate_file: Option<PathBuf>,
    /// Its key, in PEM.
    pub(super) key_file: Option<PathBuf>,
    /// The token of the device.
    pub(super) token_file: Option<PathBuf>,
    /// A proxy, such as `http://name:port`, or `system` for the one that the system names; by default none.
    pub(super) proxy: Option<String>,
}

impl ConnectionForm {
    fn is_empty(&self) -> bool {
        let Self { ca_file, certificate_file, key_file, token_file, proxy } = self;
        [ca_file, certificate_file, key_file, token_file].into_iter().all(Option::is_none) && proxy.is_none()
    }
}

impl ServiceAddress {
    /// Reads an address; `base` is the folder that relative paths begin at.
    pub(super) fn read(text: &str, connection: &ConnectionForm, base: &Path) -> Result<Self, ConfigProblem> {
        match text.split_once("://") {
            Some(("tcp", _)) if !connection.is_empty() => Err(ConfigProblem::ConnectionOfTcp),
            Some(("tcp", address)) => match address.parse() {
                Ok(address) => Ok(Self::Tcp(address)),
                Err(_) => Err(ConfigProblem::Service(text.to_owned())),
            },
            #[cfg(feature = "http")]
            Some(("http" | "https", _)) => over_http(text, connection, base),
            Some(_) | None => {
                let _only_for_http = base;
                Err(ConfigProblem::Service(text.to_owned()))
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
        }
    }
}

#[cfg(feature = "http")]
fn over_http(text: &str, form: &ConnectionForm, base: &Path) -> Result<ServiceAddress, ConfigProblem> {
    use crate::driver::http::{Bearer, Config, Credential, Identity, Proxy, Roots};
    let read = |file: &PathBuf| {
        let path = base.join(file);
        std::fs::read(&path).map_err(|error| ConfigProblem::File { reason: error.to_string(), path })
    };
    let mut config = Config::new(text);
    if let Some(file) = &form.ca_file {
        config = config.roots(Roots::Pem(read(file)?));
    }
    match (&form.certificate_file, &form.key_file) {
        (Some(certificate), Some(key)) => config = config.identity(Identity::new(read(certificate)?, read(key)?)),
        (None, None) => {}
        (Some(_), None) | (None, Some(_)) => return Err(ConfigProblem::HalfIdentity),
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
            Credential::Bearer(bearer.map_err(|error| ConfigProblem::Connection(error.to_string()))?)
        }
        None => Credential::Certificate,
    };
    Ok(ServiceAddress::Http { config, credential })
}
