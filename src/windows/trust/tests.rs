//! Signatures of files that nobody signed, and of one that somebody did: `tests/signed` has a program that does nothing, signed
//! with the certificate beside it, whose key is gone.

use std::fs;
use std::path::PathBuf;
use std::ptr::null_mut;

use windows_sys::Win32::Security::Cryptography::{CERT_STORE_ADD_REPLACE_EXISTING, CertAddEncodedCertificateToStore};
use winreg::RegKey;
use winreg::enums::HKEY_LOCAL_MACHINE;

use super::super::call::{checked, procedure};
use super::*;

const PROGRAM: &[u8] = include_bytes!("../../../tests/signed/program.exe");
const PUBLISHER: &[u8] = include_bytes!("../../../tests/signed/publisher.cer");

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let file = std::env::temp_dir().join(format!("imesim-trust-{}-{name}", std::process::id()));
    fs::write(&file, bytes).unwrap();
    file
}

/// Makes the certificate one of a publisher that the machine trusts. A store is written when it is closed.
fn trust() {
    let name = wide("TrustedPublisher");
    // SAFETY: this kind of store is opened by a name that ends with a zero.
    let store =
        unsafe { CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, name.as_ptr().cast()) };
    assert!(!store.is_null(), "the store is there or is made");
    let (bytes, length) = (PUBLISHER.as_ptr(), PUBLISHER.len() as u32);
    let replace = CERT_STORE_ADD_REPLACE_EXISTING;
    // SAFETY: the store is open, the certificate is as long as it is said to be, and nothing is wanted back.
    let added =
        unsafe { CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, bytes, length, replace, null_mut()) };
    checked(added).unwrap();
    // SAFETY: it is this function's own.
    checked(unsafe { CertCloseStore(store, 0) }).unwrap();
}

// B-5.20: no text without a signature counts, whatever its form; what is not there is no signed text either.
#[test]
fn what_nobody_signed_is_refused() {
    for name in ["a.ps1", "b.cmd", "c"] {
        let file = file(name, b"exit 0\r\n");
        let fault = check(&file).unwrap_err();
        assert!(matches!(fault, SignatureFault::Unsigned | SignatureFault::NoProvider), "{name}: {fault}");
        fs::remove_file(file).unwrap();
    }
    let absent = check(Path::new("C:\\nowhere\\at-all.ps1")).unwrap_err();
    assert!(!matches!(absent, SignatureFault::Certificate | SignatureFault::Publisher), "{absent}");
}

/// Wine takes any root for a good one, so that there the store of publishers alone decides; Windows goes no further than the root.
#[test]
fn a_signature_counts_if_its_publisher_is_trusted_and_nothing_was_changed() {
    let program = file("whole.exe", PROGRAM);
    if procedure("ntdll.dll", c"wine_get_version").is_none() {
        assert_eq!(check(&program), Err(SignatureFault::Certificate));
        return fs::remove_file(program).unwrap();
    }
    assert_eq!(check(&program), Err(SignatureFault::Publisher));
    trust();
    assert_eq!(check(&program), Ok(()));
    let mut bytes = PROGRAM.to_vec();
    bytes[0x240] ^= 1;
    let changed = file("changed.exe", &bytes);
    assert_eq!(check(&changed), Err(SignatureFault::Changed));
    let stores = r"SOFTWARE\Microsoft\SystemCertificates\TrustedPublisher";
    RegKey::predef(HKEY_LOCAL_MACHINE).delete_subkey_all(stores).unwrap();
    assert_eq!(check(&program), Err(SignatureFault::Publisher));
    fs::remove_file(program).unwrap();
    fs::remove_file(changed).unwrap();
}
