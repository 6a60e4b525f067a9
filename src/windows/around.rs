//! What stands around the service: the health task and the protocol of its links, made with the service and gone with it. First
//! read: B-4.15, B-10.8.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use winreg::RegKey;
use winreg::enums::{HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY, KEY_WRITE};

use super::health;
use super::machine::WindowsMachine;
use super::portal::{self, Owner};
use crate::driver::machine::{Finished, Identity, Job, Machine};
use crate::profile::Health;

/// Makes the health task, in place of one of that name.
pub(super) fn make_task(program: &Path, profile: &Health) -> io::Result<()> {
    let definition = health::definition(program, WindowsMachine.read().wall, profile);
    let path = std::env::temp_dir().join(format!("imesim-health-{}.xml", std::process::id()));
    let written = File::create_new(&path).and_then(|mut file| file.write_all(&health::file(&definition)));
    let made = written.and_then(|()| schtasks(&health::create(&path)));
    // It is in a folder for what is forgotten, should it stay.
    let _kept = fs::remove_file(&path);
    made
}

/// Removes the health task, if there is one.
pub(super) fn remove_task() -> io::Result<()> {
    if task_file().exists() { schtasks(&health::delete()) } else { Ok(()) }
}

/// Where Task Scheduler keeps the task.
pub(super) fn task_file() -> PathBuf {
    WindowsMachine.system_folder(NATIVE).join("Tasks").join(health::TASK)
}

/// Runs the tool of Task Scheduler, which says no by its exit code. It runs in a job as a script does: in Wine it starts what lives
/// on and would hold its pipes for ever.
fn schtasks(arguments: &[String]) -> io::Result<()> {
    let job = Job {
        program: WindowsMachine.system_folder(NATIVE).join("schtasks.exe").into(),
        args: arguments.iter().map(Into::into).collect(),
        folder: None,
        identity: Identity::Own,
        mark: String::new(),
        keep: KEPT,
    };
    let (tell, ended) = channel();
    // Whoever told nobody would leave the channel closed, which is an error below.
    WindowsMachine.start(&job, Box::new(move |finished| drop(tell.send(finished))))?;
    let Finished { code, stdout, stderr } = ended.recv().map_err(io::Error::other)?;
    if code == 0 {
        return Ok(());
    }
    let said = [stderr.text(), stdout.text()].concat();
    Err(io::Error::other(format!("schtasks ended with {code}: {}", said.trim())))
}

/// Gives the links of the protocol to this program; one that is somebody else's stays his.
pub(super) fn make_protocol(program: &Path) -> io::Result<()> {
    if let (Owner::Other, found) = standing(program)? {
        let whose = found.unwrap_or_default();
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("it is that of {whose}")));
    }
    let (key, _) = classes().create_subkey_with_flags(portal::key(), WRITE)?;
    key.set_value("", &format!("URL:{}", portal::PROTOCOL))?;
    key.set_value("URL Protocol", &"")?;
    let (command, _) = key.create_subkey_with_flags(portal::COMMAND, WRITE)?;
    command.set_value("", &portal::command(program))
}

/// Takes the protocol away, if it is this program's.
pub(super) fn remove_protocol(program: &Path) -> io::Result<()> {
    match standing(program)?.0 {
        Owner::Own => classes().delete_subkey_all(portal::key()),
        Owner::Nobody | Owner::Other => Ok(()),
    }
}

/// Whose the protocol is, and what its links start.
fn standing(program: &Path) -> io::Result<(Owner, Option<String>)> {
    let path = format!(r"{}\{}", portal::key(), portal::COMMAND);
    let key = classes().open_subkey_with_flags(path, KEY_READ | KEY_WOW64_64KEY);
    let found = match key.and_then(|key| key.get_value::<String, _>("")) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok((portal::owner(found.as_deref(), program), found))
}

const fn classes() -> RegKey {
    RegKey::predef(HKEY_LOCAL_MACHINE)
}

const WRITE: u32 = KEY_READ | KEY_WRITE | KEY_WOW64_64KEY;
/// How many bytes of what the tool says are kept.
const KEPT: usize = 1_000;
/// The width of Windows' own programs, as seen from this one.
const NATIVE: u8 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Option<String> {
        standing(Path::new("none")).unwrap().1
    }

    // B-4.15.
    #[test]
    fn the_protocol_comes_and_goes_and_is_taken_from_nobody() {
        let (own, other) = (Path::new(r"C:\imesim a.exe"), Path::new(r"C:\imesim b.exe"));
        make_protocol(own).unwrap();
        assert_eq!(command().unwrap(), r#""C:\imesim a.exe" portal "%1""#);
        make_protocol(own).unwrap();
        let refused = make_protocol(other).unwrap_err();
        assert_eq!(refused.to_string(), r#"it is that of "C:\imesim a.exe" portal "%1""#);
        remove_protocol(other).unwrap();
        assert!(command().is_some(), "it is not the other's to remove");
        remove_protocol(own).unwrap();
        assert!(classes().open_subkey(portal::key()).is_err(), "nothing of it is left");
        remove_protocol(own).unwrap();
    }

    // B-10.8.
    #[test]
    fn the_task_comes_and_goes() {
        remove_task().unwrap();
        make_task(Path::new(r"C:\imesim a.exe"), &Health::default()).unwrap();
        make_task(Path::new(r"C:\imesim a.exe"), &Health::default()).unwrap();
        assert!(task_file().is_file());
        remove_task().unwrap();
        assert!(!task_file().exists());
        let refused = schtasks(&health::delete()).unwrap_err().to_string();
        assert!(refused.starts_with("schtasks ended with 1: "), "{refused}");
    }
}
