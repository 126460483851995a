use bytes::{BufMut, BytesMut};
use proptest::prelude::*;

use super::{encoder::write, frame::HeaderValue, *};

/// A frame, in a form that owns everything.
type Owned = (Vec<(String, String)>, Vec<u8>);

fn encoded(frames: &[Owned]) -> BytesMut {
    let mut out = BytesMut::new();
    for (headers, payload) in frames {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        write(&mut out, &headers, |out| out.put_slice(payload)).unwrap();
    }
    out
}

fn owned(frame: &Frame<'_>) -> Owned {
    let headers = frame.headers().map(|header| {
        let (name, value) = header.unwrap();
        match value {
            HeaderValue::Text(text) => (name.to_owned(), text.to_owned()),
            other => (name.to_owned(), format!("{other:?}")),
        }
    });
    (headers.collect(), frame.payload().to_vec())
}

fn decoded<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Owned>, FrameError> {
    let mut decoder = FrameDecoder::new();
    let mut frames = Vec::new();
    for mut chunk in chunks {
        while let Some(frame) = decoder.decode(&mut chunk)? {
            frames.push(owned(&frame));
        }
        assert!(chunk.is_empty());
    }
    Ok(frames)
}

/// A frame around headers that are written by hand.
fn framed(headers: &[u8]) -> Vec<u8> {
    let total = u32::try_from(headers.len() + 16).unwrap();
    let mut out = total.to_be_bytes().to_vec();
    out.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    out.extend(crc32fast::hash(&out).to_be_bytes());
    out.extend(headers);
    out.extend(crc32fast::hash(&out).to_be_bytes());
    out
}

#[test]
fn reads_headers_of_every_type() {
    let mut headers = Vec::new();
    for (kind, value) in [
        (0, &[][..]),
        (1, &[]),
        (2, &[0xff]),
        (3, &[0xff, 0xfe]),
        (4, &[0, 0, 1, 0]),
        (5, &[0, 0, 0, 0, 0, 0, 0, 7]),
        (6, &[0, 2, 1, 2]),
        (7, b"\0\x02hi"),
        (8, &[0, 0, 0, 0, 0, 0, 0, 9]),
        (9, &[3; 16]),
    ] {
        headers.extend([1, b'a' + kind, kind]);
        headers.extend(value);
    }
    let bytes = framed(&headers);
    let mut decoder = FrameDecoder::new();
    let frame = decoder.decode(&mut bytes.as_slice()).unwrap().unwrap();
    let values: Vec<_> = frame.headers().map(|header| header.unwrap().1).collect();
    let expected = [
        HeaderValue::Boolean(true),
        HeaderValue::Boolean(false),
        HeaderValue::Byte(-1),
        HeaderValue::Short(-2),
        HeaderValue::Integer(256),
        HeaderValue::Long(7),
        HeaderValue::Bytes(&[1, 2]),
        HeaderValue::Text("hi"),
        HeaderValue::Timestamp(9),
        HeaderValue::Uuid([3; 16]),
    ];
    assert_eq!(values, expected);
    assert_eq!(frame.text("h"), Some("hi"));
    assert_eq!(frame.text("a"), None);
    assert_eq!(frame.payload(), b"");
}

#[test]
fn refuses_headers_that_cannot_be_read() {
    for headers in [
        &b"\x00\x07\x00\x00"[..],
        b"\x01a",
        b"\x01a\x0a",
        b"\x01a\x07\x00",
        b"\x01a\x07\x00\x02h",
        b"\x01a\x07\x00\x01\xff",
        b"\x02a",
        b"\x01a\x05\x00",
    ] {
        let bytes = framed(headers);
        let read = decoded([bytes.as_slice()].into_iter());
        assert_eq!(read, Err(FrameError::Header), "{}", headers.escape_ascii());
    }
}

/// Fault S12: a length of none, of too much, or a wrong sum is refused as soon as it is there, and nothing is reserved for it.
#[test]
fn refuses_wrong_sums_and_lengths_as_soon_as_they_are_there() {
    let frame = encoded(&[(vec![("n".into(), "v".into())], b"payload".to_vec())]);
    for at in 0..frame.len() {
        let mut broken = frame.clone();
        broken[at] ^= 1;
        let read = decoded([&broken[..]].into_iter());
        let expected = if at < 12 {
            FrameError::PreludeSum
        } else {
            FrameError::Sum
        };
        assert_eq!(read, Err(expected), "byte {at}");
    }
    let prelude = |total: u32, headers: u32| {
        let mut out = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        out.extend(crc32fast::hash(&out).to_be_bytes());
        out
    };
    let over = u32::try_from(MAX_FRAME_BYTES).unwrap() + 1;
    for (lengths, error) in [
        (prelude(0, 0), FrameError::Length),
        (prelude(15, 0), FrameError::Length),
        (prelude(20, 5), FrameError::Length),
        (prelude(over, 0), FrameError::TooLarge),
        (prelude(u32::MAX, u32::MAX), FrameError::TooLarge),
        (prelude(over - 1, 1 << 20), FrameError::TooLarge),
    ] {
        assert_eq!(decoded(lengths.chunks(5)), Err(error));
    }
}

#[test]
fn a_frame_over_the_limit_is_not_written() {
    let mut out = BytesMut::from(&b"before"[..]);
    let large = vec![b' '; MAX_FRAME_BYTES];
    let written = write_event(&mut out, "e", |out| out.put_slice(&large));
    assert_eq!(written, Err(FrameError::TooLarge));
    assert_eq!(out, &b"before"[..]);
}

#[test]
fn holds_nothing_of_what_is_whole() {
    let frame = encoded(&[(Vec::new(), b"payload".to_vec())]);
    let mut decoder = FrameDecoder::new();
    let mut input = &frame[..frame.len() - 1];
    assert_eq!(decoder.decode(&mut input), Ok(None));
    assert_eq!(decoder.unfinished_bytes(), frame.len() - 1);
    let mut input = &frame[frame.len() - 1..];
    assert!(decoder.decode(&mut input).unwrap().is_some());
    assert_eq!(decoder.unfinished_bytes(), 0);
}

fn frames() -> impl Strategy<Value = Vec<Owned>> {
    let header = ("[:a-z-]{1,20}", ".{0,20}");
    let headers = prop::collection::vec(header, 0..4);
    let payload = prop::collection::vec(any::<u8>(), 0..200);
    prop::collection::vec((headers, payload), 0..6)
}

proptest! {
    /// Fault S12 (part): frames are the same, cut at any byte.
    #[test]
    fn frames_are_the_same_however_they_are_cut(
        frames in frames(),
        cuts in prop::collection::vec(1_usize..40, 1..60),
    ) {
        let bytes = encoded(&frames);
        let mut rest = &bytes[..];
        let chunks = cuts.iter().cycle().map_while(|len| {
            let (chunk, tail) = rest.split_at((*len).min(rest.len()));
            rest = tail;
            (!chunk.is_empty()).then_some(chunk)
        });
        prop_assert_eq!(&decoded(chunks).unwrap(), &frames);
        prop_assert_eq!(&decoded(bytes.chunks(1)).unwrap(), &frames);
        prop_assert_eq!(decoded([&bytes[..]].into_iter()).unwrap(), frames);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), headers in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = decoded([&bytes[..]].into_iter());
        let _ = decoded([&framed(&headers)[..]].into_iter());
    }
}
