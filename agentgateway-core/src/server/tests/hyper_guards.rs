//! What hyper itself refuses. These hold the line when hyper is updated.

use super::*;

async fn answered(request: &str) -> (String, usize) {
    let (addr, calls) = counting(quick()).await;
    (ask(addr, request).await, calls.load(Ordering::SeqCst))
}

/// Asserts that hyper refuses a head, and that nobody is called.
async fn refused(request: &str, statuses: &[&str]) {
    let (said, calls) = answered(request).await;
    let shown = request.get(..request.len().min(120)).unwrap_or_default();
    let known = |status: &&str| said.starts_with(&format!("HTTP/1.1 {status} "));
    assert!(statuses.iter().any(known), "{shown:?}: {said}");
    assert_eq!(
        (said.matches("HTTP/1.").count(), calls),
        (1, 0),
        "{shown:?}: {said}"
    );
}

fn with(fields: &str) -> String {
    format!("POST /length HTTP/1.1\r\nhost: x\r\n{fields}\r\n12345")
}

/// Fault H02 (guard: hyper): two lengths that differ are refused with 400.
#[tokio::test]
async fn two_lengths_that_differ() {
    refused(
        &with("content-length: 5\r\ncontent-length: 6\r\n"),
        &["400"],
    )
    .await;
}

/// Fault H03 (guard: hyper): two equal lengths become one, and a list of lengths is refused with 400.
#[tokio::test]
async fn two_equal_lengths() {
    let fields = "content-length: 5\r\ncontent-length: 5\r\nconnection: close\r\n";
    let (said, calls) = answered(&with(fields)).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert_eq!(calls, 1);
    refused(&with("content-length: 5, 5\r\n"), &["400"]).await;
}

/// Fault H04 (guard: hyper): a length that is no plain number is refused with 400.
#[tokio::test]
async fn lengths_are_plain_numbers() {
    for length in ["", "+5", "0x5", "-1", "5 5", "99999999999999999999", "5;"] {
        refused(&with(&format!("content-length: {length}\r\n")), &["400"]).await;
    }
}

/// Fault H05 (guard: hyper): a coding without chunked at its end, or in HTTP/1.0, is refused with 400.
#[tokio::test]
async fn chunked_is_the_last_coding() {
    for coding in ["xchunked", "chunked, identity", "identity", ""] {
        refused(&with(&format!("transfer-encoding: {coding}\r\n")), &["400"]).await;
    }
    let old = "POST /length HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let (said, calls) = answered(old).await;
    assert!(said.contains(" 400 "), "{said}");
    assert_eq!(calls, 0);
}

/// Fault H06 (guard: hyper): a malformed or endless chunk ends the body and the connection.
#[tokio::test]
async fn chunks_are_well_formed() {
    let chunked = "POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let extension = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(1 << 20));
    let trailers = format!("1\r\na\r\n0\r\nt: {}\r\n\r\n", "x".repeat(1 << 20));
    for body in [
        "0x5\r\nabcde\r\n0\r\n\r\n",
        "+5\r\nabcde\r\n0\r\n\r\n",
        "12345678123456789\r\nabc",
        "5\nabcde\n0\n\n",
        "5\r\nabcdefg\r\n0\r\n\r\n",
        &extension,
        &trailers,
    ] {
        let pipelined = "GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
        let (said, calls) = answered(&format!("{chunked}{body}{pipelined}")).await;
        let shown = body.get(..20.min(body.len())).unwrap_or_default();
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 400"),
            "{shown:?}: {said}"
        );
        assert_eq!(calls, 1, "{shown:?}");
    }
}

/// Fault H12 (guard: hyper): a malformed field line is refused with 400.
#[tokio::test]
async fn field_lines_are_well_formed() {
    for line in [
        "no colon",
        ": empty name",
        "na me: x",
        "name : x",
        "na\0me: x",
        "name: a\0b",
        "name: a\rb",
        "\u{e9}: x",
        "name: x\r\n folded",
        "name: x\r\n\tfolded",
    ] {
        refused(&with(&format!("content-length: 5\r\n{line}\r\n")), &["400"]).await;
    }
    refused(
        "GET /version HTTP/1.1\r\n folded: x\r\nhost: x\r\n\r\n",
        &["400"],
    )
    .await;
    refused("GET  /version HTTP/1.1\r\nhost: x\r\n\r\n", &["400"]).await;
    refused("GET /ver\0sion HTTP/1.1\r\nhost: x\r\n\r\n", &["400"]).await;
    refused("GET /version HTTP/3.0\r\nhost: x\r\n\r\n", &["400"]).await;
}
