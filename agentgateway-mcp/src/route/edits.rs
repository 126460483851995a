use agentgateway_core::{
    Error,
    json::{self, JsonError, JsonType, Raw, Splice},
};
use bytes::Bytes;

use super::names::Naming;

/// What is changed in a message of a target on its way to the client, and nothing else.
///
/// Values that are not what they should be stay as they are: they are the peers' to judge.
pub(super) struct Edits<'a> {
    text: &'a Bytes,
    naming: Naming,
    target: &'a str,
    changes: Splice,
}

impl<'a> Edits<'a> {
    pub(super) fn new(text: &'a Bytes, naming: Naming, target: &'a str) -> Self {
        Self {
            text,
            naming,
            target,
            changes: Splice::new(text.clone()),
        }
    }

    /// Puts something in the place of a value of the text.
    pub(super) fn replace(&mut self, value: Raw<'_>, with: impl Into<Bytes>) {
        if let Some(range) = json::range_in(self.text, value) {
            self.change(|changes| changes.replace(range, with));
        }
    }

    /// Adds a member to the object that the text is.
    pub(super) fn add(&mut self, key: &str, value: impl Into<Bytes>) {
        let start = self.text.iter().position(|byte| *byte == b'{');
        let object = start.unwrap_or_default()..self.text.trim_ascii_end().len();
        self.change(|changes| changes.add_member(object, key, value));
    }

    fn change(&mut self, change: impl FnOnce(Splice) -> Splice) {
        let none = Splice::new(Bytes::new());
        self.changes = change(std::mem::replace(&mut self.changes, none));
    }

    fn string(&mut self, value: Option<Raw<'_>>, outer: impl FnOnce(&str) -> String) {
        if let Some((value, inner)) = value.and_then(|raw| Some((raw, json::string(raw)?))) {
            let outer = outer(&inner);
            if outer != inner {
                self.replace(value, json::quote(&outer));
            }
        }
    }

    pub(super) fn uri(&mut self, value: Option<Raw<'_>>) {
        let (naming, target) = (self.naming, self.target);
        self.string(value, |inner| naming.uri(target, inner));
    }

    pub(super) fn task(&mut self, value: Option<Raw<'_>>) {
        let (naming, target) = (self.naming, self.target);
        self.string(value, |inner| naming.task(target, inner));
    }

    /// One block of content: a link to a resource, or a resource.
    pub(super) fn block(&mut self, block: Raw<'_>) -> Result<(), JsonError> {
        if json::type_of(block) != JsonType::Object {
            return Ok(());
        }
        let [kind, uri, resource, content] =
            json::members_of(block, ["type", "uri", "resource", "content"])?;
        match kind.and_then(json::string).as_deref() {
            Some("resource_link") => self.uri(uri),
            Some("resource") => self.resource(resource)?,
            Some("tool_result") => self.blocks(content)?,
            _ => {}
        }
        Ok(())
    }

    /// Blocks of content, or a single one.
    pub(super) fn blocks(&mut self, content: Option<Raw<'_>>) -> Result<(), JsonError> {
        match content {
            Some(one) if json::type_of(one) == JsonType::Object => self.block(one),
            many => self.all(many, Self::block),
        }
    }

    /// An object that is known by its `uri`.
    pub(super) fn resource(&mut self, resource: Option<Raw<'_>>) -> Result<(), JsonError> {
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        if let Some(resource) = resource.filter(is_object) {
            let [uri] = json::members_of(resource, ["uri"])?;
            self.uri(uri);
        }
        Ok(())
    }

    /// Each element of an array.
    pub(super) fn all(
        &mut self,
        array: Option<Raw<'_>>,
        each: impl Fn(&mut Self, Raw<'_>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let mut outcome = Ok(());
        if let Some(array) = array.filter(|raw| json::type_of(*raw) == JsonType::Array) {
            json::elements(array, |element| {
                if outcome.is_ok() {
                    outcome = each(self, element);
                }
            })?;
        }
        outcome
    }

    /// The user interface that `_meta` names.
    pub(super) fn meta(&mut self, meta: Option<Raw<'_>>) -> Result<(), JsonError> {
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        if let Some(meta) = meta.filter(is_object) {
            let [flat, ui] = json::members_of(meta, ["ui/resourceUri", "ui"])?;
            self.uri(flat);
            if let Some(ui) = ui.filter(is_object) {
                let [uri] = json::members_of(ui, ["resourceUri"])?;
                self.uri(uri);
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Bytes, Error> {
        Ok(self.changes.joined()?)
    }
}
