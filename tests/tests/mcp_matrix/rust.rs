//! The SDK of Rust, in this process.

use std::collections::BTreeMap;

use rmcp::{
    ClientLifecycleMode, RoleClient,
    model::{
        CallToolRequestParams, ClientCapabilities, GetPromptRequestParams, Implementation,
        InitializeRequestParams, ProtocolVersion, ReadResourceRequestParams,
    },
    serve_client_with_lifecycle,
    service::{RunningService, ServiceError},
    transport::StreamableHttpClientTransport,
};
use serde::Serialize;
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpStream, UnixListener},
    task::JoinHandle,
};

use crate::{
    clients::Faults,
    plan::{Does, Step},
};

type Connected = RunningService<RoleClient, InitializeRequestParams>;

/// A Unix socket that leads to a port: over one the SDK needs no other HTTP client.
struct Socket {
    folder: TempDir,
    leading: JoinHandle<()>,
}

/// Takes these steps.
pub(crate) async fn takes(url: &str, revision: &str, steps: &[Step]) -> Result<Faults, String> {
    let socket = Socket::to(url);
    let client = socket.connect(url, revision).await?;
    let agreed = client.peer_info().map(|it| it.protocol_version.to_string());
    if agreed.as_deref() != Some(revision) {
        return Err(format!("agreed on {agreed:?}"));
    }
    let mut faults = Faults::new();
    let mut lists = BTreeMap::new();
    for step in steps {
        if faults.contains_key(step.server) {
            continue;
        }
        let fault = match taken(&client, step, &mut lists).await {
            Ok(said) if said.contains(&step.expect) => continue,
            Ok(said) => said,
            Err(error) => error.to_string(),
        };
        let fault = format!("{} {}: {fault}", step.does.word(), step.name);
        faults.insert(step.server.to_owned(), fault);
    }
    client.cancel().await.map_err(|error| error.to_string())?;
    Ok(faults)
}

/// What a step is answered. Each list is asked for once.
async fn taken(
    client: &Connected,
    step: &Step,
    lists: &mut BTreeMap<&'static str, String>,
) -> Result<String, ServiceError> {
    let name = step.name.clone();
    let list = step.does.word();
    if let Some(said) = lists.get(list) {
        return Ok(said.clone());
    }
    let said = match step.does {
        Does::Tools => text(&client.list_all_tools().await?),
        Does::Resources => text(&client.list_all_resources().await?),
        Does::Prompts => text(&client.list_all_prompts().await?),
        Does::Tool => {
            let arguments = step.arguments.as_object().cloned().unwrap_or_default();
            let call = CallToolRequestParams::new(name).with_arguments(arguments);
            return Ok(text(&client.call_tool(call).await?));
        }
        Does::Resource => {
            let read = ReadResourceRequestParams::new(name);
            return Ok(text(&client.read_resource(read).await?));
        }
        Does::Prompt => {
            let get = GetPromptRequestParams::new(name);
            return Ok(text(&client.get_prompt(get).await?));
        }
    };
    lists.insert(list, said.clone());
    Ok(said)
}

fn text(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("JSON")
}

// === impl Socket ===

impl Socket {
    fn to(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("mcp")).expect("a socket");
        let authority = url.split('/').nth(2).expect("an authority").to_owned();
        let leading = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = TcpStream::connect(&authority).await.expect("the gateway");
                tokio::spawn(async move { drop(copy_bidirectional(&mut near, &mut far).await) });
            }
        });
        Self { folder, leading }
    }

    async fn connect(&self, url: &str, revision: &str) -> Result<Connected, String> {
        let version = ProtocolVersion::KNOWN_VERSIONS.iter();
        let mut version = version.filter(|version| version.as_str() == revision);
        let version = version.next().expect("a revision that it knows").clone();
        let info = InitializeRequestParams::new(
            ClientCapabilities::default(),
            Implementation::new("matrix", "1"),
        );
        let info = info.with_protocol_version(version.clone());
        let lifecycle = if version.has_initialize() {
            ClientLifecycleMode::Initialize
        } else {
            ClientLifecycleMode::Discover {
                preferred_versions: vec![version],
            }
        };
        let path = self.folder.path().join("mcp");
        let path = path.to_str().expect("a path in UTF-8");
        let transport = StreamableHttpClientTransport::from_unix_socket(path, url);
        let client = serve_client_with_lifecycle(info, transport, lifecycle).await;
        client.map_err(|error| error.to_string())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.leading.abort();
    }
}
