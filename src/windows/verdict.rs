//! What Windows' answer to a question after a signature means. First read: B-5.20.

use crate::driver::machine::SignatureFault;

/// What the check of a signature came to: Windows' answer, and whether the certificate is one of a trusted publisher.
///
/// Windows has many answers; those that an admin would mend in the same way are one fault here.
///
/// # Errors
/// [`SignatureFault`] for everything but a whole signature of a trusted publisher.
///
/// Source: B-5.20.
pub const fn verdict(answer: u32, is_publisher: bool) -> Result<(), SignatureFault> {
    Err(match answer {
        0 if is_publisher => return Ok(()),
        0 => SignatureFault::Publisher,
        0x800B_0100 => SignatureFault::Unsigned,
        0x8009_6010 => SignatureFault::Changed,
        // Provider, action or form of the file unknown.
        0x800B_0001..=0x800B_0003 => SignatureFault::NoProvider,
        // Subject not trusted; then expired, wrong nesting, role, path length, criticality, purpose, issuer, root, chain, revoked,
        // unknown revocation, usage, distrusted.
        0x800B_0004 | 0x800B_0101..=0x800B_0114 => SignatureFault::Certificate,
        other => SignatureFault::Other(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // B-5.20: nothing but a whole signature of a trusted publisher will do.
    #[test]
    fn each_answer_has_its_fault() {
        assert_eq!(verdict(0, true), Ok(()));
        for (answer, fault) in [
            (0, SignatureFault::Publisher),
            (0x800B_0100, SignatureFault::Unsigned),
            (0x8009_6010, SignatureFault::Changed),
            (0x800B_0001, SignatureFault::NoProvider),
            (0x800B_0003, SignatureFault::NoProvider),
            (0x800B_0004, SignatureFault::Certificate),
            (0x800B_0101, SignatureFault::Certificate), // expired
            (0x800B_0109, SignatureFault::Certificate), // root
            (0x800B_010C, SignatureFault::Certificate), // revoked
            (0x800B_0111, SignatureFault::Certificate), // distrusted
            (0x8009_2003, SignatureFault::Other(0x8009_2003)),
        ] {
            assert_eq!(verdict(answer, false), Err(fault), "{answer:#x}");
            assert_eq!(verdict(answer, true).is_ok(), answer == 0, "{answer:#x}");
        }
        let text = SignatureFault::Other(0x8009_2003).to_string();
        assert_eq!(text, "its signature cannot be checked: error 0x80092003 of Windows");
    }
}
