//! What devices ask, and what comes to pass by itself.

use super::answer::Reply;
use super::device::{Device, Open};
use super::hub::Hub;
use crate::driver::http::message::ToService;
use crate::protocol::{Push, Request};
use crate::service::Input;
use crate::time::{Span, Wall};

impl Hub {
    /// Deals with a request of a device: the response, and how long it is held back because the service is busy.
    pub(super) fn request(&mut self, number: usize, now: Wall, message: &ToService) -> Option<(Reply, Span)> {
        let now = self.advance(now);
        let ToService { token, request, .. } = *message;
        let Device { record, chance, .. } = self.devices.get_mut(number)?;
        // Nothing is lost with a poll that the next one does not bring again.
        self.dirty.insert(number);
        if self.busy.refuses(chance, record.asked(now)) {
            return Some((Reply::Status(self.plan.limits.refusal), Span::ZERO));
        }
        if self.plan.profile.svc.notices_twins {
            record.arrived(now, token, &request);
        }
        if matches!(request, Request::Report(report) if record.has_taken(&report)) {
            // What is due by now is dealt with for itself: the report is about to be undone.
            self.input(number, now, Input::Tick);
        }
        let (wait, push_wait) = self.busy.waits();
        let contents = self.tenant.contents().len();
        let mut open = self.open(number)?;
        let before = open.record.ledger.clone();
        let out = open.handle(now, Input::Request { token, request });
        open.record.heard(now, &request);
        if let Request::Report(report) = request
            && out.is_taken()
        {
            let is_again = open.record.has_taken(&report);
            if is_again {
                // It has been counted: the record stays as it was.
                open.record.ledger = before;
            }
            open.record.keep(now, report, contents, open.users, is_again);
        }
        let (reply, pushes) = out.reply(token, now);
        let pushed = open.push(now, push_wait, pushes);
        self.busy.pushed(pushed);
        self.version += u64::from(!matches!(request, Request::Poll { .. } | Request::ConnectionTest));
        Some((reply, wait))
    }

    /// Sends what the timeline has planned.
    pub(super) fn tick(&mut self, now: Wall) {
        let now = self.advance(now);
        for number in 0..self.devices.len() {
            if self.devices[number].due.is_some_and(|due| due <= now) {
                self.input(number, now, Input::Tick);
            }
        }
    }

    /// The pushes that wait for a device with a higher number than this; those up to it are known to have arrived.
    pub(super) fn fetch(&mut self, number: usize, now: Wall, after: u32) -> Vec<(u32, Push)> {
        let now = self.advance(now);
        let Some(Device { record, .. }) = self.devices.get_mut(number) else { return Vec::new() };
        // Numbers that never were are of a service before this one, whose state is lost: none of these has arrived.
        let after = if after > record.pushed { 0 } else { after };
        let before = record.pushes.len();
        record.pushes.retain(|waiting| waiting.number > after);
        if record.pushes.len() < before {
            self.dirty.insert(number);
        }
        let ready = record.pushes.iter().filter(|waiting| waiting.due <= now);
        ready.map(|waiting| (waiting.number, waiting.push)).collect()
    }

    /// Gives one device something other than a request.
    pub(super) fn input(&mut self, number: usize, now: Wall, input: Input) {
        let (_, push_wait) = self.busy.waits();
        let Some(mut open) = self.open(number) else { return };
        let pushes = open.handle(now, input).pushes();
        let pushed = open.push(now, push_wait, pushes);
        self.busy.pushed(pushed);
        self.version += 1;
        self.dirty.insert(number);
    }

    /// Goes on to a moment, if it is not behind.
    pub(super) fn advance(&mut self, now: Wall) -> Wall {
        self.now = self.now.max(now);
        self.busy.advance(self.now.since(self.plan.start), &self.plan.limits);
        self.now
    }

    fn open(&mut self, number: usize) -> Option<Open<'_>> {
        Some(self.devices.get_mut(number)?.open(&self.plan.profile, &self.tenant))
    }
}
