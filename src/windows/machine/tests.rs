//! Windows as a machine: clocks, folders, locks, renames.

use std::io::Write;

use windows_sys::Win32::Security::Authorization::ConvertSecurityDescriptorToStringSecurityDescriptorW;
use windows_sys::Win32::Security::GetFileSecurityW;

use super::*;

/// Who may do what with a folder, in the words of Windows.
fn rights(folder: &Path) -> String {
    let path = wide(folder);
    let mut descriptor = [0u64; 512];
    let mut needed = 0;
    let size = size_of_val(&descriptor) as u32;
    let at: PSECURITY_DESCRIPTOR = descriptor.as_mut_ptr().cast();
    // SAFETY: the path ends with a zero, and the descriptor has room for as many bytes as the call is told.
    checked(unsafe { GetFileSecurityW(path.as_ptr(), DACL_SECURITY_INFORMATION, at, size, &raw mut needed) }).unwrap();
    let mut words = null_mut();
    // SAFETY: the descriptor was just filled in, `words` is a place for the pointer, and the length is not asked for.
    checked(unsafe {
        ConvertSecurityDescriptorToStringSecurityDescriptorW(
            at,
            SDDL_REVISION_1,
            DACL_SECURITY_INFORMATION,
            &raw mut words,
            null_mut(),
        )
    })
    .unwrap();
    // SAFETY: after success it is a text that ends with a zero.
    let found = unsafe { text(words) };
    // SAFETY: the memory is the conversion's, and the text is a copy.
    unsafe { LocalFree(words.cast()) };
    found
}

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("imesim-machine-{}-{name}", std::process::id()))
}

#[test]
fn clocks_go_on_and_are_those_of_now() {
    let before = WindowsMachine.read();
    thread::park_timeout(Duration::from_millis(50));
    let after = WindowsMachine.read();
    assert!(after.awake > before.awake && after.since_boot > before.since_boot);
    assert!(after.wall.unix_millis() > 1_700_000_000_000);
    assert!(WindowsMachine.utc_offset().is_some_and(|offset| offset.abs() <= 86_400));
}

#[test]
fn the_usual_place_is_below_program_data() {
    assert_eq!(WindowsMachine.state_folder().unwrap(), Path::new("C:\\ProgramData\\imesim-agent"));
    assert!(WindowsMachine.system_folder(64).join("cmd.exe").is_file());
    assert!(WindowsMachine.system_folder(32).ends_with("SysWOW64"));
}

#[test]
fn a_private_folder_is_made_and_made_so_again() {
    let folder = folder("private");
    for _ in 0..2 {
        WindowsMachine.private_folder(&folder).unwrap();
        let mut file = WindowsMachine.private_file(&folder.join("file")).unwrap();
        file.write_all(b"text").unwrap();
        assert!(WindowsMachine.private_file(&folder.join("file")).is_err(), "it is there already");
        drop(file);
        fs::remove_file(folder.join("file")).unwrap();
    }
    // Both when it is made and when its rights are set again.
    let everyone = |folder: &Path| rights(folder).contains(";;;WD)");
    fs::create_dir(folder.join("usual")).unwrap();
    assert!(
        !everyone(&folder) && everyone(&folder.join("usual")),
        "{} {}",
        rights(&folder),
        rights(&folder.join("usual"))
    );
    WindowsMachine.private_folder(&folder.join("usual")).unwrap();
    assert!(!everyone(&folder.join("usual")), "{}", rights(&folder.join("usual")));
    WindowsMachine.readable_folder(&folder.join("readable")).unwrap();
    fs::write(folder.join("plain"), "").unwrap();
    assert_eq!(WindowsMachine.private_folder(&folder.join("plain")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_lock_is_held_by_one_and_seen_by_others() {
    let folder = folder("lock");
    WindowsMachine.private_folder(&folder).unwrap();
    let file = folder.join("lock");
    assert!(!WindowsMachine.is_locked(&file));
    let held = WindowsMachine.lock(&file).unwrap().unwrap();
    assert!(WindowsMachine.is_locked(&file));
    assert!(WindowsMachine.lock(&file).unwrap().is_none());
    drop(held);
    assert!(!WindowsMachine.is_locked(&file));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_is_replaced_as_soon_as_nobody_reads_it() {
    let folder = folder("replace");
    WindowsMachine.private_folder(&folder).unwrap();
    let (new, old) = (folder.join("new"), folder.join("old"));
    fs::write(&old, "old").unwrap();
    fs::write(&new, "new").unwrap();
    let reader = File::open(&old).unwrap();
    let reading = thread::Builder::new().spawn(move || {
        thread::park_timeout(Duration::from_millis(150));
        drop(reader);
    });
    WindowsMachine.replace(&new, &old).unwrap();
    assert_eq!(fs::read_to_string(&old).unwrap(), "new");
    assert!(!new.exists() && WindowsMachine.replace(&new, &old).is_err());
    assert_eq!(fs::read_to_string(&old).unwrap(), "new");
    reading.unwrap().join().unwrap();
    fs::remove_dir_all(folder).unwrap();
}
