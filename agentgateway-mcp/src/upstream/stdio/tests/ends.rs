use std::time::Duration;

use super::{super::StdioServer, support::*};

const PIDS: &str = r#"
child = subprocess.Popen(["/bin/sleep", "600"], stdin=subprocess.DEVNULL)
serve(lambda asked: [os.getpid(), child.pid])
"#;

/// A process, and one that it has started, both running.
async fn two(script: &Script) -> (StdioServer, i32, i32) {
    let (stdio, server) = script.server();
    let said = result(&answer(&server, "m").await.unwrap());
    let (leader, child) = (pid_in(&said[0]), pid_in(&said[1]));
    assert!(runs(leader) && runs(child));
    (stdio, leader, child)
}

/// Fault M39: whoever a process has started is killed with it, and none is left as a zombie.
#[tokio::test]
async fn a_process_is_ended_with_all_that_it_has_started() {
    let (stdio, leader, child) = two(&Script::new(PIDS)).await;
    within(stdio.end()).await;
    assert!(!is_there(leader));
    until(|| !runs(child)).await;
    assert_eq!(stdio.counts().failed, 0);
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_processes() {
    let (stdio, leader, child) = two(&Script::new(PIDS)).await;
    let other = stdio.clone();
    drop(stdio);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(runs(leader));
    drop(other);
    until(|| !is_there(leader) && !runs(child)).await;
}

#[test]
fn processes_do_not_outlive_the_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let script = Script::new(PIDS);
    let (stdio, leader, child) = runtime.block_on(two(&script));
    drop(runtime);
    for _ in 0..1000 {
        if !runs(leader) && !runs(child) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!runs(leader) && !runs(child));
    drop(stdio);
}

/// Fault M39: one that ignores the end of its input and SIGTERM is killed.
#[tokio::test]
async fn what_ignores_everything_is_killed() {
    let script = Script::new(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
         def answer(asked):\n    return os.getpid()\n\
         serve(answer)\n\
         while True: time.sleep(600)",
    );
    let (stdio, server) = script.server();
    let pid = pid_in(&result(&answer(&server, "m").await.unwrap()));
    let start = tokio::time::Instant::now();
    within(stdio.end()).await;
    assert!(
        start.elapsed() >= Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
    assert!(!is_there(pid));
}

#[tokio::test]
async fn what_goes_on_without_input_is_asked_to_end() {
    let script = Script::new(
        "def ended(*_):\n    open(sys.argv[1], 'w').write('signal')\n    os._exit(0)\n\
         signal.signal(signal.SIGTERM, ended)\n\
         serve(lambda asked: os.getpid())\n\
         while True: time.sleep(600)",
    );
    let file = script.dir.path().join("end");
    let stdio = script.builder().arg(&file).build().unwrap();
    answer(&stdio.server(), "m").await.unwrap();
    within(stdio.end()).await;
    assert_eq!(std::fs::read_to_string(file).unwrap(), "signal");
}

#[tokio::test]
async fn what_ends_with_its_input_is_sent_no_signal() {
    let script = Script::new(
        "def ended(*_):\n    open(sys.argv[1], 'w').write('signal')\n\
         signal.signal(signal.SIGTERM, ended)\n\
         serve(lambda asked: os.getpid())\n\
         open(sys.argv[1], 'w').write('input')",
    );
    let file = script.dir.path().join("end");
    let stdio = script
        .builder()
        .arg(&file)
        .grace(Duration::from_secs(5))
        .build()
        .unwrap();
    answer(&stdio.server(), "m").await.unwrap();
    within(stdio.end()).await;
    assert_eq!(std::fs::read_to_string(file).unwrap(), "input");
}

#[tokio::test]
async fn what_is_answered_late_is_answered_before_the_end() {
    let script = Script::new("serve(lambda asked: time.sleep(0.3))");
    let (stdio, server) = script.server();
    let waiting = tokio::spawn(async move { answer(&server, "m").await });
    until(|| stdio.counts().opened == 1).await;
    tokio::task::yield_now().await;
    within(stdio.end()).await;
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_nobody_uses_is_ended() {
    let script = Script::new("serve(lambda asked: os.getpid())");
    let idle = Duration::from_millis(50);
    let stdio = script.builder().idle_timeout(idle).build().unwrap();
    let server = stdio.server();
    let first = pid_in(&result(&answer(&server, "m").await.unwrap()));
    until(|| !is_there(first)).await;
    let second = pid_in(&result(&answer(&server, "m").await.unwrap()));
    assert_ne!(first, second);
    assert_eq!(stdio.counts().failed, 0);
}
