//! A server that says what a test wants, byte by byte, and keeps what it was sent.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What the server writes for a request; an empty one closes the connection.
pub(crate) type Answers = Arc<dyn Fn(&Seen) -> Vec<u8> + Send + Sync>;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn plain(answers: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(answers))
    }

    pub(crate) fn tls(config: Arc<ServerConfig>, answers: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(Some(config), Arc::new(answers))
    }

    fn start(tls: Option<Arc<ServerConfig>>, answers: Answers) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Seen>>>::default());
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (tls, answers, kept) = (tls.clone(), Arc::clone(&answers), Arc::clone(&kept));
                thread::spawn(move || match tls {
                    Some(tls) => {
                        converse(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream), &answers, &kept)
                    }
                    None => converse::<TcpStream>(stream, &answers, &kept),
                });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn converse<S: Read + Write>(mut stream: S, answers: &Answers, kept: &Mutex<Vec<Seen>>) {
    while let Some(seen) = read(&mut stream) {
        kept.lock().unwrap().push(seen.clone());
        let answer = answers(&seen);
        if answer.is_empty() || stream.write_all(&answer).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
    // Whoever is refused has the time to read why before the connection is reset.
    thread::sleep(Duration::from_millis(300));
}

fn read(stream: &mut impl Read) -> Option<Seen> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let length: usize = length.unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8(bytes[end + 4..end + 4 + length].to_vec()).unwrap();
                return Some(Seen { head, body });
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend(&chunk[..read]),
        }
    }
}

/// A response with a status and a body.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The answer "nothing" to whatever was asked.
pub(crate) fn nothing(seen: &Seen) -> Vec<u8> {
    response(
        "200 OK",
        "",
        &format!(r#"{{"version":1,"token":{},"at":13400000000000,"answer":"nothing"}}"#, asked(seen)),
    )
}

/// The token of a request.
pub(crate) fn asked(seen: &Seen) -> u64 {
    let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    body["token"].as_u64().unwrap()
}

pub(crate) fn pem(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/http/certs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// TLS with the test's certificate; with `clients`, only for devices that have one of the CA's.
pub(crate) fn tls(clients: bool) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(&pem("server.pem")).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(&pem("server.key")).unwrap();
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = if clients {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&pem("ca.pem")).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}
