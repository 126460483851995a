use std::time::Duration;

use agentgateway_core::{Error, ErrorKind};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};

use super::support::{Ear, JSON, Script, answered, post, scripted, text};

const CALL: &str = r#"{"jsonrpc":"2.0","id":"x1","method":"tools/call","params":{"name":"t"}}"#;
const NOTE: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// A bridge or federation inside has read it: nobody does again.
#[cfg(feature = "bridge")]
#[tokio::test]
async fn what_was_read_inside_is_reported_as_it_was_read() {
    for (error, tool_error) in [(None, true), (None, false), (Some(-32602), false)] {
        let ear = Ear::default();
        let mut script = scripted(&[JSON], Script::of(b"what it says is known", 5)).unwrap();
        let read = crate::layer::Read { error, tool_error };
        script.extensions_mut().insert(read);
        let answer = answered(&ear, post(&[JSON], CALL), Ok(script)).await;
        assert_eq!(text(answer).await, "what it says is known");
        let (told, report) = (ear.told(), ear.told().report);
        assert_eq!((told.end, report.answered), ("complete", true));
        let said = (report.rpc_error_code, report.tool_error);
        assert_eq!(said, (error, tool_error));
    }
}

#[tokio::test]
async fn json_answers_pass_and_are_reported() {
    for (body, code, tool_error, answered_, strange) in [
        (
            r#"{"jsonrpc":"2.0","id":"x1","result":{"z":1e400}}"#,
            None,
            false,
            true,
            0,
        ),
        (
            r#"{"id":"x1","result":{"isError":true,"content":[]}}"#,
            None,
            true,
            true,
            0,
        ),
        (
            r#"{"id":"x1","error":{"code":-32601,"message":""}}"#,
            Some(-32601),
            false,
            true,
            0,
        ),
        (
            r#"{"id":"x2","result":{"isError":true}}"#,
            None,
            false,
            false,
            1,
        ),
        (
            r#"{"id":null,"error":{"code":-32600}}"#,
            Some(-32600),
            false,
            false,
            1,
        ),
        (r#"not JSON"#, None, false, false, 0),
    ] {
        for chunk in [1, 7, 1000] {
            let ear = Ear::default();
            let script = scripted(&[JSON], Script::of(body.as_bytes(), chunk));
            let answer = answered(&ear, post(&[JSON], CALL), script).await;
            assert_eq!(text(answer).await, body);
            let told = ear.told();
            assert_eq!(told.end, "complete");
            let report = &told.report;
            assert_eq!(
                (
                    report.rpc_error_code,
                    report.tool_error,
                    report.answered,
                    report.strange_answers
                ),
                (code, tool_error, answered_, strange),
                "{body}"
            );
            assert_eq!(report.is_failure(), code.is_some() || tool_error);
        }
    }
}

#[tokio::test]
async fn a_status_is_a_failure_too() {
    let ear = Ear::default();
    let mut response = scripted(&[], Script::of(b"gone", 4)).unwrap();
    *response.status_mut() = StatusCode::NOT_FOUND;
    let answer = answered(&ear, post(&[JSON], CALL), Ok(response)).await;
    assert_eq!(text(answer).await, "gone");
    assert_eq!(ear.told().report.error_type().as_deref(), Some("404"));
}

#[tokio::test]
async fn empty_answers_to_notifications_are_fine() {
    let ear = Ear::default();
    let mut response = scripted(&[("mcp-session-id", "fresh")], Script::default()).unwrap();
    *response.status_mut() = StatusCode::ACCEPTED;
    let answer = answered(&ear, post(&[JSON], NOTE), Ok(response)).await;
    assert_eq!(answer.status(), 202);
    assert_eq!(text(answer).await, "");
    let told = ear.told();
    assert!(told.end == "complete" && !told.report.is_failure());
    assert_eq!(told.report.session_id.unwrap().as_str(), "fresh");
}

#[tokio::test]
async fn errors_inside_are_answered_with_status_and_id() {
    for (kind, status, code) in [
        (ErrorKind::Timeout, 504, -31504),
        (ErrorKind::Overloaded, 503, -31503),
        (ErrorKind::RateLimited, 429, -31429),
        (ErrorKind::Unavailable, 502, -31502),
        (ErrorKind::Internal, 500, -32603),
    ] {
        let ear = Ear::default();
        let error = Error::new(kind, "because").with_retry_after(Duration::from_millis(1200));
        let answer = answered(&ear, post(&[JSON], CALL), Err(error)).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["retry-after"], "2");
        let body = text(answer).await;
        let start =
            format!(r#"{{"jsonrpc":"2.0","id":"x1","error":{{"code":{code},"message":"because""#);
        assert!(
            body.starts_with(&start) && body.contains(r#""data":{"origin":""#),
            "{body}"
        );
        assert_eq!(ear.told().end, "failed");
    }
}

#[tokio::test]
async fn errors_about_what_has_no_id_have_none() {
    let get = Request::get("/mcp")
        .header("accept", "text/event-stream")
        .body(Full::default());
    let answer_ = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    for request in [post(&[JSON], NOTE), post(&[JSON], answer_), get.unwrap()] {
        let ear = Ear::default();
        let error = Error::new(ErrorKind::Unavailable, "down");
        let answer = answered(&ear, request, Err(error)).await;
        assert_eq!(answer.status(), 502);
        assert!(
            text(answer)
                .await
                .starts_with(r#"{"jsonrpc":"2.0","error":{"code":-31502"#)
        );
    }
}

#[tokio::test]
async fn a_json_answer_that_breaks_off_is_aborted() {
    let ear = Ear::default();
    let mut script = Script::of(b"{\"id\":", 10);
    script
        .frames
        .push_back(Err(Error::new(ErrorKind::Unavailable, "lost")));
    let answer = answered(&ear, post(&[JSON], CALL), scripted(&[JSON], script)).await;
    assert!(answer.into_body().collect().await.is_err());
    assert_eq!(ear.told().end, "failed");
}
