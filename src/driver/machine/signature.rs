//! What a system says of the signature of a script. First read: B-5.20.

/// Why a text does not count as signed by a trusted publisher. To the agent all of them are one refusal
/// ([`RunRefusal::Signature`](crate::agent::RunRefusal)); people are told which it is.
///
/// Source: B-5.20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SignatureFault {
    /// There is no signature.
    #[error("nobody has signed it")]
    Unsigned,
    /// It was changed after it was signed.
    #[error("it is not what was signed")]
    Changed,
    /// The certificate is not one that this machine trusts: its root, its purpose, its dates.
    #[error("this machine does not trust the certificate that it is signed with")]
    Certificate,
    /// The certificate is trusted, but not as that of a publisher.
    #[error("whoever signed it is not among the trusted publishers of this machine")]
    Publisher,
    /// The system knows no signatures of such files, or none at all.
    #[error("this system cannot check signatures of such files")]
    NoProvider,
    /// The check failed in another way; Windows' number for it.
    #[error("its signature cannot be checked: error {0:#010x} of Windows")]
    Other(u32),
}
