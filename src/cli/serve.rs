//! `imesim serve`: a scenario's service over HTTP, for real agents.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;

use clap::Args;

use super::{FleetSize, ScenarioArgs, ignore_closed_pipe};
use crate::driver::{Clock, RealClock};
use crate::scenario::{Overrides, Scenario};
use crate::serve::{
    Credentials, Hub, Limits, Options, Server, StateError, Tls, read_credentials, set_aside, started, write_credentials,
};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The scenario file. Its time begins when the service first starts.
    #[arg(long = "scenario", value_name = "FILE")]
    file: PathBuf,
    /// Where agents come to. Without TLS only an address of this machine's own.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The credentials of devices; where there is no such file it is written, with a token for each device. Without it
    /// tokens are made anew at each start, and printed.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Where state is kept; without it, it is lost at the end.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Puts a state file that is damaged or of another version out of the way, under another name, and begins anew.
    #[arg(long, requires = "state")]
    set_aside: bool,
    /// How many times as fast as real time the service's time runs.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// Where the page for admins is.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081", conflicts_with = "no_admin")]
    admin: SocketAddr,
    /// No page for admins.
    #[arg(long)]
    no_admin: bool,
    /// A file with the password of the page, for the user `admin`. Needed where other machines can reach it.
    #[arg(long, value_name = "FILE")]
    admin_token: Option<PathBuf>,
    /// The service's certificate chain, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The authority whose devices may come with a certificate, in PEM; see `certificate` lines of the tokens file.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    clients_ca: Option<PathBuf>,
    /// Lets credentials travel unprotected, where there is no TLS.
    #[arg(long)]
    plain_http: bool,
    /// The longest body of a request, in bytes.
    #[arg(long, default_value_t = Limits::default().body)]
    max_body: usize,
    /// The most connections at a time.
    #[arg(long, default_value_t = Limits::default().connections)]
    max_connections: usize,
    /// The most requests a second of one device.
    #[arg(long, default_value_t = Limits::default().per_device)]
    max_rate: u32,
    /// The most requests a second of all.
    #[arg(long, default_value_t = Limits::default().total)]
    max_total_rate: u32,
    #[command(flatten)]
    size: FleetSize,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub(super) fn run(args: &ServeArgs) -> Result<ExitCode, String> {
    let start = match first_start(args)? {
        Some(start) => start,
        None => RealClock::new().now().wall,
    };
    let overrides = Overrides { start: Some(start), ..args.size.on(args.scenario.overrides()) };
    let scenario = Scenario::load(&args.file, &overrides).map_err(|error| error.to_string())?;
    let title = scenario.title;
    let hub = Hub::new(scenario.plan, args.speed).map_err(|error| error.to_string())?;
    let devices = hub.devices().len();
    let (credentials, made) = credentials(args, &hub)?;
    // Before anything is open, so that there is no moment at which Ctrl-C would lose something.
    let (tell, told) = mpsc::channel();
    let stop = move || {
        let _ = tell.send(());
    };
    ctrlc::set_handler(stop).map_err(|error| format!("Ctrl-C cannot be waited for: {error}"))?;
    let server = Server::start(hub, credentials, options(args, title.clone())?).map_err(|error| error.to_string())?;

    let scheme = |has_tls: bool| if has_tls { "https" } else { "http" };
    let mut text = match (made, &args.tokens) {
        (Some(made), Some(path)) if made.is_empty() => format!("tokens are in {}\n", path.display()),
        (made, _) => made.unwrap_or_default(),
    };
    if let Some(torn) = server.torn() {
        text += &format!(
            "the state file ended within a change that nobody had been told of; its last {} bytes are now {}\n",
            torn.bytes,
            torn.aside.display()
        );
    }
    text += &format!("{title}: {devices} devices\n");
    text += &format!("agents   {}://{}\n", scheme(args.tls_certificate.is_some()), server.address());
    if let Some(address) = server.admin_address() {
        let has_tls = args.tls_certificate.is_some() && !address.ip().is_loopback();
        text += &format!("admins   {}://{address}/\n", scheme(has_tls));
    }
    let (speed, since) = (args.speed, start.unix_millis());
    text += &format!("time     {speed} times as fast as real time since {start}, which is {since} ms of Unix\n");
    say(&format!("{text}stops at Ctrl-C\n"))?;
    let _ = told.recv();
    say("stopping\n")?;
    server.stop();
    Ok(ExitCode::SUCCESS)
}

/// Prints something; that nobody reads it does not end a service.
fn say(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    ignore_closed_pipe(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// When the service first started, as its state file says. One that is refused is set aside where that is asked for.
fn first_start(args: &ServeArgs) -> Result<Option<crate::time::Wall>, String> {
    let Some(path) = &args.state else { return Ok(None) };
    match started(path) {
        Ok(start) => Ok(start),
        Err(error @ (StateError::File { .. } | StateError::InUse)) => Err(format!("{}: {error}", path.display())),
        Err(error) if args.set_aside => {
            let aside = set_aside(path).map_err(|error| format!("{}: {error}", path.display()))?;
            eprintln!("{}: {error}; it is now {}", path.display(), aside.display());
            Ok(None)
        }
        Err(error) => Err(format!("{}: {error}; with --set-aside it is put out of the way", path.display())),
    }
}

/// The credentials, and where they are new, the text of those that are in no file.
fn credentials(args: &ServeArgs, hub: &Hub) -> Result<(Credentials, Option<String>), String> {
    let find = |name: &str| hub.devices().iter().position(|device| device.name() == name);
    let told = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    if let Some(path) = &args.tokens
        && let Some(text) = read_credentials(path).map_err(|error| told(path, &error))?
    {
        return Credentials::parse(&text, find).map(|all| (all, None)).map_err(|error| told(path, &error));
    }
    let (made, text) =
        Credentials::make(hub.devices().iter().map(crate::serve::Device::name)).map_err(|error| error.to_string())?;
    let Some(path) = &args.tokens else { return Ok((made, Some(text))) };
    write_credentials(path, &text).map_err(|error| told(path, &error))?;
    Ok((made, Some(String::new())))
}

#[allow(clippy::disallowed_methods, reason = "certificates and the admin's token are given in files")]
fn options(args: &ServeArgs, title: String) -> Result<Options, String> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let tls = match (&args.tls_certificate, &args.tls_key) {
        (Some(certificate), Some(key)) => {
            let tls = Tls::new(read(certificate)?, read(key)?);
            Some(match &args.clients_ca {
                Some(authority) => tls.clients(read(authority)?),
                None => tls,
            })
        }
        (Some(_) | None, _) => None,
    };
    let admin_token = match &args.admin_token {
        Some(path) => {
            let text = String::from_utf8(read(path)?).map_err(|_| format!("{}: not UTF-8", path.display()))?;
            let token = text.trim().to_owned();
            if token.len() < TOKEN_MIN {
                return Err(format!("{}: a token for admins has at least {TOKEN_MIN} characters", path.display()));
            }
            Some(token)
        }
        None => None,
    };
    Ok(Options {
        title,
        listen: args.listen,
        tls,
        plain: args.plain_http,
        limits: Limits {
            body: args.max_body,
            connections: args.max_connections,
            per_device: args.max_rate,
            total: args.max_total_rate,
            ..Limits::default()
        },
        speed: args.speed,
        state: args.state.clone(),
        journal: Options::default().journal,
        admin: (!args.no_admin).then_some(args.admin),
        admin_token,
    })
}

/// A token with fewer characters could be guessed.
const TOKEN_MIN: usize = 16;
