//! What the system says: its proxy and its authorities, where the configuration asks for them. A process has one environment, so
//! each case is a process of its own: this test once more, told by a variable what to ask.

use std::env;
use std::process::Command;

use imesim::driver::http::{Config, Http, Proxy};

use crate::server::{Server, nothing, response, tls};
use crate::{ask, bearer, quick};

const CHILD: &str = "IMESIM_TEST_SERVICE";
const OWN_NAME: &str = "system::proxy_and_authorities_are_those_of_the_environment_where_they_are_asked_for";

/// What a process with these variables comes to that asks this service, through the system's proxy or not.
fn outcome(service: &str, through: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(env::current_exe().unwrap());
    for (name, _) in env::vars().filter(|(name, _)| name.to_lowercase().contains("proxy") || name.starts_with("SSL_")) {
        child.env_remove(name);
    }
    child.args(["--exact", OWN_NAME, "--nocapture"]).env(CHILD, format!("{service} {through}"));
    let done = child.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("outcome: "));
    line.unwrap_or_else(|| panic!("{text} {}", String::from_utf8_lossy(&done.stderr))).1.to_owned()
}

/// What the process does that was told so.
fn ask_as(told: &str) {
    let (service, through) = told.split_once(' ').unwrap();
    let proxy = if through == "system" { Proxy::System } else { Proxy::Direct };
    let came = match Http::new(&Config::new(service).through(proxy).limits(quick()), bearer("s3cret")) {
        Ok(mut http) => format!("{:?} {:?}", ask(&mut http, 1).answer, http.last_error()),
        Err(error) => error.to_string(),
    };
    println!("outcome: {came}");
}

#[test]
fn proxy_and_authorities_are_those_of_the_environment_where_they_are_asked_for() {
    if let Ok(told) = env::var(CHILD) {
        return ask_as(&told);
    }
    let proxy = Server::plain(|_| response("407 Proxy Authentication Required", "", ""));
    let url = proxy.url();
    let (service, named) = ("https://service.invalid", [("https_proxy", url.as_str())]);
    let asked = || proxy.seen().len();

    // The name has no address: whoever gets as far as to look for it has asked no proxy.
    let direct = outcome(service, "direct", &named);
    assert!(direct.contains("NameResolution") && asked() == 0, "it is not asked for: {direct}");
    let through = outcome(service, "system", &named);
    assert!(through.contains("Proxy {") && asked() == 1, "{through}");
    let seen = proxy.seen().remove(0).head;
    assert!(seen.starts_with("CONNECT service.invalid:443 ") && !seen.contains("s3cret"), "{seen}");
    let past = outcome(service, "system", &[named[0], ("no_proxy", "localhost,.invalid")]);
    assert!(past.contains("NameResolution") && asked() == 1, "{past}");
    let none = outcome(service, "system", &[]);
    assert!(none.contains("NameResolution") && asked() == 1, "{none}");
    let wrong = outcome(service, "system", &[("ALL_PROXY", "socks5://me:secret@127.0.0.1:1")]);
    // On Windows a name in capitals is found under that in small letters.
    let name = if cfg!(windows) { "all_proxy" } else { "ALL_PROXY" };
    let refused = format!("`127.0.0.1:1` in {name} is no address of an HTTP proxy; write it as http://name:port");
    assert_eq!(wrong, refused);
    // On this machine no proxy stands between.
    let plain = Server::plain(nothing);
    let local = outcome(&plain.url(), "system", &[("http_proxy", url.as_str())]);
    assert!(local.starts_with("Ok(Nothing)") && asked() == 1, "{local}");

    if cfg!(all(unix, not(target_vendor = "apple"))) {
        let server = Server::tls(tls(false), nothing);
        let service = format!("https://localhost:{}", server.address.port());
        let with = |name: &str| {
            let file = format!("{}/tests/http/certs/{name}", env!("CARGO_MANIFEST_DIR"));
            outcome(&service, "direct", &[("SSL_CERT_FILE", file.as_str())])
        };
        let (own, other) = (with("ca.pem"), with("other-ca.pem"));
        assert!(own.starts_with("Ok(Nothing)"), "{own}");
        assert!(other.contains("Tls {") && server.seen().len() == 1, "{other}");
    }
}
