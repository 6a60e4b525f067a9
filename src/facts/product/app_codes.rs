//! What the numbers mean under which the agent reports apps: the tables T-7.1 to T-7.4, number to words.
//!
//! A number that no source explains has no words. Where sources disagree, the words are those of the list that the rules
//! name as the default.

/// What a compliance state means (T-7.1).
///
/// Source: B-7.58.
pub const fn compliance_words(number: u8) -> Option<&'static str> {
    Some(match number {
        1 => "installed",
        2 => "not installed",
        4 => "error",
        5 => "unknown",
        100 => "cleanup",
        _ => return None,
    })
}

/// What a desired state means (T-7.1).
///
/// Source: B-7.58.
pub const fn desired_words(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "none",
        1 => "not present",
        2 => "present",
        3 => "unknown",
        4 => "available",
        _ => return None,
    })
}

/// What a targeting method means (T-7.1).
///
/// Source: B-7.58.
pub const fn targeting_words(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "direct",
        1 => "as a dependency",
        _ => return None,
    })
}

/// What a target type means (T-7.1).
///
/// Source: B-7.58.
pub const fn target_words(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "none",
        1 => "user",
        2 => "device",
        3 => "user and device",
        _ => return None,
    })
}

/// What an install context means (T-7.1).
///
/// Source: B-7.58.
pub const fn install_context_words(number: u8) -> Option<&'static str> {
    Some(match number {
        1 => "user",
        2 => "device",
        _ => return None,
    })
}

/// What an action means (T-7.1).
///
/// Source: B-7.58.
pub const fn action_words(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "detect",
        10 => "install",
        100 => "update",
        110 => "replace",
        _ => return None,
    })
}

/// What an applicability state means (T-7.2).
///
/// Source: B-7.10, B-7.7.
pub const fn applicability_words(number: u16) -> Option<&'static str> {
    Some(match number {
        0 => "applicable",
        1 => "requirements not met",
        3 => "host platform not applicable",
        1000 => "architecture",
        1001 => "free disk space",
        1002 => "version of Windows",
        1003 => "memory",
        1004 => "number of processors",
        1005 => "speed of the processor",
        1006 => "rule on a file",
        1007 => "rule on the registry",
        1008 => "requirement script",
        1009 => "superseding app not applicable",
        1010 => "assignment filter not met",
        1011 => "unknown reason",
        1012 => "user context in a check-in of the device",
        _ => return None,
    })
}

/// What an enforcement state means (T-7.3). The supersedence variants are told apart by no source.
///
/// Source: B-7.41, B-7.43, B-8.21.
pub const fn enforcement_words(number: u16) -> Option<&'static str> {
    Some(match number {
        1000 => "success",
        1003 => "success, fast notify",
        1004 => "success, but a dependency failed",
        1005 => "success, but a dependency lacks requirements",
        1006 => "success, but a dependency waits for a restart",
        1007 => "success, but a dependency is not installed automatically",
        1011..=1018 => "success, with a remark on supersedence",
        2000 => "in progress",
        2007 => "installing dependencies",
        2008 => "restart pending",
        2009 => "content downloaded",
        2010 | 2011 => "uninstall of a superseded app pending",
        2012 => "managed installer pending",
        2013 => "waiting for the user to sign in",
        3000 => "requirements not met",
        4000 => "unknown",
        5000 => "error",
        5003 => "download error",
        5006 => "conflict",
        5015 => "managed installer or AppLocker error",
        5999 => "error, retried at once",
        6000 => "not attempted",
        6001 => "a dependency failed",
        6002 => "a dependency waits for a restart",
        6003 => "a dependency lacks requirements",
        6004 => "automatic install of a dependency is off",
        6005 => "automatic install is off one level down",
        6006..=6013 => "not attempted because of supersedence",
        _ => return None,
    })
}

/// What an error code means (T-7.4). 0x80070004 and 0x8007026B are in the agent's own list, and nobody knows for what.
///
/// Source: B-7.15, B-7.16, B-7.20, B-7.21, B-7.23.
pub const fn app_error_words(code: i32) -> Option<&'static str> {
    Some(match code.cast_unsigned() {
        0x87D1_041C => "not detected after a successful install",
        0x87D3_0000 => "unknown error of the agent",
        0x87D3_0004 => "bad detection rule",
        0x87D3_0065 => "information about the content could not be retrieved",
        0x87D3_0067 => "the downloaded content could not be unzipped",
        0x87D3_0068 => "download failed",
        0x87D3_006A => "the content network timed out",
        0x87D3_00C9 => "the process was not monitored to its end, or ran into its time limit",
        0x87D3_00CD => "the user signed off while the app was processed",
        0x8007_0002 => "file not found, or an unlisted return code",
        0x8007_0005 => "access denied",
        0x8018_0000..=0x8018_FFFF => "enrollment error",
        _ => return None,
    })
}

/// What the Enrollment Status Page shows of an app that it waits for.
///
/// Source: B-7.56.
pub const fn esp_app_words(state: u8) -> Option<&'static str> {
    Some(match state {
        1 => "not installed",
        2 => "in progress",
        3 => "completed",
        4 => "error",
        _ => return None,
    })
}

/// What the Enrollment Status Page shows of the agent itself.
///
/// Source: B-7.56.
pub const fn esp_agent_words(state: u8) -> Option<&'static str> {
    Some(match state {
        1 => "not installed",
        2 => "not required",
        3 => "completed",
        4 => "error",
        _ => return None,
    })
}
