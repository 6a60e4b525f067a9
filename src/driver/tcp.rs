//! One real transport: frames of [`wire`] over TCP, and the service's end of it.
//!
//! The device's end never blocks: connecting happens on a thread of its own, reading and writing take what there is.
//! A connection that is lost makes every outstanding request a [`Failure::NoNetwork`]; the next request connects
//! again. There is no encryption and no sign-in here: put both below, or keep to the loopback.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::wire::{self, Inbox, ToDevice, ToService, WireError};
use super::{Delivery, Transport};
use crate::protocol::{Answer, Failure, Request, Token};
use crate::time::{Now, Wall};

/// The device's end.
#[derive(Debug)]
pub struct Tcp {
    service: SocketAddr,
    link: Link,
    outgoing: Vec<u8>,
    inbox: Inbox,
    outstanding: Vec<Token>,
    ready: VecDeque<Delivery>,
    last_error: Option<WireError>,
}

#[derive(Debug)]
enum Link {
    Down,
    Connecting(mpsc::Receiver<io::Result<TcpStream>>),
    Up(TcpStream),
}

impl Tcp {
    /// A transport to the service at an address. It connects with the first request.
    pub fn new(service: SocketAddr) -> Self {
        Self {
            service,
            link: Link::Down,
            outgoing: Vec::new(),
            inbox: Inbox::default(),
            outstanding: Vec::new(),
            ready: VecDeque::new(),
            last_error: None,
        }
    }

    /// Why the last connection was lost, if one was.
    pub const fn last_error(&self) -> Option<&WireError> {
        self.last_error.as_ref()
    }

    /// Moves everything along as far as it goes without waiting.
    fn pump(&mut self, now: Now) {
        if let Err(error) = self.try_pump() {
            self.lost(now, error);
        }
    }

    fn try_pump(&mut self) -> Result<(), WireError> {
        if let Link::Connecting(waiting) = &self.link {
            match waiting.try_recv() {
                Ok(stream) => {
                    let stream = stream.and_then(prepare).map_err(failed("connecting"))?;
                    self.link = Link::Up(stream);
                }
                Err(mpsc::TryRecvError::Empty) => return Ok(()),
                Err(mpsc::TryRecvError::Disconnected) => return Err(failed("connecting")(ErrorKind::Other.into())),
            }
        }
        let Link::Up(stream) = &mut self.link else { return Ok(()) };
        while !self.outgoing.is_empty() {
            match stream.write(&self.outgoing) {
                Ok(0) => return Err(failed("writing")(ErrorKind::WriteZero.into())),
                Ok(written) => drop(self.outgoing.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed("writing")(error)),
            }
        }
        let mut closed = None;
        let mut chunk = [0; CHUNK];
        while closed.is_none() {
            match stream.read(&mut chunk) {
                Ok(0) => closed = Some(failed("reading")(ErrorKind::UnexpectedEof.into())),
                Ok(read) => self.inbox.push(chunk.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => closed = Some(failed("reading")(error)),
            }
        }
        // What arrived before the end counts.
        while let Some(ToDevice { token, at, answer }) = self.inbox.take()? {
            self.outstanding.retain(|waiting| *waiting != token);
            self.ready.push_back(Delivery { token, at, answer });
        }
        match closed {
            None => Ok(()),
            Some(error) => Err(self.inbox.cut_short().unwrap_or(error)),
        }
    }

    /// The connection is gone: whoever waits for an answer learns it.
    fn lost(&mut self, now: Now, error: WireError) {
        self.last_error = Some(error);
        self.link = Link::Down;
        self.outgoing.clear();
        self.inbox.clear();
        let lost = |token| Delivery { token, at: now.wall, answer: Err(Failure::NoNetwork) };
        self.ready.extend(self.outstanding.drain(..).map(lost));
    }

    fn connect(&mut self) -> Result<(), WireError> {
        let (tell, waiting) = mpsc::channel();
        let service = self.service;
        // The thread ends with the attempt; if nobody waits any more, the stream is closed.
        let attempt = move || drop(tell.send(TcpStream::connect_timeout(&service, CONNECT_LIMIT)));
        let spawned = thread::Builder::new().name("imesim-connect".to_owned()).spawn(attempt);
        spawned.map_err(failed("starting a thread to connect"))?;
        self.link = Link::Connecting(waiting);
        Ok(())
    }
}

impl Transport for Tcp {
    fn send(&mut self, now: Now, token: Token, request: Request) {
        self.outstanding.push(token);
        match wire::encode(&ToService { token, request }) {
            Ok(frame) => self.outgoing.extend(frame),
            Err(error) => return self.lost(now, error),
        }
        if matches!(self.link, Link::Down)
            && let Err(error) = self.connect()
        {
            return self.lost(now, error);
        }
        self.pump(now);
    }

