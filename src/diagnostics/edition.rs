//! The names of the editions of Windows. Source of what they mean here: B-1.5, B-1.6, B-1.9, B-1.29.

use crate::facts::Edition;

/// The edition behind an `EditionID` of the registry; `None` for those that the rules do not name, such as servers.
pub(super) fn by_id(id: &str) -> Option<Edition> {
    IDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)).map(|(_, edition)| *edition)
}

/// The edition behind the name of the product, as an English Windows writes it: `Windows 10 Pro`.
///
/// The number is not looked at: the registry of a Windows 11 still says 10.
pub(super) fn by_name(name: &str) -> Option<Edition> {
    let edition = name.trim().strip_prefix("Windows 10 ").or_else(|| name.trim().strip_prefix("Windows 11 "))?;
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(edition.trim())).map(|(_, edition)| *edition)
}

const IDS: &[(&str, Edition)] = &[
    ("Core", Edition::Home),
    ("CoreN", Edition::Home),
    ("CoreSingleLanguage", Edition::Home),
    ("CoreCountrySpecific", Edition::Home),
    ("Professional", Edition::Pro),
    ("ProfessionalN", Edition::Pro),
    ("ProfessionalEducation", Edition::Pro),
    ("ProfessionalEducationN", Edition::Pro),
    ("ProfessionalWorkstation", Edition::Pro),
    ("ProfessionalWorkstationN", Edition::Pro),
    ("Enterprise", Edition::Enterprise),
    ("EnterpriseN", Edition::Enterprise),
    ("EnterpriseEval", Edition::Enterprise),
    ("EnterpriseNEval", Edition::Enterprise),
    ("EnterpriseS", Edition::Enterprise),
    ("EnterpriseSN", Edition::Enterprise),
    ("IoTEnterprise", Edition::Enterprise),
    ("IoTEnterpriseS", Edition::Enterprise),
    ("Education", Edition::Education),
    ("EducationN", Edition::Education),
    ("ServerRdsh", Edition::MultiSession),
    ("PPIPro", Edition::SurfaceHub),
];

const NAMES: &[(&str, Edition)] = &[
    ("Home", Edition::Home),
    ("Home N", Edition::Home),
    ("Home Single Language", Edition::Home),
    ("Pro", Edition::Pro),
    ("Pro N", Edition::Pro),
    ("Pro Education", Edition::Pro),
    ("Pro for Workstations", Edition::Pro),
    ("Enterprise", Edition::Enterprise),
    ("Enterprise N", Edition::Enterprise),
    ("Enterprise LTSC", Edition::Enterprise),
    ("Education", Edition::Education),
    ("Education N", Edition::Education),
    ("Enterprise multi-session", Edition::MultiSession),
    ("Enterprise for Virtual Desktops", Edition::MultiSession),
    ("Team", Edition::SurfaceHub),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// B-1.5.
    #[test]
    fn editions_are_known_by_id_and_by_english_name_and_by_nothing_else() {
        assert_eq!(by_id("Professional"), Some(Edition::Pro));
        assert_eq!(by_id("serverrdsh"), Some(Edition::MultiSession));
        assert_eq!((by_id("ServerStandard"), by_id("Prof"), by_id("")), (None, None, None));
        assert_eq!(by_name("Windows 11 Pro Education"), Some(Edition::Pro));
        assert_eq!((by_name("Windows 10 Professionnel"), by_name("Windows Server 2022 Standard")), (None, None));
    }
}
