//! The alternatives of a parameter: an enum whose variants are written by the catalogue's words.

/// A word that is none of the alternatives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is none of {allowed}")]
pub struct WordError {
    /// The word as given.
    pub word: String,
    /// The alternatives.
    pub allowed: &'static str,
}

/// Declares an enum with one word for each variant, the same in text, in parameters and in serde.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $type:ident {
            $(#[doc = $first_doc:literal])+
            $first:ident = $first_word:literal,
            $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $type {
            #[doc = concat!("`", $first_word, "`:")]
            $(#[doc = $first_doc])+
            #[serde(rename = $first_word)]
            $first,
            $(
                #[doc = concat!("`", $word, "`:")]
                $(#[doc = $doc])+
                #[serde(rename = $word)]
                $variant,
            )*
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                })
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::profile::WordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $first_word => Ok(Self::$first),
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::profile::WordError {
                        word: text.to_owned(),
                        allowed: <Self as $crate::profile::value::Value>::ALLOWED,
                    }),
                }
            }
        }

        impl $crate::profile::value::Value for $type {
            const ALLOWED: &'static str = concat!($first_word $(, " | ", $word)*);

            fn print(&self) -> String {
                self.to_string()
            }

            fn read(text: &str, _: &str) -> Result<Self, $crate::profile::value::Refusal> {
                text.parse().map_err(|_| $crate::profile::value::Refusal::Form)
            }
        }
    };
}

pub(super) use words;
