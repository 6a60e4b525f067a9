//! What the registry says of the execution policy of Windows PowerShell. First read: B-6.20.
//!
//! It is set at five places, and the first that says something decides: the group policy of the machine, that of the user, the
//! environment of the process, what the user prefers, what the machine prefers. So say Microsoft's page `about_Execution_Policies` in
//! its list of scopes and the source of PowerShell 7; the order at the end of that page, where the last two have changed places,
//! contradicts the example before it. Where nobody has set anything, a Windows for clients has `Restricted` and one for servers
//! `RemoteSigned`.

use crate::diagnostics::registry::Data;
use crate::driver::machine::DevicePolicy;

/// The key of the group policy, of the machine and of a user. Both widths of a host share it.
///
/// Source: B-6.20.
pub const GROUP_POLICY: &str = r"SOFTWARE\Policies\Microsoft\Windows\PowerShell";
/// The key of what is preferred, of the machine and of a user. A machine has one for each width of a host.
///
/// Source: B-6.20.
pub const PREFERENCE: &str = r"SOFTWARE\Microsoft\PowerShell\1\ShellIds\Microsoft.PowerShell";
/// The key that tells clients from servers.
pub const WINDOWS: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";

/// The values at the five places, from the one that decides first; none where there is no such key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Of [`GROUP_POLICY`], the machine's.
    pub machine_policy: Vec<(String, Data)>,
    /// Of [`GROUP_POLICY`], the user's.
    pub user_policy: Vec<(String, Data)>,
    /// What the host finds in its environment, as `PSExecutionPolicyPreference`.
    pub process: Option<String>,
    /// Of [`PREFERENCE`], the user's.
    pub current_user: Vec<(String, Data)>,
    /// Of [`PREFERENCE`], the machine's.
    pub local_machine: Vec<(String, Data)>,
    /// It is a Windows for servers; see [`is_server`].
    pub is_server: bool,
}

impl Scopes {
    /// The policy that holds.
    ///
    /// Source: B-6.20.
    pub fn policy(&self) -> DevicePolicy {
        let usual = if self.is_server { DevicePolicy::RemoteSigned } else { DevicePolicy::Restricted };
        by_group(&self.machine_policy)
            .or_else(|| by_group(&self.user_policy))
            .or_else(|| said(self.process.as_deref()?))
            .or_else(|| by_preference(&self.current_user))
            .or_else(|| by_preference(&self.local_machine))
            .unwrap_or(usual)
    }
}

/// True if the values of [`WINDOWS`] are those of a Windows for servers.
pub fn is_server(values: &[(String, Data)]) -> bool {
    let server = |kind: &str| kind.get(..6).is_some_and(|kind| kind.eq_ignore_ascii_case("server"));
    matches!(value(values, "InstallationType"), Some(Data::Text(kind)) if server(kind))
}

/// `Turn on Script Execution`: turned off, no script runs; turned on, it says which do.
fn by_group(values: &[(String, Data)]) -> Option<DevicePolicy> {
    let is_on = match value(values, "EnableScripts")? {
        Data::Dword(number) => number.to_string(),
        Data::Text(text) => text.clone(),
        Data::Other => return None,
    };
    match (is_on.as_str(), value(values, "ExecutionPolicy")) {
        ("0", _) => Some(DevicePolicy::Restricted),
        ("1", Some(Data::Text(word))) => said(word),
        // Something is said, which is no word.
        ("1", Some(Data::Dword(_) | Data::Other)) => Some(DevicePolicy::Restricted),
        (_, _) => None,
    }
}

fn by_preference(values: &[(String, Data)]) -> Option<DevicePolicy> {
    match value(values, "ExecutionPolicy")? {
        Data::Text(word) => said(word),
        Data::Dword(_) | Data::Other => None,
    }
}

fn said(word: &str) -> Option<DevicePolicy> {
    (!word.is_empty()).then(|| DevicePolicy::named(word))
}

fn value<'v>(values: &'v [(String, Data)], name: &str) -> Option<&'v Data> {
    values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, data)| data)
}

#[cfg(test)]
mod tests {
    use super::DevicePolicy::{AllSigned, Bypass, RemoteSigned, Restricted, Unrestricted};
    use super::*;

