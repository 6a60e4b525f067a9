//! Values of any kind, for parameters and for the fields of events.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::value::At;

/// Any value without a fraction: a text, a whole number, true or false, an array or a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Any {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Bool(bool),
    /// An array.
    List(Vec<At<Any>>),
    /// A table, in the order of the file.
    Table(Vec<(At<String>, At<Any>)>),
}

impl Any {
    /// The value as JSON.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Bool(yes) => (*yes).into(),
            Self::List(items) => items.iter().map(|item| item.value.json()).collect(),
            Self::Table(pairs) => serde_json::Value::Object(
                pairs.iter().map(|(key, value)| (key.value.clone(), value.value.json())).collect(),
            ),
        }
    }

    /// The value as a parameter's text: `8h`, `true`, `[30, 59]`. A table has none.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Bool(yes) => Some(yes.to_string()),
            Self::List(items) => {
                let all: Option<Vec<String>> = items.iter().map(|item| item.value.text()).collect();
                all.map(|all| format!("[{}]", all.join(", ")))
            }
            Self::Table(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct AnyVisitor;
        impl<'de> Visitor<'de> for AnyVisitor {
            type Value = Any;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true, false, an array or a table")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Any, E> {
                Ok(Any::Text(text.to_owned()))
            }
            fn visit_bool<E: Error>(self, yes: bool) -> Result<Any, E> {
                Ok(Any::Bool(yes))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Any, E> {
                Ok(Any::Integer(number))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Any, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = seq.next_element()? {
                    all.push(item);
                }
                Ok(Any::List(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
                let mut all: Vec<(At<String>, At<Any>)> = Vec::new();
                // The private key of a date without quotes has no place, so it cannot be read as `At`.
                while let Some(key) =
                    map.next_key().map_err(|_| A::Error::custom("a date or time needs quotes here"))?
                {
                    all.push((key, map.next_value()?));
                }
                Ok(Any::Table(all))
            }
        }
        d.deserialize_any(AnyVisitor)
    }
}

impl JsonSchema for Any {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "boolean", "array", "object"] })
    }
}
