//! What the file says and what it leaves open.

use super::*;
use crate::content::{Detection, Schedule};
use crate::facts::Edition;

const LEAST: &str = "service = \"tcp://127.0.0.1:4711\"\nversion = \"1.94.0.0\"\n";

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::parse(&format!("{LEAST}{text}"), "a.toml", Path::new("/base"))
}

#[test]
fn little_is_needed() {
    let config = read("").unwrap();
    assert!(matches!(config.service, ServiceAddress::Tcp(at) if at == "127.0.0.1:4711".parse().unwrap()));
    assert_eq!((config.state, config.content), (None, PathBuf::from("/base/content")));
    assert_eq!((config.keep, config.restart, config.utc_offset), (1_048_576, None, None));
    assert_eq!(config.setup.facts, crate::facts::Facts::default());
}

#[test]
fn figures_and_facts_are_set_by_name() {
    let text = "utc_offset_min = -90\nenrolled_at = \"2026-01-05T08:00:00Z\"\n[facts]\nedition = \"education\"\n\
                [set]\n\"ime.script_interval\" = \"1h\"\n\"scripts.max_retries\" = 5\n\"scripts.stderr_is_failure\" = false\n";
    let Setup { profile, facts, enrolled, .. } = read(text).unwrap().setup;
    assert_eq!((facts.edition, facts.os_build), (Edition::Education, 22_631));
    assert_eq!((profile.scripts.max_retries, profile.scripts.stderr_is_failure), (5, false));
    assert_eq!(enrolled.map(crate::time::Wall::unix_millis), Some(1_767_600_000_000));
}

#[test]
fn content_comes_into_the_library() {
    let folder = std::env::temp_dir().join(format!("imesim-config-{}", std::process::id()));
    fs::create_dir_all(folder.join("content")).unwrap();
    let kind = if cfg!(windows) { "cmd" } else { "sh" };
    for name in ["a", "7"] {
        fs::write(folder.join("content").join(format!("{name}.{kind}")), "exit 0").unwrap();
    }
    let text = format!(
        "{LEAST}[[remediation]]\nid = 1\ndetect = \"a.{kind}\"\nevery_days = 2\nat = \"09:30\"\n\
         [[compliance]]\nid = 2\nfile = \"a.{kind}\"\nsettings = {{ Bios = \"version\" }}\n\
         [[app]]\nid = 3\nrevision = 4\ndetect_path = \"/x\"\ninstall = [\"true\"]\n"
    );
    let config = Config::parse(&text, "a.toml", &folder).unwrap();
    let library = &config.setup.library;
    let remediation = library.remediation(PolicyId(1), 1).unwrap();
    assert!(!remediation.has_remediation);
    assert!(
        matches!(remediation.schedule, Schedule::Daily { every, at, .. } if every.get() == 2 && at.secs() == 34_200)
    );
    assert_eq!(library.discovery(PolicyId(2), 1).unwrap().settings[0].name, "Bios");
    assert_eq!(library.app(PolicyId(3), 4).unwrap().detection, Detection::Rules);
    assert!(
        config.run(Role::Detect, PolicyId(1), 1).is_some() && config.run(Role::Remediate, PolicyId(1), 1).is_none()
    );
    assert!(config.run(Role::Script, PolicyId(7), 99).is_some(), "a text of that number lies in the content folder");
    assert!(config.run(Role::Script, PolicyId(8), 99).is_none());
    let twice = format!("{text}[[app]]\nid = 3\nrevision = 4\ndetect_path = \"/x\"\ninstall = [\"true\"]\n");
    let error = Config::parse(&twice, "a.toml", &folder).unwrap_err();
    assert_eq!(error.to_string(), "a.toml:18:6: app 3 stands here a second time with the same revision");
    fs::remove_dir_all(folder).unwrap();
}

