//! The numbers under which the agent reports apps, and what they mean: the tables T-7.1 to T-7.4, each number written once.
//!
//! A number that no source explains has no words. Where sources disagree, the words are those of the list that the rules
//! name as the default.

/// Declares named numbers, and the function from a number to its words. Numbers without a name of their own come last.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        $words:ident: $type:ty;
        $($name:ident = $value:expr => $text:literal,)*
        $(; $($other:pat => $other_text:literal,)+)?
    ) => {
        $(#[doc = concat!("What is reported as \"", $text, "\".")] pub const $name: $type = $value;)*

        $(#[$meta])*
        pub const fn $words(number: $type) -> Option<&'static str> {
            Some(match number {
                $($name => $text,)*
                $($($other => $other_text,)+)?
                _ => return None,
            })
        }
    };
}

/// Compliance states (T-7.1).
pub mod compliance {
    codes! {
        /// What a compliance state means (T-7.1).
        ///
        /// Source: B-7.58.
        compliance_words: u8;
        INSTALLED = 1 => "installed",
        NOT_INSTALLED = 2 => "not installed",
        ERROR = 4 => "error",
        UNKNOWN = 5 => "unknown",
        CLEANUP = 100 => "cleanup",
    }
}

/// Applicability states (T-7.2).
pub mod applicability {
    codes! {
        /// What an applicability state means (T-7.2).
        ///
        /// Source: B-7.10, B-7.7.
        applicability_words: u16;
        APPLICABLE = 0 => "applicable",
        REQUIREMENTS_NOT_MET = 1 => "requirements not met",
        PLATFORM = 3 => "host platform not applicable",
        ARCHITECTURE = 1000 => "architecture",
        DISK = 1001 => "free disk space",
        OS_VERSION = 1002 => "version of Windows",
        MEMORY = 1003 => "memory",
        PROCESSORS = 1004 => "number of processors",
        CPU_SPEED = 1005 => "speed of the processor",
        FILE = 1006 => "rule on a file",
        REGISTRY = 1007 => "rule on the registry",
        SCRIPT = 1008 => "requirement script",
        SUPERSEDING_APP = 1009 => "superseding app not applicable",
        FILTERED_OUT = 1010 => "assignment filter not met",
        UNKNOWN_REASON = 1011 => "unknown reason",
        WITHOUT_USER = 1012 => "user context in a check-in of the device",
    }
}

/// Enforcement states (T-7.3). The supersedence variants are told apart by no source; those with a name follow the public
/// maps of these states.
pub mod enforcement {
    codes! {
        /// What an enforcement state means (T-7.3).
        ///
        /// Source: B-7.41, B-7.43, B-8.21.
        enforcement_words: u16;
        SUCCESS = 1000 => "success",
        SUCCESS_FAST_NOTIFY = 1003 => "success, fast notify",
        SUCCESS_DEPENDENCY_FAILED = 1004 => "success, but a dependency failed",
        SUCCESS_DEPENDENCY_REQUIREMENTS = 1005 => "success, but a dependency lacks requirements",
        SUCCESS_DEPENDENCY_REBOOT = 1006 => "success, but a dependency waits for a restart",
        SUCCESS_AUTO_INSTALL_OFF = 1007 => "success, but a dependency is not installed automatically",
        SUCCESS_SUPERSEDED_STAYS = 1012 => "success, with a remark on supersedence",
        SUCCESS_SUPERSEDED_REBOOT = 1013 => "success, with a remark on supersedence",
        IN_PROGRESS = 2000 => "in progress",
        INSTALLING_DEPENDENCIES = 2007 => "installing dependencies",
        REBOOT_PENDING = 2008 => "restart pending",
        DOWNLOADED = 2009 => "content downloaded",
        UNINSTALLING_SUPERSEDED = 2010 => "uninstall of a superseded app pending",
        MANAGED_INSTALLER_PENDING = 2012 => "managed installer pending",
        WAITING_FOR_SIGN_IN = 2013 => "waiting for the user to sign in",
        REQUIREMENTS_NOT_MET = 3000 => "requirements not met",
        UNKNOWN = 4000 => "unknown",
        ERROR = 5000 => "error",
        DOWNLOAD_ERROR = 5003 => "download error",
        CONFLICT = 5006 => "conflict",
        MANAGED_INSTALLER_ERROR = 5015 => "managed installer or AppLocker error",
        RETRIED_AT_ONCE = 5999 => "error, retried at once",
        NOT_ATTEMPTED = 6000 => "not attempted",
        DEPENDENCY_FAILED = 6001 => "a dependency failed",
        DEPENDENCY_REBOOT = 6002 => "a dependency waits for a restart",
        DEPENDENCY_REQUIREMENTS = 6003 => "a dependency lacks requirements",
        AUTO_INSTALL_OFF = 6004 => "automatic install of a dependency is off",
        AUTO_INSTALL_OFF_BELOW = 6005 => "automatic install is off one level down",
        SUPERSEDED_STAYS = 6009 => "not attempted because of supersedence",
        SUPERSEDED_REBOOT = 6010 => "not attempted because of supersedence",
        ;
        1011 | 1014..=1018 => "success, with a remark on supersedence",
        2011 => "uninstall of a superseded app pending",
        6006..=6008 | 6011..=6013 => "not attempted because of supersedence",
    }

