use agentgateway_core::json::{self, JsonType, Raw};

use super::{
    super::super::{
        codec::DecodeContext,
        stream::{CodecError, EventSink, SseReader, StreamDecoder},
    },
    chunk::unreadable,
    machine::Machine,
    values::Values,
};

/// Reads a stream of Gemini's.
#[derive(Debug)]
pub(in super::super) struct Decoder {
    form: Form,
    machine: Machine,
}

/// How chunks are told apart.
#[derive(Debug)]
enum Form {
    /// Nothing was seen yet.
    Unknown,
    Events(SseReader),
    Values(Values),
}

// === impl Decoder ===

impl Decoder {
    pub(in super::super) fn new(context: &DecodeContext) -> Self {
        Self {
            form: Form::Unknown,
            machine: Machine::new(context.clone()),
        }
    }
}

impl StreamDecoder for Decoder {
    fn feed(&mut self, chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Self { form, machine } = self;
        let mut chunk = chunk;
        if matches!(form, Form::Unknown) {
            chunk = chunk.trim_ascii_start();
            *form = match chunk.first() {
                None => return Ok(()),
                Some(b'[' | b'{') => Form::Values(Values::default()),
                Some(_) => Form::Events(SseReader::new()),
            };
        }
        match form {
            Form::Unknown => Ok(()),
            Form::Events(reader) => reader.feed(chunk, |event| read(event.data(), machine, out)),
            Form::Values(values) => values.feed(chunk, |value| read(value, machine, out)),
        }
    }

    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Self { form, machine } = self;
        let complete = match form {
            Form::Unknown => false,
            Form::Events(reader) => {
                reader.finish(|event| {
                    // Cut in its middle, it is no chunk.
                    match Raw::parse(event.data()) {
                        Ok(_) => read(event.data(), machine, out),
                        Err(_) => Err(CodecError::Truncated),
                    }
                })?;
                true
            }
            Form::Values(values) => values.is_complete(),
        };
        machine.finish(complete, out)
    }
}

fn read(data: &[u8], machine: &mut Machine, out: &mut dyn EventSink) -> Result<(), CodecError> {
    // Some gateways end every stream as OpenAI does.
    if data.is_empty() || data == b"[DONE]" {
        return Ok(());
    }
    let raw = Raw::parse(data).map_err(|error| unreadable(&error))?;
    if json::type_of(raw) != JsonType::Array {
        return machine.chunk(raw, out);
    }
    // An error may come in an array of its own.
    let mut result = Ok(());
    let read = json::elements(raw, |element| {
        if result.is_ok() {
            result = machine.chunk(element, out);
        }
    });
    read.map_err(|error| unreadable(&error))?;
    result
}
