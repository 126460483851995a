//! Parts of messages and artifacts.

use agentgateway_core::json::{self, JsonType, Raw};

use super::{
    Shape,
    convert::Conversion,
    error::{Fault, ShapeError},
    leaf,
    table::spelled,
    write::Object,
};
use crate::bridge::Loss;

/// The metadata of a data part that says: the data was no object, and is one's only member `value`.
const COMPAT: &str = "data_part_compat";
const CONTENT: &str = "a text, a file or data, and one of them only";

/// What a member of a part is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Text,
    /// The bytes of a file, in v1.0.
    Bytes,
    /// The address of a file, in v1.0.
    Url,
    /// The media type, in v1.0.
    MediaType,
    /// The name of the file, in v1.0.
    Filename,
    /// A file, in v0.3.
    File,
    Data,
    Metadata,
    Kind,
    Unknown,
}

struct Member<'a> {
    slot: Slot,
    name: String,
    value: Raw<'a>,
}

/// Writes a part in the other shape.
pub(super) fn part(
    conversion: &mut Conversion<'_>,
    part: Raw<'_>,
    out: &mut String,
) -> Result<(), ShapeError> {
    let members = read(conversion, part)?;
    let content = content(conversion, &members)?;
    let mut writer = Writer {
        conversion,
        members: &members,
        content,
        is_marked: false,
    };
    writer.part(out)
}

fn slot(shape: Shape, name: &str) -> Slot {
    match (shape, &*spelled(shape, name)) {
        (_, "text") => Slot::Text,
        (_, "data") => Slot::Data,
        (_, "metadata") => Slot::Metadata,
        (Shape::V1_0, "raw") => Slot::Bytes,
        (Shape::V1_0, "url") => Slot::Url,
        (Shape::V1_0, "mediaType") => Slot::MediaType,
        (Shape::V1_0, "filename") => Slot::Filename,
        (Shape::V0_3JsonRpc | Shape::V0_3Proto, "file") => Slot::File,
        (Shape::V0_3JsonRpc, "kind") => Slot::Kind,
        _ => Slot::Unknown,
    }
}

/// The members in order, without those that are null.
fn read<'a>(conversion: &mut Conversion<'_>, part: Raw<'a>) -> Result<Vec<Member<'a>>, ShapeError> {
    let mut members: Vec<Member<'a>> = Vec::new();
    conversion.each_member("Part", part, |this, name, value| {
        let slot = slot(this.from, name);
        let is_value = slot == Slot::Unknown || (slot, this.from) == (Slot::Data, Shape::V1_0);
        if json::is_null(value) && !is_value {
            return Ok(());
        }
        if slot != Slot::Unknown && members.iter().any(|member| member.slot == slot) {
            return Err(choice(this));
        }
        members.push(Member {
            slot,
            name: name.to_owned(),
            value,
        });
        Ok(())
    })?;
    Ok(members)
}

fn choice(conversion: &Conversion<'_>) -> ShapeError {
    conversion.fault(Fault::Choice {
        place: "Part",
        expected: CONTENT,
    })
}

/// The one member that is the content; it must be what `kind` says.
fn content(conversion: &Conversion<'_>, members: &[Member<'_>]) -> Result<Slot, ShapeError> {
    let is_content = |slot| {
        matches!(
            slot,
            Slot::Text | Slot::Bytes | Slot::Url | Slot::File | Slot::Data
        )
    };
    let mut slots = members
        .iter()
        .map(|member| member.slot)
        .filter(|slot| is_content(*slot));
    let (Some(content), None) = (slots.next(), slots.next()) else {
        return Err(choice(conversion));
    };
    let kind = members.iter().find(|member| member.slot == Slot::Kind);
    let is_so = kind
        .is_none_or(|kind| json::string(kind.value).is_some_and(|kind| kind == kind_of(content)));
    if is_so {
        Ok(content)
    } else {
        Err(choice(conversion))
    }
}

const fn kind_of(content: Slot) -> &'static str {
    match content {
        Slot::Text => "text",
        Slot::Data => "data",
        _ => "file",
    }
}

struct Writer<'w, 'l, 'a> {
    conversion: &'w mut Conversion<'l>,
    members: &'w [Member<'a>],
    content: Slot,
    /// The data is written as the member `value` of an object, or was.
    is_marked: bool,
}

