//! The story: names of events checked, times made offsets.

use super::super::Story;
use super::super::error::Problem;
use super::super::file::StoryTable;
use super::super::story::is_named;
use super::{Context, Result};

pub(super) fn story(cx: &Context<'_>, table: &StoryTable) -> Result<Story> {
    let known = crate::sim::event_names();
    let mut story = Story::default();
    for event in &table.events {
        if !known.iter().any(|name| is_named(&event.value, name)) {
            return Err(cx.error(&event.span, Problem::unknown("event", &event.value, known)));
        }
        story.events.push(event.value.clone());
    }
    for window in &table.windows {
        let (from, to) = (cx.offset(&window.from, cx.zone)?, cx.offset(&window.to, cx.zone)?);
        if to <= from {
            let message = format!("the window ends at {to}, which is not after its start at {from}");
            return Err(cx.error(&window.to.span, Problem::form(message)));
        }
        story.windows.push((from, to));
    }
    Ok(story)
}
