//! What a system says of the signature of a script. First read: B-5.20, B-6.20.

/// Why a text does not run that is to run only as far as its signature goes. To the agent all of them are one refusal
/// ([`RunRefusal::Signature`](crate::agent::RunRefusal)); people are told which it is.
///
/// Source: B-5.20, B-6.20, B-8.6.
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
    /// The execution policy that the device has lets no script run, signed or not (B-6.20).
    #[error("the execution policy of this device is Restricted, under which no script runs")]
    Restricted,
    /// Nobody can say which execution policy the device has; Windows' number for why, 0 where it has none.
    #[error("the execution policy of this device cannot be read: error {0} of Windows")]
    Policy(u32),
    /// The check failed in another way; Windows' number for it.
    #[error("its signature cannot be checked: error {0:#010x} of Windows")]
    Other(u32),
}
