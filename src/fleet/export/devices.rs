//! The table of devices: one row for each device and each piece of content that is aimed at it.

use super::super::Outcome;
use super::table::{Column, Value};

pub(super) const NAME: &str = "devices";

/// The columns; [`row`] gives their values.
pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::number("device"),
        Column::text("name"),
        Column::text("population").optional(),
        Column::text("kind"),
        Column::text("content"),
        Column::text("ring"),
        Column::text("standing"),
        Column::text("cause"),
        Column::number("assigned_secs"),
        Column::number("done_secs").optional(),
        Column::number("failures"),
    ]
}

pub(super) fn row<'o>(outcome: &Outcome<'o>) -> [Value<'o>; 11] {
    [
        Value::Number(outcome.device),
        Value::Text(outcome.name),
        outcome.population.map_or(Value::Unknown, Value::Text),
        Value::Text(outcome.kind),
        Value::Text(outcome.content),
        Value::Text(outcome.ring),
        Value::Text(outcome.standing.kind()),
        Value::Text(outcome.standing.cause()),
        Value::Number(outcome.assigned.as_secs()),
        outcome.done.map_or(Value::Unknown, |done| Value::Number(done.as_secs())),
        Value::Number(u64::from(outcome.failures)),
    ]
}
