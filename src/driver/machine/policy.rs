//! The execution policy that the host of scripts has on a device. First read: B-6.20.

use super::SignatureFault;

/// Which scripts PowerShell runs on a device where nobody tells it otherwise.
///
/// Source: B-6.20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DevicePolicy {
    /// None; what a Windows for clients has unless somebody set another.
    Restricted,
    /// Those that a trusted publisher has signed.
    AllSigned,
    /// The same of those that came from the internet, and all others; what a Windows for servers has unless somebody set another.
    RemoteSigned,
    /// All; it asks the user about those that came from the internet.
    Unrestricted,
    /// All.
    Bypass,
}

impl DevicePolicy {
    /// The policy of this name, in small or capital letters. PowerShell takes every other word for the strictest one.
    pub fn named(word: &str) -> Self {
        let others = [Self::AllSigned, Self::RemoteSigned, Self::Unrestricted, Self::Bypass];
        others.into_iter().find(|policy| policy.name().eq_ignore_ascii_case(word)).unwrap_or(Self::Restricted)
    }

    /// Its name, as PowerShell writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restricted => "Restricted",
            Self::AllSigned => "AllSigned",
            Self::RemoteSigned => "RemoteSigned",
            Self::Unrestricted => "Unrestricted",
            Self::Bypass => "Bypass",
        }
    }

    /// True if the host asks for the signature of a text that this agent has put in its place. The agent writes texts itself, so
    /// that none of them counts as one from the internet.
    ///
    /// # Errors
    /// [`SignatureFault::Restricted`] if it runs no text at all.
    ///
    /// Source: B-6.20.
    pub const fn asks_for_signature(self) -> Result<bool, SignatureFault> {
        match self {
            Self::Restricted => Err(SignatureFault::Restricted),
            Self::AllSigned => Ok(true),
            Self::RemoteSigned | Self::Unrestricted | Self::Bypass => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // B-6.20.
    #[test]
    fn each_policy_has_its_name_and_its_verdict() {
        for (word, policy, verdict) in [
            ("Restricted", DevicePolicy::Restricted, Err(SignatureFault::Restricted)),
            ("AllSigned", DevicePolicy::AllSigned, Ok(true)),
            ("RemoteSigned", DevicePolicy::RemoteSigned, Ok(false)),
            ("Unrestricted", DevicePolicy::Unrestricted, Ok(false)),
            ("Bypass", DevicePolicy::Bypass, Ok(false)),
        ] {
            assert_eq!((DevicePolicy::named(word), policy.name()), (policy, word));
            assert_eq!(DevicePolicy::named(&word.to_ascii_uppercase()), policy);
            assert_eq!(policy.asks_for_signature(), verdict, "{word}");
        }
        for word in ["", "Default", "Undefined", "AllSigned "] {
            assert_eq!(DevicePolicy::named(word), DevicePolicy::Restricted, "`{word}`");
        }
        let text = SignatureFault::Restricted.to_string();
        assert_eq!(text, "the execution policy of this device is Restricted, under which no script runs");
    }
}
