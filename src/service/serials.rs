//! Telling two devices with one identity apart, where the profile asks for it (`svc.notices_twins`): ours, no rule of Intune.
//!
//! Each machine numbers its requests, and its numbers grow for as long as it is enrolled: what a process forgets it counts
//! past when it starts again. A clone has its numbers from the same disk, so that sooner or later one of the two sends a
//! number that was there before. A machine that is put back to an older state of its disk looks the same, and is one too.

use serde::{Deserialize, Serialize};

use crate::protocol::{Request, Token};

/// The highest numbers of requests that came with one identity. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Serials {
    /// Of the agent and of the MDM client, which count by themselves.
    last: [u32; 2],
}

impl Serials {
    /// Nothing has come yet.
    pub const fn new() -> Self {
        Self { last: [0; 2] }
    }

    /// Who of a machine sends a request: 0 its agent, 1 its MDM client. Each counts its requests by itself.
    pub const fn of(request: &Request) -> usize {
        match request {
            Request::Poll { .. } | Request::Report(_) | Request::ConnectionTest => 0,
            Request::MdmSession { .. } | Request::RenewChannel | Request::Unenrolled | Request::Enroll => 1,
        }
    }

    /// Takes notice of a request; true if it cannot be of the machine that sent all of those before. An enrollment begins anew.
    pub fn count(&mut self, token: Token, request: &Request) -> bool {
        if *request == Request::Enroll {
            self.last = [0, token.number()];
            return false;
        }
        let last = &mut self.last[Self::of(request)];
        let is_known = token.number() <= *last;
        *last = token.number().max(*last);
        is_known
    }
}

/// The same where requests may overtake one another, as they do over several connections of one machine: a number that is not far
/// below the highest and has not come yet was overtaken, and is no sign of a twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Arrivals {
    serials: Serials,
    /// Of each counter: bit `n` stands for the number `n` below the highest, and is set if that has come.
    came: [u64; 2],
}

impl Arrivals {
    /// Takes notice of a request; true if it cannot be of the machine that sent all of those before.
    pub fn count(&mut self, token: Token, request: &Request) -> bool {
        let who = Serials::of(request);
        let before = self.serials.last[who];
        let is_low = self.serials.count(token, request);
        let highest = self.serials.last[who];
        if *request == Request::Enroll {
            // What the MDM client sent before counts as come, whether it has or not.
            self.came = [0, u64::MAX];
            return false;
        }
        let came = &mut self.came[who];
        if !is_low {
            *came = came.checked_shl(highest - before).unwrap_or(0) | 1;
            return false;
        }
        let bit = 1_u64.checked_shl(highest - token.number()).unwrap_or(0);
        let is_overtaken = bit != 0 && *came & bit == 0;
        *came |= bit;
        !is_overtaken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Version;
    use crate::protocol::{UserId, Workload};

    const POLL: Request =
        Request::Poll { workload: Workload::Script, user: UserId::DEVICE, agent: Version([1, 94, 0, 0]) };

    fn token(number: u32) -> Token {
        Token::from_number(number).unwrap()
    }

    /// Which of these numbers are noticed, one after the other.
    fn noticed(numbers: &[u32]) -> Vec<u32> {
        let mut arrivals = Arrivals::default();
        numbers.iter().copied().filter(|number| arrivals.count(token(*number), &POLL)).collect()
    }

    #[test]
    fn numbers_that_overtake_one_another_are_of_one_machine() {
        assert!(noticed(&[1, 3, 2, 4, 8, 7, 6, 5, 70, 69, 20]).is_empty());
        assert_eq!(noticed(&[2, 1, 1]), [1], "once");
    }

    #[test]
    fn a_number_that_came_before_is_of_another_machine_however_far_it_is_behind() {
        assert_eq!(noticed(&[1, 2, 3, 2]), [2]);
        assert_eq!(noticed(&[5, 5]), [5]);
        assert_eq!(noticed(&[1, 66, 2]), [2], "too far below to have been overtaken");
        assert_eq!(noticed(&[1, 65, 2, 1]), [1]);
        assert_eq!(noticed(&[1, u32::MAX, 1, u32::MAX - 63]), [1]);
        // Of the two machines each goes on for itself.
        assert_eq!(noticed(&[10, 11, 12, 11, 12, 13, 13]), [11, 12, 13]);
    }

    #[test]
    fn an_enrollment_begins_anew_and_what_the_mdm_client_sent_before_stays_behind() {
        let mut arrivals = Arrivals::default();
        assert!(!arrivals.count(token(9), &POLL));
        assert!(!arrivals.count(token(40), &Request::RenewChannel));
        assert!(!arrivals.count(token(41), &Request::Enroll));
        assert!(!arrivals.count(token(1), &POLL), "its agent is a new one");
        assert!(arrivals.count(token(39), &Request::RenewChannel));
        assert!(!arrivals.count(token(42), &Request::RenewChannel));
    }

    // As long as no request overtakes another, both say the same.
    #[test]
    fn in_order_it_notices_what_the_strict_count_does() {
        for gap in [1, 2, 63, 64, 65, 1_000] {
            let (mut arrivals, mut serials) = (Arrivals::default(), Serials::new());
            let own = (1..=100).map(|step| step * gap);
            for number in own.chain([100 * gap, 1, 100 * gap + 1]) {
                let strict = serials.count(token(number), &POLL);
                assert_eq!(arrivals.count(token(number), &POLL), strict, "{number}");
            }
        }
    }
}
