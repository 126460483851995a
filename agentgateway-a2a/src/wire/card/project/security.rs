use agentgateway_core::json::{self, Raw};
use bytes::Bytes;

use super::{
    Loss,
    list::{each_entry, made_of, own},
};
use crate::wire::card::{BadCard, view::both};

/// `type` of v0.3, the member of v1.0, and the member's other spelling.
const SCHEMES: [(&str, &str, &str); 5] = [
    ("apiKey", "apiKeySecurityScheme", "api_key_security_scheme"),
    (
        "http",
        "httpAuthSecurityScheme",
        "http_auth_security_scheme",
    ),
    ("oauth2", "oauth2SecurityScheme", "oauth2_security_scheme"),
    (
        "openIdConnect",
        "openIdConnectSecurityScheme",
        "open_id_connect_security_scheme",
    ),
    ("mutualTLS", "mtlsSecurityScheme", "mtls_security_scheme"),
];

/// Of several flows, v1.0 keeps the first of these.
const FLOWS: [(&str, &str); 5] = [
    ("authorizationCode", "authorization_code"),
    ("clientCredentials", "client_credentials"),
    ("deviceCode", "device_code"),
    ("implicit", "implicit"),
    ("password", "password"),
];

type Changes<'a> = Vec<(&'a str, Option<Bytes>)>;

/// Rewrites `securitySchemes`.
pub(super) fn schemes(
    schemes: &Bytes,
    writes: (bool, bool),
    loss: &mut dyn FnMut(Loss),
) -> Result<Bytes, BadCard> {
    let mut kept = Vec::new();
    each_entry(Raw::parse(schemes)?, |name, value| {
        match scheme(&own(schemes, value), writes, loss)? {
            Some(scheme) => {
                let scheme = String::from_utf8_lossy(&scheme);
                kept.push(format!("{}:{scheme}", json::quote(name)));
            }
            None => loss(Loss::SecurityScheme),
        }
        Ok(())
    })?;
    Ok(made_of('{', &kept, '}'))
}

