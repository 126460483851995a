use proptest::prelude::*;

use crate::server::{framing::Framing, refusal::Refusal};

const GOOD: &str = "\r\nPOST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 17\r\n\r\nGET / HTTP/1.1\n\n\n\
    POST /b HTTP/1.1\r\nTransfer-Encoding:\tChunked\r\nx: y\r\n\r\n\
    A;e=\"v\"\r\n0123456789\r\n0b\r\ncontent\r\n: x\r\n0\r\ntrailer: content-length: 5\r\n\r\n\
    GET /c HTTP/1.1\r\nhost: x\r\n\r\n";

fn follow(pieces: &[&[u8]]) -> (Framing, Result<(), Refusal>) {
    let mut framing = Framing::default();
    let result = pieces.iter().try_for_each(|piece| framing.follow(piece));
    (framing, result)
}

#[test]
fn counts_heads_and_knows_where_they_are() {
    let (framing, result) = follow(&[GOOD.as_bytes()]);
    assert_eq!(result, Ok(()));
    assert_eq!((framing.heads(), framing.at_rest()), (3, true));
    let (framing, _) = follow(&[GOOD.as_bytes(), b"G"]);
    assert_eq!((framing.heads(), framing.in_head()), (4, true));
    let (framing, _) = follow(&[b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n1"]);
    assert!(!framing.in_head() && !framing.at_rest(), "in a body");
}

#[test]
fn says_nothing_where_it_cannot_follow() {
    for request in [
        "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\na\nb\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nt: v\n\r\n\nG\n\n",
    ] {
        let (framing, result) = follow(&[request.as_bytes()]);
        assert_eq!(result, Ok(()), "{request:?}");
        assert!(!framing.at_rest(), "{request:?}");
    }
}

#[test]
fn ties_what_it_finds_to_its_head() {
    let bad = "POST /d HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n";
    let whole = format!("{GOOD}{bad}{GOOD}\n");
    let (framing, result) = follow(&[whole.as_bytes()]);
    assert_eq!(result, Err(Refusal::TwoFramings));
    assert_eq!(framing.heads(), 4);
}

/// Fault H04: a length is too long to be one, in pieces or not, and what follows it is no request.
#[test]
fn refuses_a_framing_field_that_would_be_cut() {
    for (name, value) in [("content-length", "5"), ("transfer-encoding", "chunked")] {
        for padding in [" ".repeat(40), " ".repeat(20) + &"0".repeat(20)] {
            let head = format!("POST / HTTP/1.1\r\n{name}:{padding}{value}\r\n\r\n");
            for cut in 0..head.len() {
                let (one, two) = head.as_bytes().split_at(cut);
                let (_, result) = follow(&[one, two]);
                assert_eq!(result, Err(Refusal::LongFraming), "{head:?} at {cut}");
            }
        }
    }
}

proptest! {
    #[test]
    fn pieces_make_no_difference(at in prop::collection::vec(0..GOOD.len(), 0..8), bad in 0..4_usize) {
        let bad = ["", "GET / HTTP/1.1\nhost: x\r\n\r\n", "GET / HTTP/1.1\r\n x: y\r\n\r\n",
            "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n"][bad];
        let whole = format!("{GOOD}{bad}");
        let mut cuts = at;
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &whole.as_bytes()[cut[0]..cut[1]]).collect();
        let (one, expected) = follow(&[whole.as_bytes()]);
        let (many, result) = follow(&pieces);
        prop_assert_eq!(result, expected);
        prop_assert_eq!((many.heads(), many.at_rest()), (one.heads(), one.at_rest()));
    }

    #[test]
    fn takes_anything(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16)) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let _ = follow(&pieces);
    }
}