// B-6.20, B-8.6: the check is the library's too, holds for both scripts of a remediation, and is refused where the policy of the
// device could not hold.
#[test]
fn signature_checks_are_read() {
    let folder = std::env::temp_dir().join(format!("imesim-config-signed-{}", std::process::id()));
    fs::create_dir_all(folder.join("content")).unwrap();
    fs::write(folder.join("content/a.ps1"), "exit 0").unwrap();
    let entries = "[[remediation]]\nid = 1\ndetect = \"a.ps1\"\nremediate = \"a.ps1\"\nsignature_check = true\n\
                   [[remediation]]\nid = 2\ndetect = \"a.ps1\"\n\
                   [[compliance]]\nid = 3\nfile = \"a.ps1\"\nsignature_check = true\n\
                   [[compliance]]\nid = 4\nfile = \"a.ps1\"\n";
    let config = Config::parse(&format!("{LEAST}{entries}"), "a.toml", &folder).unwrap();
    let check = |role, id| config.run(role, PolicyId(id), 1).unwrap().signature;
    assert_eq!([Role::Detect, Role::Remediate].map(|role| check(role, 1)), [SignatureCheck::Device; 2]);
    assert_eq!(check(Role::Detect, 2), SignatureCheck::None);
    assert_eq!((check(Role::Discover, 3), check(Role::Discover, 4)), (SignatureCheck::Publisher, SignatureCheck::None));
    let library = &config.setup.library;
    assert_eq!([1, 2].map(|id| library.remediation(PolicyId(id), 1).unwrap().signature_check), [true, false]);
    assert_eq!([3, 4].map(|id| library.discovery(PolicyId(id), 1).unwrap().signature_check), [true, false]);
    let host = "[interpreters]\nps1 = [\"sh\", \"-c\", \"pwsh -ep {policy} {file}\"]\n";
    let error = Config::parse(&format!("{LEAST}{host}{entries}"), "a.toml", &folder).unwrap_err().to_string();
    assert!(
        error.starts_with("a.toml:7:10: ")
            && error.contains("`{policy}` cannot be left out of `pwsh -ep {policy} {file}`"),
        "{error}"
    );
    fs::remove_dir_all(folder).unwrap();
}

#[cfg(feature = "http")]
#[test]
fn an_encrypted_service_is_told_apart_and_its_files_are_read_first() {
    let read = |service: &str, more: &str| {
        let text = format!("service = \"{service}\"\nversion = \"1.94.0.0\"\n{more}");
        Config::parse(&text, "a.toml", Path::new("/base")).map(|config| config.service).map_err(|e| e.to_string())
    };
    assert!(matches!(read("https://intune.example", ""), Ok(ServiceAddress::Http { .. })));
    let missing = format!("a.toml:4:14: {} cannot be read: ", Path::new("/base").join("no").display());
    for (service, more, wanted) in [
        ("http://intune.example", "", "a.toml:1:11: `http://intune.example` is not encrypted"),
        ("https://a b", "", "a.toml:1:11: `https://a b` is no address of a service"),
        ("https://x", "[connection]\ntoken_file = \"no\"\n", missing.as_str()),
        (
            "https://x",
            "[connection]\nkey_file = \"no\"\n",
            "a.toml:4:12: `certificate_file` and `key_file` go together",
        ),
    ] {
        let error = read(service, more).unwrap_err();
        assert!(error.starts_with(wanted), "{error}");
    }
}

#[test]
fn what_cannot_be_is_named_with_its_place() {
    for (text, wanted) in [
        ("jitter = \"some\"\n", "a.toml:3:10: `some` is not allowed here; expected on or off"),
        ("output_max_kb = 0\n", "a.toml:3:17: `0` is not allowed here; expected 1 to 65536 kilobytes"),
        ("utc_offset_min = 2000\n", "a.toml:3:18: `2000` is not allowed here; expected -1440 to 1440 minutes"),
        ("[[app]]\nid = 9\ninstall = [\"x\"]\n", "a.toml:4:6: app 9 needs one of `detect` and `detect_path`"),
        ("[connection]\nproxy = \"http://x:1\"\n", "a.toml:1:11: a service at tcp:// takes nothing of [connection]"),
        ("[set]\n\"no.such\" = 1\n", "a.toml:4:13: "),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}
