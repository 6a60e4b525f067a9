//! One life of the agent's process: from the state folder through the loop to an orderly end.

mod around;
mod line;
mod told;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use self::around::Around;
use self::line::Line;
pub use self::told::{End, LifeError, Notice};
use super::{
    Anchor, Config, Connection, Machine, MachineClock, MachineHost, MachineIds, MachineLogs, Pushes, Reading,
    ServiceAddress, Shown, Store, StoreError, Watch, read_state, remove_all,
};
use crate::agent::{Input, ServiceChange, SessionChange, Status};
use crate::driver::{Clock, Host, Logged, Session, SessionError};
use crate::log::write::{Scribe, Stop};
use crate::protocol::UserId;
use crate::time::{Span, Wall, Zone};

type Hosts<M> = Logged<MachineHost<M>, MachineIds, MachineLogs<M>>;

/// A process's agent and everything around it.
pub struct Life<M: Machine> {
    machine: Arc<M>,
    config: Arc<Config>,
    session: Session<MachineClock<M>, Line, Hosts<M>>,
    pushes: Option<Box<dyn Pushes>>,
    around: Around,
    watch: Watch,
    shown: Option<Shown>,
    saved_at: Span,
    complained: bool,
    /// Something was fed since the session was polled last.
    has_fed: bool,
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
    /// [`LifeError::Store`], [`LifeError::NoCertificate`]; nothing has happened then.
    pub fn begin(
        machine: Arc<M>,
        config: Config,
        folder: &std::path::Path,
        connection: Connection,
        present: &[String],
        decisions: bool,
    ) -> Result<Self, LifeError> {
        let store = Store::open(Arc::clone(&machine), folder)?;
        if matches!(config.service, ServiceAddress::NoCertificate) && store.certificate().is_none() {
            return Err(LifeError::NoCertificate);
        }
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
        let line = Line { now: connection.transport, before: None };
        let session = Session::new(config.setup.clone(), clock, line, host);
        let mut life = Self {
            machine,
            config,
            session,
            pushes: connection.pushes,
            around: Around::default(),
            watch: Watch::new(reading),
            shown: None,
            saved_at: reading.since_boot,
            complained: false,
            has_fed: false,
        };
        life.set_zone();
        let present = life.begin_around(present);
        life.first(snapshot.as_deref(), is_same_boot, &present);
        Ok(life)
    }

    /// What the agent is told first.
    fn first(&mut self, snapshot: Option<&[u8]>, is_same_boot: bool, present: &[String]) {
        let restored = snapshot.is_some_and(|bytes| self.session.restore(bytes).is_ok());
        if !restored {
            // The agent finds what the MDM channel has left; the certificate is its own to look after.
            self.tell_mdm();
            self.feed(Input::Installed(self.config.version));
            self.tell_certificate();
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
            // Nobody is left who could tell of the end of a maintenance wake before.
            self.feed(Input::DarkWake(false));
        }
        self.tell_certificate();
        self.tell_mdm();
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
            self.has_fed = false;
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
            self.look_around();
            self.look_at_logs();
            self.show();
            if self.has_fed && idle.is_ok() {
                // What followed is carried out, and the next deadline may be another.
                continue;
            }
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
            Notice::SignedOut(user) => self.signed_out(&user),
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

    fn signed_out(&mut self, user: &str) {
        let known = self.host().users().iter().position(|known| known.eq_ignore_ascii_case(user));
        if let Some(id) = known.and_then(|place| u8::try_from(place + 1).ok()) {
            self.feed(Input::Session(SessionChange::SignOut(UserId(id))));
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
        let (agent, now, held) = (self.session.agent(), self.session.clock().now(), self.session.held());
        let shown = Shown::of(agent, now, held, logs, &self.config.facts, self.around_lines());
        if self.shown.as_ref().is_none_or(|before| shown.differs(before)) {
            let text = serde_json::to_string(&shown).unwrap_or_default();
            // It is for people to look at; the agent does not rely on it.
            let _shown = self.host().store().write_status(&text);
            self.shown = Some(shown);
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        self.has_fed = true;
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
            crate::out::say(format_args!("imesim-agent: {} is not the agent's and stays", path.display()));
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
const QUIET: Duration = Duration::from_secs(2);
/// How often the clocks are saved although nothing happens: so much awake time may be lost in a power cut.
const SAVE_EVERY: Span = Span::mins(10);

#[cfg(test)]
#[cfg(unix)]
mod tests;
