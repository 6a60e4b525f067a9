//! What an exit code means: one of five classes, and failure where nobody said otherwise.

use serde::{Deserialize, Serialize};

/// What follows from the exit code of an installer.
///
/// Source: B-7.22, R9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitClass {
    /// It went well.
    Success,
    /// It went well and wants a restart some time (B-7.26).
    SoftReboot,
    /// It went well and wants a restart before anything else is installed (B-7.26).
    HardReboot,
    /// It did not go well and may in a while (B-7.24).
    Retry,
    /// It failed.
    Failed,
}

/// One entry of a list of return codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnCode {
    /// The exit code; what Windows prints as `0x80070002` is `0x8007_0002_u32.cast_signed()`.
    pub code: i32,
    /// What it means.
    pub class: ExitClass,
}

/// The return codes of one app: each at most once.
///
/// The default is the standard list: 0 and 1707 are success, 3010 a soft and 1641 a hard reboot, 1618 is a retry. It reads
/// from a list of entries in any order.
///
/// ```
/// use imesim::retry::{ExitClass, ReturnCodes};
///
/// let codes = ReturnCodes::default().with(1602, ExitClass::Retry)?;
/// assert_eq!(codes.class(1602), ExitClass::Retry);
/// assert_eq!(codes.class(3010), ExitClass::SoftReboot);
/// assert_eq!(codes.class(7), ExitClass::Failed); // on no list
/// # Ok::<(), imesim::retry::ReturnCodeError>(())
/// ```
/// Source: B-7.22, B-7.23, R9.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<ReturnCode>", into = "Vec<ReturnCode>")]
pub struct ReturnCodes(
    /// Ordered by code.
    Vec<ReturnCode>,
);

impl ReturnCodes {
    /// The list with these entries.
    ///
    /// # Errors
    /// [`ReturnCodeError::Duplicate`] if a code stands there twice, even with one meaning.
    /// Source: B-7.22.
    pub fn new(entries: impl IntoIterator<Item = ReturnCode>) -> Result<Self, ReturnCodeError> {
        let mut entries: Vec<ReturnCode> = entries.into_iter().collect();
        entries.sort_unstable();
        match entries.windows(2).find(|pair| pair[0].code == pair[1].code) {
            Some(pair) => Err(ReturnCodeError::Duplicate { code: pair[0].code }),
            None => Ok(Self(entries)),
        }
    }

    /// The list and one entry more.
    ///
    /// # Errors
    /// [`ReturnCodeError::Duplicate`] if the code already stands there; take it off first.
    /// Source: B-7.22.
    pub fn with(mut self, code: i32, class: ExitClass) -> Result<Self, ReturnCodeError> {
        match self.find(code) {
            Ok(_) => Err(ReturnCodeError::Duplicate { code }),
            Err(place) => {
                self.0.insert(place, ReturnCode { code, class });
                Ok(self)
            }
        }
    }

    /// The list without the entry of a code, which thereby means failure.
    ///
    /// # Errors
    /// [`ReturnCodeError::Missing`] if the code does not stand there.
    /// Source: B-7.22.
    pub fn without(mut self, code: i32) -> Result<Self, ReturnCodeError> {
        let place = self.find(code).map_err(|_| ReturnCodeError::Missing { code })?;
        self.0.remove(place);
        Ok(self)
    }

    /// What an exit code means; a code that is not on the list is a failure.
    /// Source: B-7.23, R9.
    pub fn class(&self, code: i32) -> ExitClass {
        self.find(code).map_or(ExitClass::Failed, |place| self.0[place].class)
    }

    /// The entries, ordered by code.
    pub fn entries(&self) -> &[ReturnCode] {
        &self.0
    }

    fn find(&self, code: i32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&code, |entry| entry.code)
    }
}

impl Default for ReturnCodes {
    fn default() -> Self {
        Self(STANDARD.to_vec())
    }
}

impl TryFrom<Vec<ReturnCode>> for ReturnCodes {
    type Error = ReturnCodeError;

    fn try_from(entries: Vec<ReturnCode>) -> Result<Self, ReturnCodeError> {
        Self::new(entries)
    }
}

impl From<ReturnCodes> for Vec<ReturnCode> {
    fn from(codes: ReturnCodes) -> Self {
        codes.0
    }
}

/// Why a list of return codes was refused or not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReturnCodeError {
    /// A code would have two meanings (R9).
    #[error("return code {code} stands in the list twice")]
    Duplicate {
        /// The code.
        code: i32,
    },
    /// A code is to be taken off a list that it is not on.
    #[error("return code {code} does not stand in the list")]
    Missing {
        /// The code.
        code: i32,
    },
}

/// B-7.22, ordered by code.
const STANDARD: [ReturnCode; 5] = [
    ReturnCode { code: 0, class: ExitClass::Success },
    ReturnCode { code: 1618, class: ExitClass::Retry },
    ReturnCode { code: 1641, class: ExitClass::HardReboot },
    ReturnCode { code: 1707, class: ExitClass::Success },
    ReturnCode { code: 3010, class: ExitClass::SoftReboot },
];

#[cfg(test)]
mod tests {
    use super::*;

    // B-7.22, B-7.23, R9.
    #[test]
    fn r9_every_exit_code_has_one_class() {
        let codes = ReturnCodes::default();
        for (code, class) in [
            (0, ExitClass::Success),
            (1707, ExitClass::Success),
            (3010, ExitClass::SoftReboot),
            (1641, ExitClass::HardReboot),
            (1618, ExitClass::Retry),
            (1, ExitClass::Failed),
            (1602, ExitClass::Failed),
            (0xC000_0142_u32.cast_signed(), ExitClass::Failed),
            (i32::MIN, ExitClass::Failed),
        ] {
            assert_eq!(codes.class(code), class, "{code}");
        }
    }

    // B-7.22: the list can be edited, and a code cannot get two meanings.
    #[test]
    fn r9_a_code_stands_in_the_list_once() {
        let codes = ReturnCodes::default();
        let again = codes.clone().with(3010, ExitClass::SoftReboot).unwrap_err();
        assert_eq!(again.to_string(), "return code 3010 stands in the list twice");
        let missing = codes.clone().without(7).unwrap_err();
        assert_eq!(missing.to_string(), "return code 7 does not stand in the list");
        let edited = codes.without(3010).unwrap().with(3010, ExitClass::HardReboot).unwrap();
        assert_eq!((edited.class(3010), edited.entries().len()), (ExitClass::HardReboot, 5));
        let entry = |code, class| ReturnCode { code, class };
        let twice = [entry(5, ExitClass::Retry), entry(-1, ExitClass::Success), entry(5, ExitClass::Failed)];
        assert_eq!(ReturnCodes::new(twice), Err(ReturnCodeError::Duplicate { code: 5 }));
        // Also where it comes from a file.
        let written = |entries: &[ReturnCode]| postcard::to_allocvec(entries).unwrap();
        assert!(postcard::from_bytes::<ReturnCodes>(&written(&twice)).is_err());
        let read: ReturnCodes = postcard::from_bytes(&written(&twice[..2])).unwrap();
        assert_eq!((read.class(-1), read.class(5)), (ExitClass::Success, ExitClass::Retry));
        assert_eq!(ReturnCodes::new([]).map(|none| none.class(0)), Ok(ExitClass::Failed));
    }
}
