//! Who calls servers of MCP: what tokens must be for, and where clients get them.

use std::collections::BTreeMap;

use agentgateway_mcp::policy::oauth::{InvalidResource, ProtectedResource};

use super::callers::{Read, mode, part};
use super::keys::{fetched, issuer};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{JwtAuthentication, JwtMcp, McpAuthentication, Unread};
use crate::config::snapshot::{Issuer, McpCallers};

/// The callers of servers of MCP, in this field.
pub(super) fn callers(
    context: &Context<'_>,
    object: &Object,
    (origin, field): (&str, &str),
    spec: &McpAuthentication,
) -> Read<McpCallers> {
    let path = format!("spec.{field}");
    let mut faults = Vec::new();
    let keys = fetched(context, object, &spec.jwks, &format!("{path}.jwks"));
    let keys = keys.map_err(|fault| faults.push(fault)).ok();
    let resource = spec.issuer.as_deref().map(|issuer| {
        let audiences = spec.audiences.as_deref().unwrap_or_default();
        let read = resource(issuer, audiences, &spec.resource_metadata, &path);
        read.map_err(|fault| faults.push(fault)).ok()
    });
    if spec.issuer.is_none() {
        let message = "an issuer is needed: a token is taken from nobody else";
        faults.push(Fault::new(format!("{path}.issuer"), "Invalid", message));
    }
    let (Some(keys), Some(Some(resource)), Some(name)) = (keys, resource, &spec.issuer) else {
        return Err(faults);
    };
    let issuer = Issuer {
        name: name.clone(),
        // The resource names them.
        audiences: Vec::new(),
        keys,
    };
    let spec = McpCallers {
        mode: mode(spec.mode),
        issuer,
        resource,
    };
    part(format!("{origin} {field}"), spec, faults)
}

/// The same of a route, whose callers are known by the tokens of one issuer.
pub(super) fn of_route(
    context: &Context<'_>,
    object: &Object,
    origin: &str,
    (spec, mcp): (&JwtAuthentication, &JwtMcp),
) -> Read<McpCallers> {
    const FIELD: &str = "traffic.jwtAuthentication";
    let path = format!("spec.{FIELD}");
    let mut faults = Vec::new();
    if spec.location.is_some() {
        let message = "with mcp a token is taken from Authorization alone; leave location out";
        faults.push(Fault::new(
            format!("{path}.location"),
            "UnsupportedValue",
            message,
        ));
    }
    let provider = spec.providers.first();
    let read = provider.map(|provider| {
        let mut issuer = issuer(context, object, provider, &format!("{path}.providers[0]"))?;
        // The resource names them.
        let audiences = std::mem::take(&mut issuer.audiences);
        let path = format!("{path}.mcp");
        let resource = resource(&issuer.name, &audiences, &mcp.resource_metadata, &path)?;
        Ok((issuer, resource))
    });
    let (issuer, resource) = match read {
        Some(Ok(read)) => read,
        Some(Err(fault)) => {
            faults.push(fault);
            return Err(faults);
        }
        None => return Err(faults),
    };
    let spec = McpCallers {
        mode: mode(spec.mode),
        issuer,
        resource,
    };
    part(format!("{origin} {FIELD}"), spec, faults)
}

/// The resource that the metadata describe.
fn resource(
    issuer: &str,
    audiences: &[String],
    metadata: &BTreeMap<String, Unread>,
    path: &str,
) -> Result<ProtectedResource, Fault> {
    let path = format!("{path}.resourceMetadata");
    let mut members = Members::read(metadata, &path)?;
    let url = match members.text("resource")? {
        Some(url) => url,
        None => named(audiences).ok_or_else(|| {
            let message = "resource is needed: the URL of the server for its clients, such as \
                           https://mcp.example.org/mcp";
            Fault::new(&*path, "Invalid", message)
        })?,
    };
    let servers = members.texts("authorization_servers")?;
    let servers = servers.unwrap_or_else(|| vec![issuer.to_owned()]);
    let invalid = |error: InvalidResource| Fault::new(&*path, "Invalid", error.to_string());
    let mut found = ProtectedResource::new(&url, servers)
        .map_err(invalid)?
        .audiences(audiences.iter().map(String::as_str));
    if let Some(scopes) = members.texts("scopes_supported")? {
        found = found.scopes(scopes);
    }
    if let Some(methods) = members.texts("bearer_methods_supported")?
        && !methods.iter().any(|method| method == "header")
    {
        let message = "bearerMethodsSupported must have header: a token is taken from there alone";
        return Err(Fault::new(&*path, "Invalid", message));
    }
    if let Some(name) = members.text("resource_name")? {
        found = found.named(name);
    }
    if let Some(url) = members.text("resource_documentation")? {
        found = found.documentation(&url).map_err(invalid)?;
    }
    if let Some(url) = members.text("resource_policy_uri")? {
        found = found.policy(&url).map_err(invalid)?;
    }
    if let Some(url) = members.text("resource_tos_uri")? {
        found = found.terms(&url).map_err(invalid)?;
    }
    for (name, value) in members.rest() {
        found = found.member(&name, value).map_err(invalid)?;
    }
    Ok(found)
}

/// The first audience that is a URL.
fn named(audiences: &[String]) -> Option<String> {
    let mut urls = audiences.iter();
    let url = urls.find(|name| name.starts_with("https://") || name.starts_with("http://"));
    url.cloned()
}

/// Members of metadata by their names in RFC 9728.
struct Members<'a> {
    of: BTreeMap<String, Unread>,
    path: &'a str,
}

impl<'a> Members<'a> {
    /// In a manifest they may be spelled as its own fields are: `scopesSupported`.
    fn read(given: &BTreeMap<String, Unread>, path: &'a str) -> Result<Self, Fault> {
        let mut of = BTreeMap::new();
        for (name, value) in given {
            if of.insert(spelled(name), value.clone()).is_some() {
                let message = format!("{name} is there twice, in both spellings");
                return Err(Fault::new(path, "Invalid", message));
            }
        }
        Ok(Self { of, path })
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, Fault> {
        match self.of.remove(name) {
            None => Ok(None),
            Some(Unread::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "a string")),
        }
    }

    fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(value) = self.of.remove(name) else {
            return Ok(None);
        };
        let several = value.as_array().map(|several| {
            let texts = several.iter().map(|one| one.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>()
        });
        match several.flatten() {
            Some(texts) => Ok(Some(texts)),
            None => Err(self.wrong(name, "a list of strings")),
        }
    }

    fn rest(self) -> BTreeMap<String, Unread> {
        self.of
    }

    fn wrong(&self, name: &str, what: &str) -> Fault {
        Fault::new(self.path, "Invalid", format!("{name} must be {what}"))
    }
}

fn spelled(name: &str) -> String {
    let mut found = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            found.push('_');
        }
        found.push(letter.to_ascii_lowercase());
    }
    found
}
