//! Work in hand on the device: downloads and installers of the agent, script runs, a service that starts.

use crate::agent::Task;
use crate::canon::{Print, Side};
use crate::protocol::Token;
use crate::time::Awake;

/// The work in hand, in the order in which it was begun.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Hands {
    works: [Option<(Awake, Work)>; WORKS],
    /// There was no room for one more.
    pub(in super::super) is_full: bool,
}

/// More than a device has in hand.
const WORKS: usize = 4;

/// A piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Work {
    /// The agent's package is downloaded.
    Download(Token),
    /// The agent's installer runs.
    Install(Token),
    /// A script runs.
    Script(Token),
    /// A step of an app; true if it is a command that the agent does not know of any more.
    App(Token, Task, bool),
    /// The agent's service comes up.
    ServiceUp,
}

impl Work {
    /// True if it may fail.
    const fn may_fail(self) -> bool {
        match self {
            Self::Download(_) | Self::Install(_) | Self::Script(_) | Self::ServiceUp => true,
            Self::App(_, task, _) => {
                is_installer(task) || matches!(task, Task::AppDownload | Task::AppDownloadForeground)
            }
        }
    }
}

/// True for commands that go on when nobody waits for them any more (B-7.21).
pub(super) const fn is_installer(task: Task) -> bool {
    matches!(task, Task::AppInstall | Task::AppUninstall)
}

impl Hands {
    pub(super) fn add(&mut self, at: Awake, work: Work) {
        match self.works.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some((at, work)),
            None => self.is_full = true,
        }
    }

    /// When something ends next, and whether it may fail.
    pub(super) fn next(&self) -> (Awake, bool) {
        let next = self.works.iter().flatten().min_by_key(|(at, _)| *at);
        next.map_or((Awake::MAX, false), |(at, work)| (*at, work.may_fail()))
    }

    /// Takes the first that has ended.
    pub(super) fn take_due(&mut self, now: Awake) -> Option<Work> {
        let due = self.works.iter_mut().find(|slot| slot.is_some_and(|(at, _)| at <= now))?;
        let (_, work) = due.take()?;
        self.close_up();
        Some(work)
    }

    /// Ends a run; an installer goes on.
    pub(super) fn stop(&mut self, token: Token) {
        for slot in &mut self.works {
            slot.take_if(|(_, work)| match work {
                Work::Script(run) => *run == token,
                Work::App(run, task, _) => *run == token && !is_installer(*task),
                Work::Download(_) | Work::Install(_) | Work::ServiceUp => false,
            });
        }
        self.close_up();
    }

    /// Ends a download or an installer of the agent.
    pub(super) fn stop_job(&mut self, token: Token) {
        for slot in &mut self.works {
            slot.take_if(|(_, work)| matches!(work, Work::Download(job) | Work::Install(job) if *job == token));
        }
        self.close_up();
    }

    /// The agent's process ends. What it ran ends with it, but for commands of apps (B-7.21).
    pub(super) fn leave(&mut self) {
        for (_, work) in self.works.iter_mut().flatten() {
            if let Work::App(_, task, is_left) = work {
                *is_left |= is_installer(*task);
            }
        }
    }

    /// The agent's process dies: what it ran ends with it, and commands of apps go on (B-7.21).
    pub(super) fn die(&mut self) {
        for slot in &mut self.works {
            slot.take_if(|(_, work)| match work {
                Work::Script(_) => true,
                Work::App(_, task, _) => !is_installer(*task),
                Work::Download(_) | Work::Install(_) | Work::ServiceUp => false,
            });
        }
        self.leave();
        self.close_up();
    }

    /// The device goes down, and all work with it.
    pub(super) fn clear(&mut self) {
        self.works = [None; WORKS];
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Work> {
        self.works.iter().flatten().map(|(_, work)| *work)
    }

    /// Each piece of work with when it ends.
    pub(super) fn works(&self) -> impl Iterator<Item = (Awake, Work)> {
        self.works.iter().flatten().copied()
    }

    fn close_up(&mut self) {
        let mut free = 0;
        for place in 0..WORKS {
            if self.works[place].is_some() {
                self.works.swap(free, place);
                free += 1;
            }
        }
    }

    pub(super) fn print(&self, print: &mut Print) {
        let Self { works, is_full } = self;
        print.byte((works.iter().flatten().count() as u8) << 1 | u8::from(*is_full));
        for (at, work) in works.iter().flatten() {
            print.awake(*at);
            let (code, token) = match *work {
                Work::Download(token) => (0, Some((Side::Mdm, token))),
                Work::Install(token) => (1, Some((Side::Mdm, token))),
                Work::Script(token) => (2, Some((Side::Agent, token))),
                Work::ServiceUp => (3, None),
                Work::App(token, task, is_left) => (4 + task as u8 * 2 + u8::from(is_left), Some((Side::Agent, token))),
            };
            print.byte(code);
            if let Some((side, token)) = token {
                print.token(side, Some(token));
            }
        }
    }
}
