//! Times in which the service does not answer as it should.

use super::super::file::{FaultAnswer, FaultTarget, ScenarioFile};
use super::{Context, Result};
use crate::catalog::{FaultChannel, ServiceFault, TenantBuilder};
use crate::protocol::Failure;
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
        let failure = match *fault.answer.get() {
            FaultAnswer::Status(code) => Failure::Status(code),
            FaultAnswer::Empty => Failure::Empty,
            FaultAnswer::Timeout => Failure::TimedOut,
            FaultAnswer::DeviceUnknown => Failure::DeviceUnknown,
            FaultAnswer::EnrollmentRefused(code) => Failure::EnrollmentRefused(code),
        };
        let span = fault.until.as_ref().map_or(&entry.span, |until| &until.span);
        builder
            .fault(ServiceFault { from: cx.start.after(from), until: cx.start.after(until), channel, failure })
            .map_err(|error| cx.error(span, error.into()))?;
    }
    Ok(())
}
