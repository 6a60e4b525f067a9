//! Which proxy is asked for the service: none, one by name, or that of the system.
//!
//! The system's is what its environment names, as most programs read it: `https_proxy` for a service at `https://` and
//! `http_proxy` for one at `http://`, then `all_proxy`, in small letters or capitals (but `HTTP_PROXY`, which a web server may have
//! been made to set by whoever asked it); and `no_proxy`, a list of names with commas or blanks between, each for itself and all
//! below it, with or without a port, or `*` for all. An empty variable says that there is none. On Windows, where nothing of this is
//! set, the Internet settings of the account say it: a proxy by hand and the names that it is not for. Scripts that find a proxy
//! (PAC) and what `netsh winhttp` has set are not read. A service on this machine is reached without a proxy of the system.

use std::net::IpAddr;

use super::config::ConfigError;

/// The proxy that is asked for the service.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Proxy {
    /// None.
    #[default]
    Direct,
    /// This one, such as `http://name:port` or `http://user:password@name:port`.
    Named(String),
    /// That of the system, if it names one.
    System,
}

/// A proxy that the system names, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    by: &'static str,
    proxy: String,
}

/// Where a service is, as far as proxies matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) scheme: &'a str,
    /// Without brackets.
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
}

impl Proxy {
    /// The proxy for the library.
    pub(super) fn library(&self, target: Target<'_>) -> Result<Option<ureq::Proxy>, ConfigError> {
        match self {
            Self::Direct => Ok(None),
            Self::Named(proxy) => {
                let refused = || ConfigError::Proxy { proxy: without_user(proxy).to_owned() };
                usable(proxy).map(Some).ok_or_else(refused)
            }
            Self::System if target.is_this_machine() => Ok(None),
            Self::System => {
                let Some(Found { by, proxy }) = of_system(target) else { return Ok(None) };
                let refused = || ConfigError::SystemProxy { by, proxy: without_user(&proxy).to_owned() };
                usable(&proxy).map(Some).ok_or_else(refused)
            }
        }
    }
}

impl core::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Direct => f.write_str("Direct"),
            Self::Named(proxy) => f.debug_tuple("Named").field(&without_user(proxy)).finish(),
            Self::System => f.write_str("System"),
        }
    }
}

/// Without what may be a password.
fn without_user(proxy: &str) -> &str {
    proxy.rsplit('@').next().unwrap_or_default()
}

/// A proxy that is spoken to in HTTP. Others the library would take as well, and then go past them.
fn usable(proxy: &str) -> Option<ureq::Proxy> {
    let proxy = ureq::Proxy::new(proxy).ok()?;
    matches!(proxy.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https).then_some(proxy)
}

impl Target<'_> {
    fn is_this_machine(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }

    /// True for a name of a list: this host, one above it, or all.
    fn is_named(&self, entry: &str) -> bool {
        if entry == "*" {
            return true;
        }
        // The address of version 6 has colons of its own.
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse().ok()),
            Some(_) | None => (entry, None),
        };
        let name = name.trim_start_matches("*.").trim_matches(['.', '[', ']']).to_ascii_lowercase();
        let port_fits = port.is_none_or(|port: u16| self.port.unwrap_or(self.usual_port()) == port);
        let host = self.host.to_ascii_lowercase();
        let is_below = || host.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.'));
        !name.is_empty() && port_fits && (host == name || (host.parse::<IpAddr>().is_err() && is_below()))
    }

    fn usual_port(&self) -> u16 {
        if self.scheme == "https" { 443 } else { 80 }
    }
}

#[allow(clippy::disallowed_methods, reason = "the configuration asks for what the environment says")]
fn of_system(target: Target<'_>) -> Option<Found> {
    let variable = |name: &str| std::env::var(name).ok();
    match of_variables(target, variable) {
        Said::Proxy(found) => Some(found),
        Said::None => None,
        Said::Nothing => of_account(target),
    }
}

/// What variables say.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Proxy(Found),
    /// That there is none, or none for this service.
    None,
    /// Nothing at all.
    Nothing,
}

