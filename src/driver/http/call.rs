//! One request and its answer, on a thread that may wait; and what a failure means to the agent.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, Response, header};
use ureq::{Body, RequestBuilder};

use super::Came;
use super::config::{Config, ConfigError, Credential};
use super::message::{self, MessageError, Numbered, Outcome, Pushes, ToDevice, WAIT_MAX};
use crate::protocol::{Failure, Token};
use crate::time::Wall;

/// Why a request got no answer. [`HttpError::failure`] is what the agent is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Too many requests wait already.
    #[error("{limit} requests wait already")]
    Flooded {
        /// The length of the queue.
        limit: usize,
    },
    /// The service's name has no address.
    #[error("`{host}` has no address")]
    Name {
        /// The name.
        host: String,
    },
    /// A time limit has passed.
    #[error("no answer in time: {doing}")]
    TimedOut {
        /// What took too long.
        doing: String,
    },
    /// No connection, or it broke.
    #[error("connection failed: {kind}")]
    Connection {
        /// How.
        kind: io::ErrorKind,
    },
    /// The server could not prove who it is, or TLS failed otherwise.
    #[error("TLS failed: {reason}")]
    Tls {
        /// How.
        reason: String,
    },
    /// The server refused the certificate of the device, or its absence.
    #[error("the certificate of the device was refused: {reason}")]
    Certificate {
        /// How.
        reason: String,
    },
    /// The proxy refused.
    #[error("the proxy refused: {reason}")]
    Proxy {
        /// How.
        reason: String,
    },
    /// A status that is no success.
    #[error("HTTP {code}")]
    Status {
        /// The status.
        code: u16,
    },
    /// The service asks to be left alone for a while.
    #[error("HTTP {code}, retry after {secs} s")]
    Throttled {
        /// The status, 429 or 503.
        code: u16,
        /// For how long, in seconds.
        secs: u32,
    },
    /// A success with something that is no message.
    #[error(transparent)]
    Message(MessageError),
    /// What came is not HTTP.
    #[error("not HTTP: {reason}")]
    Protocol {
        /// How.
        reason: String,
    },
}

impl HttpError {
    /// What it is to the agent; the table is in the [module](super).
    pub const fn failure(&self) -> Failure {
        match self {
            Self::Flooded { .. } | Self::Connection { .. } | Self::Tls { .. } | Self::Proxy { .. } => {
                Failure::NoNetwork
            }
            Self::Name { .. } => Failure::NameResolution,
            Self::TimedOut { .. } => Failure::TimedOut,
            Self::Certificate { .. } => Failure::NoCertificate,
            Self::Status { code } => Failure::Status(*code),
            Self::Throttled { secs, .. } => Failure::RetryAfter(*secs),
            Self::Message(_) | Self::Protocol { .. } => Failure::Empty,
        }
    }
}

/// Makes requests, from any thread.
#[derive(Debug)]
pub(super) struct Caller {
    agent: ureq::Agent,
    address: String,
    pushes: String,
    host: String,
    has_proxy: bool,
    /// The longest answer.
    limit: usize,
    /// How long to wait for pushes, in seconds.
    wait: u32,
}

