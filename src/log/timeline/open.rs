//! What has begun and not ended yet.

use super::item::{Fact, Item, ItemKind, Outcome};
use super::pair;
use crate::log::event::Guid;
use crate::log::record::{Stamp, TICKS_PER_SECOND};

/// No item keeps more facts than this.
const MOST_FACTS: usize = 60;
/// No fact is longer than this, in bytes.
const MOST_BYTES: usize = 300;

/// When and where a record stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here {
    pub(super) stamp: Stamp,
    /// In the zone of the first record.
    pub(super) at: i64,
    pub(super) thread: Option<u32>,
}

/// An item without its end.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) item: Item,
    /// Which run of the service it belongs to.
    pub(super) run: u32,
    /// How many torn parts there were when it began.
    torn: u64,
    /// Whether what was said of it so far is good.
    pub(super) well: Option<bool>,
}

/// All that is open in one log.
#[derive(Debug, Default)]
pub(super) struct OpenItems {
    log: String,
    all: Vec<Open>,
    done: Vec<Item>,
    pub(super) run: u32,
    pub(super) torn: u64,
    pub(super) has_stopped: bool,
}

impl OpenItems {
    pub(super) fn new(log: &str) -> Self {
        Self { log: log.to_owned(), ..Self::default() }
    }

    /// Something begins. What is open of the same kind on the same thread, or of the same id, has no end.
    pub(super) fn begin(&mut self, kind: ItemKind, here: Here, id: Option<Guid>) -> &mut Open {
        let same = |open: &Open| {
            open.item.kind == kind && if id.is_some() { open.item.id == id } else { open.item.thread == here.thread }
        };
        while let Some(place) = self.all.iter().position(same) {
            self.give_up(place, Outcome::BeganAgain);
        }
        let item = Item {
            kind,
            log: self.log.clone(),
            begin: here.stamp,
            end: None,
            millis: None,
            thread: here.thread,
            id,
            user: None,
            reason: None,
            outcome: Outcome::LogEnds,
            facts: Vec::new(),
            at: here.at,
        };
        self.all.push(Open { item, run: self.run, torn: self.torn, well: None });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// What is open of this kind with this id, begun now if nothing is.
    pub(super) fn or_begin(&mut self, kind: ItemKind, id: Guid, here: Here) -> &mut Open {
        match self.all.iter().rposition(|open| open.item.kind == kind && open.item.id == Some(id)) {
            Some(place) => &mut self.all[place],
            None => self.begin(kind, here, Some(id)),
        }
    }

    /// The innermost that is open of these kinds: on this thread, or of a run as a whole.
    pub(super) fn find(&mut self, kinds: &[ItemKind], thread: Option<u32>) -> Option<&mut Open> {
        self.all.iter_mut().rev().find(|open| {
            kinds.contains(&open.item.kind) && (open.item.thread == thread || open.item.kind == ItemKind::ServiceRun)
        })
    }

    /// What is open of this kind with this id.
    pub(super) fn of_id(&mut self, kind: ItemKind, id: Guid) -> Option<&mut Open> {
        self.all.iter_mut().rev().find(|open| open.item.kind == kind && open.item.id == Some(id))
    }

    /// The last that is open of this kind, on any thread.
    pub(super) fn last_of(&mut self, kind: ItemKind) -> Option<&mut Open> {
        self.all.iter_mut().rev().find(|open| open.item.kind == kind)
    }

    /// What ended last of this kind on this thread.
    pub(super) fn last_done(&mut self, kind: ItemKind, thread: Option<u32>) -> Option<&mut Item> {
        self.done.iter_mut().rev().take(20).find(|item| item.kind == kind && item.thread == thread)
    }

    /// Ends what is open of this kind on this thread, or else what is open of this kind alone, on any thread: work goes on on
    /// other threads than it began. Gives false if there is none.
    pub(super) fn end(&mut self, kind: ItemKind, here: Here) -> bool {
        let on_thread = self.all.iter().rposition(|open| open.item.kind == kind && open.item.thread == here.thread);
        let mut of_kind =
            self.all.iter().enumerate().filter(|(_, open)| open.item.kind == kind && open.run == self.run);
        let alone = match (of_kind.next(), of_kind.next()) {
            (Some((place, _)), None) => Some(place),
            (None, _) | (Some(_), Some(_)) => None,
        };
        let place = on_thread.or(alone);
        if let Some(place) = place {
            self.end_at(place, here);
        }
        place.is_some()
    }

    /// Ends what is open of this kind with this id.
    pub(super) fn end_id(&mut self, kind: ItemKind, id: Guid, here: Here) -> bool {
        let place = self.all.iter().rposition(|open| open.item.kind == kind && open.item.id == Some(id));
        if let Some(place) = place {
            self.end_at(place, here);
        }
        place.is_some()
    }

    /// Ends all that is open of these kinds on this thread.
    pub(super) fn end_all(&mut self, kinds: &[ItemKind], here: Here) {
        let is_it = |open: &Open| kinds.contains(&open.item.kind) && open.item.thread == here.thread;
        while let Some(place) = self.all.iter().rposition(is_it) {
            self.end_at(place, here);
        }
    }

    fn end_at(&mut self, place: usize, here: Here) {
        let mut open = self.all.remove(place);
        open.item.end = Some(here.stamp);
        open.item.millis = u64::try_from((here.at - open.item.at).max(0) / (TICKS_PER_SECOND / 1_000)).ok();
        open.item.outcome = pair::outcome_of(open.item.kind, open.well);
        self.done.push(open.item);
    }

    /// An end without a beginning.
    pub(super) fn lone_end(&mut self, kind: ItemKind, here: Here, id: Option<Guid>) {
        let open = self.begin(kind, here, id);
        open.item.end = Some(here.stamp);
        let item = Item { outcome: Outcome::NoBeginning, ..open.item.clone() };
        let _ = self.all.pop();
        self.done.push(item);
    }

    /// Something that is over at once.
    pub(super) fn moment(&mut self, kind: ItemKind, here: Here, value: String) {
        let open = self.begin(kind, here, None);
        say(&mut open.item, "what", &value);
        let last = self.all.len() - 1;
        self.end_at(last, here);
    }

    fn give_up(&mut self, place: usize, why: Outcome) {
        let mut open = self.all.remove(place);
        let is_lost = open.torn != self.torn;
        let is_service = open.item.kind == ItemKind::ServiceRun;
        open.item.outcome = if !is_service && (open.run != self.run || self.has_stopped) {
            Outcome::ServiceEnded
        } else if is_lost && !is_service {
            Outcome::RecordsLost
        } else {
            why
        };
        self.done.push(open.item);
    }

    /// The log has ended: nothing that is open will end.
    pub(super) fn finish(mut self) -> Vec<Item> {
        while !self.all.is_empty() {
            self.give_up(0, Outcome::LogEnds);
        }
        self.done
    }
}

/// Notes a fact of an item, cut to a bearable length.
pub(super) fn say(item: &mut Item, name: &'static str, value: &str) {
    let value = value.trim();
    let is_known = item.facts.last().is_some_and(|fact| fact.name == name && fact.value == value);
    if item.facts.len() >= MOST_FACTS || is_known {
        return;
    }
    item.facts.push(Fact { name, value: shortened(value, MOST_BYTES) });
}

/// The beginning of a text, with dots if that is not all.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}\u{2026}", text.get(..end).unwrap_or(""))
}
