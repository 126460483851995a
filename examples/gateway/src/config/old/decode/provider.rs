//! The `ai` part of an AgentgatewayBackend.

use super::checks;
use super::node::{Fields, Node};
use crate::config::old::model::{Auth, ProviderSpec};
use crate::config::old::snapshot::{Format, HostPort, ProviderKind, Secret};

const KINDS: &[&str] = &[
    "openai",
    "azureopenai",
    "azure",
    "anthropic",
    "gemini",
    "vertexai",
    "bedrock",
    "custom",
];
const KINDS_NOT_YET: &[&str] = &["azure", "azureopenai", "bedrock", "vertexai"];
const POLICIES_NOT_YET: &[&str] = &[
    "ai",
    "extAuth",
    "health",
    "http",
    "mcp",
    "tcp",
    "transformation",
    "tunnel",
];
const AUTH_NOT_YET: &[&str] = &[
    "aws",
    "azure",
    "credentials",
    "crossAppAccess",
    "gcp",
    "jwtSign",
    "location",
    "oauthTokenExchange",
    "passthrough",
];
const TLS_NOT_YET: &[&str] = &[
    "alpnProtocols",
    "caCertificateRefs",
    "certificateSource",
    "insecureSkipVerify",
    "keyExchangeGroups",
    "mtlsCertificateRef",
    "sni",
    "verifySubjectAltNames",
];

/// One provider, alone or as the only one of the only group.
///
/// `policies` are those of the whole backend; a provider's own come before them, field by field.
pub(super) fn ai(
    node: &Node<'_>,
    policies: Option<&Node<'_>>,
    backend: &str,
) -> Option<ProviderSpec> {
    let fields = node.fields(&["provider", "groups"], &[])?;
    let outer = policies.map(self::policies);
    let (kind, node) = fields.exactly_one(&["provider", "groups"])?;
    let (fields, name) = if kind == "provider" {
        (provider_fields(node, &[])?, backend.to_owned())
    } else {
        let group = only(node, "groups")?.fields(&["providers"], &[])?;
        let one = only(group.required("providers")?, "providers")?;
        let fields = provider_fields(&one, &["name", "policies"])?;
        let name = checks::object_name(fields.required("name")?)?;
        (fields, name)
    };
    let own = fields
        .optional("policies")
        .map(self::policies)
        .unwrap_or_default();
    let outer = outer.unwrap_or_default();
    let (auth, tls) = (own.auth.or(outer.auth), own.tls || outer.tls);
    provider(&fields, name, auth, tls)
}

/// The only item of a list; several are refused.
fn only<'a>(node: &Node<'a>, what: &str) -> Option<Node<'a>> {
    let mut items = node.items()?;
    match items.len() {
        1 => return items.pop(),
        0 => node.problem("must have one item, found 0"),
        count => node.problem_with_hint(
            format!("several {what} are not supported yet, found {count}"),
            "give one",
        ),
    }
    None
}

fn provider_fields<'a>(node: &Node<'a>, more: &[&str]) -> Option<Fields<'a>> {
    let known = ["openai", "anthropic", "gemini", "custom", "host", "port"];
    let not_yet = [KINDS_NOT_YET, &["path", "pathPrefix"]].concat();
    node.fields(&[known.as_slice(), more].concat(), &not_yet)
}

fn provider(
    fields: &Fields<'_>,
    name: String,
    auth: Option<Auth>,
    tls: bool,
) -> Option<ProviderSpec> {
    let kind = fields.exactly_one(KINDS);
    let own = endpoint(fields);
    let (kind, model) = self::kind(kind?)?;
    let (endpoint, tls) = match (own?, kind.public_host()) {
        (Some(endpoint), _) => {
            warn_of_clear_text(fields, &endpoint, tls);
            (endpoint, tls)
        }
        (None, Some(public)) => (HostPort::new(public, 443), true),
        (None, None) => {
            fields
                .node()
                .problem("a custom provider must have \"host\" and \"port\"");
            return None;
        }
    };
    Some(ProviderSpec {
        name,
        kind,
        endpoint,
        tls,
        model,
        auth,
    })
}

/// The configured host and port: both or neither. The outer `None` is a problem.
fn endpoint(fields: &Fields<'_>) -> Option<Option<HostPort>> {
    match (fields.has("host"), fields.has("port")) {
        (false, false) => Some(None),
        (true, true) => checks::host_port(fields).map(Some),
        _ => {
            fields
                .node()
                .problem("\"host\" and \"port\" must be set together");
            None
        }
    }
}

fn warn_of_clear_text(fields: &Fields<'_>, endpoint: &HostPort, tls: bool) {
    if endpoint.port == 443 && !tls {
        fields.node().problem_with_hint(
            "would send requests to port 443 in clear text",
            "add policies with tls: {}",
        );
    }
}

