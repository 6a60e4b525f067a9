//! The service's end for agents: one route for requests, one for pushes. Who cannot say who it is gets 401 with nothing in it,
//! whether it named nobody, somebody unknown, or came with a wrong token.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use serde::Deserialize;

use super::answer::Reply;
use super::credentials::Credentials;
use super::hub::Hub;
use super::keeper::Keeper;
use super::limits::{Bucket, Limits};
use crate::driver::http::message::{self, Numbered, PATH, PUSHES, Pushes, ToService, VERSION, WAIT_MAX};
use crate::driver::{Clock, RealClock};
use crate::time::Wall;

/// What every connection works with.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) hub: Arc<Mutex<Hub>>,
    pub(super) clock: RealClock,
    pub(super) speed: u32,
    pub(super) keeper: Option<Keeper>,
    credentials: Credentials,
    limits: Limits,
    total: Mutex<Bucket>,
    per_device: Vec<Mutex<Bucket>>,
    /// How many connections of each device wait for pushes.
    listening: Vec<AtomicU32>,
}

/// How many connections of a device may wait for pushes; the others are answered at once.
const LISTENING_MAX: u32 = 2;

/// One of them, for as long as it waits or its connection lives.
struct Listening<'a>(&'a AtomicU32);

impl<'a> Listening<'a> {
    /// None if enough wait already.
    fn begin(count: &'a AtomicU32) -> Option<Self> {
        let more = |count: u32| (count < LISTENING_MAX).then(|| count + 1);
        count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok().map(|_| Self(count))
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What is answered instead of what was asked for.
type Refusal = Box<Response<Body>>;

/// The certificate that came with the connection, in DER, if one did.
#[derive(Clone, Debug, Default)]
pub(super) struct Peer(pub(super) Option<Arc<Vec<u8>>>);

#[derive(Debug, Deserialize)]
struct After {
    #[serde(default)]
    after: u32,
    #[serde(default)]
    wait: u32,
}

impl Desk {
    #[allow(clippy::disallowed_methods, reason = "limits are about real time")]
    pub(super) fn new(
        hub: Arc<Mutex<Hub>>,
        (clock, speed): (RealClock, u32),
        keeper: Option<Keeper>,
        credentials: Credentials,
        limits: Limits,
    ) -> Self {
        let (devices, now) = (hub.lock().unwrap_or_else(PoisonError::into_inner).devices().len(), Instant::now());
        let total = Mutex::new(Bucket::full(limits.total, now));
        let per_device = (0..devices).map(|_| Mutex::new(Bucket::full(limits.per_device, now))).collect();
        let listening = (0..devices).map(|_| AtomicU32::new(0)).collect();
        Self { hub, clock, speed, keeper, credentials, limits, total, per_device, listening }
    }

    /// The service's time.
    pub(super) fn now(&self) -> Wall {
        self.clock.now().wall
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Which device it is, or what it is told instead.
    #[allow(clippy::disallowed_methods, reason = "limits are about real time")]
    fn admit(&self, headers: &HeaderMap, peer: &Peer) -> Result<usize, Refusal> {
        let now = Instant::now();
        let in_all = self.total.lock().unwrap_or_else(PoisonError::into_inner).take(self.limits.total, now);
        in_all.map_err(|wait| Box::new(self.later(StatusCode::SERVICE_UNAVAILABLE, wait)))?;
        let device = self.identify(headers, peer).ok_or_else(|| Box::new(unauthorized()))?;
        let bucket = self.per_device.get(device).ok_or_else(|| Box::new(unauthorized()))?;
        let own = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.limits.per_device, now);
        own.map_err(|wait| Box::new(self.later(StatusCode::TOO_MANY_REQUESTS, wait)))?;
        Ok(device)
    }

    /// A token, where there is one, decides alone; a certificate does where there is none.
    fn identify(&self, headers: &HeaderMap, peer: &Peer) -> Option<usize> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
            return self.credentials.by_token(token.unwrap_or_default());
        }
        self.credentials.by_certificate(peer.0.as_deref()?)
    }

    /// Come again after so much real time, told in the service's time.
    fn later(&self, status: StatusCode, wait: Duration) -> Response<Body> {
        let secs = wait.as_micros().saturating_mul(u128::from(self.speed)).div_ceil(1_000_000);
        retry_after(status, u32::try_from(secs).unwrap_or(u32::MAX))
    }