fn scheme(
    scheme: &Bytes,
    (v1_0, v0_3): (bool, bool),
    loss: &mut dyn FnMut(Loss),
) -> Result<Option<Bytes>, BadCard> {
    let raw = Raw::parse(scheme)?;
    let named = both(raw, SCHEMES.map(|(_, member, snake)| (member, snake)))?;
    let [kind] = json::members_of(raw, ["type"])?;
    let kind = kind.and_then(json::string);
    let mut pairs = SCHEMES.iter().zip(named);
    let found = pairs
        .clone()
        .find(|(_, named)| named.is_some())
        .or_else(|| pairs.find(|((flat, _, _), _)| kind.as_deref() == Some(*flat)));
    let Some(((flat_name, member, _), named)) = found else {
        // v1.0 has no place for it.
        return Ok(v0_3.then(|| scheme.clone()));
    };
    // The flat form without what v1.0 has put beside it.
    let bare: Changes<'_> = SCHEMES
        .iter()
        .flat_map(|(_, member, snake)| [(*member, None), (*snake, None)])
        .collect();
    let bare = json::with_members(scheme, &bare)?;
    let flat = match (named, &kind) {
        (Some(named), None) => flat_of(&own(scheme, named), flat_name)?,
        _ => bare.clone(),
    };
    let inner = match named {
        Some(named) => own(scheme, named),
        None => inner_of(&bare)?,
    };
    let flat = without_device_code(&flat, v0_3, loss)?;
    let inner = with_one_flow(&inner, v1_0, loss)?;
    Ok(Some(match (v1_0, v0_3) {
        (true, true) => json::with_members(&flat, &[(*member, Some(inner))])?,
        (true, false) => {
            let inner = String::from_utf8_lossy(&inner);
            format!(r#"{{"{member}":{inner}}}"#).into()
        }
        _ => flat,
    }))
}

/// The flat form of v0.3 of what stands in a member of v1.0.
fn flat_of(inner: &Bytes, kind: &str) -> Result<Bytes, BadCard> {
    let mut changes: Changes<'_> = vec![("type", Some(json::quote(kind).into()))];
    let [location] = json::members(inner, ["location"])?;
    if let (Some(location), "apiKey") = (location, kind) {
        changes.push(("in", Some(own(inner, location))));
        changes.push(("location", None));
    }
    Ok(json::with_members(inner, &changes)?)
}

/// What stands in the member of v1.0, of the flat form of v0.3.
fn inner_of(flat: &Bytes) -> Result<Bytes, BadCard> {
    let mut changes: Changes<'_> = vec![("type", None)];
    let [place] = json::members(flat, ["in"])?;
    if let Some(place) = place {
        changes.push(("location", Some(own(flat, place))));
        changes.push(("in", None));
    }
    Ok(json::with_members(flat, &changes)?)
}

fn with_one_flow(
    scheme: &Bytes,
    counts: bool,
    loss: &mut dyn FnMut(Loss),
) -> Result<Bytes, BadCard> {
    let [flows] = json::members(scheme, ["flows"])?;
    let Some(flows) = flows.filter(|flows| !json::is_null(*flows)) else {
        return Ok(scheme.clone());
    };
    let found = both(flows, FLOWS)?;
    let present = FLOWS.iter().zip(found).filter(|(_, flow)| flow.is_some());
    let others: Vec<_> = present.skip(1).map(|(names, _)| names).collect();
    if counts {
        others.iter().for_each(|_| loss(Loss::OauthFlow));
    }
    let gone: Changes<'_> = others
        .iter()
        .flat_map(|(camel, snake)| [(*camel, None), (*snake, None)])
        .collect();
    let flows = json::with_members(&own(scheme, flows), &gone)?;
    Ok(json::with_members(scheme, &[("flows", Some(flows))])?)
}

fn without_device_code(
    scheme: &Bytes,
    counts: bool,
    loss: &mut dyn FnMut(Loss),
) -> Result<Bytes, BadCard> {
    let [flows] = json::members(scheme, ["flows"])?;
    let Some(flows) = flows.filter(|flows| !json::is_null(*flows)) else {
        return Ok(scheme.clone());
    };
    let [device] = both(flows, [("deviceCode", "device_code")])?;
    if device.is_none() {
        return Ok(scheme.clone());
    }
    if counts {
        loss(Loss::OauthFlow);
    }
    let gone = [("deviceCode", None), ("device_code", None)];
    let flows = json::with_members(&own(scheme, flows), &gone)?;
    Ok(json::with_members(scheme, &[("flows", Some(flows))])?)
}

/// The members `securityRequirements` and `security` of a card or a skill, each made of the other where it
/// is not there.
pub(super) fn requirements(
    object: &Bytes,
    (v1_0, v0_3): (bool, bool),
) -> Result<[(&'static str, Option<Bytes>); 3], BadCard> {
    let raw = Raw::parse(object)?;
    let [new, old] = both(
        raw,
        [
            ("securityRequirements", "security_requirements"),
            ("security", ""),
        ],
    )?;
    let wanted = match (new, old) {
        _ if !v1_0 => None,
        (Some(new), _) => Some(own(object, new)),
        (None, Some(old)) => Some(each_requirement(old, new_requirement)?),
        (None, None) => None,
    };
    let legacy = match (old, new) {
        _ if !v0_3 => None,
        (Some(old), _) => Some(own(object, old)),
        (None, Some(new)) => Some(each_requirement(new, old_requirement)?),
        (None, None) => None,
    };
    Ok([
        ("securityRequirements", wanted),
        ("security_requirements", None),
        ("security", legacy),
    ])
}

fn each_requirement(
    list: Raw<'_>,
    change: impl Fn(Raw<'_>) -> Result<String, BadCard>,
) -> Result<Bytes, BadCard> {
    let mut made = Vec::new();
    let mut result = Ok(());
    json::elements(list, |requirement| {
        if result.is_ok() {
            result = change(requirement).map(|new| made.push(new));
        }
    })?;
    result?;
    Ok(made_of('[', &made, ']'))
}

fn new_requirement(old: Raw<'_>) -> Result<String, BadCard> {
    let mut schemes = Vec::new();
    each_entry(old, |name, scopes| {
        schemes.push(format!(
            r#"{}:{{"list":{}}}"#,
            json::quote(name),
            scopes.get()
        ));
        Ok(())
    })?;
    Ok(format!(r#"{{"schemes":{{{}}}}}"#, schemes.join(",")))
}

fn old_requirement(new: Raw<'_>) -> Result<String, BadCard> {
    let [schemes] = json::members_of(new, ["schemes"])?;
    let mut found = Vec::new();
    if let Some(schemes) = schemes {
        each_entry(schemes, |name, scopes| {
            let [list] = json::members_of(scopes, ["list"])?;
            let list = list.map_or("[]", Raw::get);
            found.push(format!("{}:{list}", json::quote(name)));
            Ok(())
        })?;
    }
    Ok(format!("{{{}}}", found.join(",")))
}
