use agentgateway_core::json;

use super::{super::super::stream::CodecError, fields::Fields};

/// The most items, and parts of one, that an answer may have.
const MAX_ITEMS: usize = 1024;

/// What has been told of one item.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Its `output_index`.
    pub(super) at: u64,
    pub(super) id: Box<str>,
    /// Parts of which something was told.
    pub(super) parts: Vec<u64>,
    /// The last part of a reasoning, and whether it is one of the summary.
    pub(super) thought: Option<(bool, u64)>,
    /// A call that was begun.
    pub(super) is_called: bool,
    /// Arguments were told.
    pub(super) has_arguments: bool,
    pub(super) is_done: bool,
}

// === impl Told ===

impl Told {
    pub(super) fn has(&self, part: u64) -> bool {
        self.parts.contains(&part)
    }

    pub(super) fn tell(&mut self, part: u64) -> Result<(), CodecError> {
        if !self.has(part) {
            if self.parts.len() >= MAX_ITEMS {
                return Err(CodecError::malformed("an item has too many parts"));
            }
            self.parts.push(part);
        }
        Ok(())
    }
}

/// All items of an answer, in the order in which they were told first.
#[derive(Debug, Default)]
pub(super) struct Items(Vec<Told>);

// === impl Items ===

impl Items {
    pub(super) fn get(&self, place: usize) -> Option<&Told> {
        self.0.get(place)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Result<&mut Told, CodecError> {
        self.0
            .get_mut(place)
            .ok_or(CodecError::malformed("an event of no item"))
    }

    /// Whether an item of this id is complete.
    pub(super) fn is_done(&self, id: &str) -> bool {
        !id.is_empty() && self.0.iter().any(|item| item.is_done && &*item.id == id)
    }

    /// The place of the item that an event is about: by its index, else by its id, else the last one.
    pub(super) fn place(&mut self, fields: &Fields<'_>) -> Result<usize, CodecError> {
        let known = match (fields.at, fields.item_id) {
            (Some(at), _) => self.0.iter().rposition(|item| item.at == at),
            (None, Some(id)) => {
                let id = json::string(id).unwrap_or_default();
                self.0.iter().rposition(|item| *item.id == *id)
            }
            (None, None) => self.0.len().checked_sub(1),
        };
        match known {
            Some(place) => Ok(place),
            None => self.add(fields.at, ""),
        }
    }

    /// The place of an item that begins, or that is told whole.
    pub(super) fn begin(&mut self, at: Option<u64>, id: &str) -> Result<usize, CodecError> {
        let known = match at {
            Some(at) => self.0.iter().rposition(|item| item.at == at),
            None if id.is_empty() => None,
            None => self.0.iter().rposition(|item| &*item.id == id),
        };
        match known {
            Some(place) => Ok(place),
            None => self.add(at, id),
        }
    }

    fn add(&mut self, at: Option<u64>, id: &str) -> Result<usize, CodecError> {
        let place = self.0.len();
        if place >= MAX_ITEMS {
            return Err(CodecError::malformed("it has too many items"));
        }
        let next = self.0.last().map_or(0, |last| last.at.saturating_add(1));
        self.0.push(Told {
            at: at.unwrap_or(next),
            id: id.into(),
            ..Told::default()
        });
        Ok(place)
    }
}
