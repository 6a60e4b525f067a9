//! Times in which the service does not answer as it should.

use super::super::error::Problem;
use super::super::file::{FaultTarget, ScenarioFile};
use super::{Context, Result};
use crate::catalog::{FaultChannel, FaultKind, ServiceFault, TenantBuilder};
use crate::protocol::Workload;
use crate::time::Span;

pub(super) fn faults(cx: &Context<'_>, file: &ScenarioFile, builder: &mut TenantBuilder<'_>) -> Result<()> {
    for entry in &file.fault {
        let fault = &entry.value;
        let offset = |moment: &Option<_>, default: Span| {
            moment.as_ref().map_or(Ok(default), |moment| cx.offset(moment, cx.zone))
        };
        let from = offset(&fault.from, Span::ZERO)?;
        // The end of the run belongs to the run.
        let until = offset(&fault.until, cx.duration.saturating_add(Span::secs(1)))?;
        let channel = match fault.on.as_ref().map_or(FaultTarget::All, |on| *on.get()) {
            FaultTarget::All => FaultChannel::All,
            FaultTarget::Ime => FaultChannel::Ime,
            FaultTarget::Mdm => FaultChannel::Mdm,
            FaultTarget::Reports => FaultChannel::Reports,
            FaultTarget::Poll(workload) => FaultChannel::Workload(workload),
            FaultTarget::AgentDownload => FaultChannel::AgentDownload,
            FaultTarget::AgentInstaller => FaultChannel::AgentInstaller,
        };
        let kind = fault.answer.get().0;
        if !can_meet(kind, channel) {
            return Err(cx.error(
                &fault.answer.span,
                Problem::misplaced(
                    "what `on` names never gets this answer; `on` would have to name polls, sessions or pushes",
                ),
            ));
        }
        let span = fault.until.as_ref().map_or(&entry.span, |until| &until.span);
        builder
            .fault(ServiceFault { from: cx.start.after(from), until: cx.start.after(until), channel, kind })
            .map_err(|error| cx.error(span, error.into()))?;
    }
    Ok(())
}

/// True if anything that goes over the channel can be met by the fault.
const fn can_meet(kind: FaultKind, channel: FaultChannel) -> bool {
    match (kind, channel) {
        (FaultKind::Fails(_), _) | (_, FaultChannel::All | FaultChannel::Ime) => true,
        (_, FaultChannel::Reports | FaultChannel::AgentDownload | FaultChannel::AgentInstaller)
        | (FaultKind::Partial, FaultChannel::Mdm) => false,
        (FaultKind::PushLost | FaultKind::PushLate(_) | FaultKind::PushDoubled, FaultChannel::Workload(workload)) => {
            matches!(workload, Workload::RequiredApp | Workload::Remediation)
        }
        (_, FaultChannel::Mdm | FaultChannel::Workload(_)) => true,
    }
}
