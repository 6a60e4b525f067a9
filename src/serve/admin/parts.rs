//! What pages are made of.

use maud::{DOCTYPE, Markup, html};

use super::Office;
use crate::catalog::{State, Tenant};
use crate::time::Wall;

/// A page around some markup.
pub(super) fn frame(office: &Office, title: &str, now: Wall, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · imesim serve" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                header {
                    p { a href="/" { (office.title) } }
                    p.now { "Service time " time { (clock(now)) } " · " (office.desk.speed) " × real time" }
                }
                main { h1 { (title) } (body) }
            }
        }
    }
}

/// A page that says no. It stands alone: whoever sees it may not be allowed anything else.
pub(super) fn refusal(reason: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "imesim serve" } link rel="stylesheet" href="/style.css"; }
            body { main { h1 { "Not done" } p { (reason) } p { a href="/" { "Back to the overview" } } } }
        }
    }
}

/// The secret of a form.
pub(super) fn secret(office: &Office) -> Markup {
    html! { input type="hidden" name="csrf" value=(office.guard.form()); }
}

/// A moment in UTC, to the second.
pub(super) fn clock(at: Wall) -> String {
    let text = at.to_string();
    text.split('.').next().unwrap_or_default().replace('T', " ")
}

/// A moment that may not have come.
pub(super) fn moment(at: Option<Wall>) -> Markup {
    html! { @match at { Some(at) => time { (clock(at)) }, None => span.never { "never" } } }
}

/// The tenant as it stands now.
pub(super) fn state(tenant: &Tenant, now: Wall) -> State {
    let mut state = tenant.initial();
    for (place, change) in (0_u32..).zip(tenant.changes()).take_while(|(_, change)| change.at <= now) {
        state.apply(place, &change.kind);
    }
    state
}
