//! What the MDM client of a machine has left for the agent to find, as far as somebody says so. First read: B-8.14, B-10.13.
//!
//! Each part may be unknown; what is unknown is never told to the agent. The configuration goes before the machine.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::diagnostics::registry::{Data, Keys};
use crate::facts::EspPhase;
use crate::protocol::Policies;

/// What is known of the MDM channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MdmState {
    /// The certificate that the enrollment brought.
    pub certificate: Option<Certificate>,
    /// The policies of the last session.
    pub policies: Option<Policies>,
    /// The phase of the Enrollment Status Page.
    pub esp: Option<EspPhase>,
}

/// The MDM certificate of a device.
///
/// Source: B-10.13, B-8.23.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// It is there; a renewed one has another name.
    There(String),
    /// It is gone, and the enrollment with it.
    Lost,
}

/// What a configuration says of the MDM channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MdmConfig {
    /// Of the certificate.
    pub certificate: Option<CertificateConfig>,
    /// All policies.
    pub policies: Option<Policies>,
    /// The phase.
    pub esp: Option<EspPhase>,
}

/// Where a configuration has the certificate from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateConfig {
    /// It says so itself.
    Stated(bool),
    /// From a file, which is there as long as the enrollment lasts.
    File(PathBuf),
}

/// Why nothing can be said of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Its file is there and cannot be read.
    #[error("the certificate {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Its file is not there, and never was: nothing can have been lost with it.
    #[error("there is no certificate {}, and none was seen before", path.display())]
    NeverThere {
        /// The file.
        path: PathBuf,
    },
    /// Its file holds none.
    #[error("{} holds no certificate in PEM", path.display())]
    NoPem {
        /// The file.
        path: PathBuf,
    },
}

impl MdmConfig {
    /// What is known now, given what the machine says and the name of the certificate that was seen before; and why the
    /// certificate is not known, if it is not.
    ///
    /// A file that is gone says that the enrollment is. One that is half written, may not be read or was never there says nothing:
    /// removal needs evidence.
    pub fn over(&self, machine: MdmState, seen: Option<&str>) -> (MdmState, Option<CertificateError>) {
        let (certificate, error) = match &self.certificate {
            None => (machine.certificate, None),
            Some(CertificateConfig::Stated(true)) => (Some(Certificate::There("as configured".to_owned())), None),
            Some(CertificateConfig::Stated(false)) => (Some(Certificate::Lost), None),
            Some(CertificateConfig::File(path)) => match of_file(path, seen) {
                Ok(certificate) => (Some(certificate), None),
                Err(error) => (None, Some(error)),
            },
        };
        let known =
            MdmState { certificate, policies: self.policies.or(machine.policies), esp: self.esp.or(machine.esp) };
        (known, error)
    }
}

fn of_file(path: &Path, seen: Option<&str>) -> Result<Certificate, CertificateError> {
    match std::fs::read(path) {
        Ok(bytes) if bytes.windows(PEM.len()).any(|window| window == PEM) => {
            let sum = Sha256::digest(&bytes);
            Ok(Certificate::There(sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect()))
        }
        Ok(_) => Err(CertificateError::NoPem { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match seen {
            Some(_) => Ok(Certificate::Lost),
            None => Err(CertificateError::NeverThere { path: path.to_owned() }),
        },
        Err(error) => Err(CertificateError::Unreadable { path: path.to_owned(), reason: error.to_string() }),
    }
}

/// The end of the line before a certificate in PEM.
const PEM: &[u8] = b"-----END CERTIFICATE-----";

/// What the registry of a Windows machine says.
///
/// | of | where |
/// |---|---|
/// | the certificate | `DMPCertThumbPrint` of the enrollment with Intune, and a certificate of that name in the machine's own store |
/// | Endpoint analytics | `AllowDeviceHealthMonitoring` among the policies of the device (B-8.14) |
///
/// A machine without an enrollment has no certificate to lose as long as none was seen: `seen` is the name of the one that was.
/// No documented place tells the phase of the Enrollment Status Page, managed installer and BIOS configuration.
pub fn read_mdm(keys: &impl Keys, seen: Option<&str>) -> MdmState {
    // What may not be read is not known.
    let certificate = match thumbprint(keys) {
        Ok(Some(name)) => match keys.values(&format!(r"{STORE}\{name}")) {
            Ok(Some(_)) => Some(Certificate::There(name)),
            Ok(None) => seen.map(|_| Certificate::Lost),
            Err(_) => None,
        },
        Ok(None) => seen.map(|_| Certificate::Lost),
        Err(_) => None,
    };
    let analytics = |values: Option<Vec<(String, Data)>>| {
        let is_on = |(name, data): &(String, Data)| name.eq_ignore_ascii_case(ANALYTICS) && *data == Data::Dword(1);
        if values.is_some_and(|values| values.iter().any(is_on)) { Policies::ANALYTICS } else { Policies::NONE }
    };
    MdmState { certificate, policies: keys.values(MONITORING).ok().map(analytics), esp: None }
}

/// The name of the certificate of the enrollment with Intune.
fn thumbprint(keys: &impl Keys) -> io::Result<Option<String>> {
    for child in keys.children(ENROLLMENTS)?.unwrap_or_default() {
        let values = keys.values(&format!(r"{ENROLLMENTS}\{child}"))?.unwrap_or_default();
        let text = |wanted: &str| {
            values.iter().find_map(|(name, data)| match data {
                Data::Text(text) if name.eq_ignore_ascii_case(wanted) => Some(text.clone()),
                Data::Text(_) | Data::Dword(_) | Data::Other => None,
            })
        };
        if text("ProviderID").is_some_and(|provider| provider.eq_ignore_ascii_case(INTUNE)) {
            // Hexadecimal digits and nothing else, since it becomes part of a key's name.
            let name = text("DMPCertThumbPrint");
            return Ok(name.filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit())));
        }
    }
    Ok(None)
}

const ENROLLMENTS: &str = r"SOFTWARE\Microsoft\Enrollments";
const STORE: &str = r"SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";
const MONITORING: &str = r"SOFTWARE\Microsoft\PolicyManager\current\device\DeviceHealthMonitoring";
const ANALYTICS: &str = "AllowDeviceHealthMonitoring";
const INTUNE: &str = "MS DM Server";

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::There(name) => write!(f, "there ({name})"),
            Self::Lost => f.write_str("lost"),
        }
    }
}

/// The names of policies, as configurations write them.
pub(super) const POLICY_NAMES: [(&str, Policies); 3] =
    [("analytics", Policies::ANALYTICS), ("managed-installer", Policies::MANAGED_INSTALLER), ("bios", Policies::BIOS)];

impl MdmState {
    /// In lines for people; nothing of what is unknown.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(certificate) = &self.certificate {
            lines.push(format!("MDM certificate: {certificate}"));
        }
        if let Some(policies) = self.policies {
            let names = POLICY_NAMES.iter().filter(|(_, policy)| policies.contains(*policy)).map(|(name, _)| *name);
            let names = names.collect::<Vec<_>>().join(", ");
            lines.push(format!("MDM policies: {}", if names.is_empty() { "none" } else { &names }));
        }
        if let Some(esp) = self.esp {
            lines.push(format!("Enrollment Status Page: {}", super::show::word(&esp)));
        }
        lines
    }
}

#[cfg(test)]
mod tests;
