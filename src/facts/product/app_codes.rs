//! What further numbers of table T-7.1 and of the Enrollment Status Page mean. Those that travel in reports are in
//! [`app_codes`](crate::protocol::app_codes).

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
