//! The numbers under which results are reported, as far as this agent produces them. Source: T-7.2 to T-7.4.

// Applicability (T-7.2).
/// A requirement script did not say yes.
pub(super) const SCRIPT: u16 = 1008;
/// The reason is not known.
pub(super) const UNKNOWN_REASON: u16 = 1011;
/// A filter keeps the app from the device.
pub(super) const FILTERED_OUT: u16 = 1010;

// Enforcement states (T-7.3).
pub(super) const SUCCESS: u16 = 1000;
pub(super) const IN_PROGRESS: u16 = 2000;
pub(super) const INSTALLING_DEPENDENCIES: u16 = 2007;
pub(super) const REBOOT_PENDING: u16 = 2008;
pub(super) const DOWNLOADED: u16 = 2009;
pub(super) const UNINSTALLING_SUPERSEDED: u16 = 2010;
pub(super) const REQUIREMENTS_NOT_MET: u16 = 3000;
pub(super) const ERROR: u16 = 5000;
pub(super) const DOWNLOAD_ERROR: u16 = 5003;
pub(super) const RETRIED_AT_ONCE: u16 = 5999;
pub(super) const NOT_ATTEMPTED: u16 = 6000;

/// True for a state that stands only while something is under way.
pub(super) const fn is_passing(enforcement: u16) -> bool {
    matches!(enforcement, IN_PROGRESS | INSTALLING_DEPENDENCIES | UNINSTALLING_SUPERSEDED | RETRIED_AT_ONCE)
}

/// True for a state that a restart of the device may change: of the app itself, or of one that it is related to.
pub(super) const fn waits_for_restart(enforcement: u16) -> bool {
    matches!(enforcement, REBOOT_PENDING | 1006 | 1013 | 6002 | 6010)
}

// Error codes (T-7.4).
pub(super) const NOT_DETECTED: i32 = 0x87D1_041C_u32.cast_signed();
pub(super) const UNKNOWN_ERROR: i32 = 0x87D3_0000_u32.cast_signed();
pub(super) const BAD_DETECTION_RULE: i32 = 0x87D3_0004_u32.cast_signed();
pub(super) const CDN_TIMED_OUT: i32 = 0x87D3_006A_u32.cast_signed();
pub(super) const NOT_MONITORED: i32 = 0x87D3_00C9_u32.cast_signed();
pub(super) const SIGNED_OFF: i32 = 0x87D3_00CD_u32.cast_signed();

/// B-7.23: a return code that means failure is reported as a Windows error derived from it: as the HRESULT of the Win32
/// error of that number, or as it is where it is no such number. The derivation is assumed; only one pair is known.
pub(super) const fn error_of(exit_code: i32) -> i32 {
    match exit_code {
        // The one that was seen.
        -1_073_741_502 => 0x8007_0002_u32.cast_signed(),
        1..=0xFFFF => 0x8007_0000_u32.cast_signed() | exit_code,
        _ => exit_code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // B-7.23, T-7.4.
    #[test]
    fn return_codes_become_windows_errors() {
        assert_eq!(error_of(1603), -2_147_023_293);
        assert_eq!(error_of(0xC000_0142_u32.cast_signed()), 0x8007_0002_u32.cast_signed());
        assert_eq!(error_of(-5), -5);
        assert_eq!(NOT_DETECTED, -2_016_345_060);
        assert_eq!(0x87D3_0067_u32.cast_signed(), -2_016_214_937);
    }
}
