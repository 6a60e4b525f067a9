//! Accounts of a Unix machine: who has a session, and how something is run in somebody's name.
//!
//! An account runs with its number and its main group, and with no further groups: the standard library takes all of them from
//! a process that changes its user. Its environment is small and its own, nothing of the agent's.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Uid, User};
use rustix::process::geteuid;

use super::super::UserRefused;

/// Finds an account in whose name this process may run something: any for the superuser, else its own.
pub(super) fn account(name: &str) -> Result<User, UserRefused> {
    let user = || name.to_owned();
    match User::from_name(name) {
        Ok(Some(account)) if geteuid().is_root() || is_own(&account) => Ok(account),
        Ok(Some(_)) => Err(UserRefused::NotSuperuser { user: user() }),
        Ok(None) => Err(UserRefused::NoAccount { user: user() }),
        Err(error) => Err(UserRefused::Unreadable { user: user(), reason: error.to_string() }),
    }
}

fn is_own(account: &User) -> bool {
    account.uid.as_raw() == geteuid().as_raw()
}

/// Makes sure that an account can come to a folder.
pub(super) fn admits(name: &str, folder: &Path) -> Result<(), UserRefused> {
    let account = account(name)?;
    if is_own(&account) {
        return Ok(());
    }
    let (uid, gid) = (account.uid.as_raw(), account.gid.as_raw());
    let keeps_out = |folder: &&Path| match fs::metadata(folder) {
        Ok(is) if uid == 0 => !is.is_dir(),
        Ok(is) if is.uid() == uid => is.mode() & 0o100 == 0,
        Ok(is) if is.gid() == gid => is.mode() & 0o010 == 0,
        Ok(is) => is.mode() & 0o001 == 0,
        Err(_) => true,
    };
    match folder.ancestors().filter(|folder| !folder.as_os_str().is_empty()).find(keeps_out) {
        Some(folder) => Err(UserRefused::Hidden { user: name.to_owned(), folder: folder.to_owned() }),
        None => Ok(()),
    }
}

/// Gives a new file to an account to read. This process wrote it and holds it open.
pub(super) fn give(file: &fs::File, name: &str) -> io::Result<()> {
    let account = account(name).map_err(io::Error::other)?;
    if is_own(&account) {
        return Ok(());
    }
    fchown(file, Some(account.uid.as_raw()), None)
}

/// Opens a folder of this account, and the one around it, for passing through; only the superuser needs to.
pub(super) fn open_for_users(folder: &Path) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    for folder in folder.ancestors().take(2) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
    }
    Ok(())
}

/// Has a command run in the name of an account.
pub(super) fn as_user(command: &mut Command, name: &str) -> io::Result<()> {
    let account = account(name).map_err(io::Error::other)?;
    let runtime = PathBuf::from(format!("{RUNTIME}/{}", account.uid));
    let home = if account.dir.is_dir() { account.dir.clone() } else { PathBuf::from("/") };
    command.env_clear().current_dir(&home).envs([
        ("HOME", account.dir.as_os_str().to_owned()),
        ("LOGNAME", OsString::from(&account.name)),
        ("PATH", OsString::from("/usr/local/bin:/usr/bin:/bin")),
        ("SHELL", account.shell.as_os_str().to_owned()),
        ("USER", OsString::from(&account.name)),
    ]);
    command.envs(std::env::vars_os().filter(|(name, _)| name == "LANG" || name == "TZ"));
    if runtime.is_dir() {
        command.env("XDG_RUNTIME_DIR", runtime);
    }
    if !is_own(&account) {
        command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
    }
    Ok(())
}

/// The accounts of people that have a runtime folder (`XDG_RUNTIME_DIR`), sorted.
pub(super) fn sessions() -> Vec<String> {
    sessions_in(Path::new(RUNTIME))
}

fn sessions_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let people = ids.filter(|id| (PEOPLE_FROM..PEOPLE_TO).contains(id));
    let mut names: Vec<String> = people.filter_map(|id| Some(User::from_uid(Uid::from_raw(id)).ok()??.name)).collect();
    names.sort();
    names
}

/// Where the runtime folders lie.
const RUNTIME: &str = "/run/user";
/// Accounts below are the system's.
const PEOPLE_FROM: u32 = 1_000;
/// `nobody`, and what stands for no account at all.
const PEOPLE_TO: u32 = 65_534;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_unknown_is_run_as() {
        assert_eq!(account("no such account").unwrap_err(), UserRefused::NoAccount { user: "no such account".into() });
        let own = User::from_uid(Uid::current()).unwrap().unwrap();
        assert_eq!(account(&own.name).unwrap().uid, own.uid);
        if !geteuid().is_root() {
            assert_eq!(account("root").unwrap_err(), UserRefused::NotSuperuser { user: "root".into() });
        }
    }

    /// Only for the superuser others are of interest.
    #[test]
    fn a_folder_that_keeps_the_user_out_is_named() {
        if !geteuid().is_root() {
            return;
        }
        let folder = std::env::temp_dir().join(format!("imesim-hidden-{}", std::process::id()));
        fs::create_dir_all(folder.join("below")).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let refused = admits("nobody", &folder.join("below")).unwrap_err();
        assert_eq!(refused, UserRefused::Hidden { user: "nobody".into(), folder: folder.clone() });
        open_for_users(&folder.join("below")).unwrap();
        assert_eq!(admits("nobody", &folder.join("below")), Ok(()));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn who_has_a_runtime_folder_has_a_session() {
        let folder = std::env::temp_dir().join(format!("imesim-runtime-{}", std::process::id()));
        for name in ["0", "999", "65534", "lost+found", "4294967295"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        assert_eq!(sessions_in(&folder), Vec::<String>::new(), "none of these is somebody");
        assert_eq!(sessions_in(&folder.join("nowhere")), Vec::<String>::new());
        let people = (PEOPLE_FROM..PEOPLE_FROM + 10).filter_map(|id| User::from_uid(Uid::from_raw(id)).ok()?);
        for person in people {
            fs::create_dir_all(folder.join(person.uid.to_string())).unwrap();
            assert!(sessions_in(&folder).contains(&person.name));
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
