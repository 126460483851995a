use agentgateway_core::json::{self, JsonError, Raw};

use super::{
    Shape,
    error::{Fault, ShapeError, Side},
    leaf, messages, part, resource,
    table::{Field, Found, Rule, Table},
    write::Object,
};
use crate::bridge::{Loss, LossReport};

/// Members to write beside those of a message: a name, and its value as JSON.
pub(super) type Members<'m> = [(&'m str, String)];

/// One conversion: from which shape to which, whose word it is, and what is lost.
///
/// One of the shapes is that of v1.0.
pub(super) struct Conversion<'l> {
    pub(super) from: Shape,
    pub(super) to: Shape,
    pub(super) side: Side,
    pub(super) loss: &'l mut LossReport,
}

impl Conversion<'_> {
    pub(super) fn fault(&self, fault: Fault) -> ShapeError {
        ShapeError::new(self.side, fault)
    }

    /// The fault of a place that is not the JSON that it must be.
    pub(super) fn json(&self, place: &'static str, error: JsonError) -> ShapeError {
        ShapeError::json(self.side, place, error)
    }

    /// The one value that a text is.
    pub(super) fn parse<'a>(
        &self,
        place: &'static str,
        text: &'a [u8],
    ) -> Result<Raw<'a>, ShapeError> {
        Raw::parse(text).map_err(|error| self.json(place, error))
    }

    /// Visits the members of an object in order, until one fails.
    pub(super) fn each_member<'a, F>(
        &mut self,
        place: &'static str,
        object: Raw<'a>,
        mut visit: F,
    ) -> Result<(), ShapeError>
    where
        F: FnMut(&mut Self, &str, Raw<'a>) -> Result<(), ShapeError>,
    {
        let mut visited = Ok(());
        json::entries(object, |name, value| {
            if visited.is_ok() {
                visited = visit(self, name, value);
            }
        })
        .map_err(|error| self.json(place, error))?;
        visited
    }

    /// Writes an array whose elements are converted one by one.
    pub(super) fn array<F>(
        &mut self,
        (place, name): (&'static str, &'static str),
        array: Raw<'_>,
        out: &mut String,
        mut element: F,
    ) -> Result<(), ShapeError>
    where
        F: FnMut(&mut Self, Raw<'_>, &mut String) -> Result<(), ShapeError>,
    {
        let mut visited = Ok(());
        let start = out.len();
        json::elements(array, |value| {
            if visited.is_ok() {
                out.push(if out.len() == start { '[' } else { ',' });
                visited = element(self, value, out);
            }
        })
        .map_err(|error| self.fault(Fault::Json { place, name, error }))?;
        out.push_str(if out.len() == start { "[]" } else { "]" });
        visited
    }

    /// Writes a message in the other shape.
    pub(super) fn object(
        &mut self,
        table: &'static Table,
        message: Raw<'_>,
        out: &mut String,
    ) -> Result<(), ShapeError> {
        self.object_with(table, message, out, &[], &[])
    }

    /// As [`object`](Self::object), with members before the others, which stand for the message's own of
    /// the same name, and behind them.
    pub(super) fn object_with(
        &mut self,
        table: &'static Table,
        message: Raw<'_>,
        out: &mut String,
        before: &Members<'_>,
        behind: &Members<'_>,
    ) -> Result<(), ShapeError> {
        let mut object = Object::open(out);
        if let (Shape::V0_3JsonRpc, Some(kind)) = (self.to, table.kind) {
            object.text("kind", kind);
        }
        for (name, value) in before {
            object.json(name, value);
        }
        // One bit for each field of the table: those that are there, those that have a value, and those
        // that were written.
        let (mut seen, mut set, mut written) = (0_u32, 0_u32, 0_u32);
        self.each_member(table.name, message, |this, name, value| {
            match table.find(this.from, name) {
                Found::Field(at, field) => {
                    let bit = 1 << at;
                    if seen & bit != 0 {
                        return Err(this.fault(Fault::Twice {
                            place: table.name,
                            name: field.told(this.from),
                        }));
                    }
                    seen |= bit;
                    if json::is_null(value) {
                        return Ok(());
                    }
                    set |= bit;
                    let stands = |(name, _): &(&str, String)| *name == field.name(this.to);
                    if before.iter().any(stands) || this.field(table, field, value, &mut object)? {
                        written |= bit;
                    }
                }
                Found::Kind => {}
                Found::Unknown if table.takes(this.to, name) => this.loss.add(Loss::Clash),
                Found::Unknown => object.raw(name, value),
            }
            Ok(())
        })?;
        for (at, field) in table.fields.iter().enumerate() {
            let is = |bits: u32| bits >> at & 1 == 1;
            self.default(field, is(set), is(written), &mut object);
        }
        for (name, value) in behind {
            object.json(name, value);
        }
        object.close();
        Ok(())
    }

    /// Writes what a field that is not there means, where the other shape must be told.
    fn default(&self, field: &Field, is_set: bool, is_written: bool, object: &mut Object<'_>) {
        let name = field.name(self.to);
        match (field.rule, self.to, self.from) {
            _ if name.is_empty() || is_written => {}
            // The v0.3 protobuf has `false` for what is not there, v1.0 waits unless it is told not to.
            (Rule::Blocking, Shape::V0_3Proto, _) => object.json(name, "true"),
            (Rule::Blocking, Shape::V1_0, Shape::V0_3Proto) if !is_set => object.json(name, "true"),
            (_, Shape::V0_3JsonRpc, _) => {
                if let Some(value) = field.required {
                    object.json(name, value);
                }
            }
            _ => {}
        }
    }

    /// Writes a member, and says whether it did.
    fn field(
        &mut self,
        table: &'static Table,
        field: &'static Field,
        value: Raw<'_>,
        object: &mut Object<'_>,
    ) -> Result<bool, ShapeError> {
        let name = field.name(self.to);
        if name.is_empty() {
            if let Some(loss) = field.loss.filter(|_| !leaf::is_default(value)) {
                self.loss.add(loss);
            }
            return Ok(false);
        }
        let wrong = |this: &Self, expected| {
            this.fault(Fault::Member {
                place: table.name,
                name: field.told(this.from),
                expected,
            })
        };
        match field.rule {
            Rule::Copy => {
                if self.is_filler(field, value) {
                    return Ok(false);
                }
                object.raw(name, value);
            }
            Rule::Object(inner) => return self.inner(inner, name, value, object),
            Rule::Array(inner) => {
                self.array(
                    (table.name, field.told(self.from)),
                    value,
                    object.name(name),
                    |this, raw, out| this.object(inner, raw, out),
                )?;
            }
            Rule::Parts => self.array(
                (table.name, field.told(self.from)),
                value,
                object.name(name),
                part::part,
            )?,
            Rule::State => {
                let state = leaf::state(value, self.to, self.loss)
                    .ok_or_else(|| wrong(self, "the name of a task state"))?;
                object.text(name, state);
            }
            Rule::Role => {
                let role = leaf::role(value, self.to, self.side, self.loss)
                    .ok_or_else(|| wrong(self, "the name of a role"))?;
                object.text(name, role);
            }
            Rule::Timestamp => match leaf::timestamp(value, self.to) {
                Some(timestamp) => object.json(name, &timestamp),
                None => {
                    self.loss.add(Loss::Timestamp);
                    return Ok(false);
                }
            },
            Rule::HistoryLength => match leaf::history_length(value, self.from) {
                Some(length) => object.json(name, &length),
                None => return Ok(false),
            },
            Rule::Blocking => {
                let flag = json::boolean(value).ok_or_else(|| wrong(self, "a boolean"))?;
                // What is the default of the protobuf is not written.
                if flag && self.from == Shape::V0_3Proto {
                    return Ok(false);
                }
                object.json(name, if flag { "false" } else { "true" });
            }
            Rule::Schemes => return self.schemes(table, field, value, object),
            Rule::TaskName => {
                let name_of = |this: &mut Self| {
                    resource::converted(this, table.name, field.told(this.from), value)
                };
                object.json(name, &name_of(self)?);
            }
        }
        Ok(true)
    }

    /// What v0.3 over JSON-RPC must have, and v1.0 need not: it may be the bridge's own word.
    fn is_filler(&self, field: &Field, value: Raw<'_>) -> bool {
        (self.from, self.to) == (Shape::V0_3JsonRpc, Shape::V1_0)
            && field.required == Some(value.get())
    }

    fn inner(
        &mut self,
        table: &'static Table,
        name: &str,
        value: Raw<'_>,
        object: &mut Object<'_>,
    ) -> Result<bool, ShapeError> {
        if self.from == Shape::V0_3Proto && std::ptr::eq(table, &messages::CONFIGURATION) {
            // A configuration that says only what v1.0 does without one.
            let mut out = String::new();
            self.object(table, value, &mut out)?;
            if out == "{}" {
                return Ok(false);
            }
            object.json(name, &out);
        } else {
            self.object(table, value, object.name(name))?;
        }
        Ok(true)
    }

    fn schemes(
        &mut self,
        table: &'static Table,
        field: &'static Field,
        value: Raw<'_>,
        object: &mut Object<'_>,
    ) -> Result<bool, ShapeError> {
        let place = table.name;
        let name = field.name(self.to);
        if self.to != Shape::V1_0 {
            match leaf::is_default(value) {
                true => object.json(name, "[]"),
                false => object.json(name, &format!("[{}]", value.get())),
            }
            return Ok(true);
        }
        let (mut first, mut count) = (None, 0_usize);
        json::elements(value, |scheme| {
            first = first.or(Some(scheme));
            count = count.saturating_add(1);
        })
        .map_err(|error| {
            self.fault(Fault::Json {
                place,
                name: field.told(self.from),
                error,
            })
        })?;
        if count > 1 {
            self.loss.add(Loss::PushSchemes);
        }
        if let Some(scheme) = first {
            object.raw(name, scheme);
        }
        Ok(first.is_some())
    }
}