/// The kind and the model that replaces the one asked for.
fn kind((name, node): (&str, &Node<'_>)) -> Option<(ProviderKind, Option<String>)> {
    let (known, not_yet): (&[&str], &[&str]) = match name {
        "openai" => (&["model"], &["moderation"]),
        "custom" => (&["model", "formats"], &["backendRef"]),
        "anthropic" | "gemini" => (&["model"], &[]),
        // Named as unsupported when the provider's fields were read.
        _ => return None,
    };
    let fields = node.fields(known, not_yet)?;
    let model = fields
        .optional("model")
        .map(|node| node.filled(256).map(str::to_owned));
    let kind = match name {
        "openai" => ProviderKind::OpenAi,
        "anthropic" => ProviderKind::Anthropic,
        "gemini" => ProviderKind::Gemini,
        _ => ProviderKind::Custom {
            formats: formats(fields.required("formats")?)?,
        },
    };
    Some((kind, model.flatten()))
}

fn formats(node: &Node<'_>) -> Option<Vec<Format>> {
    let known = [
        ("Completions", Format::Completions),
        ("Messages", Format::Messages),
        ("Responses", Format::Responses),
        ("Embeddings", Format::Embeddings),
        ("AnthropicTokenCount", Format::AnthropicTokenCount),
    ];
    let mut formats = Vec::new();
    for node in &super::gateway::listed(node, 6)? {
        let Some(fields) = node.fields(&["type"], &["path"]) else {
            continue;
        };
        let kind = fields
            .required("type")
            .and_then(|node| node.choice(&known, &["Realtime", "Rerank"]));
        let Some(format) = kind else { continue };
        if formats.contains(&format) {
            node.problem("is given a second time");
        }
        formats.push(format);
    }
    Some(formats)
}

#[derive(Debug, Default)]
struct Policies {
    auth: Option<Auth>,
    tls: bool,
}

fn policies(node: &Node<'_>) -> Policies {
    let Some(fields) = node.fields(&["auth", "tls"], POLICIES_NOT_YET) else {
        return Policies::default();
    };
    if let Some(tls) = fields.optional("tls") {
        tls.fields(&[], TLS_NOT_YET);
    }
    Policies {
        auth: fields.optional("auth").and_then(auth),
        tls: fields.has("tls"),
    }
}

fn auth(node: &Node<'_>) -> Option<Auth> {
    let fields = node.fields(&["key", "secretRef"], AUTH_NOT_YET)?;
    let (which, node) = fields.exactly_one(&["key", "secretRef"])?;
    if which == "key" {
        let key = node.text()?;
        return match credential(key, true) {
            Ok(secret) => Some(Auth::Inline(secret)),
            Err(fault) => {
                node.problem(fault);
                None
            }
        };
    }
    let fields = node.fields(&["name", "key", "group", "kind"], &[])?;
    if let Some(group) = fields.optional("group") {
        group.choice(&[("", ())], &[])?;
    }
    if let Some(kind) = fields.optional("kind") {
        kind.choice(&[("Secret", ()), ("", ())], &[])?;
    }
    let name = fields.required("name").and_then(checks::object_name);
    let key = match fields.optional("key") {
        Some(key) => key.filled(253)?.to_owned(),
        None => DEFAULT_KEY.to_owned(),
    };
    Some(Auth::Reference {
        path: node.path().to_owned(),
        secret: name?,
        key,
    })
}

/// The key of a Secret that holds a provider's credential where no other is named.
pub(in crate::config::old) const DEFAULT_KEY: &str = "Authorization";

/// A credential that can stand in a header, without white space around it.
///
/// `strip` takes away a `Bearer ` in front, which is put there again when the header is written.
///
/// # Errors
/// What is wrong with it, without quoting it.
pub(in crate::config::old) fn credential(value: &str, strip: bool) -> Result<Secret, &'static str> {
    let value = value.trim();
    let scheme = value
        .get(..7)
        .filter(|scheme| strip && scheme.eq_ignore_ascii_case("bearer "));
    let key = scheme.and_then(|_| value.get(7..)).unwrap_or(value).trim();
    if key.is_empty() || key.eq_ignore_ascii_case("bearer") {
        return Err("holds no credential");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("holds a character that a credential in a header cannot have");
    }
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_key_with_or_without_bearer() {
        for value in ["sk-1", "Bearer sk-1", "bearer  sk-1\n", " sk-1 "] {
            assert_eq!(credential(value, true).unwrap().expose(), "sk-1");
        }
        for value in ["", "Bearer ", "Bearer", "sk\n1", "schlüssel"] {
            let fault = credential(value, true).unwrap_err();
            assert!(value.is_empty() || !fault.contains(value.trim()), "{fault}");
        }
        assert!(credential("Bearer x", false).is_err());
    }
}
