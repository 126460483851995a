use schemars::JsonSchema;
use serde::Deserialize;

use super::{NamedBackend, SecretKey};
use crate::config::resource::text;

/// What is decided before agents. Of several entries that name an agent, the first that says something has it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct OwnAgents {
    /// Which agents; all of them when it is empty.
    #[serde(default)]
    #[schemars(length(max = 128))]
    pub backends: Vec<NamedBackend>,
    /// Which URLs clients may name for push notifications. Without it, and without a relay, all of them.
    pub push_guard: Option<PushGuard>,
    /// Push notifications go by way of the gateway: agents call it, and it calls the clients.
    pub push_relay: Option<PushRelay>,
    /// What becomes of the signatures of cards.
    pub cards: Option<Cards>,
    /// Where cards are, and where the interfaces that they name may be.
    pub discovery: Option<Discovery>,
    /// Loops of agents that call each other are stopped.
    pub loops: Option<Loops>,
    /// The tenant of a caller is what this claim of its token says, and no call may name another.
    #[schemars(with = "Option<text::Word>")]
    pub tenant_claim: Option<String>,
    /// The tasks of callers are kept apart, in this process: what one has begun is not there for another.
    pub owners: Option<Owners>,
    /// As many streams of one caller may be open at once; 429 over it.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub open_streams: Option<u32>,
    /// How many tasks of one caller may be unfinished; 429 over it.
    pub unfinished_tasks: Option<UnfinishedTasks>,
    /// What messages may hold.
    pub messages: Option<Messages>,
    /// How streams that break off are taken up again, and tasks are looked for.
    pub streams: Option<Streams>,
}

/// Which URLs clients may name: `https` to public hosts, where nothing more is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PushGuard {
    /// Whether `http` is allowed too.
    #[serde(default)]
    pub allow_http: bool,
    /// Networks whose addresses are allowed although they are not public, as in `10.20.0.0/16`.
    #[serde(default)]
    #[schemars(with = "Vec<text::Filled>", length(max = 64))]
    pub networks: Vec<String>,
    /// The only hosts that are allowed, each a name or as `*.example.com`; any host when it is empty.
    #[serde(default)]
    #[schemars(with = "Vec<text::HostnamePattern>", length(max = 64))]
    pub hosts: Vec<String>,
    /// Ports below 1024 that are allowed besides those of the schemes.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub ports: Vec<u16>,
    /// Whether requests pass that are no call of A2A and might name any URL.
    #[serde(default)]
    pub allow_unread: bool,
}

/// How notifications are relayed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PushRelay {
    /// The URL of this listener for agents: they push below `{publicUrl}/push/`.
    #[schemars(with = "text::Url")]
    pub public_url: String,
    /// How long a registration lives; 7 days when it is absent, and 10 years at most.
    #[schemars(with = "Option<text::Duration>")]
    pub lifetime: Option<String>,
    /// How long one attempt may take; 10 s when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub timeout: Option<String>,
    /// How many attempts a notification has; 5 when it is absent.
    #[schemars(range(min = 1, max = 100))]
    pub attempts: Option<u32>,
    /// How old a notification may become before it is given up; 2 minutes when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub give_up_after: Option<String>,
    /// The longest notification, in bytes; 1 MiB when it is absent.
    #[schemars(range(min = 1, max = 67_108_864))]
    pub max_payload_bytes: Option<u32>,
}

/// Where agents' cards are, and where the interfaces that they name may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Discovery {
    /// The path of the card; the well-known ones when it is absent. Clients ask at those, whatever it is.
    #[schemars(with = "Option<text::Rooted>")]
    pub card_path: Option<String>,
    /// How long a card is believed until it is read again; 5 minutes when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub card_lifetime: Option<String>,
    /// Hosts besides the agent's own that interfaces may be at, each a name or an address, with a port or for all
    /// ports. Of a Service with endpoints these alone are called, whatever is said here.
    #[serde(default)]
    #[schemars(with = "Vec<text::Host>", length(max = 16))]
    pub hosts: Vec<String>,
}

