//! The page for admins: groups, assignments and devices are seen and changed. Rendered here as a whole, without scripts.
//!
//! | to read | file |
//! |---|---|
//! | who may do what: token, loopback, forms that come from elsewhere | `guard.rs` |
//! | the overview | `overview.rs` |
//! | one device | `device.rs` |
//! | what both are made of | `parts.rs` |

mod device;
mod guard;
mod overview;
mod parts;

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use maud::Markup;
use serde::Deserialize;

pub(super) use self::guard::Guard;
use self::overview::Search;
use super::changed::AdminError;
use super::desk::Desk;
use super::hub::Hub;
use crate::catalog::{Assignment, GroupId};
use crate::facts::Feature;
use crate::protocol::{Intent, PolicyId};
use crate::service::AdminAction;
use crate::time::Wall;

/// What the pages work with.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) desk: Arc<Desk>,
    pub(super) guard: Guard,
    pub(super) title: String,
}

/// The routes.
pub(super) fn routes(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(overview))
        .route("/devices/{number}", get(device))
        .route("/style.css", get(style))
        .route("/assign", post(assign))
        .route("/unassign", post(unassign))
        .route("/devices/{number}/act", post(act))
        .route("/devices/{number}/group", post(group))
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(from_fn_with_state(Arc::clone(&office), guard::check))
        .layer(from_fn(guard::harden))
        .with_state(office)
}

/// The longest form, in bytes.
const FORM_MAX: usize = 8 << 10;

impl Office {
    /// Does something with the hub at the service's time.
    fn with<T>(&self, what: impl FnOnce(&mut Hub, Wall) -> T) -> T {
        let mut hub = self.desk.hub.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut hub, self.desk.now())
    }

    /// Changes something; the page that follows comes once that is on disk.
    async fn change(
        &self,
        csrf: &str,
        back: &str,
        what: impl FnOnce(&mut Hub, Wall) -> Result<(), AdminError>,
    ) -> Response<Body> {
        if !self.guard.made(csrf) {
            return refusal(
                StatusCode::FORBIDDEN,
                "This form was not made by this page, or the service has started anew since. Load the page again.",
            );
        }
        let (done, version) = self.with(|hub, now| (what(hub, now), hub.version()));
        if let Err(error) = done {
            let status = match error {
                AdminError::NoDevice(_) => StatusCode::NOT_FOUND,
                AdminError::Refused(_) | AdminError::NoMembers(_) => StatusCode::CONFLICT,
            };
            return refusal(status, &error.to_string());
        }
        if let Some(keeper) = &self.desk.keeper
            && !keeper.saved(version).await
        {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "It is done, but the state file cannot be written.");
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SEE_OTHER;
        if let Ok(back) = HeaderValue::from_str(back) {
            response.headers_mut().insert(header::LOCATION, back);
        }
        response
    }
}

async fn overview(State(office): State<Arc<Office>>, Query(search): Query<Search>) -> Response<Body> {
    page(StatusCode::OK, &office.with(|hub, now| overview::page(&office, hub, now, &search)))
}

async fn device(State(office): State<Arc<Office>>, Path(number): Path<usize>) -> Response<Body> {
    match office.with(|hub, now| device::page(&office, hub, now, number)) {
        Some(markup) => page(StatusCode::OK, &markup),
        None => refusal(StatusCode::NOT_FOUND, "There is no such device."),
    }
}

async fn style() -> Response<Body> {
    let mut response = Response::new(Body::from(include_str!("style.css")));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response
}

#[derive(Deserialize)]
struct Assigning {
    csrf: String,
    content: u32,
    group: u32,
    /// What is wanted of the group.
    want: Want,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Want {
    Include,
    Required,
    Available,
    Uninstall,
    Exclude,
}

async fn assign(State(office): State<Arc<Office>>, Form(form): Form<Assigning>) -> Response<Body> {
    let Assigning { csrf, content, group, want } = form;
    let included = Assignment::include(GroupId(group));
    let assignment = match want {
        Want::Include => included,
        Want::Required => included.with_intent(Intent::Required),
        Want::Available => included.with_intent(Intent::Available),
        Want::Uninstall => included.with_intent(Intent::Uninstall),
        Want::Exclude => Assignment::exclude(GroupId(group)),
    };
    office.change(&csrf, "/", |hub, now| hub.assign(now, PolicyId(content), assignment)).await
}

#[derive(Deserialize)]
struct Unassigning {
    csrf: String,
    content: u32,
    group: u32,
}

async fn unassign(State(office): State<Arc<Office>>, Form(form): Form<Unassigning>) -> Response<Body> {
    let Unassigning { csrf, content, group } = form;
    office.change(&csrf, "/", |hub, now| hub.unassign(now, PolicyId(content), GroupId(group))).await
}

#[derive(Deserialize)]
struct Acting {
    csrf: String,
    action: Act,
    /// Of a run on demand: which remediation.
    content: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Act {
    Sync,
    Retire,
    Wipe,
    RunRemediation,
}

async fn act(
    State(office): State<Arc<Office>>,
    Path(number): Path<usize>,
    Form(Acting { csrf, action, content }): Form<Acting>,
) -> Response<Body> {
    let action = match (action, content) {
        (Act::Sync, _) => AdminAction::Sync,
        (Act::Retire, _) => AdminAction::Retire,
        (Act::Wipe, _) => AdminAction::Wipe { keep_enrollment: false },
        (Act::RunRemediation, content) => {
            let policy = PolicyId(content.unwrap_or(u32::MAX));
            let is_one = |hub: &Hub| hub.tenant().content(policy).map(|content| content.feature);
            if office.with(|hub, _| is_one(hub)) != Some(Feature::Remediation) {
                return refusal(StatusCode::NOT_FOUND, "There is no such remediation.");
            }
            AdminAction::RunRemediation { policy }
        }
    };
    office.change(&csrf, &format!("/devices/{number}"), |hub, now| hub.act(number, now, action)).await
}

#[derive(Deserialize)]
struct Grouping {
    csrf: String,
    group: u32,
    member: Member,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Member {
    Yes,
    No,
}

async fn group(
    State(office): State<Arc<Office>>,
    Path(number): Path<usize>,
    Form(Grouping { csrf, group, member }): Form<Grouping>,
) -> Response<Body> {
    let is_in = member == Member::Yes;
    let back = format!("/devices/{number}");
    office.change(&csrf, &back, |hub, now| hub.set_member(number, now, GroupId(group), is_in)).await
}

fn page(status: StatusCode, markup: &Markup) -> Response<Body> {
    let mut response = Response::new(Body::from(markup.0.clone()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn refusal(status: StatusCode, reason: &str) -> Response<Body> {
    page(status, &parts::refusal(reason))
}