fn of_variables(target: Target<'_>, variable: impl Fn(&str) -> Option<String>) -> Said {
    let own: &[&'static str] = if target.scheme == "https" { &["https_proxy", "HTTPS_PROXY"] } else { &["http_proxy"] };
    let names = own.iter().chain(&["all_proxy", "ALL_PROXY"]);
    let Some((by, proxy)) = names.copied().find_map(|name| Some((name, variable(name)?))) else { return Said::Nothing };
    let list = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
    let is_excluded = list.split([',', ' ', '\t']).any(|entry| !entry.is_empty() && target.is_named(entry));
    if proxy.trim().is_empty() || is_excluded {
        Said::None
    } else {
        Said::Proxy(Found { by, proxy: proxy.trim().to_owned() })
    }
}

#[cfg(not(windows))]
const fn of_account(_: Target<'_>) -> Option<Found> {
    None
}

/// What the Internet settings of this account say.
#[cfg(windows)]
fn of_account(target: Target<'_>) -> Option<Found> {
    const PATH: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
    let key = winreg::RegKey::predef(winreg::enums::HKEY_CURRENT_USER).open_subkey(PATH).ok()?;
    let enabled: u32 = key.get_value("ProxyEnable").ok()?;
    let server: String = key.get_value("ProxyServer").ok()?;
    let past: String = key.get_value("ProxyOverride").unwrap_or_default();
    if enabled == 0 { None } else { of_settings(target, &server, &past) }
}

/// What Internet settings mean: one proxy for all, or one for each scheme with `=` before it, and names with semicolons between.
#[cfg(any(windows, test))]
fn of_settings(target: Target<'_>, server: &str, past: &str) -> Option<Found> {
    let is_local = |entry: &str| entry.eq_ignore_ascii_case("<local>") && !target.host.contains(['.', ':']);
    if past.split(';').map(str::trim).any(|entry| !entry.is_empty() && (is_local(entry) || target.is_named(entry))) {
        return None;
    }
    let proxy = server.split(';').map(str::trim).find_map(|part| match part.split_once('=') {
        Some((scheme, proxy)) => scheme.trim().eq_ignore_ascii_case(target.scheme).then_some(proxy.trim()),
        None => Some(part),
    })?;
    (!proxy.is_empty()).then(|| Found { by: "ProxyServer", proxy: proxy.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: Target<'static> = Target { scheme: "https", host: "a.service.example", port: None };

    fn said(target: Target<'_>, variables: &[(&str, &str)]) -> Said {
        of_variables(target, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn proxy(by: &'static str, proxy: &str) -> Said {
        Said::Proxy(Found { by, proxy: proxy.to_owned() })
    }

    #[test]
    fn the_variable_of_the_scheme_goes_before_the_one_for_all() {
        let all = [("https_proxy", "http://s:1"), ("http_proxy", "http://p:2"), ("ALL_PROXY", "http://a:3")];
        assert_eq!(said(SERVICE, &all), proxy("https_proxy", "http://s:1"));
        assert_eq!(said(Target { scheme: "http", ..SERVICE }, &all), proxy("http_proxy", "http://p:2"));
        assert_eq!(said(SERVICE, &all[1..]), proxy("ALL_PROXY", "http://a:3"));
        assert_eq!(said(SERVICE, &[("HTTPS_PROXY", " x:1 ")]), proxy("HTTPS_PROXY", "x:1"));
        assert_eq!(said(SERVICE, &[("HTTP_PROXY", "http://p:2"), ("http_proxy", "http://p:2")]), Said::Nothing);
        assert_eq!(said(Target { scheme: "http", ..SERVICE }, &[("HTTP_PROXY", "http://p:2")]), Said::Nothing);
        assert_eq!(said(SERVICE, &[("https_proxy", ""), ("all_proxy", "http://a:3")]), Said::None);
    }

    #[test]
    fn names_that_need_no_proxy_are_taken_with_all_below_them() {
        let with = |list| said(SERVICE, &[("https_proxy", "http://s:1"), ("no_proxy", list)]);
        for list in [
            "*",
            "a.service.example",
            "service.example",
            ".service.example",
            "x.org, EXAMPLE",
            "*.example",
            "x.org example",
            "service.example:443",
        ] {
            assert_eq!(with(list), Said::None, "{list}");
        }
        for list in ["", ",", "vice.example", "b.service.example", "service.example:8443", "service.example.org", "."] {
            assert_eq!(with(list), proxy("https_proxy", "http://s:1"), "{list}");
        }
        let address = |host, list| {
            let target = Target { scheme: "https", host, port: Some(8443) };
            said(target, &[("https_proxy", "http://s:1"), ("NO_PROXY", list)]) == Said::None
        };
        assert!(address("10.0.0.7", "10.0.0.7") && address("10.0.0.7", "10.0.0.7:8443"));
        assert!(!address("10.0.0.7", "0.7") && !address("10.0.0.7", "10.0.0.7:443"));
        assert!(
            address("fd00::7", "fd00::7") && address("fd00::7", "[fd00::7]:8443") && !address("fd00::7", "fd00::8")
        );
    }

    #[test]
    fn internet_settings_name_one_proxy_or_one_for_each_scheme() {
        let found = |server, past| of_settings(SERVICE, server, past).map(|found| found.proxy);
        assert_eq!(found("proxy:8080", ""), Some("proxy:8080".to_owned()));
        assert_eq!(found("http=p:1;https=s:2;ftp=f:3", ""), Some("s:2".to_owned()));
        assert_eq!(found("http=p:1", ""), None);
        assert_eq!(found("", ""), None);
        assert_eq!(found("proxy:8080", "x.org; *.service.example ;<local>"), None);
        assert_eq!(found("proxy:8080", "<local>;x.org"), Some("proxy:8080".to_owned()));
        let short = Target { host: "service", ..SERVICE };
        assert_eq!(of_settings(short, "proxy:8080", "<local>"), None, "a name without dots");
    }

    #[test]
    fn what_cannot_be_spoken_to_is_refused_and_no_password_is_shown() {
        let refused = |proxy: &str| {
            let error = Proxy::Named(proxy.to_owned()).library(SERVICE).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        };
        for proxy in ["", "gopher://x", "socks5://me:secret@x:1080", "socks4://x", "http://"] {
            refused(proxy);
        }
        for proxy in ["http://x:1", "https://x", "x:8080", "http://me:secret@x:1"] {
            assert!(Proxy::Named(proxy.to_owned()).library(SERVICE).unwrap().is_some(), "{proxy}");
        }
        assert_eq!(format!("{:?}", Proxy::Named("http://me:secret@x:1".to_owned())), "Named(\"x:1\")");
        let loopback = Target { scheme: "http", host: "127.0.0.1", port: Some(1) };
        assert!(Proxy::System.library(loopback).unwrap().is_none(), "whatever the environment says");
    }
}
