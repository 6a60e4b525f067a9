//! A small world at a moment.

use super::hands::Hands;
use super::kill::Dying;
use super::mail::Mails;
use super::{Budget, Small};
use crate::agent::Agent;
use crate::canon::Print;
use crate::device::Device;
use crate::service::Ledger;
use crate::time::{Now, Span, Wall};

/// A world at a moment.
#[derive(Debug)]
pub struct State {
    pub(in super::super) device: Device,
    pub(in super::super) ledger: Ledger,
    /// What the device's clocks show.
    pub(in super::super) now: Now,
    /// By how many milliseconds the device's clock is ahead of true time.
    pub(super) ahead: i64,
    pub(in super::super) mails: Mails,
    pub(in super::super) hands: Hands,
    pub(in super::super) left: Budget,
    /// The properties that a step has broken, as bits by their places.
    pub(in super::super) broken: u16,
    pub(super) past: Past,
    /// The agent as a process that begins with its file would have it, in worlds where that counts and once there is a file.
    pub(in super::super) file: Option<Box<Agent>>,
    /// Of use within a step.
    pub(super) dying: Dying,
}

/// What has happened, and what is so, as far as somebody asks for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    /// The script has ended well since the agent came.
    pub(super) has_run: bool,
    /// The app is on the device.
    pub(super) has_app: bool,
    /// The agent has been on the device and was removed.
    pub(super) was_removed: bool,
    /// The user is signed in.
    pub(super) is_signed_in: bool,
}

impl Clone for State {
    fn clone(&self) -> Self {
        let Self { device, ledger, now, ahead, mails, hands, left, broken, past, file, dying } = self;
        Self {
            device: device.clone(),
            ledger: ledger.clone(),
            now: *now,
            ahead: *ahead,
            mails: mails.clone(),
            hands: hands.clone(),
            left: *left,
            broken: *broken,
            past: *past,
            file: file.clone(),
            dying: *dying,
        }
    }

    /// A search copies states all the time, into room that it uses again.
    fn clone_from(&mut self, other: &Self) {
        let Self { device, ledger, now, ahead, mails, hands, left, broken, past, file, dying } = other;
        self.device.copy_from(device);
        self.ledger.clone_from(ledger);
        self.mails.copy_from(mails);
        self.hands.clone_from(hands);
        (self.now, self.ahead, self.left, self.broken) = (*now, *ahead, *left, *broken);
        (self.past, self.dying) = (*past, *dying);
        self.file.clone_from(file);
    }
}

impl State {
    /// The device.
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// What its clocks show.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// True time.
    pub fn true_now(&self) -> Wall {
        shifted(self.now.wall, self.ahead.saturating_neg())
    }

    /// What more may happen that does not happen by itself.
    pub const fn left(&self) -> Budget {
        self.left
    }

    pub(super) fn fingerprint(&self, small: &Small) -> u128 {
        let mut print = Print::new(self.now, small.recurs);
        self.device.print(&mut print);
        self.mails.print(&mut print);
        self.hands.print(&mut print);
        if small.sorts.has(super::Sort::KillWithin) {
            print.byte(u8::from(self.file.is_some()));
            if let Some(file) = &self.file {
                file.print(&mut print);
            }
        }
        let Past { has_run, has_app, was_removed, is_signed_in } = self.past;
        let flags = [has_run, was_removed, has_app, is_signed_in];
        let flags = flags.iter().fold(0, |word, flag| word << 1 | u64::from(*flag));
        let left = u64::from(self.left.faults) | u64::from(self.left.acts) << 8;
        print.word(left | flags << 16 | u64::from(self.broken) << 32);
        print.word(self.ahead.cast_unsigned());
        // The service's record is in true time.
        print.set_wall(self.true_now());
        self.ledger.print(&small.service(), &mut print);
        print.done()
    }
}

/// A moment so many milliseconds later, or earlier.
pub(super) fn shifted(at: Wall, by: i64) -> Wall {
    let span = Span::millis(by.unsigned_abs());
    if by < 0 { at.before(span) } else { at.after(span) }
}