impl Writer<'_, '_, '_> {
    fn part(&mut self, out: &mut String) -> Result<(), ShapeError> {
        let to_v1 = self.conversion.to == Shape::V1_0;
        self.is_marked = if to_v1 {
            self.is_wrapped()
        } else {
            self.must_wrap()
        };
        let mut object = Object::open(out);
        if self.conversion.to == Shape::V0_3JsonRpc {
            object.text("kind", kind_of(self.content));
        }
        let mut has_file = false;
        let mut has_metadata = false;
        for member in self.members {
            match member.slot {
                Slot::Text => object.raw("text", member.value),
                Slot::Data => self.data(member.value, &mut object)?,
                Slot::File => self.unpack(member.value, &mut object)?,
                Slot::Bytes | Slot::Url | Slot::MediaType | Slot::Filename => {
                    if !matches!(self.content, Slot::Bytes | Slot::Url) {
                        if !leaf::is_default(member.value) {
                            self.conversion.loss.add(Loss::PartDetails);
                        }
                    } else if !has_file {
                        has_file = true;
                        self.pack(object.name("file"));
                    }
                }
                Slot::Metadata => {
                    has_metadata = true;
                    self.metadata(member.value, &mut object)?;
                }
                Slot::Kind => {}
                Slot::Unknown => self.unknown(&member.name, member.value, &mut object),
            }
        }
        if self.is_marked && !to_v1 && !has_metadata {
            object.json("metadata", &format!("{{\"{COMPAT}\":true}}"));
        }
        object.close();
        Ok(())
    }

    fn unknown(&mut self, name: &str, value: Raw<'_>, object: &mut Object<'_>) {
        match slot(self.conversion.to, name) {
            Slot::Unknown => object.raw(name, value),
            _ => self.conversion.loss.add(Loss::Clash),
        }
    }

    /// Writes the file of v0.3 that the members of v1.0 are.
    fn pack(&self, out: &mut String) {
        let is_rpc = self.conversion.to == Shape::V0_3JsonRpc;
        let mut file = Object::open(out);
        for member in self.members {
            match (member.slot, is_rpc) {
                (Slot::Bytes, true) => file.json("bytes", &leaf::plain_base64(member.value)),
                (Slot::Bytes, false) => file.raw("fileWithBytes", member.value),
                (Slot::Url, true) => file.raw("uri", member.value),
                (Slot::Url, false) => file.raw("fileWithUri", member.value),
                (Slot::MediaType, _) => file.raw("mimeType", member.value),
                (Slot::Filename, _) => file.raw("name", member.value),
                _ => {}
            }
        }
        file.close();
    }

    /// Writes the members of v1.0 that a file of v0.3 is.
    fn unpack(&mut self, file: Raw<'_>, object: &mut Object<'_>) -> Result<(), ShapeError> {
        let is_rpc = self.conversion.from == Shape::V0_3JsonRpc;
        let mut written: [Option<&str>; 4] = [None; 4];
        let mut contents = 0;
        // The names of the part are taken too: what stands in the file must not stand for them.
        let mut unknown: Vec<(String, Raw<'_>)> = Vec::new();
        self.conversion
            .each_member("FilePart", file, |this, name, value| {
                let (at, to) = match (&*spelled(this.from, name), is_rpc) {
                    ("bytes", true) | ("fileWithBytes", false) => (0, "raw"),
                    ("uri", true) | ("fileWithUri", false) => (1, "url"),
                    ("mimeType", _) => (2, "mediaType"),
                    ("name", _) => (3, "filename"),
                    _ => {
                        unknown.push((name.to_owned(), value));
                        return Ok(());
                    }
                };
                if json::is_null(value) {
                    return Ok(());
                }
                if written
                    .get_mut(at)
                    .is_none_or(|slot| slot.replace(to).is_some())
                {
                    return Err(this.fault(Fault::Twice {
                        place: "FilePart",
                        name: to,
                    }));
                }
                contents += usize::from(at < 2);
                object.raw(to, value);
                Ok(())
            })?;
        for (name, value) in unknown {
            self.unknown(&name, value, object);
        }
        if contents == 1 {
            return Ok(());
        }
        Err(self.conversion.fault(Fault::Choice {
            place: "FilePart",
            expected: "bytes or an address, and one of them only",
        }))
    }

    fn data(&mut self, value: Raw<'_>, object: &mut Object<'_>) -> Result<(), ShapeError> {
        match self.conversion.to {
            Shape::V1_0 => {
                let data = self.inner(value)?;
                let data = match (self.is_marked, data) {
                    (true, Some(data)) => sole_value(data).unwrap_or(data).get(),
                    (false, Some(data)) => data.get(),
                    (_, None) => "{}",
                };
                object.json("data", data);
            }
            to => {
                let mut data = String::new();
                let text = value.get();
                match self.is_marked {
                    true => Object::open_with("value", text, &mut data),
                    false => data.push_str(text),
                }
                match to {
                    Shape::V0_3Proto => Object::open_with("data", &data, object.name("data")),
                    _ => object.json("data", &data),
                }
            }
        }
        Ok(())
    }

    /// The data within the `DataPart` of the v0.3 protobuf.
    fn inner<'r>(&mut self, value: Raw<'r>) -> Result<Option<Raw<'r>>, ShapeError> {
        if self.conversion.from != Shape::V0_3Proto {
            return Ok(Some(value));
        }
        let mut data = None;
        self.conversion
            .each_member("DataPart", value, |this, name, value| {
                match name {
                    "data" if data.is_some() => {
                        return Err(this.fault(Fault::Twice {
                            place: "DataPart",
                            name: "data",
                        }));
                    }
                    "data" => data = Some(value).filter(|value| !json::is_null(*value)),
                    _ => this.loss.add(Loss::BesidePayload),
                }
                Ok(())
            })?;
        Ok(data)
    }

    /// Whether v0.3, whose data are objects, needs the data wrapped.
    fn must_wrap(&self) -> bool {
        self.members.iter().any(|member| {
            member.slot == Slot::Data && json::type_of(member.value) != JsonType::Object
        })
    }

    /// Whether the data of v0.3 say that they were wrapped.
    fn is_wrapped(&mut self) -> bool {
        let find = |slot| self.members.iter().find(|member| member.slot == slot);
        let (Some(data), Some(metadata)) = (find(Slot::Data), find(Slot::Metadata)) else {
            return false;
        };
        let is_told = json::members_of(metadata.value, [COMPAT])
            .is_ok_and(|[mark]| mark.and_then(json::boolean) == Some(true));
        let value = match self.conversion.from {
            Shape::V0_3Proto => json::members_of(data.value, ["data"])
                .ok()
                .and_then(|[data]| data),
            _ => Some(data.value),
        };
        is_told && value.and_then(sole_value).is_some()
    }

    fn metadata(&mut self, value: Raw<'_>, object: &mut Object<'_>) -> Result<(), ShapeError> {
        let to_v1 = self.conversion.to == Shape::V1_0;
        let is_told = || has(value, COMPAT);
        if self.content != Slot::Data || !(self.is_marked || (!to_v1 && is_told())) {
            object.raw("metadata", value);
            return Ok(());
        }
        let mut out = String::new();
        let mut metadata = Object::open(&mut out);
        self.conversion
            .each_member("Part", value, |this, name, value| {
                match name {
                    COMPAT if !to_v1 => this.loss.add(Loss::DataPartCompat),
                    COMPAT => {}
                    name => metadata.raw(name, value),
                }
                Ok(())
            })?;
        if self.is_marked && !to_v1 {
            metadata.json(COMPAT, "true");
        }
        metadata.close();
        if !to_v1 || out != "{}" {
            object.json("metadata", &out);
        }
        Ok(())
    }
}

fn has(object: Raw<'_>, key: &str) -> bool {
    let mut has = false;
    json::entries(object, |name, _| has |= name == key).is_ok() && has
}

/// The value of the object that has no other member than `value`.
fn sole_value(object: Raw<'_>) -> Option<Raw<'_>> {
    let (mut found, mut count) = (None, 0_usize);
    json::entries(object, |name, value| {
        count = count.saturating_add(1);
        if name == "value" {
            found = Some(value);
        }
    })
    .ok()?;
    found.filter(|_| count == 1)
}
