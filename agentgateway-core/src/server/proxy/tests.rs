use std::{net::IpAddr, time::Duration};

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::{forwarded::Networks, server::ahead::Ahead};

const SIGNATURE_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fn trusted() -> Networks {
    ["10.0.0.0/8".parse().unwrap()].into_iter().collect()
}

/// A header of version 2.
fn v2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [SIGNATURE_V2, &[command, family], &length, block].concat()
}

/// 192.0.2.7:4660 to 198.51.100.1:443.
const INET: [u8; 12] = [192, 0, 2, 7, 198, 51, 100, 1, 0x12, 0x34, 0x01, 0xbb];

fn inet6() -> Vec<u8> {
    let source: std::net::Ipv6Addr = "2001:db8::7".parse().unwrap();
    [&source.octets()[..], &[0; 16], &[0x12, 0x34, 0x01, 0xbb]].concat()
}

/// The length of the value that fills a header up to 536 bytes.
const PADDING: u16 = 536 - 16 - 12 - 3;

/// 536 bytes, as large as a sender should make a header, with a value that claims so many of them.
fn largest(claimed: u16) -> Vec<u8> {
    let mut block = INET.to_vec();
    block.push(0x04);
    block.extend(claimed.to_be_bytes());
    block.resize(536 - 16, 0);
    let header = v2(0x21, 0x11, &block);
    assert_eq!(header.len(), 536);
    header
}

