//! Connections: how many there may be, TLS, and how long each may take to say what it wants.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::desk::Peer;
use super::limits::Limits;

/// What a listener needs.
pub(super) struct Door {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) routes: Router,
    pub(super) limits: Limits,
    /// In real time, as a rate of the service's: how many seconds a second is told as.
    pub(super) speed: u32,
}

/// Takes connections for as long as it is polled. All of them end when `graceful` is told to, each after the request in hand.
pub(super) async fn accept(door: Door, graceful: Arc<GracefulShutdown>) -> Infallible {
    let Door { listener, tls, routes, limits, speed } = door;
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let (mut stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                // Too many open files, mostly: others have to end first.
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            if tls.is_none() {
                let refusal = format!(
                    "HTTP/1.1 503 Service Unavailable\r\nretry-after: {speed}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                tokio::spawn(async move {
                    let told = stream.write_all(refusal.as_bytes());
                    drop(tokio::time::timeout(Duration::from_secs(1), told).await);
                });
            }
            continue;
        };
        let (tls, routes, watcher) = (tls.clone(), routes.clone(), graceful.watcher());
        tokio::spawn(async move {
            drop(stream.set_nodelay(true));
            match tls {
                None => talk(stream, routes, Peer::default(), &limits, watcher).await,
                Some(tls) => secure(stream, tls, routes, &limits, watcher).await,
            }
            drop(place);
        });
    }
}

async fn secure(stream: TcpStream, tls: TlsAcceptor, routes: Router, limits: &Limits, watcher: Watcher) {
    // Whoever does not get through learns what TLS says, and nothing of us.
    if let Ok(Ok(stream)) = tokio::time::timeout(limits.head_time, tls.accept(stream)).await {
        let certificates = stream.get_ref().1.peer_certificates();
        let own = certificates.and_then(|all| all.first()).map(|own| Arc::new(own.as_ref().to_vec()));
        talk(stream, routes, Peer(own), limits, watcher).await;
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    routes: Router,
    peer: Peer,
    limits: &Limits,
    watcher: Watcher,
) {
    let routes = routes.layer(Extension(peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    // What goes wrong here is the other side's, and it has been answered as far as it can be.
    drop(watcher.watch(connection).await);
}