    fn text(name: &str, text: &str) -> (String, Data) {
        (name.to_owned(), Data::Text(text.to_owned()))
    }

    fn on(word: &str) -> Vec<(String, Data)> {
        vec![("EnableScripts".to_owned(), Data::Dword(1)), text("ExecutionPolicy", word)]
    }

    fn prefers(word: &str) -> Vec<(String, Data)> {
        vec![text("Path", "x"), text("executionpolicy", word)]
    }

    // B-6.20: Restricted on clients unless somebody has set something.
    #[test]
    fn where_nobody_has_set_anything_the_kind_of_windows_decides() {
        assert_eq!(Scopes::default().policy(), Restricted);
        assert_eq!(Scopes { is_server: true, ..Scopes::default() }.policy(), RemoteSigned);
        for (kind, server) in
            [("Client", false), ("Server", true), ("Server Core", true), ("server", true), ("Ser", false)]
        {
            assert_eq!(is_server(&[text("InstallationType", kind)]), server, "{kind}");
        }
        assert!(!is_server(&[]) && !is_server(&[("InstallationType".to_owned(), Data::Other)]));
    }

    #[test]
    fn the_first_place_that_says_something_decides() {
        let mut scopes = Scopes {
            machine_policy: on("AllSigned"),
            user_policy: on("RemoteSigned"),
            process: Some("Bypass".to_owned()),
            current_user: prefers("Unrestricted"),
            local_machine: prefers("AllSigned"),
            is_server: true,
        };
        assert_eq!(scopes.policy(), AllSigned);
        scopes.machine_policy.clear();
        assert_eq!(scopes.policy(), RemoteSigned);
        scopes.user_policy.clear();
        assert_eq!(scopes.policy(), Bypass);
        scopes.process = Some(String::new());
        assert_eq!(scopes.policy(), Unrestricted);
        scopes.current_user.clear();
        assert_eq!(scopes.policy(), AllSigned);
        scopes.local_machine = prefers("");
        assert_eq!(scopes.policy(), RemoteSigned);
    }

    #[test]
    fn a_group_policy_is_off_on_or_not_set() {
        let group = |values: Vec<(String, Data)>| {
            let local_machine = prefers("Bypass");
            Scopes { machine_policy: values, local_machine, ..Scopes::default() }.policy()
        };
        let enabled = |data: Data| ("EnableScripts".to_owned(), data);
        let word = || text("ExecutionPolicy", "Unrestricted");
        assert_eq!(group(vec![enabled(Data::Dword(0)), word()]), Restricted);
        assert_eq!(group(vec![enabled(Data::Text("0".to_owned()))]), Restricted);
        assert_eq!(group(vec![enabled(Data::Text("1".to_owned())), word()]), Unrestricted);
        assert_eq!(group(on("unrestricted")), Unrestricted);
        assert_eq!(group(on("Nonsense")), Restricted);
        assert_eq!(group(vec![enabled(Data::Dword(1)), ("ExecutionPolicy".to_owned(), Data::Other)]), Restricted);
        // What follows says nothing, so that the machine's preference decides.
        assert_eq!(group(vec![enabled(Data::Dword(1))]), Bypass);
        assert_eq!(group(on("")), Bypass);
        assert_eq!(group(vec![enabled(Data::Dword(2)), word()]), Bypass);
        assert_eq!(group(vec![enabled(Data::Other), word()]), Bypass);
        assert_eq!(group(vec![word()]), Bypass);
    }

    #[test]
    fn a_preference_is_a_word_and_an_unknown_one_is_the_strictest() {
        let machine = |values: Vec<(String, Data)>| Scopes { local_machine: values, ..Scopes::default() }.policy();
        assert_eq!(machine(prefers("bypass")), Bypass);
        assert_eq!(machine(prefers("Default")), Restricted);
        let server = |values| Scopes { local_machine: values, is_server: true, ..Scopes::default() }.policy();
        assert_eq!(server(prefers("Undefined")), Restricted);
        assert_eq!(server(vec![("ExecutionPolicy".to_owned(), Data::Dword(4))]), RemoteSigned);
    }
}
