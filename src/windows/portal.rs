//! The protocol through which Company Portal speaks to the agent: what its links say, and who is called with them. First read:
//! B-4.15, B-4.16.

use std::path::Path;

use crate::agent::SyncRequest;

/// The protocol's name, before the colon of its links.
///
/// Source: B-4.15.
pub const PROTOCOL: &str = "intunemanagementextension";

/// What a link asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `syncapp` (B-4.15).
    SyncApp,
    /// `synccompliance` (B-4.16).
    SyncCompliance,
}

impl Verb {
    /// What a link says; `None` if it is none of these. Letters may be of either case, and a slash may follow, as browsers have it.
    pub fn of_link(link: &str) -> Option<Self> {
        let (protocol, rest) = link.trim().split_once("://")?;
        let verb = rest.strip_suffix('/').unwrap_or(rest);
        let known = [("syncapp", Self::SyncApp), ("synccompliance", Self::SyncCompliance)];
        let found = known.into_iter().find(|(name, _)| verb.eq_ignore_ascii_case(name));
        found.filter(|_| protocol.eq_ignore_ascii_case(PROTOCOL)).map(|(_, verb)| verb)
    }

    /// The control code that stands for it between the process that a link starts and the service. Ours; any user who is signed in
    /// at the machine may send one, as with that of the portal.
    pub const fn code(self) -> u32 {
        match self {
            Self::SyncApp => 250,
            Self::SyncCompliance => 251,
        }
    }

    /// What a control code stands for, if it is one of these.
    pub const fn of_code(code: u32) -> Option<Self> {
        match code {
            250 => Some(Self::SyncApp),
            251 => Some(Self::SyncCompliance),
            _ => None,
        }
    }

    /// What the agent is asked for.
    pub const fn request(self) -> SyncRequest {
        match self {
            Self::SyncApp => SyncRequest::ProtocolSyncApp,
            Self::SyncCompliance => SyncRequest::ProtocolSyncCompliance,
        }
    }
}

/// The key of the protocol, below `HKEY_LOCAL_MACHINE`.
pub fn key() -> String {
    format!(r"SOFTWARE\Classes\{PROTOCOL}")
}

/// The key of the command, below [`key`].
pub const COMMAND: &str = r"shell\open\command";

/// The command that a link starts.
pub fn command(program: &Path) -> String {
    format!("\"{}\" portal \"%1\"", program.display())
}

/// Whose the protocol is, by the command that is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody's.
    Nobody,
    /// This program's.
    Own,
    /// Another's, such as the real agent's: it is left as it is.
    Other,
}

/// Whose the protocol is, given what there is of its command.
pub fn owner(found: Option<&str>, program: &Path) -> Owner {
    match found {
        None => Owner::Nobody,
        Some(found) if found.eq_ignore_ascii_case(&command(program)) => Owner::Own,
        Some(_) => Owner::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // B-4.15, B-4.16.
    #[test]
    fn a_link_says_what_is_asked_for() {
        for (link, verb) in [
            ("intunemanagementextension://syncapp", Some(Verb::SyncApp)),
            ("IntuneManagementExtension://SyncApp/", Some(Verb::SyncApp)),
            ("intunemanagementextension://synccompliance", Some(Verb::SyncCompliance)),
            ("intunemanagementextension://synccompliance//", None),
            ("intunemanagementextension://", None),
            ("intunemanagementextension:syncapp", None),
            ("intunemanagementextension://syncapp?x=1", None),
            ("companyportal://syncapp", None),
            ("", None),
        ] {
            assert_eq!(Verb::of_link(link), verb, "{link}");
        }
        assert_eq!(Verb::SyncApp.request(), SyncRequest::ProtocolSyncApp);
        assert_eq!(Verb::SyncCompliance.request(), SyncRequest::ProtocolSyncCompliance);
    }

    #[test]
    fn each_verb_has_a_code_that_is_not_the_portals() {
        for verb in [Verb::SyncApp, Verb::SyncCompliance] {
            assert_eq!(Verb::of_code(verb.code()), Some(verb));
        }
        assert_eq!((Verb::of_code(200), Verb::of_code(252)), (None, None));
    }

    #[test]
    fn a_protocol_of_somebody_else_is_known_as_such() {
        let program = Path::new(r"C:\imesim agent.exe");
        assert_eq!(command(program), r#""C:\imesim agent.exe" portal "%1""#);
        assert_eq!(owner(None, program), Owner::Nobody);
        assert_eq!(owner(Some(r#""c:\IMESIM agent.exe" portal "%1""#), program), Owner::Own);
        assert_eq!(owner(Some(r#""C:\other.exe" "%1""#), program), Owner::Other);
    }
}
