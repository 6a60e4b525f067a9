//! Texts for Windows, and what follows from texts of Windows: command lines, folders of hosts, accounts, limits of logs.

use std::ffi::{OsStr, OsString};

use crate::diagnostics::registry::Data;
use crate::facts::Join;
use crate::log::write::RegistryValues;

/// The folder below that of Windows in which the programs of this width lie, as a program sees it.
///
/// `own` is the program's width and `native` that of Windows; all are 32 or 64 bits. On a 32-bit Windows there is one
/// folder for all.
///
/// Source: B-5.18.
pub const fn system_folder(own: u8, native: u8, wanted: u8) -> &'static str {
    match (own, native, wanted) {
        (64, _, 32) => "SysWOW64",
        (32, 64, 64) => "Sysnative",
        (_, _, _) => "System32",
    }
}

/// One command line out of a program and its arguments, which the usual start-up code takes apart again as they were.
pub fn command_line(program: &OsStr, args: &[OsString]) -> OsString {
    let mut line = OsString::from("\"");
    // A program's name holds no quotes.
    line.push(program);
    line.push("\"");
    for arg in args {
        line.push(" ");
        line.push(quoted(&arg.to_string_lossy()));
    }
    line
}

/// An argument in quotes, where it needs them. Before a quote backslashes count double, elsewhere they stand for themselves.
fn quoted(arg: &str) -> String {
    if !arg.is_empty() && !arg.contains([' ', '\t', '"']) {
        return arg.to_owned();
    }
    let mut text = String::from("\"");
    let mut backslashes = 0;
    for letter in arg.chars() {
        if letter == '"' {
            text.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
        text.push(letter);
    }
    text.extend(std::iter::repeat_n('\\', backslashes));
    text.push('"');
    text
}

/// True if an account is one of Entra's, as far as its name shows: on an Entra joined device its domain is `AzureAD`, on a hybrid
/// joined one every domain account counts and local ones do not.
///
/// Source: B-4.17, B-5.19.
pub fn is_entra(user: &str, computer: &str, join: Join) -> bool {
    let domain = user.split_once('\\').map_or("", |(domain, _)| domain);
    let is = |other: &str| domain.eq_ignore_ascii_case(other);
    match join {
        Join::Entra => is("AzureAD"),
        Join::Hybrid => !domain.is_empty() && !is(computer),
        Join::None | Join::Registered => false,
    }
}

/// The key of the values that go before the limits of the log files, below `HKEY_LOCAL_MACHINE`.
///
/// Source: B-11.12.
pub const LOGGING: &str = r"SOFTWARE\Microsoft\IntuneWindowsAgent\Logging";

/// The limits among the values of [`LOGGING`]. They are texts; a number, which people write there too, is taken as its digits.
///
/// Source: B-11.12.
pub fn limits_of(values: &[(String, Data)]) -> RegistryValues {
    let value = |name: &str| {
        let found = values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.and_then(|(_, data)| match data {
            Data::Text(text) => Some(text.clone()),
            Data::Dword(number) => Some(number.to_string()),
            Data::Other => None,
        })
    };
    RegistryValues { max_size: value("LogMaxSize"), max_history: value("LogMaxHistory") }
}

#[cfg(test)]
mod tests {
    use super::*;

    // B-11.12.
    #[test]
    fn limits_are_read_as_texts_and_as_numbers() {
        let text = |name: &str, text: &str| (name.to_owned(), Data::Text(text.to_owned()));
        let read = limits_of(&[text("logmaxsize", "4194304"), text("Other", "1")]);
        assert_eq!(read, RegistryValues { max_size: Some("4194304".to_owned()), max_history: None });
        let read = limits_of(&[("LogMaxHistory".to_owned(), Data::Dword(7)), ("LogMaxSize".to_owned(), Data::Other)]);
        assert_eq!(read, RegistryValues { max_size: None, max_history: Some("7".to_owned()) });
        assert_eq!(limits_of(&[]), RegistryValues::default());
    }

    // B-5.18.
    #[test]
    fn each_width_has_its_folder() {
        for (own, native, wanted, folder) in [
            (64, 64, 64, "System32"),
            (64, 64, 32, "SysWOW64"),
            (32, 64, 64, "Sysnative"),
            (32, 64, 32, "System32"),
            (32, 32, 32, "System32"),
            (32, 32, 64, "System32"),
        ] {
            assert_eq!(system_folder(own, native, wanted), folder, "{own} on {native} wants {wanted}");
        }
    }

    #[test]
    fn arguments_are_quoted_where_they_must_be() {
        for (arg, wanted) in [
            ("plain", "plain"),
            ("", "\"\""),
            ("two words", "\"two words\""),
            ("C:\\a b\\", "\"C:\\a b\\\\\""),
            ("C:\\ab\\", "C:\\ab\\"),
            ("say \"hi\"", "\"say \\\"hi\\\"\""),
            ("back\\\"slash", "\"back\\\\\\\"slash\""),
        ] {
            assert_eq!(quoted(arg), wanted);
        }
        let line = command_line("C:\\p q.exe".as_ref(), &["-File".into(), "C:\\a b.ps1".into()]);
        assert_eq!(line, "\"C:\\p q.exe\" -File \"C:\\a b.ps1\"");
    }

    #[test]
    fn an_account_is_known_by_its_domain() {
        assert!(is_entra("AzureAD\\AnnaSmith", "PC1", Join::Entra));
        assert!(!is_entra("PC1\\admin", "PC1", Join::Entra));
        assert!(is_entra("CORP\\anna", "PC1", Join::Hybrid));
        assert!(!is_entra("pc1\\admin", "PC1", Join::Hybrid) && !is_entra("anna", "PC1", Join::Hybrid));
        assert!(!is_entra("AzureAD\\anna", "PC1", Join::Registered));
    }
}
