use std::time::Duration;

use super::{super::StdioServer, support::*};

/// Fault M38: what is no absolute path is not started, and nothing is looked up.
#[test]
fn only_an_absolute_path_is_a_program() {
    for program in ["", "node", "./server", "bin/server", "/bin/a\0b"] {
        let error = StdioServer::builder(program).build().unwrap_err();
        assert_eq!(error.to_string(), "the program must be an absolute path");
    }
    let builder = || StdioServer::builder("/bin/true");
    assert!(builder().build().is_ok());
    for (builder, says) in [
        (
            builder().current_dir("tmp"),
            "the working directory must be an absolute path",
        ),
        (builder().arg("ok").arg("a\0b"), "argument 2 holds a NUL"),
        (
            builder().env("A", "secret\0"),
            "the value of \"A\" holds a NUL",
        ),
        (
            builder().env("A=B", "secret"),
            "a name of the environment is empty, or holds a NUL or an equals sign",
        ),
    ] {
        assert_eq!(builder.build().unwrap_err().to_string(), says);
    }
}

#[test]
fn what_may_be_secret_is_not_shown() {
    let builder = StdioServer::builder("/bin/true")
        .arg("--key=s3cret")
        .env("KEY", "s3cret");
    let shown = format!("{builder:?}");
    assert!(
        shown.contains("/bin/true") && shown.contains("KEY"),
        "{shown}"
    );
    assert!(!shown.contains("s3cret"), "{shown}");
    let shown = format!("{:?}", builder.build().unwrap());
    assert!(!shown.contains("s3cret"), "{shown}");
}

/// Fault M38: arguments are given as they are, and no shell reads them.
#[tokio::test]
async fn arguments_reach_the_process_as_they_are() {
    let script = Script::new("serve(lambda asked: sys.argv[1:])");
    let args = ["$(touch x)", "a b", "; exit 1", "*", "", "'\"\\", "\n"];
    let server = script.builder().args(args).build().unwrap().server();
    let said = result(&answer(&server, "m").await.unwrap());
    assert_eq!(said, serde_json::json!(args));
}

/// Fault M40: of the environment a process has what is declared, and nothing else.
#[tokio::test]
async fn a_process_inherits_no_variable_that_is_not_declared() {
    // It is the shell itself that was started, so what it was given is what it shows.
    let show = r#"while read -r line; do
        given=$(tr '\0' ' ' </proc/$$/environ)
        echo '{"jsonrpc":"2.0","id":1,"result":["'"$given"'","'"$PWD"'"]}'
    done"#;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().canonicalize().unwrap();
    let server = StdioServer::builder("/bin/sh")
        .args(["-c", show])
        .env("TWICE", "one")
        .env("TWICE", "two")
        .inherit_env("PATH")
        .inherit_env("NO_SUCH_VARIABLE")
        .current_dir(&dir)
        .build()
        .unwrap()
        .server();
    let said = result(&answer(&server, "m").await.unwrap());
    let path = std::env::var("PATH").unwrap();
    let given = [
        format!("TWICE=two PATH={path} "),
        format!("PATH={path} TWICE=two "),
    ];
    assert!(given.iter().any(|given| said[0] == **given), "{}", said[0]);
    assert_eq!(said[1], dir.to_str().unwrap());
}

#[cfg(target_os = "linux")]
/// What an open file is, and whether it stays open in a new process.
fn open_files() -> Vec<(String, bool)> {
    let mut all = Vec::new();
    for file in std::fs::read_dir("/proc/self/fd").unwrap() {
        let file = file.unwrap();
        let (Ok(target), Ok(about)) = (
            std::fs::read_link(file.path()),
            std::fs::read_to_string(
                std::path::Path::new("/proc/self/fdinfo").join(file.file_name()),
            ),
        ) else {
            continue;
        };
        let flags = about.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = u32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
        let stays = flags & 0o2_000_000 == 0;
        all.push((target.to_string_lossy().into_owned(), stays));
    }
    all
}

#[cfg(target_os = "linux")]
/// Fault M40: of open files a process has its three pipes, and none of ours.
#[tokio::test]
async fn a_process_inherits_no_open_file() {
    let script = Script::new(
        "def name(fd):\n\
         \x20   try: return os.readlink('/proc/self/fd/' + fd)\n\
         \x20   except OSError: return None\n\
         serve(lambda asked: [[fd, name(fd)] for fd in os.listdir('/proc/self/fd')])",
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (_other, other) = script.server();
    answer(&other, "m").await.unwrap();
    let (_stdio, server) = script.server();
    let said = result(&answer(&server, "m").await.unwrap());
    let ours = open_files();
    assert!(ours.iter().any(|(name, _)| name.starts_with("socket:")));
    // What whoever started this test has left open is nobody's here.
    let left_open = |name: &str| ours.iter().any(|(other, stays)| other == name && *stays);
    for open in said.as_array().unwrap() {
        let (Some(fd), Some(name)) = (open[0].as_str(), open[1].as_str()) else {
            continue;
        };
        let is_own = matches!(fd, "0" | "1" | "2") && name.starts_with("pipe:");
        assert!(is_own || left_open(name), "{fd} is {name}");
    }
    drop((file, socket));
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told_and_waited_with() {
    let stdio = StdioServer::builder("/no/such/program").build().unwrap();
    let server = stdio.server();
    let error = answer(&server, "m").await.unwrap_err();
    assert_eq!(error.message(), "the server's process could not be started");
    assert!(error.is_unprocessed());
    let error = answer(&server, "m").await.unwrap_err();
    assert!(error.retry_after().unwrap() <= Duration::from_millis(250));
    assert_eq!((stdio.counts().opened, stdio.counts().failed), (0, 1));
}
