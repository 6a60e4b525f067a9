//! TLS: who may vouch for the service, and who the device is.

use imesim::driver::http::{Client, Config, ConfigError, Credential, Http, HttpError, Identity, Roots};
use imesim::protocol::{Answer, Failure};

use crate::server::{Server, nothing, pem, tls};
use crate::{ask, bearer, quick};

fn config(server: &Server, host: &str, ca: &str) -> Config {
    Config::new(&format!("https://{host}:{}", server.address.port())).roots(Roots::Pem(pem(ca))).limits(quick())
}

fn identity(name: &str) -> Identity {
    Identity::new(pem(&format!("{name}.pem")), pem(&format!("{name}.key")))
}

#[test]
fn a_service_of_a_known_authority_is_spoken_to_by_name_or_address() {
    let server = Server::tls(tls(false), nothing);
    for host in ["localhost", "127.0.0.1"] {
        let mut http = Http::new(&config(&server, host, "ca.pem"), bearer("x")).unwrap();
        assert_eq!(ask(&mut http, 1).answer, Ok(Answer::Nothing), "{host}: {:?}", http.last_error());
    }
}

#[test]
fn an_unknown_authority_is_refused_and_learns_nothing() {
    let server = Server::tls(tls(false), nothing);
    let platform = Config::new(&format!("https://localhost:{}", server.address.port())).limits(quick());
    for config in [config(&server, "localhost", "other-ca.pem"), platform] {
        let mut http = Http::new(&config, bearer("s3cret")).unwrap();
        assert_eq!(ask(&mut http, 1).answer, Err(Failure::NoNetwork));
        assert!(matches!(http.last_error(), Some(HttpError::Tls { .. })), "{:?}", http.last_error());
    }
    assert!(server.seen().is_empty(), "no request reached it");
}

// B-4.22: without its certificate the device is nobody.
#[test]
fn the_certificate_of_the_device_is_shown_and_one_of_a_stranger_refused() {
    let server = Server::tls(tls(true), nothing);
    let with = |name| config(&server, "localhost", "ca.pem").identity(identity(name));
    let mut http = Http::new(&with("pc1"), Credential::Certificate).unwrap();
    assert_eq!(ask(&mut http, 1).answer, Ok(Answer::Nothing), "{:?}", http.last_error());
    assert!(!server.seen()[0].head.to_lowercase().contains("authorization"));

    for config in [with("stranger"), config(&server, "localhost", "ca.pem")] {
        let mut http = Http::new(&config, Credential::Certificate).unwrap();
        assert_eq!(ask(&mut http, 1).answer, Err(Failure::NoCertificate), "{:?}", http.last_error());
        assert!(matches!(http.last_error(), Some(HttpError::Certificate { .. })));
    }
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn pem_that_is_none_is_refused_with_its_name() {
    let about = |config: Config| Client::new(&config).unwrap_err();
    let base = || Config::new("https://localhost");
    for roots in [b"".to_vec(), b"nonsense".to_vec(), pem("pc1.key")] {
        let error = about(base().roots(Roots::Pem(roots)));
        assert!(matches!(error, ConfigError::Pem { what: "certificates of authorities", .. }), "{error}");
    }
    let error = about(base().identity(Identity::new(pem("pc1.pem"), b"".to_vec())));
    assert!(matches!(error, ConfigError::Pem { what: "key of the device", .. }), "{error}");
    let error = about(base().identity(Identity::new(pem("pc1.key"), pem("pc1.key"))));
    assert!(matches!(error, ConfigError::Pem { what: "certificate of the device", .. }), "{error}");
    let shown = format!("{:?}", identity("pc1"));
    assert!(!shown.contains("45") && shown.starts_with("Identity"), "a key is not printed: {shown}");
}