/// What becomes of the signatures of agents' cards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Cards {
    /// The URL under which clients reach the agent; what each request says when it is absent.
    #[schemars(with = "Option<text::Url>")]
    pub public_url: Option<String>,
    /// Whether the agents' own signatures are checked.
    #[serde(default)]
    pub verify_upstream: VerifyCards,
    /// The keys that agents sign with.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub keys: Vec<CardKeys>,
    /// What becomes of signatures where a card changes.
    #[serde(default)]
    pub signed: SignedCards,
    /// The Secret that holds the gateway's own key: PKCS #8 in PEM, or a JWK.
    pub signing_key_ref: Option<SecretKey>,
    /// The name of that key; its thumbprint when it is absent, or what its JWK says.
    #[schemars(length(min = 1, max = 256))]
    pub key_id: Option<String>,
    /// Where clients find its public half, as signatures say; they say nothing of it when it is absent.
    #[schemars(with = "Option<text::Url>")]
    pub jku: Option<String>,
}

/// Whether agents' signatures are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the three ways there are")]
pub enum VerifyCards {
    /// They are not.
    #[default]
    Off,
    /// A card that is not trusted passes with a warning in the log, and is not signed anew.
    Warn,
    /// A card that is not trusted is never served: 502.
    Require,
}

/// What becomes of signatures where a card changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the three ways there are")]
pub enum SignedCards {
    /// A card that changes loses them.
    #[default]
    Strip,
    /// A signed card that would have to change is refused: 502.
    Preserve,
    /// Each card carries the gateway's own.
    Resign,
}

/// Keys of agents: a JWK set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [crate::config::resource::rule::exactly_one(&["inline", "configMapRef"])]))]
#[non_exhaustive]
pub struct CardKeys {
    /// The JWK set itself.
    #[schemars(length(min = 2, max = 65_536))]
    pub inline: Option<String>,
    /// The ConfigMap that holds it.
    pub config_map_ref: Option<SecretKey>,
    /// They count for signatures alone that name this URL (`jku`), which is never fetched.
    #[schemars(with = "Option<text::Url>")]
    pub jku: Option<String>,
}

/// When calls are taken for a loop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Loops {
    /// As many agents a call may pass; 8 when it is absent.
    #[schemars(range(min = 1, max = 1024))]
    pub max_hops: Option<u32>,
    /// As many calls of one trace may be in flight to one agent; 32 when it is absent.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_of_trace: Option<u32>,
    /// As many calls of one trace may be made in an hour to all agents that this is for; 512 when it is absent.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_of_root: Option<u32>,
    /// As many calls of one caller in one context may be in flight to one agent; 64 when it is absent.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_in_flight: Option<u32>,
    /// As many calls of one caller may be in flight to one agent; 256 when it is absent.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_of_caller: Option<u32>,
}

/// What is remembered of whose tasks are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Owners {
    /// As many tasks, and as many contexts, of each agent; 65,536 when it is absent.
    #[schemars(range(min = 1, max = 16_777_216))]
    pub max_tasks: Option<u32>,
    /// How long since a task was last asked for; 24 h when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub lifetime: Option<String>,
}

/// How many tasks may be unfinished.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct UnfinishedTasks {
    /// As many of each caller.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max: u32,
    /// How long one counts of which nothing is heard; 1 h when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub lifetime: Option<String>,
}

/// What messages may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Messages {
    /// The longest request, in bytes; 8 MiB when it is absent. 413 over it.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_bytes: Option<u32>,
    /// The longest event of a stream, in bytes; 16 MiB when it is absent. A longer one ends the stream.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_event_bytes: Option<u32>,
    /// The longest file within a message, in bytes of base64. 413 over it.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_inline_bytes: Option<u32>,
    /// The media types that parts may have, as in `text/*`; all when it is absent.
    #[schemars(with = "Option<Vec<text::Filled>>", length(min = 1, max = 64))]
    pub media_types: Option<Vec<String>>,
    /// The media types of which a client must accept one, where it says which it does; all when it is absent.
    #[schemars(with = "Option<Vec<text::Filled>>", length(min = 1, max = 64))]
    pub output_modes: Option<Vec<String>>,
    /// Whether files may be named by a URL, which the agent will fetch; they may when it is absent.
    pub urls: Option<bool>,
}

/// How streams are taken up again, and tasks are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Streams {
    /// How often in a row a stream that broke off is taken up again, by a subscription to its task.
    #[serde(default)]
    #[schemars(range(max = 100))]
    pub resume: u32,
    /// How long it is to the first attempt; 200 ms when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub resume_after: Option<String>,
    /// To how many more replicas a read of a task goes whose home is not known.
    #[serde(default)]
    #[schemars(range(max = 100))]
    pub probe: u32,
}
