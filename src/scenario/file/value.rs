//! The kinds of value that a scenario file holds: each knows its place in the file, what it accepts, and its schema.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value and where it stands in the file, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// From which byte of the file to which.
    pub span: Range<usize>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let spanned = toml::Spanned::<T>::deserialize(d)?;
        Ok(Self { span: spanned.span(), value: spanned.into_inner() })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// A value that is written as one text or one whole number.
pub trait Read: Sized {
    /// What is accepted, as in "expected a length of time such as 8h".
    const WANTED: &'static str;

    /// Reads the text.
    ///
    /// # Errors
    /// Says what is wrong and what is accepted.
    fn from_text(text: &str) -> Result<Self, String>;

    /// Reads a whole number.
    ///
    /// # Errors
    /// Says what is wrong and what is accepted.
    fn from_integer(number: i64) -> Result<Self, String> {
        Err(format!("the number {number} does not fit here; expected {}", Self::WANTED))
    }

    /// The JSON Schema of the accepted values.
    fn schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A [`Read`] value in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Val<T>(pub T);

/// A [`Read`] value with its place.
pub type Field<T> = At<Val<T>>;

impl<T> At<Val<T>> {
    /// The value itself.
    pub const fn get(&self) -> &T {
        &self.value.0
    }
}

impl<'de, T: Read> Deserialize<'de> for Val<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(ReadVisitor(PhantomData)).map(Self)
    }
}

struct ReadVisitor<T>(PhantomData<T>);

impl<'de, T: Read> Visitor<'de> for ReadVisitor<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WANTED)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::from_integer(number).map_err(E::custom)
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let number = i64::try_from(number).map_err(|_| E::custom(format!("the number {number} is too large")))?;
        T::from_integer(number).map_err(E::custom)
    }
    /// A date or time without quotes reaches a visitor as a map with one private key.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == DATE_TIME => T::from_text(&map.next_value::<String>()?).map_err(A::Error::custom),
            _ => Err(A::Error::invalid_type(serde::de::Unexpected::Map, &self)),
        }
    }
}

/// The key under which the TOML reader hands over a date or time.
const DATE_TIME: &str = "$__toml_private_datetime";

impl<T: Read> JsonSchema for Val<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::WANTED.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::schema()
    }
}

/// One value, or (in a population) several with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneOf<T> {
    /// The same for every device.
    One(T),
    /// Each device draws one; the values are the keys of the table, the weights are whole numbers.
    Weights(Vec<(Field<T>, Field<u32>)>),
}

impl<'de, T: Read> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct OneOfVisitor<T>(PhantomData<T>);
        impl<'de, T: Read> Visitor<'de> for OneOfVisitor<T> {
            type Value = OneOf<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}, or a table of such values and their weights", T::WANTED)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<OneOf<T>, E> {
                T::from_text(text).map(OneOf::One).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<OneOf<T>, E> {
                T::from_integer(number).map(OneOf::One).map_err(E::custom)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OneOf<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    all.push(pair);
                }
                Ok(OneOf::Weights(all))
            }
        }
        d.deserialize_any(OneOfVisitor(PhantomData))
    }
}

impl<T: Read> JsonSchema for OneOf<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOf {}", T::WANTED).into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = T::schema();
        json_schema!({ "anyOf": [one, { "type": "object", "description": "Weights, in a population: how often each value is drawn.", "additionalProperties": { "type": "integer", "minimum": 0, "maximum": u32::MAX } }] })
    }
}

/// A text as the short form of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextOr<T> {
    /// The short form.
    Text(String),
    /// The table.
    Table(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct TextOrVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrVisitor<T> {
            type Value = TextOr<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a table")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<TextOr<T>, E> {
                Ok(TextOr::Text(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextOr<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Table)
            }
        }
        d.deserialize_any(TextOrVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for TextOr<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("TextOr{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}

/// One item, or an array of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Many<T> {
    /// The items with their places.
    pub items: Vec<At<T>>,
    /// Where the whole stands.
    pub span: Range<usize>,
}

enum RawMany<T> {
    One(T),
    Many(Vec<At<T>>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for RawMany<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct ManyVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
            type Value = RawMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one item or an array of them")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RawMany<T>, E> {
                T::deserialize(StrDeserializer::new(text)).map(RawMany::One)
            }
            fn visit_bool<E: Error>(self, yes: bool) -> Result<RawMany<T>, E> {
                T::deserialize(serde::de::value::BoolDeserializer::new(yes)).map(RawMany::One)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<RawMany<T>, E> {
                T::deserialize(serde::de::value::I64Deserializer::new(number)).map(RawMany::One)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawMany<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(RawMany::One)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawMany<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = seq.next_element()? {
                    all.push(item);
                }
                Ok(RawMany::Many(all))
            }
        }
        d.deserialize_any(ManyVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let spanned = toml::Spanned::<RawMany<T>>::deserialize(d)?;
        let span = spanned.span();
        let items = match spanned.into_inner() {
            RawMany::One(value) => vec![At { value, span: span.clone() }],
            RawMany::Many(items) => items,
        };
        Ok(Self { items, span })
    }
}

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Many{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}
