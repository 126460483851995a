use super::{A2aOperation as Op, *};

fn message(kind: &str, role: &str, parts: &str, part: &str) -> String {
    format!(r#"{{"message":{{{kind}"messageId":"m","role":"{role}","{parts}":[{part}]}}}}"#)
}

fn v1(part: &str) -> String {
    message("", "ROLE_USER", "parts", part)
}

fn other(shape: Shape, part: &str) -> String {
    match shape {
        Shape::V0_3JsonRpc => message(r#""kind":"message","#, "user", "parts", part),
        _ => message("", "ROLE_USER", "content", part),
    }
}

fn same_part(v1_part: &str, rpc: &str, proto: &str) {
    for (shape, part) in [(RPC, rpc), (PROTO, proto)] {
        same_params(&Op::SendMessage, &v1(v1_part), shape, &other(shape, part));
    }
}

#[test]
fn texts_files_and_data_are_the_same_thing() {
    same_part(
        r#"{"text":"a\u0062"}"#,
        r#"{"kind":"text","text":"a\u0062"}"#,
        r#"{"text":"a\u0062"}"#,
    );
    same_part(
        r#"{"text":"","metadata":{"k":1.0}}"#,
        r#"{"kind":"text","text":"","metadata":{"k":1.0}}"#,
        r#"{"text":"","metadata":{"k":1.0}}"#,
    );
    same_part(
        r#"{"raw":"aGk=","mediaType":"text/plain","filename":"h.txt","metadata":{}}"#,
        r#"{"kind":"file","file":{"bytes":"aGk=","mimeType":"text/plain","name":"h.txt"},"metadata":{}}"#,
        r#"{"file":{"fileWithBytes":"aGk=","mimeType":"text/plain","name":"h.txt"},"metadata":{}}"#,
    );
    same_part(
        r#"{"filename":"h","url":"https://h.example/h","more":7}"#,
        r#"{"kind":"file","file":{"name":"h","uri":"https://h.example/h"},"more":7}"#,
        r#"{"file":{"name":"h","fileWithUri":"https://h.example/h"},"more":7}"#,
    );
    same_part(
        r#"{"data":{"b":1e2,"a":null},"metadata":{"m":1}}"#,
        r#"{"kind":"data","data":{"b":1e2,"a":null},"metadata":{"m":1}}"#,
        r#"{"data":{"data":{"b":1e2,"a":null}},"metadata":{"m":1}}"#,
    );
}

#[test]
fn data_that_is_no_object_is_marked() {
    for data in ["5", "\"x\"", "[1,{}]", "true", "null", "-0.0"] {
        same_part(
            &format!(r#"{{"data":{data}}}"#),
            &format!(
                r#"{{"kind":"data","data":{{"value":{data}}},"metadata":{{"data_part_compat":true}}}}"#
            ),
            &format!(
                r#"{{"data":{{"data":{{"value":{data}}}}},"metadata":{{"data_part_compat":true}}}}"#
            ),
        );
    }
    same_part(
        r#"{"data":5,"metadata":{"k":[]}}"#,
        r#"{"kind":"data","data":{"value":5},"metadata":{"k":[],"data_part_compat":true}}"#,
        r#"{"data":{"data":{"value":5}},"metadata":{"k":[],"data_part_compat":true}}"#,
    );
}

#[test]
fn only_the_mark_unwraps_data() {
    for part in [
        r#"{"kind":"data","data":{"value":5}}"#,
        r#"{"kind":"data","data":{"value":5},"metadata":{"data_part_compat":false}}"#,
        r#"{"kind":"data","data":{"value":5,"x":1},"metadata":{"data_part_compat":true}}"#,
        r#"{"kind":"data","data":{"v":5},"metadata":{"data_part_compat":true}}"#,
        r#"{"kind":"text","text":"x","metadata":{"data_part_compat":true}}"#,
    ] {
        let expected = part
            .replace(r#""kind":"data","#, "")
            .replace(r#""kind":"text","#, "");
        becomes(
            params_to_v1,
            &Op::SendMessage,
            RPC,
            &other(RPC, part),
            &v1(&expected),
            &[],
        );
    }
    // And no client of v1.0 can say it.
    for (part, expected) in [
        (
            r#"{"data":{"value":5},"metadata":{"data_part_compat":true,"k":1}}"#,
            r#"{"kind":"data","data":{"value":5},"metadata":{"k":1}}"#,
        ),
        (
            r#"{"data":5,"metadata":{"data_part_compat":false}}"#,
            r#"{"kind":"data","data":{"value":5},"metadata":{"data_part_compat":true}}"#,
        ),
    ] {
        let lost = [Loss::DataPartCompat];
        becomes(
            params_from_v1,
            &Op::SendMessage,
            RPC,
            &v1(part),
            &other(RPC, expected),
            &lost,
        );
    }
}

#[test]
fn details_of_what_is_no_file_are_lost() {
    for (part, rpc, proto) in [
        (
            r#"{"text":"x","mediaType":"text/html"}"#,
            r#"{"kind":"text","text":"x"}"#,
            r#"{"text":"x"}"#,
        ),
        (
            r#"{"data":{},"filename":"d.json"}"#,
            r#"{"kind":"data","data":{}}"#,
            r#"{"data":{"data":{}}}"#,
        ),
    ] {
        for (shape, expected) in [(RPC, rpc), (PROTO, proto)] {
            let lost = [Loss::PartDetails];
            becomes(
                params_from_v1,
                &Op::SendMessage,
                shape,
                &v1(part),
                &other(shape, expected),
                &lost,
            );
        }
    }
    becomes(
        params_from_v1,
        &Op::SendMessage,
        RPC,
        &v1(r#"{"text":"x","mediaType":"","filename":null}"#),
        &other(RPC, r#"{"kind":"text","text":"x"}"#),
        &[],
    );
}

#[test]
fn a_kind_need_not_be_told() {
    for (part, expected) in [
        (r#"{"text":"x"}"#, r#"{"text":"x"}"#),
        (r#"{"file":{"uri":"u","bytes":null}}"#, r#"{"url":"u"}"#),
        (r#"{"data":{},"text":null}"#, r#"{"data":{}}"#),
    ] {
        becomes(
            params_to_v1,
            &Op::SendMessage,
            RPC,
            &other(RPC, part),
            &v1(expected),
            &[],
        );
    }
    becomes(
        params_to_v1,
        &Op::SendMessage,
        PROTO,
        &other(
            PROTO,
            r#"{"file":{"file_with_bytes":"_-8","mime_type":"a/b"}}"#,
        ),
        &v1(r#"{"raw":"_-8","mediaType":"a/b"}"#),
        &[],
    );
    becomes(
        params_to_v1,
        &Op::SendMessage,
        PROTO,
        &other(PROTO, r#"{"data":{}}"#),
        &v1(r#"{"data":{}}"#),
        &[],
    );
}

#[test]
fn what_stands_in_a_file_cannot_stand_for_the_part() {
    becomes(
        params_to_v1,
        &Op::SendMessage,
        RPC,
        &other(
            RPC,
            r#"{"kind":"file","file":{"uri":"u","text":"x","size":3}}"#,
        ),
        &v1(r#"{"url":"u","size":3}"#),
        &[Loss::Clash],
    );
    becomes(
        params_from_v1,
        &Op::SendMessage,
        RPC,
        &v1(r#"{"text":"x","file":{"uri":"u"},"kind":"file"}"#),
        &other(RPC, r#"{"kind":"text","text":"x"}"#),
        &[Loss::Clash],
    );
}

#[test]
fn a_part_is_one_thing() {
    for part in [
        "{}",
        r#"{"kind":"text"}"#,
        r#"{"kind":"text","data":{}}"#,
        r#"{"kind":"video","text":"x"}"#,
        r#"{"kind":1,"text":"x"}"#,
        r#"{"text":"x","data":{}}"#,
        r#"{"text":"x","text":"y"}"#,
        r#"{"file":{}}"#,
        r#"{"file":{"uri":"u","bytes":""}}"#,
        r#"{"file":{"uri":"u","uri":"v"}}"#,
        r#"{"file":"u"}"#,
        "7",
        "null",
    ] {
        let error = fault(params_to_v1, &Op::SendMessage, RPC, &other(RPC, part));
        assert_eq!(error.code(), -32602, "{part}: {error}");
    }
    for part in [
        r#"{"raw":"","url":""}"#,
        r#"{"mediaType":"a/b"}"#,
        r#"{"text":null}"#,
        r#"{"data":1,"metadata":[]}"#,
    ] {
        let error = fault(params_from_v1, &Op::SendMessage, RPC, &v1(part));
        assert_eq!(error.code(), -32602, "{part}: {error}");
    }
}