/// What is read in these pieces from a peer, and what is left for who reads on.
async fn read(
    pieces: Vec<Vec<u8>>,
    peer: &str,
    rules: &ProxyProtocol,
) -> Result<(Option<String>, Vec<u8>), Refused> {
    let (mut near, mut far) = tokio::io::duplex(8 * 1024);
    let sending = async move {
        for piece in pieces {
            // One that is refused is not read to its end.
            if far.write_all(&piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let reading = async move {
        let peer: IpAddr = peer.parse().unwrap();
        let Introduced { client, mut ahead } = introduced(&mut near, peer, rules).await?;
        let mut rest = given(&mut ahead);
        near.read_to_end(&mut rest).await.unwrap();
        Ok((client.map(|client| client.to_string()), rest))
    };
    tokio::join!(sending, reading).1
}

fn given(ahead: &mut Ahead<SIGNATURE>) -> Vec<u8> {
    let mut bytes = [0; 64];
    let mut buf = tokio::io::ReadBuf::new(&mut bytes);
    ahead.give(&mut buf);
    assert!(!ahead.is_left());
    buf.filled().to_vec()
}

async fn client(header: &[u8]) -> Result<Option<String>, Refused> {
    let rules = ProxyProtocol::required(trusted());
    let pieces = vec![header.to_vec(), b"rest".to_vec()];
    let read = tokio::time::timeout(Duration::from_secs(5), read(pieces, "10.1.2.3", &rules));
    let (client, rest) = read.await.unwrap()?;
    assert_eq!(rest, b"rest", "{header:?}");
    Ok(client)
}

fn is_malformed(result: &Result<Option<String>, Refused>) -> bool {
    matches!(result, Err(Refused::Malformed))
}

#[tokio::test]
async fn reads_a_line() {
    let longest = format!("PROXY UNKNOWN {}\r\n", "f".repeat(107 - 16));
    for (line, expected) in [
        (
            "PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n",
            Some("192.0.2.7:4660"),
        ),
        (
            "PROXY TCP6 2001:db8::7 ::1 65535 0\r\n",
            Some("[2001:db8::7]:65535"),
        ),
        (
            "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            Some("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
        ),
        ("PROXY UNKNOWN\r\n", None),
        ("PROXY UNKNOWN whatever\r\n", None),
        (&longest, None),
    ] {
        let found = client(line.as_bytes()).await.unwrap();
        assert_eq!(found.as_deref(), expected, "{line}");
    }
}

/// Fault H59: lines that are none: closed.
#[tokio::test]
async fn refuses_a_line_that_is_malformed() {
    let longer = format!("PROXY UNKNOWN {}\r\n", "f".repeat(107 - 15));
    let endless = format!("PROXY TCP4 {}", "1".repeat(200));
    for line in [
        "PROXY TCP4 192.0.2.7 198.51.100.1 4660\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 4660 443 1\r\n",
        "PROXY TCP4 192.0.2.7  198.51.100.1 4660 443\r\n",
        "PROXY  TCP4 192.0.2.7 198.51.100.1 4660 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 04660 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 +4660 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n",
        "PROXY TCP4 192.0.2.07 198.51.100.1 4660 443\r\n",
        "PROXY TCP4 2001:db8::7 198.51.100.1 4660 443\r\n",
        "PROXY TCP6 192.0.2.7 ::1 4660 443\r\n",
        "PROXY UDP4 192.0.2.7 198.51.100.1 4660 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\n--",
        "PROXY \r\n------------",
        "PROXY UNKNOWNS\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 4660 443 \r\n",
        &longer,
        &endless,
    ] {
        let found = client(line.as_bytes()).await;
        assert!(is_malformed(&found), "{line} {found:?}");
    }
}

#[tokio::test]
async fn reads_a_block() {
    let values = [&INET[..], &[0x04, 0, 2, 1, 2, 0xe0, 0, 0]].concat();
    for (header, expected) in [
        (v2(0x21, 0x11, &INET), Some("192.0.2.7:4660")),
        (v2(0x21, 0x11, &values), Some("192.0.2.7:4660")),
        (largest(PADDING), Some("192.0.2.7:4660")),
        (v2(0x21, 0x21, &inet6()), Some("[2001:db8::7]:4660")),
        (v2(0x21, 0x12, &INET), None),
        (v2(0x21, 0x31, &[0; 216]), None),
        (v2(0x21, 0x00, b"what"), None),
        (v2(0x20, 0x00, b""), None),
        (v2(0x20, 0x11, &INET), None),
        (v2(0x20, 0xff, b"what"), None),
    ] {
        let found = client(&header).await.unwrap();
        assert_eq!(found.as_deref(), expected, "{header:?}");
    }
}

/// Fault H59: a block whose lengths do not fit, or over the limit: closed.
#[tokio::test]
async fn refuses_a_block_that_is_malformed() {
    let too_long = [&INET[..], &[0x04, 0, 3, 1, 2]].concat();
    let cut = [&INET[..], &[0x04, 0]].concat();
    let mut large = INET.to_vec();
    large.resize(4096 - 16 + 1, 0);
    for header in [
        v2(0x11, 0x11, &INET),
        v2(0x31, 0x11, &INET),
        v2(0x22, 0x11, &INET),
        v2(0x21, 0x13, &INET),
        v2(0x21, 0x41, &INET),
        v2(0x21, 0x11, &INET[..11]),
        v2(0x21, 0x21, &inet6()[..35]),
        v2(0x21, 0x31, &[0; 215]),
        v2(0x21, 0x11, &too_long),
        v2(0x21, 0x11, &cut),
        largest(PADDING + 1),
        largest(PADDING - 1),
        largest(u16::MAX),
        v2(0x21, 0x11, &large),
        v2(0x20, 0x11, &large),
    ] {
        let found = client(&header).await;
        assert!(is_malformed(&found), "{header:?} {found:?}");
    }
}

/// Fault H59: a header of who is not trusted: closed.
#[tokio::test]
async fn believes_only_who_is_trusted() {
    let line = b"PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n".to_vec();
    for rules in [
        ProxyProtocol::required(trusted()),
        ProxyProtocol::optional(trusted()),
    ] {
        for header in [line.clone(), v2(0x21, 0x11, &INET), v2(0x20, 0, b"")] {
            let read = read(vec![header], "192.0.2.1", &rules).await;
            assert!(matches!(read, Err(Refused::Untrusted)), "{read:?}");
        }
    }
    let required = ProxyProtocol::required(trusted());
    let read = read(vec![b"GET / HTTP/1.1".to_vec()], "192.0.2.1", &required).await;
    assert!(matches!(read, Err(Refused::Untrusted)), "{read:?}");
}

#[tokio::test]
async fn takes_one_version_alone_when_told() {
    let line = b"PROXY UNKNOWN\r\n".to_vec();
    let block = v2(0x20, 0, b"");
    for (version, taken, refused) in [
        (ProxyVersion::V1, &line, &block),
        (ProxyVersion::V2, &block, &line),
    ] {
        let rules = ProxyProtocol::required(trusted()).only(version);
        assert!(read(vec![taken.clone()], "10.0.0.1", &rules).await.is_ok());
        let read = read(vec![refused.clone()], "10.0.0.1", &rules).await;
        assert!(matches!(read, Err(Refused::Version)), "{read:?}");
    }
}

#[tokio::test]
async fn what_is_no_header_is_served_where_none_is_required() {
    for words in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"P",
        b"PROPFIND /",
        b"\r\n\r\nGET /",
        b"\x16\x03\x01",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let optional = ProxyProtocol::optional(trusted());
        let pieces = vec![words.to_vec(), b"and on".to_vec()];
        for peer in ["10.0.0.1", "192.0.2.1"] {
            let found = read(pieces.clone(), peer, &optional).await.unwrap();
            assert_eq!(found, (None, [words, b"and on"].concat()));
        }
        let required = ProxyProtocol::required(trusted());
        let found = read(pieces, "10.0.0.1", &required).await;
        assert!(matches!(found, Err(Refused::Missing)), "{found:?}");
    }
}

#[tokio::test]
async fn half_a_header_is_none() {
    let optional = ProxyProtocol::optional(trusted());
    for words in [&b""[..], b"PROXY", b"PROXY TCP4 1", SIGNATURE_V2] {
        let found = read(vec![words.to_vec()], "10.0.0.1", &optional).await;
        assert!(matches!(found, Err(Refused::Left(_))), "{found:?}");
    }
}

/// Fault H59: split at each byte, and byte for byte, a header of up to 536 bytes is taken whole, one with bad lengths or of who is not trusted is closed, and nothing of any is left to be read as HTTP.
#[tokio::test]
async fn a_split_at_any_byte_changes_nothing() {
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
    let line = b"PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n".to_vec();
    let bad_line = b"PROXY TCP4 192.0.2.7 198.51.100.1 4660 66666\r\n".to_vec();
    let headers = [
        (line, true),
        (v2(0x21, 0x11, &INET), true),
        (largest(PADDING), true),
        (bad_line, false),
        (largest(PADDING + 1), false),
        (largest(PADDING - 1), false),
    ];
    for rules in [
        ProxyProtocol::required(trusted()),
        ProxyProtocol::optional(trusted()),
    ] {
        for (header, is_good) in &headers {
            let bytes = [header, REQUEST].concat();
            let halves =
                (1..bytes.len()).map(|at| [&bytes[..at], &bytes[at..]].map(<[u8]>::to_vec));
            let each = bytes.iter().map(|byte| vec![*byte]).collect();
            for pieces in halves.map(Vec::from).chain([each]) {
                let found = read(pieces.clone(), "10.0.0.1", &rules).await;
                match found {
                    Ok((client, left)) if *is_good => {
                        assert_eq!(client.as_deref(), Some("192.0.2.7:4660"));
                        assert_eq!(left, REQUEST);
                    }
                    Err(Refused::Malformed) if !is_good => {}
                    found => panic!("{rules:?} {pieces:?} {found:?}"),
                }
                let spoofed = read(pieces.clone(), "192.0.2.1", &rules).await;
                let malformed = matches!(spoofed, Err(Refused::Malformed)) && !is_good;
                let untrusted = matches!(spoofed, Err(Refused::Untrusted));
                assert!(malformed || untrusted, "{rules:?} {pieces:?} {spoofed:?}");
            }
        }
    }
}

/// Cuts bytes at these places.
fn cut(bytes: &[u8], places: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut places: Vec<_> = places.iter().map(|at| at.index(bytes.len())).collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut from = 0;
    for at in places {
        pieces.push(bytes[from..at].to_vec());
        from = at;
    }
    pieces.push(bytes[from..].to_vec());
    pieces
}

fn beginning() -> impl Strategy<Value = Vec<u8>> {
    let line = "PROXY (TCP4 192\\.0\\.2\\.[0-9]{1,2} 10\\.0\\.0\\.1 [0-9]{1,5} 443|UNKNOWN[ a-z]{0,90}|[ -~]{0,110})\r\n";
    let block = (
        any::<u8>(),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..300),
    );
    prop_oneof![
        line.prop_map(String::into_bytes),
        block.prop_map(|(command, family, block)| v2(0x20 | command & 0x81, family & 0x33, &block)),
        prop::collection::vec(any::<u8>(), 0..40),
        "P?R?O?X?Y? ?[a-z]{0,20}".prop_map(String::into_bytes),
    ]
}

proptest! {
    /// Fault H59: a header that is split anywhere: the same, and what follows is left.
    #[test]
    fn pieces_change_nothing(
        header in beginning(),
        rest in prop::collection::vec(any::<u8>(), 1..40),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes = [&header[..], &rest].concat();
        let rules = ProxyProtocol::optional(trusted());
        let told = |result: Result<(Option<String>, Vec<u8>), Refused>| match result {
            Ok(read) => Ok(read),
            Err(refused) => Err(refused.to_string()),
        };
        let whole = told(runtime.block_on(read(vec![bytes.clone()], "10.0.0.1", &rules)));
        let pieces = told(runtime.block_on(read(cut(&bytes, &places), "10.0.0.1", &rules)));
        prop_assert_eq!(&whole, &pieces);
        // What is left is the end of what came: a header, or nothing, was taken.
        if let Ok((client, left)) = whole {
            prop_assert!(bytes.ends_with(&left));
            prop_assert!(client.is_none() || left.len() < bytes.len());
        }
    }
}
