//! Reads what says which execution policy holds. First read: `policy`.

use std::io;

use super::owner::identifier_of;
use super::policy::{GROUP_POLICY, PREFERENCE, Scopes, WINDOWS, is_server};
use super::session::token_of;
use crate::diagnostics::registry::{Data, Keys, Machine};
use crate::driver::machine::Identity;

/// What is set for scripts that run in this name in the host of this width.
pub(super) fn scopes(identity: &Identity, bits: u8) -> io::Result<Scopes> {
    let user = match identity {
        Identity::Own => Machine::of_current_user(),
        Identity::User(user) => Machine::of_user(&identifier_of(&token_of(user)?)?),
    };
    let machine = Machine::new();
    Ok(Scopes {
        machine_policy: values(&machine, GROUP_POLICY)?,
        user_policy: values(&user, GROUP_POLICY)?,
        process: process(identity),
        current_user: values(&user, PREFERENCE)?,
        local_machine: values(&Machine::of_width(bits), PREFERENCE)?,
        is_server: is_server(&values(&machine, WINDOWS)?),
    })
}

fn values(keys: &Machine, path: &str) -> io::Result<Vec<(String, Data)>> {
    Ok(keys.values(path)?.unwrap_or_default())
}

/// What a process in this name inherits; one of a user gets an environment of its own.
#[allow(clippy::disallowed_methods, reason = "a machine is a door, and a host inherits the environment of the agent")]
fn process(identity: &Identity) -> Option<String> {
    match identity {
        Identity::Own => std::env::var("PSExecutionPolicyPreference").ok(),
        Identity::User(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use winreg::RegKey;
    use winreg::enums::{
        HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, KEY_ALL_ACCESS, KEY_WOW64_32KEY, KEY_WOW64_64KEY,
        REG_OPTION_NON_VOLATILE,
    };

    use super::super::call::procedure;
    use super::super::session::present;
    use super::*;
    use crate::driver::machine::DevicePolicy;
    use crate::driver::machine::DevicePolicy::{AllSigned, Bypass, RemoteSigned, Restricted, Unrestricted};
    use crate::facts::Join;

    fn policy(identity: &Identity, bits: u8) -> DevicePolicy {
        scopes(identity, bits).unwrap().policy()
    }

    fn set(hive: &RegKey, path: &str, view: u32, word: &str) -> RegKey {
        let flags = KEY_ALL_ACCESS | view;
        let (key, _) = hive.create_subkey_with_options_flags(path, REG_OPTION_NON_VOLATILE, flags).unwrap();
        key.set_value("ExecutionPolicy", &word).unwrap();
        key
    }

    // B-6.20: the keys of each width, of the user in whose name a script runs, and of the group policy before them.
    #[test]
    fn each_place_is_found_for_both_widths_and_both_names() {
        let (machine, user) = (RegKey::predef(HKEY_LOCAL_MACHINE), RegKey::predef(HKEY_CURRENT_USER));
        if procedure("ntdll.dll", c"wine_get_version").is_none() {
            // What a true Windows has is somebody's, and stays.
            return assert!(scopes(&Identity::Own, 64).is_ok());
        }
        let somebody = Identity::User(present(Join::Entra, true).into_iter().next().unwrap());
        assert_eq!(policy(&Identity::Own, 64), Restricted);
        let wide = set(&machine, PREFERENCE, KEY_WOW64_64KEY, "AllSigned");
        let narrow = set(&machine, PREFERENCE, KEY_WOW64_32KEY, "RemoteSigned");
        for identity in [&Identity::Own, &somebody] {
            assert_eq!((policy(identity, 64), policy(identity, 32)), (AllSigned, RemoteSigned), "{identity:?}");
        }
        let own = set(&user, PREFERENCE, KEY_WOW64_64KEY, "Bypass");
        for identity in [&Identity::Own, &somebody] {
            assert_eq!((policy(identity, 64), policy(identity, 32)), (Bypass, Bypass), "{identity:?}");
        }
        let group = set(&machine, GROUP_POLICY, KEY_WOW64_64KEY, "Unrestricted");
        assert_eq!(policy(&somebody, 32), Bypass, "it is not turned on");
        group.set_value("EnableScripts", &1u32).unwrap();
        assert_eq!((policy(&somebody, 64), policy(&Identity::Own, 64)), (Unrestricted, Unrestricted));
        for key in [wide, narrow, own, group] {
            key.delete_value("ExecutionPolicy").unwrap();
        }
        machine.delete_subkey_all(GROUP_POLICY).unwrap();
        assert_eq!(policy(&Identity::Own, 32), Restricted);
        let nobody = Identity::User("NOWHERE\\nobody".to_owned());
        assert_eq!(scopes(&nobody, 64).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
