//! Asks Windows for the signature of a file and the standing of whoever signed it. First read: B-5.20, B-6.20.

use std::path::Path;
use std::ptr::null;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Security::Cryptography::{
    CERT_CONTEXT, CERT_FIND_EXISTING, CERT_STORE_OPEN_EXISTING_FLAG, CERT_STORE_PROV_SYSTEM_W,
    CERT_STORE_READONLY_FLAG, CERT_SYSTEM_STORE_LOCAL_MACHINE, CertCloseStore, CertFindCertificateInStore,
    CertFreeCertificateContext, CertOpenStore, X509_ASN_ENCODING,
};
use windows_sys::Win32::Security::WinTrust::{
    WINTRUST_ACTION_GENERIC_VERIFY_V2, WINTRUST_DATA, WINTRUST_DATA_0, WINTRUST_FILE_INFO,
    WTD_CACHE_ONLY_URL_RETRIEVAL, WTD_CHOICE_FILE, WTD_REVOKE_NONE, WTD_STATEACTION_CLOSE, WTD_STATEACTION_VERIFY,
    WTD_UI_NONE, WTHelperGetProvCertFromChain, WTHelperGetProvSignerFromChain, WTHelperProvDataFromStateData,
    WinVerifyTrust,
};

use super::call::wide;
use super::verdict::verdict;
use crate::driver::machine::SignatureFault;

/// Asks, without a word to the user and without the network.
///
/// Windows' settings for signatures of programs, which are the account's, say whether revocation counts. As they come it does, and
/// a list of revoked certificates that cannot be had is no fault. What Windows has of such lists in its cache is looked into and
/// nothing is fetched, neither a list nor a certificate between the publisher's and the root: an agent may be offline, and
/// everything else of it waits for the answer. `WTD_REVOKE_NONE` alone may fetch; by Microsoft's page on `WINTRUST_DATA` it takes
/// `WTD_CACHE_ONLY_URL_RETRIEVAL` to keep the check of such a signature off the network.
///
/// PowerShell asks the same question without that flag, as the source of its version 7 shows, so that a host under `AllSigned` may
/// fetch, and refuse what was not refused here. That takes the time of the script, which has a limit.
pub(super) fn check(file: &Path) -> Result<(), SignatureFault> {
    let path = wide(file);
    let mut subject = WINTRUST_FILE_INFO {
        cbStruct: size_of::<WINTRUST_FILE_INFO>() as u32,
        pcwszFilePath: path.as_ptr(),
        ..WINTRUST_FILE_INFO::default()
    };
    let mut question = WINTRUST_DATA {
        cbStruct: size_of::<WINTRUST_DATA>() as u32,
        dwUIChoice: WTD_UI_NONE,
        fdwRevocationChecks: WTD_REVOKE_NONE,
        dwUnionChoice: WTD_CHOICE_FILE,
        Anonymous: WINTRUST_DATA_0 { pFile: &raw mut subject },
        dwStateAction: WTD_STATEACTION_VERIFY,
        dwProvFlags: WTD_CACHE_ONLY_URL_RETRIEVAL,
        ..WINTRUST_DATA::default()
    };
    let answer = ask(&mut question);
    // SAFETY: the state is the one that the question has just left, and it is closed below.
    let is_publisher = answer == 0 && unsafe { is_publisher(question.hWVTStateData) };
    question.dwStateAction = WTD_STATEACTION_CLOSE;
    ask(&mut question);
    verdict(answer, is_publisher)
}

/// `question` is a whole one about a file, whose structure and path live as long.
fn ask(question: &mut WINTRUST_DATA) -> u32 {
    let mut action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
    let question: *mut WINTRUST_DATA = question;
    // SAFETY: no window, the action is a constant, and the question is of the form that goes with it.
    unsafe { WinVerifyTrust(INVALID_HANDLE_VALUE, &raw mut action, question.cast()) }.cast_unsigned()
}

/// True if the certificate that a signature was made with lies in the machine's store of trusted publishers.
///
/// # Safety
/// `state` is that of a check that succeeded and was not closed.
unsafe fn is_publisher(state: HANDLE) -> bool {
    // SAFETY: the caller promises the state; what is found belongs to it.
    let signer = unsafe { WTHelperGetProvSignerFromChain(WTHelperProvDataFromStateData(state), 0, 0, 0) };
    // SAFETY: the first certificate of a signer's chain is its own; a null signer gives none.
    let certificate = unsafe { WTHelperGetProvCertFromChain(signer, 0).as_ref() };
    // SAFETY: the certificate is the state's, which lives on.
    certificate.is_some_and(|certificate| unsafe { is_in_store(certificate.pCert) })
}

/// # Safety
/// `certificate` is one.
unsafe fn is_in_store(certificate: *const CERT_CONTEXT) -> bool {
    let name = wide("TrustedPublisher");
    let flags = CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG;
    // SAFETY: this kind of store is opened by a name that ends with a zero.
    let store = unsafe { CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, name.as_ptr().cast()) };
    if store.is_null() {
        return false;
    }
    // SAFETY: the store is open, and this way of looking takes a certificate.
    let found = unsafe {
        CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, certificate.cast(), null())
    };
    // SAFETY: both are this function's own; freeing none does nothing.
    unsafe {
        CertFreeCertificateContext(found);
        CertCloseStore(store, 0);
    }
    !found.is_null()
}

#[cfg(test)]
mod tests;
