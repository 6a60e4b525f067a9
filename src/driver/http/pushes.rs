//! Waiting for pushes: one request after another that the service answers when there is something to say.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use super::Client;
use super::call::HttpError;
use super::config::Credential;
use super::message::Numbered;
use crate::agent::Input;
use crate::protocol::Push;

/// The pushes of one device, as they come. Its thread ends soon after it is dropped.
#[derive(Debug)]
pub struct Listener {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ready: VecDeque<Numbered>,
    last_error: Option<HttpError>,
    has_ended: bool,
}

/// The first wait after a failure; it doubles with each in a row.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// The longest.
const WAIT_LONGEST: Duration = Duration::from_secs(60);

impl Listener {
    pub(super) fn new(client: Client, credential: Credential) -> io::Result<Self> {
        let (shared, waker) = (Arc::<Shared>::default(), thread::current());
        let for_thread = Arc::clone(&shared);
        let listen = move || for_thread.listen(&client, &credential, &waker);
        thread::Builder::new().name("imesim-pushes".to_owned()).spawn(listen)?;
        Ok(Self { shared })
    }

    /// Takes the next push, if one has come. One number twice is one push that was sent twice (B-4.21).
    pub fn take(&mut self) -> Option<Numbered> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).ready.pop_front()
    }

    /// Why the last wait failed, if it did.
    pub fn last_error(&self) -> Option<HttpError> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).last_error.clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).has_ended = true;
        self.shared.ended.notify_all();
    }
}

impl Shared {
    fn listen(&self, client: &Client, credential: &Credential, waker: &Thread) {
        let (mut after, mut wait) = (0, WAIT_FIRST);
        loop {
            let came = client.pool.caller().listen(after, credential);
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.has_ended {
                return;
            }
            match came {
                Ok(pushes) => {
                    if let Some(last) = pushes.last() {
                        after = last.number;
                        waker.unpark();
                    }
                    state.ready.extend(pushes);
                    (state.last_error, wait) = (None, WAIT_FIRST);
                }
                Err(error) => {
                    state.last_error = Some(error);
                    let ended = self.ended.wait_timeout_while(state, wait, |state| !state.has_ended);
                    if ended.unwrap_or_else(PoisonError::into_inner).0.has_ended {
                        return;
                    }
                    wait = wait.saturating_mul(2).min(WAIT_LONGEST);
                }
            }
        }
    }
}

/// What the agent is fed for a push; nothing for those that are for the MDM client.
///
/// Source: B-4.19, B-4.21, B-6.29.
pub const fn input(Numbered { number, push }: Numbered) -> Option<Input<'static>> {
    match push {
        Push::AgentApps => Some(Input::Push(number)),
        Push::AgentRemediation { policy, revision } => Some(Input::OnDemand { policy, revision }),
        Push::MdmChange | Push::MdmAdmin => None,
    }
}
