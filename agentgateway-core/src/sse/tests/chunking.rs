//! However a stream is cut, it gives the same.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::support::{boundaries, expected_events, read, read_whole};
use crate::sse::SseDecoder;

const TRANSCRIPT: &[u8] =
    "\u{feff}: hi\r\n\r\nevent: a\r\ndata: 1\u{1f680}\r\n\r\n\rdata:x\ndata\n\
    id: 9\n\n\n:c\r:d\nretry: 5\n\ndata: [DONE]\r\r\ndata: cut"
        .as_bytes();

/// Streams made of what matters, so that fields and line ends meet in all ways.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", "\r\n\r\n"])
            .prop_map(|text| text.as_bytes().to_vec()),
        6 => prop::sample::select(vec![
            "data", "data:", "data: ", "event: ", "id: ", "retry: ", ":", " ", "\0", "12", "x",
            "\u{feff}", "\u{1f680}", "data: {\"a\":1}\n\n", ": ping\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..4),
    ];
    (
        prop::sample::select(vec![&b""[..], b"", b"\xEF\xBB\xBF", b"\xEF\xBB", b"\xEF"]),
        vec(piece, 0..40),
    )
        .prop_map(|(start, pieces)| [start, &pieces.concat()].concat())
}

fn sorted(cuts: &[Index], stream: &[u8]) -> Vec<usize> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    cuts.sort_unstable();
    cuts
}

fn every_byte(stream: &[u8]) -> Vec<usize> {
    (0..stream.len()).collect()
}

/// Fault S02: the same for pairs of cuts.
#[test]
fn gives_the_same_for_all_pairs_of_cuts() {
    let whole = read_whole(TRANSCRIPT);
    let places = boundaries(SseDecoder::new(), TRANSCRIPT);
    assert_eq!(whole.events().len(), 3);
    for first in 0..=TRANSCRIPT.len() {
        for second in first..=TRANSCRIPT.len() {
            let outcome = read(
                SseDecoder::new(),
                TRANSCRIPT,
                &[first, second],
                Some(&places),
            );
            assert_eq!(outcome, whole, "{first} {second}");
        }
    }
}

/// Fault S01: a stream cut at every byte, and into single bytes: the same events, the same bytes.
#[test]
fn gives_the_same_byte_by_byte() {
    let outcome = read(SseDecoder::new(), TRANSCRIPT, &every_byte(TRANSCRIPT), None);
    assert_eq!(outcome, read_whole(TRANSCRIPT));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Fault S01: a stream cut at every byte, and into single bytes: the same events, the same bytes.
    /// Fault S05: a code point torn between chunks: no byte is replaced.
    #[test]
    fn gives_the_same_for_any_cut(stream in stream(), cuts in vec(any::<Index>(), 0..12)) {
        let whole = read_whole(&stream);
        let places = boundaries(SseDecoder::new(), &stream);
        let cuts = sorted(&cuts, &stream);
        prop_assert_eq!(&read(SseDecoder::new(), &stream, &cuts, Some(&places)), &whole);
        let cuts = every_byte(&stream);
        prop_assert_eq!(&read(SseDecoder::new(), &stream, &cuts, Some(&places)), &whole);
    }

    #[test]
    fn agrees_with_the_rules_read_plainly(stream in stream()) {
        prop_assert_eq!(read_whole(&stream).events(), expected_events(&stream));
    }

    /// Fault S05: a code point torn between chunks: no byte is replaced.
    #[test]
    fn keeps_every_byte_between_its_frames(stream in stream()) {
        let outcome = read_whole(&stream);
        let mut previous = 0;
        for (_, end) in &outcome.frames {
            prop_assert!(*end > previous);
            previous = *end;
        }
        prop_assert!(previous <= stream.len());
    }

    /// Fault S08: an endless line: an error at the limit, and no more memory than it.
    #[test]
    fn passes_the_limit_at_the_same_byte(
        stream in stream(),
        cuts in vec(any::<Index>(), 0..12),
        limit in 0_usize..40,
    ) {
        let decoder = || SseDecoder::new().with_max_event_bytes(limit);
        let whole = read(decoder(), &stream, &[], None);
        prop_assert_eq!(&read(decoder(), &stream, &sorted(&cuts, &stream), None), &whole);
        prop_assert_eq!(&read(decoder(), &stream, &every_byte(&stream), None), &whole);
    }

    /// Fault S06: data that is not UTF-8 is relayed as it came, and whoever would read it reads nothing.
    #[test]
    fn takes_any_bytes(stream in vec(any::<u8>(), 0..300), cuts in vec(any::<Index>(), 0..12)) {
        let cuts = sorted(&cuts, &stream);
        prop_assert_eq!(read(SseDecoder::new(), &stream, &cuts, None), read_whole(&stream));
    }
}