impl Caller {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        let (address, host) = config.address()?;
        let patience = config.limits.answer.min(config.limits.whole);
        let library = config.library()?;
        let has_proxy = library.proxy().is_some();
        Ok(Self {
            agent: library.new_agent(),
            address,
            pushes: format!("{}{}", config.service, message::PUSHES),
            host,
            has_proxy,
            limit: config.limits.body,
            wait: u32::try_from(patience.as_secs() / 2).unwrap_or(WAIT_MAX).clamp(1, WAIT_MAX),
        })
    }

    /// Sends a request and waits for its answer, at most so long. `sent` is the device's time.
    pub(super) fn call(&self, body: &[u8], token: Token, credential: &Credential, sent: Wall, left: Duration) -> Came {
        let request = self.agent.post(&self.address).header(header::CONTENT_TYPE, "application/json");
        let request = signed(request, credential).config().timeout_global(Some(left)).build();
        let response = request.send(body).map_err(|error| self.error(error))?;
        let body = self.body(response, sent)?;
        let answer: ToDevice<'static> = message::decode(&body, self.limit).map_err(HttpError::Message)?;
        let ToDevice { token: found, at, outcome, .. } = answer;
        if found != token {
            return Err(HttpError::Message(MessageError::Stranger { asked: token, found }));
        }
        Ok((
            at,
            match outcome {
                Outcome::Answer(answer) => Ok(answer),
                Outcome::Failure(failure) => Err(failure),
            },
        ))
    }

    /// Waits at the service for pushes after the one with this number.
    pub(super) fn listen(&self, after: u32, credential: &Credential) -> Result<Vec<Numbered>, HttpError> {
        let request = self.agent.get(format!("{}?after={after}&wait={}", self.pushes, self.wait));
        let response = signed(request, credential).call().map_err(|error| self.error(error))?;
        let body = self.body(response, Wall::MIN)?;
        let Pushes { pushes, .. } = message::decode(&body, self.limit).map_err(HttpError::Message)?;
        Ok(pushes)
    }

    fn body(&self, mut response: Response<Body>, sent: Wall) -> Result<Vec<u8>, HttpError> {
        if !response.status().is_success() {
            return Err(refused(response.status().as_u16(), response.headers(), sent));
        }
        let limit = u64::try_from(self.limit).unwrap_or(u64::MAX);
        response.body_mut().with_config().limit(limit).read_to_vec().map_err(|error| self.error(error))
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "an open list of another crate")]
    fn error(&self, error: ureq::Error) -> HttpError {
        use ureq::Error as E;
        match error {
            E::Timeout(what) => HttpError::TimedOut { doing: what.to_string() },
            E::HostNotFound => HttpError::Name { host: self.host.clone() },
            E::BodyExceedsLimit(_) => HttpError::Message(MessageError::Oversized { limit: self.limit }),
            E::Io(error) => self.io(&error),
            E::Rustls(error) => tls(&error),
            E::Tls(reason) => HttpError::Tls { reason: reason.to_owned() },
            E::Pem(error) => HttpError::Tls { reason: error.to_string() },
            E::ConnectionFailed => HttpError::Connection { kind: io::ErrorKind::NotConnected },
            E::ConnectProxyFailed(reason) => HttpError::Proxy { reason },
            E::StatusCode(code) => HttpError::Status { code },
            // What is left is about what came, and the list is open.
            other => HttpError::Protocol { reason: other.to_string() },
        }
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "an open list of another crate")]
    fn io(&self, error: &io::Error) -> HttpError {
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return tls(error);
        }
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                HttpError::TimedOut { doing: "reading or writing".to_owned() }
            }
            // A name that is not resolved has no kind of its own: ask once more for nothing but the address.
            kind if !is_of_connection(kind) && !self.has_proxy && self.has_no_address() => {
                HttpError::Name { host: self.host.clone() }
            }
            kind => HttpError::Connection { kind },
        }
    }

    fn has_no_address(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host.parse::<IpAddr>().is_err() && (host, 0).to_socket_addrs().is_err()
    }
}

/// A request with the credential of whoever makes it.
fn signed<B>(request: RequestBuilder<B>, credential: &Credential) -> RequestBuilder<B> {
    match credential {
        Credential::Certificate => request,
        Credential::Bearer(bearer) => request.header(header::AUTHORIZATION, bearer.header()),
    }
}

const fn is_of_connection(kind: io::ErrorKind) -> bool {
    use io::ErrorKind as K;
    matches!(
        kind,
        K::ConnectionRefused
            | K::ConnectionReset
            | K::ConnectionAborted
            | K::NotConnected
            | K::BrokenPipe
            | K::UnexpectedEof
            | K::AddrNotAvailable
            | K::HostUnreachable
            | K::NetworkUnreachable
            | K::NetworkDown
    )
}

#[allow(clippy::wildcard_enum_match_arm, reason = "an open list of another crate")]
fn tls(error: &rustls::Error) -> HttpError {
    use rustls::AlertDescription as A;
    let reason = error.to_string();
    match error {
        rustls::Error::AlertReceived(
            A::CertificateRequired
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied
            | A::DecryptError,
        ) => HttpError::Certificate { reason },
        // The list is open; all others are about the server.
        _ => HttpError::Tls { reason },
    }
}

/// What a status says that is no success.
fn refused(code: u16, headers: &HeaderMap, sent: Wall) -> HttpError {
    if !matches!(code, 429 | 503) {
        return HttpError::Status { code };
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    match text(header::RETRY_AFTER).and_then(|value| retry_after(value, text(header::DATE), sent)) {
        Some(secs) => HttpError::Throttled { code, secs },
        None => HttpError::Status { code },
    }
}

/// The seconds of `Retry-After`. A date counts from the answer's own, and where it has none from the device's.
fn retry_after(value: &str, date: Option<&str>, sent: Wall) -> Option<u32> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than the type holds is the longest wait.
        return Some(value.parse().unwrap_or(u32::MAX));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let device = u64::try_from(sent.unix_millis()).map(|millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok()).or(device.ok())?;
    let secs = until.duration_since(now).unwrap_or_default().as_millis().div_ceil(1_000);
    Some(u32::try_from(secs).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        // 1994-11-06T08:49:37Z by the device's clock.
        let sent = Wall::from_unix_millis(784_111_777_000);
        let later = "Sun, 06 Nov 1994 08:51:37 GMT";
        for (value, date, secs) in [
            ("120", None, Some(120)),
            ("0", None, Some(0)),
            ("99999999999999", None, Some(u32::MAX)),
            (later, None, Some(120)),
            (later, Some("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60)),
            (later, Some("nonsense"), Some(120)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", None, Some(120)),
            ("Sun Nov  6 08:51:37 1994", None, Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", None, Some(0)),
            ("", None, None),
            ("-5", None, None),
            ("1.5", None, None),
            ("soon", None, None),
        ] {
            assert_eq!(retry_after(value, date, sent), secs, "{value} {date:?}");
        }
    }
}
