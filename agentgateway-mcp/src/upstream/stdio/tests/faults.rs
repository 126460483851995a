use std::time::Duration;

use agentgateway_core::ErrorKind;
use http_body_util::BodyExt as _;

use super::support::*;

/// Fault M39: a process that ends at once is an error, at once, and is started again later.
#[tokio::test]
async fn a_process_that_ends_at_once_fails_its_requests() {
    let script = Script::new("sys.exit(3)");
    let stdio = script
        .builder()
        .backoff(Duration::from_millis(50), Duration::from_millis(60))
        .build()
        .unwrap();
    let server = stdio.server();
    for count in 1..=3 {
        let error = answer(&server, "m").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        until(|| stdio.counts().failed == count).await;
        let error = answer(&server, "m").await.unwrap_err();
        assert!(error.retry_after().is_some() && error.is_unprocessed());
        tokio::time::sleep(Duration::from_millis(70)).await;
    }
    assert_eq!(stdio.counts().opened, 3);
}

/// Fault M28: a call whose process ends is an error, and is not made again.
#[tokio::test]
async fn a_process_that_ends_in_a_call_is_not_asked_again() {
    let script = Script::new(
        "def answer(asked):\n    open(sys.argv[1], 'a').write('x')\n    os._exit(1)\nserve(answer)",
    );
    let file = script.dir.path().join("calls");
    let server = script.builder().arg(&file).build().unwrap().server();
    let error = answer(&server, "tools/call").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!error.is_unprocessed());
    assert_eq!(std::fs::read_to_string(file).unwrap(), "x");
}

#[tokio::test]
async fn the_last_words_of_a_process_are_an_answer() {
    let script = Script::new(
        "asked = json.loads(sys.stdin.readline())\n\
         for step in range(5):\n\
         \x20   say({'jsonrpc': '2.0', 'method': 'notifications/progress',\n\
         \x20        'params': {'progressToken': 1, 'progress': step}})\n\
         say({'jsonrpc': '2.0', 'id': asked['id'], 'result': os.getpid()})",
    );
    let stdio = script.builder().max_waiting(1).build().unwrap();
    let mut answer = within(stdio.server().send(with_token("m"))).await.unwrap();
    // It has ended while its words wait for a client that does not read.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(answer.body_mut().frame().await.unwrap().is_ok());
    let rest = text(answer).await.unwrap();
    assert!(rest.contains(r#""result""#), "{rest}");
    until(|| stdio.counts().failed == 1).await;
}

/// Fault M39: what is written to standard error, however much, is read and holds nothing up.
#[tokio::test]
async fn a_flood_on_standard_error_holds_nothing_up() {
    let script = Script::new(
        "def answer(asked):\n    sys.stderr.write(('y' * 99 + '\\n') * 100000)\n    return 1\n\
         serve(answer)",
    );
    assert_eq!(result(&answer(&script.server().1, "m").await.unwrap()), 1);
}

/// Fault M39: what is no message is counted, and the next message is read.
#[tokio::test]
async fn what_is_no_message_is_passed_over() {
    let script = Script::new(
        "sys.stdout.buffer.write(b'hello\\n{\\n\\n\\xff\\xfe\\n{}\\n\"x\"\\n'); sys.stdout.flush()\n\
         serve(lambda asked: 1)",
    );
    let (stdio, server) = script.server();
    assert_eq!(result(&answer(&server, "m").await.unwrap()), 1);
    assert_eq!(stdio.counts().strays, 5);
}

/// Fault M39: a line without end ends the process, and takes no more memory than the limit.
#[tokio::test]
async fn a_line_over_the_limit_ends_the_process() {
    let script = Script::new(
        "def answer(asked):\n    if asked['method'] == 'pid': return os.getpid()\n\
         \x20   while True: sys.stdout.write('x' * 65536)\n\
         serve(answer)",
    );
    let stdio = script
        .builder()
        .max_line_bytes(1024 * 1024)
        .build()
        .unwrap();
    let server = stdio.server();
    let pid = pid_in(&result(&answer(&server, "pid").await.unwrap()));
    let error = answer(&server, "m").await.unwrap_err();
    assert!(error.message().contains("over the limit"), "{error}");
    until(|| !is_there(pid)).await;
    assert_eq!(stdio.counts().failed, 1);
}

/// Fault M39: a process that hangs holds up neither who leaves nor the end.
#[tokio::test]
async fn a_process_that_hangs_can_be_left_and_ended() {
    let script = Script::new("while True: time.sleep(600)");
    let (stdio, server) = script.server();
    let asked = tokio::time::timeout(Duration::from_millis(100), server.send(ask("m"))).await;
    assert!(asked.is_err());
    within(stdio.end()).await;
}

#[tokio::test]
async fn a_process_that_does_not_read_holds_up_its_writers_alone() {
    let script = Script::new("while True: time.sleep(600)");
    let (stdio, server) = script.server();
    let large = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"x":"{}"}}}}"#,
        "x".repeat(1024 * 1024)
    );
    for _ in 0..40 {
        let request = ask("m").map(|_| bytes::Bytes::from(large.clone()));
        let asked = tokio::time::timeout(Duration::from_millis(5), server.send(request)).await;
        assert!(asked.is_err());
    }
    within(stdio.end()).await;
}

#[tokio::test]
async fn a_process_that_closes_its_output_is_ended() {
    let script = Script::new("os.close(1)\nwhile True: time.sleep(600)");
    let (stdio, server) = script.server();
    let error = answer(&server, "m").await.unwrap_err();
    assert!(error.message().contains("closed its output"), "{error}");
    until(|| stdio.counts().failed == 1).await;
}

#[tokio::test]
async fn progress_comes_before_the_answer() {
    let script = Script::new(
        "def answer(asked):\n\
         \x20   token = asked['params']['_meta']['progressToken']\n\
         \x20   for step in range(3):\n\
         \x20       say({'jsonrpc': '2.0', 'method': 'notifications/progress',\n\
         \x20            'params': {'progressToken': token, 'progress': step}})\n\
         \x20   return token\n\
         serve(answer)",
    );
    let (_stdio, server) = script.server();
    let sent = server.send(with_token("m"));
    let answer = text(within(sent).await.unwrap()).await.unwrap();
    assert_eq!(
        answer.matches(r#""progressToken": "t""#).count(),
        3,
        "{answer}"
    );
    assert!(answer.ends_with("\"result\": 1}\n\n"), "{answer}");
}
