//! A machine that has next to nothing: one address family, no writable file, no name service.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use agentgateway_tests::{Manifests, Process, traffic::Call};

/// Makes a root of the command alone and what it is linked with, and runs it there as nobody, with
/// IPv6 alone, on a file system that cannot be written to.
const ENTER: &str = r#"
set -e
root=$1 binary=$2
shift 2
for library in $(ldd "$binary" | grep -o '/[^ ]*'); do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
cp "$binary" "$root/agentgateway"
ip link set lo up
ip address delete 127.0.0.1/8 dev lo
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
exec chroot --userspec=65534:65534 "$root" /agentgateway "$@"
"#;

/// Whether this machine lets a test make namespaces. That it does not is said.
fn allowed() -> bool {
    let tried =
        "ip link set lo up && mount --bind /mnt /mnt && chroot --userspec=65534:65534 / true";
    let mut command = Command::new("unshare");
    let tried = command.args(["--net", "--mount", "--", "sh", "-c", tried]);
    let allowed = tried.output().is_ok_and(|tried| tried.status.success());
    if !allowed {
        eprintln!("skipped: this machine lets nobody here make namespaces");
    }
    allowed
}

struct Bare {
    folder: tempfile::TempDir,
}

impl Bare {
    fn new(manifests: &Manifests) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bare = Self { folder };
        let config = bare.root().join("config");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("gateway.yaml"), manifests.text()).unwrap();
        fs::write(bare.script(), ENTER).unwrap();
        // Who is nobody may look into it.
        for path in [bare.root(), bare.folder.path().to_owned()] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        bare
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn script(&self) -> PathBuf {
        self.folder.path().join("enter")
    }

    /// Runs the command within.
    fn within(&self) -> String {
        let quoted = |path: &Path| format!("'{}'", path.display());
        format!(
            "exec unshare --net --mount -- bash {} {} \"$0\" \"$@\"",
            quoted(&self.script()),
            quoted(&self.root())
        )
    }
}

/// Asks from within its network; gives the status and the answer.
fn ask(gateway: &Process, url: &str, more: &[&str]) -> (String, String) {
    let network = format!("--net=/proc/{}/ns/net", gateway.id());
    let asked = Command::new("nsenter")
        .args([
            &network,
            "curl",
            "-sg",
            "-m",
            "10",
            "-w",
            "\n%{http_code}",
            url,
        ])
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8(asked.stdout).unwrap();
    let (body, status) = said.rsplit_once('\n').unwrap_or_default();
    (status.to_owned(), body.to_owned())
}

/// Fault O22: as nobody, with IPv6 alone, on a root that holds the command and cannot be written to (no resolv.conf, no /tmp, no /proc, no certificates of authorities), it starts and serves; a service whose name cannot be found is told of.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_has_nothing_is_served_on() {
    if !allowed() {
        return;
    }
    let named = "{static: {host: nowhere.example, port: 80}}";
    let provider = "{ai: {provider: {openai: {}}}}";
    let manifests = Manifests::default()
        .route("mcp", "/named", None, named)
        .route("llm", "/v1", None, provider)
        .parameters("{shutdown: {min: 0, max: 5}}");
    let bare = Bare::new(&manifests);
    let arguments = [
        "--config",
        "/config",
        "--bind",
        "::",
        "--admin",
        "[::1]:15000",
    ];
    let gateway = Process::start_by(&bare.within(), &arguments).await;
    let (status, said) = ask(&gateway, "http://[::1]:15000/readyz", &[]);
    assert_eq!((status.as_str(), said.as_str()), ("200", "ready\n"));
    let (status, said) = ask(&gateway, "http://[::1]:9090/named", &[]);
    assert_eq!(status, "502", "{said}");
    assert!(said.contains("its name was not found"), "{said}");
    // By TLS, to the public host of the provider.
    let chat = Call::Chat.request(1);
    let (_, chat) = chat.split_once("\r\n\r\n").unwrap();
    let json = ["-H", "content-type: application/json", "-d", chat];
    let (status, said) = ask(&gateway, "http://[::1]:9080/v1/chat/completions", &json);
    assert_eq!(status, "502", "{said}");
    let told = r#"{"error":{"message":"cannot reach the service: its name was not found""#;
    assert!(said.starts_with(told), "{said}");
    assert_eq!(gateway.stop().await, Some(0));
}

/// Fault O22: where the addresses of one family are missing, the start ends with the listener, the address and the option that says another.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_there_is_named_with_its_remedy() {
    if !allowed() {
        return;
    }
    let bare = Bare::new(&Manifests::default());
    for (given, listener, remedy) in [
        (["--bind", "::1"], "listener admin", "--admin says which"),
        (["--admin", "[::1]:0"], "listener a2a", "--bind says which"),
    ] {
        let (status, said) = Process::run_by(&bare.within(), &given).await;
        assert_eq!(status, Some(2), "{said}");
        for part in [listener, "127.0.0.1", remedy] {
            assert!(said.contains(part), "no {part} in {said}");
        }
    }
}
