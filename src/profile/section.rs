//! The form in which parameters are declared, each once.
//!
//! ```text
//! section! {
//!     /// What the section is about.
//!     Type at field_of_profile;
//!
//!     /// One sentence: what the parameter does.
//!     field: Type = default, "unit" in "lowest to highest", "B-x.y";
//! }
//! ```
//!
//! makes the struct, its documentation (unit, range, default and source are added below the sentence), its `Default`
//! and its list `PARAMS`. The name of a parameter is `field_of_profile.field`, or what follows `as`. The range is left
//! out where the type alone decides. `jitter off VALUE` marks a random delay and gives its value without jitter.

/// Declares one section of the profile; see the module.
macro_rules! section {
    (
        $(#[$meta:meta])*
        $type:ident at $section:ident;
        $(
            $(#[doc = $doc:literal])+
            $field:ident $(as $name:literal)?: $value:ty = $default:expr,
            $unit:literal $(in $range:literal)?, $rule:literal $(, jitter off $off:expr)?;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $type {
            $(
                $(#[doc = $doc])+
                ///
                #[doc = concat!(
                    "Unit: ", $unit, $("; range: ", $range,)? "; default: `", stringify!($default), "`."
                )]
                #[doc = concat!("Source: ", $rule, ".")]
                pub $field: $value,
            )+
        }

        impl Default for $type {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $type {
            /// The parameters of this section, sorted by name.
            pub(in $crate::profile) const PARAMS: &[$crate::profile::Param] = &[$({
                const NAME: &str = $crate::profile::section::name!($section $field $($name)?);
                const RANGE: &str = concat!($($range)?);
                const ALLOWED: &str =
                    if RANGE.is_empty() { <$value as $crate::profile::value::Value>::ALLOWED } else { RANGE };
                $crate::profile::Param {
                    name: NAME,
                    unit: $unit,
                    allowed: ALLOWED,
                    doc: concat!($($doc),+).trim_ascii(),
                    rule: $rule,
                    get: |profile| $crate::profile::value::Value::print(&profile.$section.$field),
                    set: |profile, text| {
                        profile.$section.$field = $crate::profile::param::read(NAME, $unit, ALLOWED, text)?;
                        Ok(())
                    },
                    jitter: !concat!($(stringify!($off))?).is_empty(),
                    still: |_profile| { $(_profile.$section.$field = $off;)? },
                }
            },)+];
        }
    };
}

/// The dotted name of a parameter.
macro_rules! name {
    ($section:ident $field:ident) => {
        concat!(stringify!($section), ".", stringify!($field))
    };
    ($section:ident $field:ident $name:literal) => {
        $name
    };
}

pub(super) use {name, section};