    /// True for an app that is as wished, with or without a remark on another.
    pub const fn is_success(number: u16) -> bool {
        matches!(number, 1000..=1999)
    }

    /// True while something is still to come by itself.
    pub const fn is_in_progress(number: u16) -> bool {
        matches!(number, 2000..=2999)
    }

    /// True if enforcing failed, or the app is in conflict with another.
    pub const fn is_error(number: u16) -> bool {
        matches!(number, 5000..=5999)
    }

    /// True if another app keeps it from being attempted, or is in conflict with it (B-7.41, B-7.43, B-7.53).
    pub const fn is_held(number: u16) -> bool {
        matches!(number, CONFLICT | DEPENDENCY_FAILED..=6013)
    }

    /// True for a state that stands only while something is under way.
    pub const fn is_passing(number: u16) -> bool {
        matches!(number, IN_PROGRESS | INSTALLING_DEPENDENCIES | UNINSTALLING_SUPERSEDED | RETRIED_AT_ONCE)
    }

    /// True for a state that a restart of the device may change: of the app itself, or of one that it is related to.
    pub const fn waits_for_restart(number: u16) -> bool {
        matches!(
            number,
            REBOOT_PENDING
                | SUCCESS_DEPENDENCY_REBOOT
                | SUCCESS_SUPERSEDED_REBOOT
                | DEPENDENCY_REBOOT
                | SUPERSEDED_REBOOT
        )
    }
}

/// Error codes (T-7.4), negative as Windows prints them.
pub mod app_error {
    codes! {
        /// What an error code means (T-7.4). 0x80070004 and 0x8007026B are in the agent's own list, and nobody knows for what.
        ///
        /// Source: B-7.15, B-7.16, B-7.20, B-7.21, B-7.23.
        app_error_words: i32;
        NOT_DETECTED = 0x87D1_041C_u32.cast_signed() => "not detected after a successful install",
        UNKNOWN = 0x87D3_0000_u32.cast_signed() => "unknown error of the agent",
        BAD_DETECTION_RULE = 0x87D3_0004_u32.cast_signed() => "bad detection rule",
        NO_CONTENT_INFORMATION = 0x87D3_0065_u32.cast_signed() => "information about the content could not be retrieved",
        NOT_UNZIPPED = 0x87D3_0067_u32.cast_signed() => "the downloaded content could not be unzipped",
        DOWNLOAD_FAILED = 0x87D3_0068_u32.cast_signed() => "download failed",
        CDN_TIMED_OUT = 0x87D3_006A_u32.cast_signed() => "the content network timed out",
        NOT_MONITORED = 0x87D3_00C9_u32.cast_signed() => "the process was not monitored to its end, or ran into its time limit",
        SIGNED_OFF = 0x87D3_00CD_u32.cast_signed() => "the user signed off while the app was processed",
        FILE_NOT_FOUND = 0x8007_0002_u32.cast_signed() => "file not found, or an unlisted return code",
        ACCESS_DENIED = 0x8007_0005_u32.cast_signed() => "access denied",
        ;
        ENROLLMENT_FIRST..=ENROLLMENT_LAST => "enrollment error",
    }

    /// The family of enrollment errors.
    const ENROLLMENT_FIRST: i32 = 0x8018_0000_u32.cast_signed();
    const ENROLLMENT_LAST: i32 = 0x8018_FFFF_u32.cast_signed();

    /// B-7.23: a return code that means failure is reported as a Windows error derived from it: as the HRESULT of the Win32
    /// error of that number, or as it is where it is no such number. The derivation is assumed; only one pair is known.
    pub const fn of_exit_code(exit_code: i32) -> i32 {
        match exit_code {
            // The one that was seen.
            -1_073_741_502 => FILE_NOT_FOUND,
            1..=0xFFFF => 0x8007_0000_u32.cast_signed() | exit_code,
            _ => exit_code,
        }
    }
}

/// What the Enrollment Status Page shows of an app that it waits for.
pub mod esp_app {
    codes! {
        /// What a state that the page shows of an app means.
        ///
        /// Source: B-7.56.
        esp_app_words: u8;
        NOT_INSTALLED = 1 => "not installed",
        IN_PROGRESS = 2 => "in progress",
        COMPLETED = 3 => "completed",
        ERROR = 4 => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::app_error::{FILE_NOT_FOUND, NOT_DETECTED, NOT_UNZIPPED, of_exit_code};

    // B-7.23, T-7.4.
    #[test]
    fn return_codes_become_windows_errors() {
        assert_eq!(of_exit_code(1603), -2_147_023_293);
        assert_eq!(of_exit_code(0xC000_0142_u32.cast_signed()), FILE_NOT_FOUND);
        assert_eq!(of_exit_code(-5), -5);
        assert_eq!(NOT_DETECTED, -2_016_345_060);
        assert_eq!(NOT_UNZIPPED, -2_016_214_937);
    }
}