    async fn read(&self, headers: &HeaderMap, body: Body) -> Result<ToService, Refusal> {
        let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
            kind.to_str().is_ok_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"))
        });
        if !is_json {
            return Err(Box::new(empty(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
        }
        let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if told.is_some_and(|length| length > self.limits.body) {
            return Err(Box::new(closing(StatusCode::PAYLOAD_TOO_LARGE)));
        }
        // One byte more than is taken, so that a body beyond the limit is told from one that broke off.
        let body = match tokio::time::timeout(self.limits.body_time, to_bytes(body, self.limits.body + 1)).await {
            Err(_) => return Err(Box::new(closing(StatusCode::REQUEST_TIMEOUT))),
            Ok(Err(_)) => return Err(Box::new(closing(StatusCode::PAYLOAD_TOO_LARGE))),
            Ok(Ok(body)) => body,
        };
        if body.len() > self.limits.body {
            return Err(Box::new(closing(StatusCode::PAYLOAD_TOO_LARGE)));
        }
        message::decode(&body, self.limits.body)
            .map_err(|error| Box::new(text(StatusCode::BAD_REQUEST, error.to_string())))
    }
}

/// How often a second is looked for pushes while somebody waits for one.
const LOOKS: u32 = 4;

/// The routes.
pub(super) fn routes(desk: Arc<Desk>) -> Router {
    Router::new().route(PATH, post(request)).route(PUSHES, get(pushes)).fallback(nothing_here).with_state(desk)
}

async fn request(
    State(desk): State<Arc<Desk>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let device = match desk.admit(&headers, &peer) {
        Ok(device) => device,
        Err(refusal) => return *refusal,
    };
    let message = match desk.read(&headers, body).await {
        Ok(message) => message,
        Err(refusal) => return *refusal,
    };
    let (reply, lasting) = {
        let mut hub = desk.hub.lock().unwrap_or_else(PoisonError::into_inner);
        let before = hub.version();
        let reply = hub.request(device, desk.now(), &message);
        (reply, (hub.version() > before).then(|| hub.version()))
    };
    if let (Some(keeper), Some(version)) = (&desk.keeper, lasting)
        && !keeper.saved(version).await
    {
        // It has been dealt with, but might be forgotten: the device has to ask again.
        return desk.later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(1));
    }
    let Some((reply, wait)) = reply else { return unauthorized() };
    if !wait.is_zero() {
        // A busy service takes its time, of which so much passes in a second.
        tokio::time::sleep(Duration::from_millis(wait.as_millis()) / desk.speed).await;
    }
    match reply {
        Reply::Message(body) => json(body),
        Reply::Empty => empty(StatusCode::OK),
        Reply::Status(code) => empty(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)),
        Reply::RetryAfter(secs) => retry_after(StatusCode::TOO_MANY_REQUESTS, secs),
    }
}

async fn pushes(
    State(desk): State<Arc<Desk>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    query: Result<Query<After>, QueryRejection>,
) -> Response<Body> {
    let device = match desk.admit(&headers, &peer) {
        Ok(device) => device,
        Err(refusal) => return *refusal,
    };
    let Ok(Query(After { after, wait })) = query else { return empty(StatusCode::BAD_REQUEST) };
    let listening = desk.listening.get(device).and_then(Listening::begin);
    let mut looks = if listening.is_some() { wait.min(WAIT_MAX) * LOOKS } else { 0 };
    let pushes = loop {
        let pushes = desk.hub.lock().unwrap_or_else(PoisonError::into_inner).fetch(device, desk.now(), after);
        if looks == 0 || !pushes.is_empty() {
            break pushes;
        }
        looks -= 1;
        tokio::time::sleep(Duration::from_secs(1) / LOOKS).await;
    };
    let pushes = pushes.into_iter().map(|(number, push)| Numbered { number, push }).collect();
    match message::encode(&Pushes { version: VERSION, pushes }) {
        Ok(body) => json(body),
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn nothing_here() -> Response<Body> {
    empty(StatusCode::NOT_FOUND)
}

fn json(body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn text(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The rest of the request is not read: the connection ends.
fn closing(status: StatusCode) -> Response<Body> {
    let mut response = empty(status);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn unauthorized() -> Response<Body> {
    let mut response = empty(StatusCode::UNAUTHORIZED);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn retry_after(status: StatusCode, secs: u32) -> Response<Body> {
    let mut response = empty(status);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    response
}
