//! One life of the agent's process: from the state folder through the loop to an orderly end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use super::{
    Anchor, Config, Machine, MachineClock, MachineHost, MachineIds, MachineLogs, Reading, Shown, Store, StoreError,
    Watch, read_state, remove_all,
};
use crate::agent::{Input, ServiceChange, SessionChange, Status, SyncRequest};
use crate::driver::{Clock, Delivery, Host, HostError, Logged, Session, SessionError, Transport};
use crate::log::write::{Scribe, Stop};
use crate::protocol::{Request, Token, UserId};
use crate::time::{Now, Span, Wall, Zone};

/// What happens to the process, told from other threads. Whoever sends one unparks the thread of the [`Life`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is to end in good order: somebody stops it.
    Stop,
    /// The machine goes down, and with it every session (B-4.13, B-5.10).
    Shutdown,
    /// A user signed in: by name, and whether with an Entra account.
    SignedIn(String, bool),
    /// A user signed out.
    SignedOut(String),
    /// A session changed in a way that starts nothing (B-4.17).
    Session(SessionChange),
    /// The machine is about to sleep.
    Suspend,
    /// The machine woke.
    Resume,
    /// Somebody set the clock.
    ClockSet,
    /// Somebody asks for a check-in: by a control code for the service, or by a link (B-4.15, B-4.16).
    Sync(SyncRequest),
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In good order; the state is on disk.
    Stopped,
    /// The agent has left the device, and nothing of it is left in the state folder.
    Removed,
}

/// Why a process could not begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// The state folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The last state could not be written; the one before it is whole.
    #[error("at the end: {0}")]
    Last(HostError),
}

/// Any transport.
struct Line(Box<dyn Transport>);

impl Transport for Line {
    fn send(&mut self, now: Now, token: Token, request: Request) {
        self.0.send(now, token, request);
    }
    fn receive(&mut self, now: Now) -> Option<Delivery> {
        self.0.receive(now)
    }
    fn next_at(&self) -> Option<Wall> {
        self.0.next_at()
    }
    fn forget(&mut self) {
        self.0.forget();
    }
}

type Hosts<M> = Logged<MachineHost<M>, MachineIds, MachineLogs<M>>;

/// A process's agent and everything around it.
pub struct Life<M: Machine> {
    machine: Arc<M>,
    config: Arc<Config>,
    session: Session<MachineClock<M>, Line, Hosts<M>>,
    watch: Watch,
    shown: Option<Shown>,
    saved_at: Span,
    complained: bool,
}

impl<M: Machine> std::fmt::Debug for Life<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Life").field("agent", self.session.agent()).finish_non_exhaustive()
    }
}

impl<M: Machine> Life<M> {
    /// Takes hold of the state folder and begins where the process before left off; a first process installs the agent.
    ///
    /// `present` are the users that are signed in now, by name. A damaged state is set aside, which is told on the error stream
    /// with its new name; the agent then begins as new. Call it on the thread that calls [`Life::run`].
    ///
    /// # Errors
    /// [`LifeError::Store`]; nothing has happened then.
    pub fn begin(
        machine: Arc<M>,
        config: Config,
        folder: &std::path::Path,
        transport: Box<dyn Transport>,
        present: &[String],
        decisions: bool,
    ) -> Result<Self, LifeError> {
        let store = Store::open(Arc::clone(&machine), folder)?;
        let (reading, boot) = (machine.read(), machine.boot());
        let mut saved = None;
        match read_state(folder)? {
            None => {}
            Some(Ok(state)) => saved = Some(state),
            Some(Err(damaged)) => set_aside(&store, &damaged.to_string())?,
        }
        // A snapshot is judged before anything relies on the clocks that belong to it.
        if let Some(refused) = saved.as_ref().and_then(|state| crate::agent::Agent::restore(&state.snapshot).err()) {
            set_aside(&store, &refused.to_string())?;
            saved = None;
        }
        let is_same_boot = saved.as_ref().is_some_and(|s| s.anchor.boot == boot && reading.awake >= s.anchor.reading);
        let (anchor, snapshot) = match saved {
            Some(state) => (state.anchor.resumed(&boot, reading.awake), Some(state.snapshot)),
            None => (Anchor::new(&boot, reading.awake), None),
        };
        let config = Arc::new(config);
        let clock = MachineClock::new(Arc::clone(&machine), anchor.clone());
        let host = MachineHost::new(Arc::clone(&machine), Arc::clone(&config), store, anchor, decisions);
        let logs = MachineLogs::new(Arc::clone(&machine), config.logs_in(folder), config.setup.profile.log.clone());
        let host = Logged::new(host, Scribe::new(MachineIds, logs));
        let session = Session::new(config.setup.clone(), clock, Line(transport), host);
        let mut life = Self {
            machine,
            config,
            session,
            watch: Watch::new(reading),
            shown: None,
            saved_at: reading.since_boot,
            complained: false,
        };
        life.set_zone();
        life.first(snapshot.as_deref(), is_same_boot, present);
        Ok(life)
    }

