//! What is known, from files and from a registry, and what is not.

use std::collections::BTreeMap;
use std::fs;

use super::*;

#[test]
fn a_file_that_is_gone_is_a_loss_and_one_that_cannot_be_made_out_is_nothing() {
    let path = std::env::temp_dir().join(format!("imesim-certificate-{}.pem", std::process::id()));
    let config = MdmConfig { certificate: Some(CertificateConfig::File(path.clone())), ..MdmConfig::default() };
    let known = || config.over(MdmState::default(), Some("one"));
    assert_eq!(known(), (MdmState { certificate: Some(Certificate::Lost), ..MdmState::default() }, None));
    let never = config.over(MdmState::default(), None);
    assert_eq!(never, (MdmState::default(), Some(CertificateError::NeverThere { path: path.clone() })));
    let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    fs::write(&path, pem("AAAA")).unwrap();
    let first = known().0.certificate.unwrap();
    assert!(matches!(&first, Certificate::There(name) if name.len() == 16), "{first}");
    fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA").unwrap();
    let (half, error) = known();
    assert_eq!((half.certificate, error), (None, Some(CertificateError::NoPem { path: path.clone() })));
    fs::write(&path, pem("BBBB")).unwrap();
    let renewed = known().0.certificate.unwrap();
    assert!(matches!(&renewed, Certificate::There(_)) && renewed != first);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let (state, error) = known();
    fs::remove_dir(&path).unwrap();
    assert_eq!(state.certificate, None);
    assert!(matches!(error, Some(CertificateError::Unreadable { .. })), "{error:?}");
}

#[test]
fn the_configuration_goes_first_part_by_part() {
    let machine = MdmState {
        certificate: Some(Certificate::There("ab".to_owned())),
        policies: Some(Policies::ANALYTICS),
        esp: None,
    };
    assert_eq!(MdmConfig::default().over(machine.clone(), None), (machine.clone(), None));
    let config = MdmConfig {
        certificate: Some(CertificateConfig::Stated(false)),
        policies: Some(Policies::NONE),
        esp: Some(EspPhase::DeviceSetup),
    };
    let (known, _) = config.over(machine, None);
    assert_eq!(known.lines(), ["MDM certificate: lost", "MDM policies: none", "Enrollment Status Page: device-setup"]);
}

/// A registry of some keys; one without values may not be read.
#[derive(Default)]
struct Registry(BTreeMap<String, Option<Vec<(String, Data)>>>);

impl Registry {
    fn with(mut self, path: &str, values: &[(&str, Data)]) -> Self {
        let values = values.iter().map(|(name, data)| ((*name).to_owned(), data.clone())).collect();
        self.0.insert(path.to_owned(), Some(values));
        self
    }

    fn refusing(mut self, path: &str) -> Self {
        self.0.insert(path.to_owned(), None);
        self
    }
}

impl Keys for Registry {
    fn values(&self, path: &str) -> io::Result<Option<Vec<(String, Data)>>> {
        match self.0.get(path) {
            Some(None) => Err(io::ErrorKind::PermissionDenied.into()),
            Some(Some(values)) => Ok(Some(values.clone())),
            None => Ok(None),
        }
    }

    fn children(&self, path: &str) -> io::Result<Option<Vec<String>>> {
        let below = self.0.keys().filter_map(|key| key.strip_prefix(path)?.strip_prefix('\\'));
        Ok(Some(below.map(str::to_owned).collect()))
    }
}

fn enrolled() -> Registry {
    let text = |text: &str| Data::Text(text.to_owned());
    let values = [("ProviderID", text(INTUNE)), ("DMPCertThumbPrint", text("AB12"))];
    Registry::default()
        .with(&format!(r"{ENROLLMENTS}\1"), &[("ProviderID", text("other"))])
        .with(&format!(r"{ENROLLMENTS}\2"), &values)
}

// B-10.13.
#[test]
fn a_certificate_is_lost_only_where_one_was_seen() {
    let there = enrolled().with(&format!(r"{STORE}\AB12"), &[]);
    assert_eq!(read_mdm(&there, None).certificate, Some(Certificate::There("AB12".to_owned())));
    for (keys, what) in [(enrolled(), "out of the store"), (Registry::default(), "with the enrollment")] {
        assert_eq!(read_mdm(&keys, Some("AB12")).certificate, Some(Certificate::Lost), "{what}");
        assert_eq!(read_mdm(&keys, None).certificate, None, "{what}, but nobody saw one");
    }
    let refused = Registry::default().refusing(&format!(r"{ENROLLMENTS}\2"));
    assert_eq!(read_mdm(&refused, Some("AB12")).certificate, None, "what may not be read is not gone");
    let refused = enrolled().refusing(&format!(r"{STORE}\AB12"));
    assert_eq!(read_mdm(&refused, Some("AB12")).certificate, None);
}

// B-8.14.
#[test]
fn the_policy_of_analytics_is_read() {
    let of = |keys: Registry| read_mdm(&keys, None).policies;
    assert_eq!(of(Registry::default().with(MONITORING, &[(ANALYTICS, Data::Dword(1))])), Some(Policies::ANALYTICS));
    assert_eq!(of(Registry::default().with(MONITORING, &[(ANALYTICS, Data::Dword(0))])), Some(Policies::NONE));
    assert_eq!(of(Registry::default()), Some(Policies::NONE));
    assert_eq!(of(Registry::default().refusing(MONITORING)), None);
}
