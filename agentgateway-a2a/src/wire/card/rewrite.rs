use agentgateway_core::json::{self, Raw, Splice};
use bytes::Bytes;

use super::{BadCard, PublicUrl, signatures::member_range};

/// A card with the gateway's URLs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rewritten {
    /// The whole text that the card stands in.
    pub body: Bytes,
    /// How many URLs were changed.
    pub urls: usize,
    /// Its signatures were taken out.
    pub signatures_removed: bool,
}

/// Rewrites the URLs of a card.
///
/// `body` is the card, or, when `card` is given, a text that it stands in: the `result` of a
/// JSON-RPC response. `base` is the path that the gateway puts before each path on its way to the
/// agent, without a slash at its end: it is taken off the paths of the agent's URLs. A URL that lies
/// under the public one already stays. See the [module](super) for what changes.
///
/// # Errors
/// [`BadCard`] when the text is not JSON, a URL is not a string, or a member that is looked at
/// occurs twice.
pub fn rewrite<'a>(
    body: &'a Bytes,
    card: Option<Raw<'a>>,
    public: &'a PublicUrl,
    base: &'a str,
) -> Result<Rewritten, BadCard> {
    let [url, preferred, signatures, interfaces @ ..] = match card {
        Some(card) => json::members_of(card, MEMBERS)?,
        None => json::members(body, MEMBERS)?,
    };
    let mut edits = Edits {
        urls: Vec::new(),
        public,
        base,
    };
    edits.url("url", url, is_grpc(preferred))?;
    for list in interfaces.into_iter().flatten() {
        edits.interfaces(list)?;
    }
    let urls = edits.urls.len();
    let mut splice = Splice::new(body.clone());
    for (old, new) in edits.urls {
        splice = splice.replace_value(old, json::quote(&new));
    }
    let signatures = signatures.filter(|_| urls > 0);
    if let Some(signatures) = signatures {
        let range = member_range(body, signatures).ok_or(BadCard::not_text("signatures"))?;
        splice = splice.delete(range);
    }
    Ok(Rewritten {
        body: splice.finish()?.into_bytes(),
        urls,
        signatures_removed: signatures.is_some(),
    })
}

/// The JSON form of a protobuf may be read in snake case too.
const MEMBERS: [&str; 7] = [
    "url",
    "preferredTransport",
    "signatures",
    "supportedInterfaces",
    "supported_interfaces",
    "additionalInterfaces",
    "additional_interfaces",
];

struct Edits<'a> {
    urls: Vec<(Raw<'a>, String)>,
    public: &'a PublicUrl,
    base: &'a str,
}

impl<'a> Edits<'a> {
    fn interfaces(&mut self, list: Raw<'a>) -> Result<(), BadCard> {
        if json::is_null(list) {
            return Ok(());
        }
        let mut result = Ok(());
        json::elements(list, |interface| {
            if result.is_ok() {
                result = self.interface(interface);
            }
        })?;
        result
    }

    fn interface(&mut self, interface: Raw<'a>) -> Result<(), BadCard> {
        let [url, binding, snake, transport] = json::members_of(
            interface,
            ["url", "protocolBinding", "protocol_binding", "transport"],
        )?;
        let grpc = [binding, snake, transport].into_iter().any(is_grpc);
        self.url("the url of an interface", url, grpc)
    }

    fn url(&mut self, name: &'static str, url: Option<Raw<'a>>, grpc: bool) -> Result<(), BadCard> {
        let Some(raw) = url.filter(|url| !json::is_null(*url)) else {
            return Ok(());
        };
        let old = json::string(raw).ok_or(BadCard::not_text(name))?;
        if old.is_empty() || self.public.covers(&old) {
            return Ok(());
        }
        let new = match grpc {
            true => grpc_url(&old, self.public),
            false => same_kind(
                &old,
                self.public.join(&without_base(&path_of(&old), self.base)),
            ),
        };
        if new != old {
            self.urls.push((raw, new));
        }
        Ok(())
    }
}

fn is_grpc(transport: Option<Raw<'_>>) -> bool {
    transport
        .and_then(json::string)
        .is_some_and(|name| name.eq_ignore_ascii_case("grpc"))
}

fn grpc_url(old: &str, public: &PublicUrl) -> String {
    let target = public.host_and_port();
    match old.split_once("://") {
        Some((scheme, _)) if is_http(scheme) => format!("{}://{target}", public.scheme()),
        _ => target,
    }
}

/// A web socket stays one: `http` becomes `ws`, and `https` becomes `wss`.
fn same_kind(old: &str, new: String) -> String {
    let scheme = old.split_once("://").map_or("", |(scheme, _)| scheme);
    let socket = scheme.eq_ignore_ascii_case("ws") || scheme.eq_ignore_ascii_case("wss");
    match new.strip_prefix("http") {
        Some(rest) if socket => format!("ws{rest}"),
        _ => new,
    }
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// What follows the authority of a URL, beginning with a slash unless it is empty or a query.
///
/// Agents also write `host:port/path` and bare paths: a first segment with a colon or a dot is taken
/// for a host.
fn path_of(url: &str) -> String {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest,
        None => match url.strip_prefix("//") {
            Some(rest) => rest,
            None if url.starts_with(['/', '?', '#']) => return url.to_owned(),
            None => {
                let first = url.split(['/', '?', '#']).next().unwrap_or_default();
                if !first.contains([':', '.']) {
                    return format!("/{url}");
                }
                url
            }
        },
    };
    rest.find(['/', '?', '#'])
        .and_then(|start| rest.get(start..))
        .unwrap_or_default()
        .to_owned()
}

/// Takes the base path off, where it ends with a segment.
fn without_base(path: &str, base: &str) -> String {
    match path.strip_prefix(base) {
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '?', '#']) => rest.to_owned(),
        _ => path.to_owned(),
    }
}