    /// What the agent is told first.
    fn first(&mut self, snapshot: Option<&[u8]>, is_same_boot: bool, present: &[String]) {
        let restored = snapshot.is_some_and(|bytes| self.session.restore(bytes).is_ok());
        if !restored {
            self.feed(Input::Installed(self.config.version));
            return present.iter().for_each(|user| self.signed_in(user, true));
        }
        if self.session.agent().version().is_none() {
            // It was killed between its last state and its removal.
            return self.host_mut().uninstall();
        }
        if is_same_boot {
            let gone: Vec<u8> = (1..)
                .zip(self.host().users())
                .filter_map(|(id, user)| (!present.iter().any(|here| here.eq_ignore_ascii_case(user))).then_some(id))
                .collect();
            gone.into_iter().for_each(|id| self.feed(Input::Session(SessionChange::SignOut(UserId(id)))));
        } else {
            self.feed(Input::Session(SessionChange::AllSignedOut));
        }
        present.iter().for_each(|user| self.signed_in(user, true));
        self.feed(Input::ClockChanged);
        if self.session.agent().is_broken() {
            self.feed(Input::Service(ServiceChange::Mended));
        }
        if self.session.agent().version() == Some(self.config.version) {
            self.feed(Input::Service(ServiceChange::Started));
        } else {
            self.feed(Input::Installed(self.config.version));
        }
    }

    /// Lives until it is told to stop, or until the agent has left the device.
    ///
    /// # Errors
    /// [`LifeError::Last`] if the last state could not be written, [`LifeError::Store`] if the state folder could not be removed.
    pub fn run(mut self, notices: &Receiver<Notice>) -> Result<End, LifeError> {
        loop {
            let idle = self.session.poll();
            if self.host().is_uninstalled() {
                return self.removed();
            }
            match notices.try_recv() {
                Ok(Notice::Stop) | Err(TryRecvError::Disconnected) => return self.stopped(Stop::Asked),
                Ok(Notice::Shutdown) => return self.stopped(Stop::Shutdown),
                Ok(notice) => {
                    self.notice(notice);
                    continue;
                }
                Err(TryRecvError::Empty) => {}
            }
            self.look_at_clocks();
            self.look_at_logs();
            self.show();
            let until = match idle {
                Ok(idle) => {
                    self.complained = false;
                    idle.until
                }
                Err(error) => {
                    self.complain(&error);
                    crate::time::Wake::NEVER
                }
            };
            let slice = self.slice();
            let clock = self.session.clock_mut();
            clock.set_slice(slice);
            clock.wait_until(until);
        }
    }

    const fn host(&self) -> &MachineHost<M> {
        self.session.host().host()
    }

    const fn host_mut(&mut self) -> &mut MachineHost<M> {
        self.session.host_mut().host_mut()
    }

    /// Short while answers or ends of runs may come, which a transport does not tell of by itself; else long enough to cost
    /// nothing and short enough to see that the machine slept or that its clock was set.
    fn slice(&self) -> Duration {
        match self.session.agent().status() {
            Status::CheckingIn | Status::Working => BUSY,
            Status::Absent | Status::Stopped | Status::Starting | Status::Idle if self.session.held() > 0 => RETRY,
            Status::Absent | Status::Stopped | Status::Starting | Status::Idle => QUIET,
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Stop | Notice::Shutdown => {}
            Notice::SignedIn(user, is_entra) => self.signed_in(&user, is_entra),
            Notice::SignedOut(user) => {
                let known = self.host().users().iter().position(|known| known.eq_ignore_ascii_case(&user));
                if let Some(id) = known.and_then(|place| u8::try_from(place + 1).ok()) {
                    self.feed(Input::Session(SessionChange::SignOut(UserId(id))));
                }
            }
            Notice::Session(change) => self.feed(Input::Session(change)),
            // Whatever the power does next, this much is on disk.
            Notice::Suspend => self.save(),
            Notice::Resume => self.look_at_clocks(),
            Notice::ClockSet => self.feed(Input::ClockChanged),
            Notice::Sync(request) => self.feed(Input::Sync(request)),
        }
    }

