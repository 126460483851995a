//! The bytes of results, of entries of lists, and of arguments: what the gateway passes is as it was written.
//!
//! A server with many random tools stands behind, and says by each what was written beforehand: keys in any
//! order, numbers in every spelling, escapes, members that nobody knows. Where the eras of client and server
//! are the same, nothing changes but the prefix of a name among several servers; where they differ, the members
//! that one era alone has come or go, and the others stay as they are.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod client;
mod members;
mod random;
mod server;
mod tools;

use std::{net::SocketAddr, sync::Arc};

use agentgateway_tests::{Manifests, TestGateway};

use crate::{
    client::Client,
    members::Members,
    server::Server,
    tools::{Tool, tools},
};

/// How many tools there are. Another seed makes others: `SEED=7 cargo test …`.
const TOOLS: usize = 500;

/// The eras of a client or a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    Legacy,
    Modern,
}

/// A gateway before these servers; several have prefixes.
async fn before(servers: &[(&str, &Server)]) -> TestGateway {
    let targets: Vec<_> = servers
        .iter()
        .map(|(name, server)| {
            let port = server.port();
            format!(
                "{{name: {name}, static: {{host: 127.0.0.1, port: {port}, path: /mcp, \
                 protocol: StreamableHTTP}}}}"
            )
        })
        .collect();
    let backend = format!("{{mcp: {{targets: [{}]}}}}", targets.join(", "));
    TestGateway::serve(&Manifests::default().route("mcp", "/mcp", None, &backend)).await
}

fn seed() -> u64 {
    let given = std::env::var("SEED").ok().map(|text| text.parse());
    given.map_or(1, |seed| seed.expect("a number"))
}

/// How results are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Bytes,
    /// The bytes of each member that both eras have.
    Members,
}

/// What differs from what was written, for a result or an entry.
fn changed(written: &str, got: &str, by: By) -> Option<String> {
    let equal = match by {
        By::Bytes => written == got,
        By::Members => {
            let [written, got] = [written, got].map(|text| Members::of(text).of_both_eras());
            written == got
        }
    };
    (!equal).then(|| format!("written {written}\n    got {got}"))
}

/// Every tool is listed and called by a client of one era, with a server of another.
async fn pass(client_era: Era, server_era: Era, federated: bool, by: By) {
    let tools: Arc<[Tool]> = tools(seed(), TOOLS).into();
    let server = Server::start(server_era, tools.clone()).await;
    let other = Server::start(server_era, self::tools(seed() + 1, 3).into()).await;
    let servers = [("one", &server), ("two", &other)];
    let (servers, prefix) = if federated {
        (&servers[..], "one_")
    } else {
        (&servers[..1], "")
    };
    let gateway = before(servers).await;
    let addr: SocketAddr = gateway.addr("mcp");
    let mut client = Client::connect(client_era, addr).await;
    let mut faults = entries(&mut client, &tools, prefix).await;
    for tool in tools.iter() {
        let said = client.call(&format!("{prefix}{}", tool.name), tool).await;
        let fault = match &said {
            Ok(result) => changed(&tool.result(server_era), result, by),
            Err(answer) => Some(answer.clone()),
        };
        faults.extend(fault.map(|fault| format!("the result of {}: {fault}", tool.name)));
        let heard = server.arguments(&tool.name);
        if said.is_ok() && heard.as_ref() != Some(&tool.arguments) {
            let (name, sent) = (&tool.name, &tool.arguments);
            faults.push(format!(
                "arguments of {name}:\n   sent {sent}\n    got {heard:?}"
            ));
        }
    }
    let some: Vec<_> = faults.iter().take(5).map(String::as_str).collect();
    assert!(
        some.is_empty(),
        "{} differ\n{}",
        faults.len(),
        some.join("\n")
    );
}

/// The entries of the list, but for the prefix of their names, are what was written.
async fn entries(client: &mut Client, tools: &[Tool], prefix: &str) -> Vec<String> {
    let listed = client.list().await;
    let listed = listed.iter().filter(|entry| {
        let members = Members::of(entry);
        members
            .get("name")
            .is_some_and(|name| !name.starts_with("\"two_"))
    });
    let listed: Vec<_> = listed.collect();
    assert_eq!(listed.len(), tools.len(), "all pages");
    let pairs = tools.iter().zip(listed);
    pairs
        .filter_map(|(tool, entry)| changed(&tool.entry(prefix), entry, By::Bytes))
        .collect()
}

macro_rules! cells {
    ($($(#[$note:meta])* $name:ident: $client:ident, $server:ident, $federated:literal, $by:ident;)+) => {
        $(
            $(#[$note])*
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                pass(Era::$client, Era::$server, $federated, By::$by).await;
            }
        )+
    };
}

cells! {
    modern_clients_get_the_bytes_of_a_modern_server: Modern, Modern, false, Bytes;
    modern_clients_get_the_bytes_of_a_modern_server_among_several: Modern, Modern, true, Bytes;
    modern_clients_get_the_members_of_a_legacy_server: Modern, Legacy, false, Members;
    modern_clients_get_the_members_of_a_legacy_server_among_several: Modern, Legacy, true, Members;
    legacy_clients_get_the_bytes_of_a_legacy_server: Legacy, Legacy, false, Bytes;
    legacy_clients_get_the_members_of_a_legacy_server_among_several: Legacy, Legacy, true, Members;
    #[ignore = "`_meta` gets the name of the server, which earlier revisions do not know"]
    legacy_clients_get_the_bytes_of_a_legacy_server_among_several: Legacy, Legacy, true, Bytes;
    legacy_clients_get_the_members_of_a_modern_server: Legacy, Modern, false, Members;
    legacy_clients_get_the_members_of_a_modern_server_among_several: Legacy, Modern, true, Members;
}