    fn receive(&mut self, now: Now) -> Option<Delivery> {
        self.pump(now);
        self.ready.pop_front()
    }

    fn forget(&mut self) {
        self.link = Link::Down;
        self.outgoing.clear();
        self.inbox.clear();
        self.outstanding.clear();
        self.ready.clear();
    }
}

fn prepare(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn failed(doing: &'static str) -> impl Fn(io::Error) -> WireError {
    move |error| WireError::Connection { doing, kind: error.kind() }
}

/// What a service answers, and its time when it does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// The service's time.
    pub at: Wall,
    /// The answer, or why there is none.
    pub answer: Result<Answer<'static>, Failure>,
}

/// The service's end: a listener and its connections, each on a thread. Dropping it ends them all.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    refused: Mutex<Vec<WireError>>,
}

/// Answers the requests of every device that connects, one after another, until the [`Server`] is dropped.
///
/// A connection that sends anything but frames is closed; [`Server::refused`] tells why.
///
/// # Errors
/// Those of the listener and of starting a thread.
pub fn serve<F>(listener: TcpListener, handler: F) -> io::Result<Server>
where
    F: FnMut(Request) -> Reply + Send + 'static,
{
    let address = listener.local_addr()?;
    let shared = Arc::new(Shared::default());
    let (for_thread, handler) = (Arc::clone(&shared), Arc::new(Mutex::new(handler)));
    let accept = move || accept(&listener, &for_thread, &handler);
    let listener = thread::Builder::new().name("imesim-accept".to_owned()).spawn(accept)?;
    Ok(Server { address, shared, listener: Some(listener) })
}

impl Server {
    /// Where devices connect.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Why connections were closed by this side, the last 64 of them.
    pub fn refused(&self) -> Vec<WireError> {
        self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // The listener waits for a connection; this is one.
        drop(TcpStream::connect_timeout(&self.address, CONNECT_LIMIT));
        if let Some(listener) = self.listener.take() {
            drop(listener.join());
        }
    }
}

fn accept<F>(listener: &TcpListener, shared: &Arc<Shared>, handler: &Arc<Mutex<F>>)
where
    F: FnMut(Request) -> Reply + Send + 'static,
{
    let mut connections = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if shared.stop.load(Ordering::SeqCst) {
            break;
        }
        connections.retain(|connection: &JoinHandle<()>| !connection.is_finished());
        let (shared, handler) = (Arc::clone(shared), Arc::clone(handler));
        let answer = move || {
            if let Err(error) = converse(stream, &shared, &handler) {
                let mut refused = shared.refused.lock().unwrap_or_else(PoisonError::into_inner);
                if refused.len() == REFUSED_MAX {
                    refused.remove(0);
                }
                refused.push(error);
            }
        };
        if let Ok(connection) = thread::Builder::new().name("imesim-connection".to_owned()).spawn(answer) {
            connections.push(connection);
        }
    }
    for connection in connections {
        drop(connection.join());
    }
}

/// One connection, from its first request to its end.
fn converse<F: FnMut(Request) -> Reply>(
    mut stream: TcpStream,
    shared: &Shared,
    handler: &Mutex<F>,
) -> Result<(), WireError> {
    stream.set_nonblocking(false).map_err(failed("setting up"))?;
    stream.set_nodelay(true).map_err(failed("setting up"))?;
    stream.set_read_timeout(Some(STOP_CHECK)).map_err(failed("setting up"))?;
    let mut inbox = Inbox::default();
    let mut chunk = [0; CHUNK];
    while !shared.stop.load(Ordering::SeqCst) {
        match stream.read(&mut chunk) {
            Ok(0) => return inbox.cut_short().map_or(Ok(()), Err),
            Ok(read) => inbox.push(chunk.get(..read).unwrap_or_default()),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(error) => return Err(failed("reading")(error)),
        }
        while let Some(ToService { token, request }) = inbox.take()? {
            let Reply { at, answer } = {
                let mut handler = handler.lock().unwrap_or_else(PoisonError::into_inner);
                (*handler)(request)
            };
            let frame = wire::encode(&ToDevice { token, at, answer })?;
            stream.write_all(&frame).map_err(failed("writing"))?;
        }
    }
    Ok(())
}

/// How long a connection attempt may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How often a quiet connection looks whether the server is stopping.
const STOP_CHECK: Duration = Duration::from_millis(50);
const CHUNK: usize = 4096;
const REFUSED_MAX: usize = 64;
