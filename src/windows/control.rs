//! What a control of the service manager means. No pointer is read here: whoever calls has taken the session's number
//! out of the structure that came along.

use super::portal::Verb;

/// What the service manager tells a service, as far as the agent cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// Somebody stops the service.
    Stop,
    /// The machine goes down; preshutdown says so earlier than shutdown does, and means the same.
    Shutdown,
    /// The machine is about to sleep.
    Suspend,
    /// The machine woke. Windows says so at every waking, and a second time if a user caused it.
    Resume,
    /// The clock was set.
    ClockSet,
    /// A session changed.
    Session {
        /// How.
        change: Change,
        /// Its number.
        id: u32,
    },
    /// A link of the portal's protocol was followed (B-4.15, B-4.16).
    Portal(Verb),
    /// A control code of somebody's own, from 128 to 255 (B-4.15).
    Code(u32),
}

/// How a session changed.
///
/// Source: B-4.17.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A user signed in.
    SignIn,
    /// A user signed out.
    SignOut,
    /// Locked.
    Lock,
    /// Unlocked.
    Unlock,
    /// Connected to the console or from afar.
    Connect,
    /// Disconnected.
    Disconnect,
}

impl Control {
    /// True if the service ends after it, so that nothing more is to be accepted.
    pub const fn ends_service(self) -> bool {
        matches!(self, Self::Stop | Self::Shutdown)
    }
}

/// What a control means, given its kind and the session that it names, if it names one; `None` if it means nothing to
/// the agent, which the service manager is to be told.
pub const fn decode(control: u32, kind: u32, session: Option<u32>) -> Option<Control> {
    match (control, session) {
        (STOP, _) => Some(Control::Stop),
        (SHUTDOWN | PRESHUTDOWN, _) => Some(Control::Shutdown),
        (POWER, _) => power(kind),
        (SESSION, Some(id)) => match change(kind) {
            Some(change) => Some(Control::Session { change, id }),
            None => None,
        },
        (TIME, _) => Some(Control::ClockSet),
        (128..=255, _) => Some(match Verb::of_code(control) {
            Some(verb) => Control::Portal(verb),
            None => Control::Code(control),
        }),
        (_, _) => None,
    }
}

const fn power(kind: u32) -> Option<Control> {
    match kind {
        4 => Some(Control::Suspend),
        7 | 18 => Some(Control::Resume),
        _ => None,
    }
}

const fn change(kind: u32) -> Option<Change> {
    match kind {
        1 | 3 => Some(Change::Connect),
        2 | 4 => Some(Change::Disconnect),
        5 => Some(Change::SignIn),
        6 => Some(Change::SignOut),
        7 => Some(Change::Lock),
        8 => Some(Change::Unlock),
        _ => None,
    }
}

/// The control and kind that a code of a test stands for, where no test can send the control itself.
///
/// | code | stands for |
/// |---|---|
/// | 130, 131, 134 | suspend, resume, resume by a user |
/// | 132, 133 | the clock was set, preshutdown |
/// | 141 to 148 | a change of the session of that kind less 140 |
pub const fn hook(code: u32) -> Option<(u32, u32)> {
    match code {
        130 => Some((POWER, 4)),
        131 => Some((POWER, 18)),
        132 => Some((TIME, 0)),
        133 => Some((PRESHUTDOWN, 0)),
        134 => Some((POWER, 7)),
        141..=148 => Some((SESSION, code - 140)),
        _ => None,
    }
}

const STOP: u32 = 1;
const SHUTDOWN: u32 = 5;
/// Names a session in its data.
pub(super) const SESSION: u32 = 14;
const POWER: u32 = 13;
const PRESHUTDOWN: u32 = 15;
const TIME: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_control_has_its_meaning() {
        let session = |change| Some(Control::Session { change, id: 3 });
        for (control, kind, wanted) in [
            (1, 0, Some(Control::Stop)),
            (5, 0, Some(Control::Shutdown)),
            (15, 0, Some(Control::Shutdown)),
            (13, 4, Some(Control::Suspend)),
            (13, 7, Some(Control::Resume)),
            (13, 18, Some(Control::Resume)),
            (13, 10, None), // the battery's charge changed
            (16, 0, Some(Control::ClockSet)),
            (14, 1, session(Change::Connect)),
            (14, 4, session(Change::Disconnect)),
            (14, 5, session(Change::SignIn)),
            (14, 6, session(Change::SignOut)),
            (14, 7, session(Change::Lock)),
            (14, 8, session(Change::Unlock)),
            (14, 9, None), // under remote control
            (200, 0, Some(Control::Code(200))),
            (128, 7, Some(Control::Code(128))),
            (250, 0, Some(Control::Portal(Verb::SyncApp))),
            (251, 0, Some(Control::Portal(Verb::SyncCompliance))),
            (255, 0, Some(Control::Code(255))),
            (256, 0, None),
            (127, 0, None),
            (2, 0, None),
            (3, 0, None),
            (6, 0, None),
        ] {
            assert_eq!(decode(control, kind, Some(3)), wanted, "control {control}, kind {kind}");
        }
        let ending =
            [Control::Stop, Control::Shutdown, Control::Suspend, Control::Code(200)].map(Control::ends_service);
        assert_eq!(ending, [true, true, false, false]);
        assert_eq!(decode(14, 5, None), None, "a session change without its structure");
    }

    #[test]
    fn a_hook_stands_for_what_it_says() {
        let means = |code| hook(code).and_then(|(control, kind)| decode(control, kind, Some(1)));
        assert_eq!((means(130), means(131)), (Some(Control::Suspend), Some(Control::Resume)));
        assert_eq!((means(132), means(133)), (Some(Control::ClockSet), Some(Control::Shutdown)));
        assert_eq!(means(145), Some(Control::Session { change: Change::SignIn, id: 1 }));
        assert_eq!((means(129), means(140), means(149), means(200)), (None, None, None, None));
    }
}
