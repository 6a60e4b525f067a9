//! Which action starts which check-in: the table of B-9.1 as data. A test holds the device to every row.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the catalogue.
    pub number: u8,
    /// What happens.
    pub action: &'static str,
    /// The MDM check-in that follows.
    pub mdm: MdmCheckIn,
    /// The check-in of the agent that follows.
    pub ime: ImeCheckIn,
}

/// An MDM check-in that follows from an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MdmCheckIn {
    /// None.
    No,
    /// At once.
    Yes,
    /// Through a push.
    ByPush,
    /// If `mdm.poll_on_login`.
    OnLogin,
}

/// A check-in of the agent that follows from an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImeCheckIn {
    /// None.
    No,
    /// Every workload, by `ime.company_portal_scope`.
    ByScope,
    /// The start sequence, every workload.
    Start,
    /// Scripts after a delay, then that user's apps; an extra fetch of remediations.
    SignIn,
    /// Apps, through a push if the device is online.
    AppsByPush,
    /// Apps.
    Apps,
    /// The app that was asked for.
    App,
    /// Compliance scripts on hand, without a fetch.
    Compliance,
    /// The workload of the timer.
    Timer,
    /// The package that was asked for, through a push.
    Package,
}

/// The table, in the order of the catalogue.
///
/// A sync from Settings or the admin center polls nothing (B-4.20). The session that it opens may bring a missing agent,
/// whose start sequence then polls (B-9.2). Advice to sync a device in order to retry an app therefore does not help by
/// itself (B-9.3).
///
/// Source: B-9.1.
pub const TABLE: [Row; 21] = {
    use ImeCheckIn as I;
    use MdmCheckIn as M;
    [
        row(1, "sync in Company Portal", M::Yes, I::ByScope),
        row(2, "restart of the agent's service", M::No, I::Start),
        row(3, "sync in Windows Settings", M::Yes, I::No),
        row(4, "device sync in the admin center", M::ByPush, I::No),
        row(5, "bulk sync in the admin center", M::ByPush, I::No),
        row(6, "device restart", M::No, I::Start),
        row(7, "user signs in", M::OnLogin, I::SignIn),
        row(8, "lock, unlock, console, sign out", M::No, I::No),
        row(9, "required app assigned or changed", M::ByPush, I::AppsByPush),
        row(10, "available app assigned", M::No, I::No),
        row(11, "script assigned or changed", M::ByPush, I::No),
        row(12, "remediation assigned or changed", M::ByPush, I::No),
        row(13, "run remediation on demand", M::No, I::Package),
        row(14, "user asks for an available app", M::Yes, I::App),
        row(15, "check compliance in Company Portal", M::Yes, I::Compliance),
        row(16, "steady MDM timer, renewed push channel", M::Yes, I::No),
        row(17, "timer of the agent", M::No, I::Timer),
        row(18, "lock, passcode reset and similar", M::ByPush, I::No),
        row(19, "Remote Help session", M::No, I::No),
        row(20, "protocol syncapp", M::No, I::Apps),
        row(21, "protocol synccompliance", M::No, I::Compliance),
    ]
};

const fn row(number: u8, action: &'static str, mdm: MdmCheckIn, ime: ImeCheckIn) -> Row {
    Row { number, action, mdm, ime }
}
