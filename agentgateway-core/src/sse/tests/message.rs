//! What is written is what is read.

use proptest::{collection::vec, prelude::*};

use super::support::read_whole;
use crate::sse::{KEEP_ALIVE, SseMessage};

#[test]
fn writes_fields_in_order() {
    let message = SseMessage::new("{}").with_id("7").with_event("update");
    assert_eq!(message.encode(), "id: 7\nevent: update\ndata: {}\n\n");
}

#[test]
fn writes_a_line_for_each_line_of_data() {
    for (data, wire) in [
        ("", "data: \n\n"),
        ("a\nb", "data: a\ndata: b\n\n"),
        ("a\rb\r\nc", "data: a\ndata: b\ndata: c\n\n"),
        ("a\n", "data: a\ndata: \n\n"),
        ("\r\n\r\n", "data: \ndata: \ndata: \n\n"),
        (" a", "data:  a\n\n"),
    ] {
        assert_eq!(SseMessage::new(data).encode(), wire, "{data:?}");
    }
}

#[test]
fn lets_no_field_be_smuggled_in() {
    let message = SseMessage::new("x\nevent: evil\r\rdata: evil")
        .with_event("a\ndata: evil\r")
        .with_id("b\r\n\r\n\0data: evil");
    let events = read_whole(&message.encode()).events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event, "adata: evil");
    assert_eq!(events[0].id.as_deref(), Some(&b"bdata: evil"[..]));
    assert_eq!(events[0].data, b"x\nevent: evil\n\ndata: evil");
}

#[test]
fn keeps_alive_with_bytes_that_dispatch_nothing() {
    let outcome = read_whole(KEEP_ALIVE);
    assert!(outcome.frames.iter().all(|(event, _)| event.is_none()));
    assert_eq!(outcome.frames.last().unwrap().1, KEEP_ALIVE.len());
}

#[test]
fn does_not_show_data_when_debugged() {
    let message = SseMessage::new("sesame").with_id("sesame");
    assert!(!format!("{message:?}").contains("sesame"));
}

proptest! {
    #[test]
    fn reads_what_was_written(
        data in vec(any::<u8>().prop_filter("CR becomes LF", |byte| *byte != b'\r'), 0..80),
        event in proptest::option::of("[^\r\n]{0,12}"),
        id in proptest::option::of("[^\r\n\0]{0,12}"),
    ) {
        let mut message = SseMessage::new(data.clone());
        if let Some(event) = event.clone() {
            message = message.with_event(event);
        }
        if let Some(id) = id.clone() {
            message = message.with_id(id);
        }
        let wire = message.encode();
        let outcome = read_whole(&wire);
        prop_assert_eq!(outcome.frames.len(), 1);
        prop_assert_eq!(outcome.frames[0].1, wire.len());
        let read = outcome.events().remove(0);
        prop_assert_eq!(read.data, data);
        prop_assert_eq!(read.event, event.unwrap_or_default());
        prop_assert_eq!(read.id, id.map(String::into_bytes));
    }
}
