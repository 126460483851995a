//! A stream gives the same events however it is cut, in the order that encoders rely on, and what each
//! dialect writes of them is read again.
//!
//! Input: one byte for how many cuts follow, that many bytes (the length of each chunk), then the stream.

use agentgateway_llm::{
    LlmDialect,
    bridge::{
        AnswerContext, DIALECTS, DecodeContext, codec_of,
        stream::{CodecError, Event, Grammar},
    },
};
use bytes::BytesMut;

fn read(
    dialect: LlmDialect,
    stream: &[u8],
    lengths: impl Iterator<Item = usize>,
) -> Result<Vec<Event<'static>>, CodecError> {
    let mut decoder = codec_of(dialect)
        .unwrap()
        .stream_decoder(&DecodeContext::default());
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut start = 0_usize;
    for length in lengths.chain([stream.len()]) {
        let end = start.saturating_add(length).min(stream.len());
        decoder.feed(&stream[start..end], &mut events)?;
        start = end;
    }
    decoder.finish(&mut events)?;
    Ok(events)
}

pub(crate) fn run(dialect: LlmDialect, input: &[u8]) {
    let [cuts, rest @ ..] = input else {
        return;
    };
    let (lengths, stream) = rest.split_at(rest.len().min(usize::from(*cuts)));
    let whole = read(dialect, stream, [].into_iter());
    let lengths = lengths.iter().map(|length| usize::from(*length));
    let cut = read(dialect, stream, lengths);
    assert_eq!(whole.is_ok(), cut.is_ok());
    let Ok(events) = whole else {
        return;
    };
    assert_eq!(cut.as_ref(), Ok(&events));
    let mut grammar = Grammar::new();
    for event in &events {
        grammar
            .check(event)
            .expect("the order that encoders rely on");
    }
    for client in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
        let mut encoder = client.stream_encoder(&AnswerContext::default());
        let mut out = BytesMut::new();
        let wrote = events.iter().try_for_each(|event| match event {
            Event::Fault(fault) => {
                encoder.fail(fault, &mut out);
                Err(CodecError::Truncated)
            }
            event => encoder.encode(event, &mut out),
        });
        let again = read(client.dialect(), &out, [].into_iter());
        if wrote.is_ok() && events.last() == Some(&Event::End) {
            if let Err(error) = again {
                panic!("{} does not read what it writes: {error}", client.dialect());
            }
        }
    }
}
