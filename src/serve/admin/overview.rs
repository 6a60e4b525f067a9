//! The overview: content with its assignments, groups, and devices.

use maud::{Markup, html};
use serde::Deserialize;

use super::Office;
use super::parts::{clock, frame, moment, secret, state};
use crate::catalog::{Group, GroupId, Mode, Tenant};
use crate::protocol::{Intent, PolicyId, UserId, Workload};
use crate::serve::device::Device;
use crate::serve::hub::Hub;
use crate::service::Membership;
use crate::time::Wall;

/// Which devices are shown.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    /// Part of a name.
    #[serde(default)]
    q: String,
    /// From 0.
    #[serde(default)]
    page: usize,
}

const PAGE: usize = 100;

pub(super) fn page(office: &Office, hub: &Hub, now: Wall, search: &Search) -> Markup {
    frame(
        office,
        "Overview",
        now,
        &html! {
            section { h2 { "Assignments" } (assignments(office, hub, now)) (assign(office, hub.tenant())) }
            section { h2 { "Groups" } (groups(hub, now)) }
            @if hub.plan().limits.is_limited() { section { h2 { "Load" } (load(hub)) } }
            section { h2 { "Devices" } (devices(hub, now, search)) }
        },
    )
}

fn assignments(office: &Office, hub: &Hub, now: Wall) -> Markup {
    let (tenant, state) = (hub.tenant(), state(hub.tenant(), now));
    let contents = (0_u32..).map(PolicyId).zip(tenant.contents()).filter(|(id, _)| !state.is_gone(*id));
    html! {
        table {
            thead { tr { th { "Content" } th { "Kind" } th { "Revision" } th { "Assigned to" } } }
            tbody {
                @for (id, content) in contents {
                    tr {
                        th scope="row" { (content.name) }
                        td { (content.feature.name()) }
                        td.number { (state.revision(id).0) }
                        td {
                            @if state.assignments(id).is_empty() { span.never { "nobody" } }
                            @for placed in state.assignments(id) {
                                @let name = group_name(tenant, placed.assignment.group);
                                form.inline method="post" action="/unassign" {
                                    (secret(office))
                                    input type="hidden" name="content" value=(id.0);
                                    input type="hidden" name="group" value=(placed.assignment.group.0);
                                    span { (name) " (" (want(placed.assignment.mode, placed.assignment.intent)) ")" }
                                    button aria-label={ "Unassign " (content.name) " from " (name) } { "Unassign" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn assign(office: &Office, tenant: &Tenant) -> Markup {
    html! {
        form.row method="post" action="/assign" {
            (secret(office))
            label { "Content " select name="content" {
                @for (id, content) in tenant.contents().iter().enumerate() { option value=(id) { (content.name) } }
            } }
            label { "Group " select name="group" {
                @for (id, group) in tenant.groups().iter().enumerate() { option value=(id) { (group.name) } }
            } }
            label { "As " select name="want" {
                option value="include" { "included (no app)" }
                option value="required" { "required (app)" }
                option value="available" { "available (app)" }
                option value="uninstall" { "uninstall (app)" }
                option value="exclude" { "excluded" }
            } }
            button { "Assign" }
        }
    }
}

fn groups(hub: &Hub, now: Wall) -> Markup {
    let count = |id: GroupId, group: &Group| {
        let is_in = |device: &&Device| device.member().groups.iter().any(|membership| is_member(membership, id, now));
        if group.kind.is_virtual() { None } else { Some(hub.devices().iter().filter(is_in).count()) }
    };
    html! {
        table {
            thead { tr { th { "Group" } th { "Holds" } th { "Devices listed" } } }
            tbody {
                @for (id, group) in (0_u32..).map(GroupId).zip(hub.tenant().groups()) {
                    tr {
                        th scope="row" { (group.name) }
                        td { (group.kind) }
                        td.number { @match count(id, group) { Some(count) => (count), None => "all" } }
                    }
                }
            }
        }
    }
}

/// What the service takes in a window (B-13.4), and what came.
fn load(hub: &Hub) -> Markup {
    let (limits, busy) = (&hub.plan().limits, hub.busy());
    let (demand, conditions) = (busy.demand(), busy.conditions());
    let most = |most: Option<u64>| most.map_or_else(|| "any number".to_owned(), |most| most.to_string());
    html! {
        table {
            thead { tr { th { "In a window of " (limits.window) } th { "Taken" } th { "Came in this one" } th { "Wait from before" } th { "Come later by" } } }
            tbody {
                tr {
                    th scope="row" { "Requests" }
                    td.number { (most(limits.capacity)) }
                    td.number { (demand.requests) ", " (demand.refused) " refused" }
                    td.number { (busy.backlog().requests) }
                    td.number { (conditions.wait) }
                }
                tr {
                    th scope="row" { "Pushes" }
                    td.number { (most(limits.pushes)) }
                    td.number { (demand.pushes) }
                    td.number { (busy.backlog().pushes) }
                    td.number { (conditions.push_wait) }
                }
            }
        }
        @if conditions.refused_ppm > 0 {
            p.late { "Of a million requests " (conditions.refused_ppm) " are refused with " (limits.refusal) "." }
        }
    }
}

fn devices(hub: &Hub, now: Wall, search: &Search) -> Markup {
    let found: Vec<(usize, &Device)> =
        hub.devices().iter().enumerate().filter(|(_, device)| device.name().contains(&search.q)).collect();
    let pages = found.len().div_ceil(PAGE);
    let page = search.page.min(pages.saturating_sub(1));
    let query = |page: usize| format!("/?page={page}&q={}", escaped(&search.q));
    html! {
        form.row method="get" action="/" {
            label { "Name has " input name="q" value=(search.q); }
            button { "Show" }
            span { (found.len()) " of " (hub.devices().len()) " devices" }
        }
        table {
            thead { tr {
                th { "Device" } th { "Managed" } th { "Agent" } th { "Last heard of" } th { "Last MDM check-in" }
                th { "Scripts done" } th { "Scripts failed" } th { "Next script check-in" } th { "Next app check-in" }
            } }
            tbody {
                @for (number, device) in found.iter().skip(page * PAGE).take(PAGE) {
                    @let (done, failed) = device.record().scripts();
                    tr {
                        th scope="row" {
                            a href={ "/devices/" (number) } { (device.name()) }
                            @if device.record().twins.is_some() { span.late { " (two machines)" } }
                        }
                        td { @if device.record().ledger.is_managed() { "yes" } @else { "no" } }
                        td { @match device.record().agent { Some(version) => (version), None => span.never { "not seen" } } }
                        td { (moment(device.record().seen)) }
                        td { (moment(device.record().ledger.last_check_in())) }
                        td.number { (done) }
                        td.number { (failed) }
                        td { (expected(hub, device, Workload::Script, now)) }
                        td { (expected(hub, device, Workload::RequiredApp, now)) }
                    }
                }
            }
        }
        @if pages > 1 {
            nav aria-label="Pages" {
                @if page > 0 { a href=(query(page - 1)) rel="prev" { "Back" } }
                span { "Page " (page + 1) " of " (pages) }
                @if page + 1 < pages { a href=(query(page + 1)) rel="next" { "On" } }
            }
        }
    }
}

/// When a check-in is expected; one that should have come is marked.
pub(super) fn expected(hub: &Hub, device: &Device, workload: Workload, now: Wall) -> Markup {
    let has_scripts = device.cohort().at(now).work(Workload::Script, UserId::DEVICE) > 0;
    let at = device.record().expected(workload, has_scripts, &hub.plan().profile);
    html! {
        @match at {
            Some(at) if at < now => span.late { time { (clock(at)) } " (late)" },
            Some(at) => time { (clock(at)) },
            None => span.never { "not known" },
        }
    }
}

/// True while Entra lists it; Intune knows a little later (B-12.4).
pub(super) fn is_member(membership: &Membership, group: GroupId, now: Wall) -> bool {
    membership.group == group
        && membership.from.is_none_or(|from| from <= now)
        && membership.until.is_none_or(|until| now < until)
}

pub(super) fn group_name(tenant: &Tenant, id: GroupId) -> String {
    tenant.group(id).map_or_else(|| format!("group {}", id.0), |group| group.name.clone())
}

const fn want(mode: Mode, intent: Option<Intent>) -> &'static str {
    match (mode, intent) {
        (Mode::Exclude, _) => "excluded",
        (Mode::Include, None) => "included",
        (Mode::Include, Some(Intent::Required)) => "required",
        (Mode::Include, Some(Intent::Available)) => "available",
        (Mode::Include, Some(Intent::Uninstall)) => "uninstall",
    }
}

/// For the query of an address.
fn escaped(text: &str) -> String {
    let each = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    each.collect()
}
