//! Who may see and change things, and what browsers are told about the pages.
//!
//! Without a token the page is for this machine alone: it listens on a loopback address, and only takes requests that are
//! addressed to one, so that no name of somebody else's can be made to point here. With a token, browsers ask for it as the
//! password of `admin`. Forms carry a secret of this process, and what a browser says comes from another site is refused.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use super::super::credentials::{secret, sum};
use super::{Office, refusal};

/// What is asked of whoever comes.
#[derive(Clone)]
pub(in crate::serve) struct Guard {
    /// The SHA-256 of the token, where there is one.
    token: Option<[u8; 32]>,
    /// What forms carry.
    form: String,
}

impl Guard {
    /// `None` if the operating system gives no random bytes.
    pub(in crate::serve) fn new(token: Option<&str>) -> Option<Self> {
        Some(Self { token: token.map(|token| sum(token.as_bytes())), form: secret()? })
    }

    /// The secret of forms.
    pub(super) fn form(&self) -> &str {
        &self.form
    }

    /// True for a form that this process has made.
    pub(super) fn made(&self, secret: &str) -> bool {
        sum(secret.as_bytes()).ct_eq(&sum(self.form.as_bytes())).into()
    }

    fn admits(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        match &self.token {
            Some(token) => {
                let given = text(header::AUTHORIZATION)
                    .and_then(|value| value.strip_prefix("Basic "))
                    .and_then(|value| STANDARD.decode(value).ok())
                    .and_then(|value| value.strip_prefix(b"admin:").map(sum))
                    .unwrap_or_default();
                if !bool::from(given.ct_eq(token)) {
                    return Err(StatusCode::UNAUTHORIZED);
                }
            }
            None if text(header::HOST).is_some_and(is_this_machine) => {}
            None => return Err(StatusCode::MISDIRECTED_REQUEST),
        }
        Ok(())
    }
}

impl core::fmt::Debug for Guard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Guard").field("token", &self.token.is_some()).finish_non_exhaustive()
    }
}

/// Lets through whom the guard admits.
pub(super) async fn check(State(office): State<Arc<Office>>, request: Request, next: Next) -> Response<Body> {
    let headers = request.headers();
    if let Err(status) = office.guard.admits(headers) {
        let mut response = refusal(status, "This page is not for you, or not under this name.");
        if status == StatusCode::UNAUTHORIZED {
            let ask = HeaderValue::from_static("Basic realm=\"imesim serve\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
        }
        return response;
    }
    if request.method() != Method::GET && !is_of_this_site(headers) {
        return refusal(StatusCode::FORBIDDEN, "This form came from another site.");
    }
    next.run(request).await
}

/// What a browser may do with the pages: nothing but show them.
pub(super) async fn harden(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Browsers say where a form comes from; whoever says nothing is no browser, and cannot be made to send what it does not know.
fn is_of_this_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let is_own = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let is_from_here = match (text("origin"), text("host")) {
        // Without a referrer browsers call the origin of a form null; `sec-fetch-site` tells it apart.
        (None | Some("null"), _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, origin)| origin == host),
        (Some(_), None) => false,
    };
    is_own && is_from_here
}

/// True for an authority that names this machine, with or without a port.
fn is_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_taken_for_it() {
        for authority in ["localhost", "localhost:8081", "127.0.0.1:80", "127.1.2.3", "[::1]", "[::1]:8081"] {
            assert!(is_this_machine(authority), "{authority}");
        }
        for authority in
            ["", "evil.example", "localhost.evil.example:80", "192.168.1.1", "[::2]:80", "127.0.0.1.evil.example"]
        {
            assert!(!is_this_machine(authority), "{authority}");
        }
    }

    #[test]
    fn forms_of_other_sites_are_told_by_what_browsers_say() {
        let says = |pairs: &[(&'static str, &str)]| {
            let all = pairs.iter().map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            });
            is_of_this_site(&all.collect())
        };
        assert!(says(&[("host", "localhost:1"), ("origin", "http://localhost:1"), ("sec-fetch-site", "same-origin")]));
        assert!(says(&[("host", "localhost:1")]));
        assert!(says(&[("host", "localhost:1"), ("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(!says(&[("host", "localhost:1"), ("origin", "null"), ("sec-fetch-site", "cross-site")]));
        assert!(!says(&[("host", "localhost:1"), ("origin", "http://localhost:2")]));
        assert!(!says(&[("host", "localhost:1"), ("origin", "http://evil.example")]));
        assert!(!says(&[("host", "localhost:1"), ("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn a_form_needs_the_secret_of_this_process() {
        let (one, other) = (Guard::new(None).unwrap(), Guard::new(None).unwrap());
        assert!(one.made(one.form()));
        assert!(!one.made(other.form()) && !one.made(""));
        assert!(!format!("{one:?}").contains(one.form()), "it is not printed");
    }
}
