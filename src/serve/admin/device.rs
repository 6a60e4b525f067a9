//! One device: when it was heard of and when it is expected, its reports, its groups, and what can be done to it.

use maud::{Markup, html};

use super::Office;
use super::overview::{expected, group_name, is_member};
use super::parts::{clock, frame, moment, secret};
use crate::catalog::{GroupId, GroupKind};
use crate::facts::Feature;
use crate::protocol::{Report, ScriptResult, UserId, Workload};
use crate::serve::device::Device;
use crate::serve::hub::Hub;
use crate::time::Wall;

/// The page of a device, if there is such a device.
pub(super) fn page(office: &Office, hub: &Hub, now: Wall, number: usize) -> Option<Markup> {
    let device = hub.devices().get(number)?;
    Some(frame(
        office,
        device.name(),
        now,
        &html! {
            section { h2 { "Check-ins" } (twins(device)) (check_ins(hub, device, now)) }
            section { h2 { "Last reports" } (reports(hub, device)) }
            section { h2 { "Groups" } (groups(office, hub, device, number, now)) }
            section { h2 { "Actions" } (actions(office, hub, device, number, now)) }
        },
    ))
}

/// Where the service looks for them: two machines that say that they are this device.
fn twins(device: &Device) -> Markup {
    html! {
        @if let Some(twins) = device.record().twins {
            p.late {
                "Two machines come with this identity: " (twins.count) " requests cannot be of the machine that sent those before, from "
                time { (clock(twins.first)) } " to " time { (clock(twins.last)) }
                ". One is a clone of the other's disk, or the machine was put back to an older state of it."
            }
        }
    }
}

fn check_ins(hub: &Hub, device: &Device, now: Wall) -> Markup {
    let record = device.record();
    let steady = hub.plan().profile.mdm.steady_interval;
    let session = record.ledger.last_check_in();
    html! {
        table {
            thead { tr { th { "Of" } th { "Last" } th { "Next expected" } th { "Policies for the device" } } }
            tbody {
                @for workload in Workload::ALL {
                    tr {
                        th scope="row" { "Agent, " (workload.name()) }
                        td { (moment(record.polled[workload as usize])) }
                        td { (expected(hub, device, workload, now)) }
                        td.number { (device.cohort().at(now).work(workload, UserId::DEVICE)) }
                    }
                }
                tr {
                    th scope="row" { "MDM client" }
                    td { (moment(session)) }
                    td { (moment(session.map(|at| at.after(steady)))) }
                    td {}
                }
            }
        }
    }
}

fn reports(hub: &Hub, device: &Device) -> Markup {
    let name = |policy| hub.tenant().content(policy).map_or("?", |content| content.name.as_str());
    let reports = &device.record().reports;
    html! {
        @if reports.is_empty() { p.never { "None yet." } } @else {
            table {
                thead { tr { th { "Content" } th { "For" } th { "What" } th { "When" } th { "Reports" } th { "Sent again" } } }
                tbody {
                    @for (about, kept) in reports {
                        tr {
                            th scope="row" { (name(about.policy)) }
                            td { (about.user) }
                            td { (words(&kept.report)) }
                            td { time { (clock(kept.at)) } }
                            td.number { (kept.count) }
                            td.number { (kept.repeated) }
                        }
                    }
                }
            }
        }
    }
}

fn words(report: &Report) -> String {
    match report {
        Report::Script(report) => match report.result {
            ScriptResult::Success => "done".to_owned(),
            ScriptResult::Failed => format!("failed, exit code {}", report.exit_code),
        },
        Report::App(report) => format!(
            "compliance {}, applicability {}, enforcement {}, error {:#010x}",
            report.compliance, report.applicability, report.enforcement, report.error
        ),
        Report::Remediation(report) => format!("{:?}, detection ended with {}", report.outcome, report.detection),
        Report::Compliance(report) => format!("discovery, error {}", report.error),
        Report::Inventory => "inventory".to_owned(),
    }
}

fn groups(office: &Office, hub: &Hub, device: &Device, number: usize, now: Wall) -> Markup {
    let all = || (0_u32..).map(GroupId).zip(hub.tenant().groups());
    let listed = all().filter(|(_, group)| group.kind == GroupKind::Devices);
    let is_in = |id: GroupId| device.member().groups.iter().any(|membership| is_member(membership, id, now));
    let form = |id: GroupId, member: &str, verb: &str| {
        let name = group_name(hub.tenant(), id);
        html! {
            form.inline method="post" action={ "/devices/" (number) "/group" } {
                (secret(office))
                input type="hidden" name="group" value=(id.0);
                input type="hidden" name="member" value=(member);
                span { (name) }
                button aria-label={ (verb) " " (name) } { (verb) }
            }
        }
    };
    html! {
        p { "Intune learns of a change of groups a little later (B-12.4)." }
        @for (id, _) in listed {
            @if is_in(id) { (form(id, "no", "Leave")) } @else { (form(id, "yes", "Join")) }
        }
    }
}

fn actions(office: &Office, hub: &Hub, device: &Device, number: usize, now: Wall) -> Markup {
    let form = |action: &str, verb: &str| {
        html! {
            form.inline method="post" action={ "/devices/" (number) "/act" } {
                (secret(office))
                input type="hidden" name="action" value=(action);
                button { (verb) }
            }
        }
    };
    let contents = || hub.tenant().contents().iter().enumerate();
    let remediations = || contents().filter(|(_, content)| content.feature == Feature::Remediation);
    html! {
        p { "Managed: " @if device.record().ledger.is_managed() { "yes" } @else { "no" } }
        p { "Pushes that wait for the device: "
            @let waiting: Vec<_> = device.record().waiting(now).collect();
            @if waiting.is_empty() { span.never { "none" } }
            @for push in waiting { code { (format!("{push:?}")) } " " }
        }
        (form("sync", "Sync"))
        @if remediations().next().is_some() {
            // B-6.29: it need not be assigned.
            form.inline method="post" action={ "/devices/" (number) "/act" } {
                (secret(office))
                input type="hidden" name="action" value="run-remediation";
                label { "Remediation " select name="content" {
                    @for (id, content) in remediations() { option value=(id) { (content.name) } }
                } }
                button { "Run now" }
            }
        }
        details { summary { "Retire…" } p { "Management ends with the next MDM session (B-10.11)." } (form("retire", "Retire this device")) }
        details { summary { "Wipe…" } p { "The device is reset with the next MDM session (B-10.12)." } (form("wipe", "Wipe this device")) }
    }
}
