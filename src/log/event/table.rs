//! How a part of the table of events becomes a type that reads and writes itself.

use super::template::{Found, Show};
use super::{Event, LogFile};

/// One event of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) file: LogFile,
    /// Its phrases; the first is the one that is written.
    pub(super) phrases: &'static [&'static str],
    pub(super) read: for<'a> fn(Found<'a>) -> Option<Event<'a>>,
    #[cfg(test)]
    pub(super) sample: fn() -> Event<'static>,
}

/// What each part of the table can do.
pub(super) trait Part {
    /// Its row.
    fn row(&self) -> &'static Row;
    /// The names of its fields.
    fn names(&self) -> &'static [&'static str];
    /// Calls back with its fields, in the order of its phrases.
    fn with_fields<R>(&self, call: impl FnOnce(&[&dyn Show]) -> R) -> R;
}

/// Declares a part of the table. A row is: name, variant with its fields in the order of the phrase, the file it stands in
/// in a current agent, and its phrases.
macro_rules! events {
    (
        $(#[$meta:meta])*
        $part:ident $name:ident<$lt:lifetime> {
            $($(#[$of:meta])* $kebab:literal $variant:ident $({ $($field:ident: $type:ty),+ })? $file:ident $($phrase:literal)|+;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
        #[serde(tag = "event")]
        pub enum $name<$lt> {
            $(
                $(#[$of])*
                #[serde(rename = $kebab)]
                $variant $({ $(
                    #[doc = concat!("What stands for `", stringify!($field), "` in the message.")]
                    $field: $type
                ),+ })?,
            )+
        }

        impl $name<'_> {
            pub(super) const ROWS: &'static [super::table::Row] = &[$(super::table::Row {
                name: $kebab,
                file: crate::log::LogFile::$file,
                phrases: &[$($phrase),+],
                read: |mut found| {
                    let _ = &mut found;
                    Some(super::Event::$part($name::$variant $({ $($field: found.next()?),+ })?))
                },
                #[cfg(test)]
                sample: || {
                    let mut place = 0_u8;
                    let _ = &mut place;
                    super::Event::$part($name::$variant $({ $($field: {
                        place += 1;
                        super::template::Field::sample(place - 1)
                    }),+ })?)
                },
            }),+];
        }

        impl super::table::Part for $name<'_> {
            fn row(&self) -> &'static super::table::Row {
                #[allow(non_camel_case_types, reason = "the variants as numbers, in their order")]
                enum Place { $($variant),+ }
                let place = match self { $(Self::$variant { .. } => Place::$variant as usize),+ };
                &Self::ROWS[place]
            }

            fn names(&self) -> &'static [&'static str] {
                match self { $(Self::$variant { .. } => &[$($(stringify!($field)),+)?]),+ }
            }

            fn with_fields<R>(&self, call: impl FnOnce(&[&dyn super::template::Show]) -> R) -> R {
                match self { $(Self::$variant $({ $($field),+ })? => call(&[$($($field as &dyn super::template::Show),+)?])),+ }
            }
        }
    };
}

pub(super) use events;