    fn signed_in(&mut self, user: &str, is_entra: bool) {
        let id = if is_entra { self.host_mut().id_of(user) } else { Ok(None) };
        match id {
            Ok(Some(id)) => self.feed(Input::Session(SessionChange::SignIn(UserId(id)))),
            Ok(None) => self.feed(Input::Session(SessionChange::SignInLocal)),
            Err(error) => {
                self.host().store().say(&format!("a sign-in was not taken notice of: {error}"));
            }
        }
    }

    fn look_at_clocks(&mut self) {
        self.set_zone();
        let reading: Reading = self.machine.read();
        let noticed = self.watch.look(reading);
        if noticed.stepped {
            self.feed(Input::ClockChanged);
        }
        if noticed.slept.is_some() {
            self.feed(Input::Resumed);
        }
        if reading.since_boot.saturating_sub(self.saved_at) >= SAVE_EVERY {
            self.session.host_mut().scribe_mut().pen_mut().look();
            self.save();
        }
    }

    /// Local time changes with the season, and with the traveller.
    fn set_zone(&mut self) {
        if let Some(offset) = self.config.utc_offset.or_else(|| self.machine.utc_offset()) {
            let zone = &mut self.session.setup_mut().zone;
            if zone.name != LOCAL || zone.offset_at(Wall::MIN) != offset {
                *zone = Zone { name: LOCAL.to_owned(), offsets: vec![(Wall::MIN, offset)] };
            }
        }
    }

    /// That the logs cannot be written is told once; nothing else comes of it.
    fn look_at_logs(&mut self) {
        if let Some(trouble) = self.session.host_mut().scribe_mut().pen_mut().trouble() {
            self.host().store().say(&trouble);
        }
    }

    fn save(&mut self) {
        self.saved_at = self.machine.read().since_boot;
        // While effects are held back the state on disk is to stay the one before them.
        if self.session.held() == 0 {
            let snapshot = self.session.agent().snapshot();
            if let Err(source) = self.host_mut().persist(&snapshot) {
                self.complain(&SessionError::Persist { source, held: 0 });
            }
        }
    }

    fn show(&mut self) {
        let logs = self.session.host().scribe().pen().shown();
        let shown =
            Shown::of(self.session.agent(), self.session.clock().now(), self.session.held(), logs, &self.config.facts);
        if self.shown.as_ref().is_none_or(|before| shown.differs(before)) {
            let text = serde_json::to_string(&shown).unwrap_or_default();
            // It is for people to look at; the agent does not rely on it.
            let _shown = self.host().store().write_status(&text);
            self.shown = Some(shown);
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        if let Err(error) = self.session.feed(input) {
            self.complain(&error);
        }
    }

    /// Once for each time that it stops working.
    fn complain(&mut self, error: &SessionError) {
        if !std::mem::replace(&mut self.complained, true) {
            self.host().store().say(&format!("{error}; it is tried again"));
        }
    }

    fn stopped(mut self, how: Stop) -> Result<End, LifeError> {
        self.session.host_mut().scribe_mut().stopping(how);
        self.feed(Input::Service(ServiceChange::Stopped));
        if how == Stop::Shutdown {
            self.feed(Input::Session(SessionChange::AllSignedOut));
        }
        self.host_mut().settle();
        let snapshot = self.session.agent().snapshot();
        let written = self.host_mut().persist(&snapshot);
        self.look_at_logs();
        let (_, _, host) = self.session.into_parts();
        drop(host.into_parts().0.close());
        written.map(|()| End::Stopped).map_err(LifeError::Last)
    }

    fn removed(self) -> Result<End, LifeError> {
        let logs = self.config.logs_in(self.host().store().folder());
        let store = self.session.into_parts().2.into_parts().0.close();
        for path in remove_all(store, &logs)? {
            eprintln!("imesim-agent: {} is not the agent's and stays", path.display());
        }
        Ok(End::Removed)
    }
}

fn set_aside<M: Machine>(store: &Store<M>, reason: &str) -> Result<(), StoreError> {
    let path: PathBuf = store.set_aside()?;
    store.say(&format!("{reason}; it was set aside as {}, and the agent begins as new", path.display()));
    Ok(())
}

/// The name of the zone in which the machine is.
const LOCAL: &str = "local";
/// How long a wait may take while something is on its way.
const BUSY: Duration = Duration::from_millis(50);
/// How long until a state that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How long a wait may take otherwise.
const QUIET: Duration = Duration::from_secs(5);
/// How often the clocks are saved although nothing happens: so much awake time may be lost in a power cut.
const SAVE_EVERY: Span = Span::mins(10);

#[cfg(test)]
#[cfg(unix)]
mod tests;
