use agentgateway_core::{
    Error,
    json::{self, JsonType, Raw, Splice},
    jsonrpc::RpcId,
};
use bytes::Bytes;

use crate::{
    bridge::ask::invalid,
    wire::{META, MetaKey, NameParam},
};

/// The member of `params` in which a client brings back the state of its call.
pub(super) const STATE_KEY: &str = "requestState";

/// Where a value stands that the target knows otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What the call is about.
    Name(NameParam),
    State,
    /// The prompt or template of a completion, by its member of `params.ref`.
    Reference(&'static str),
}

/// Members of a request's `params`; none where those are no object, or say one of them twice.
pub(super) fn params<'a, const N: usize>(body: &'a Bytes, keys: [&str; N]) -> [Option<Raw<'a>>; N] {
    json::members(body, ["params"])
        .and_then(|[params]| match params {
            Some(params) => json::members_of(params, keys),
            None => Ok([None; N]),
        })
        .unwrap_or([None; N])
}

/// A client's request as its target is told: one reading, one copy, and all other bytes as they were.
///
/// A progress token becomes the id.
///
/// # Errors
/// A member that decides occurs twice.
pub(super) fn told(
    body: &Bytes,
    minted: &RpcId,
    changes: &[(Place, Bytes)],
) -> Result<Bytes, Error> {
    const KEYS: [&str; 6] = [
        NameParam::Name.key(),
        NameParam::Uri.key(),
        NameParam::TaskId.key(),
        STATE_KEY,
        "ref",
        META,
    ];
    let object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
    let [id, params] = json::members(body, ["id", "params"]).map_err(invalid)?;
    let mut splice = Splice::new(body.clone());
    if let Some(id) = id {
        splice = splice.replace_value(id, minted.to_bytes());
    }
    if let Some(params) = params.filter(object) {
        let [name, uri, task, state, reference, meta] =
            json::members_of(params, KEYS).map_err(invalid)?;
        for (place, with) in changes {
            let value = match place {
                Place::Name(NameParam::Name) => name,
                Place::Name(NameParam::Uri) => uri,
                Place::Name(NameParam::TaskId) => task,
                Place::State => state,
                Place::Reference(key) => match reference.filter(object) {
                    Some(reference) => json::members_of(reference, [*key]).map_err(invalid)?[0],
                    None => None,
                },
            };
            if let Some(value) = value {
                splice = splice.replace_value(value, with.clone());
            }
        }
        if let Some(meta) = meta.filter(object) {
            let [token] = json::members_of(meta, [MetaKey::PROGRESS_TOKEN]).map_err(invalid)?;
            if let Some(token) = token.filter(|token| !json::is_null(*token)) {
                splice = splice.replace_value(token, minted.to_bytes());
            }
        }
    }
    Ok(splice.finish()?.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_what_it_must_alone() {
        let body = r#"{ "id":"a","params":{"x":1.0,"name" : "n","uri":"u","_meta":{"progressToken":1},"ref":{"name":"r"}}}"#;
        let changes = [
            (Place::Name(NameParam::Name), Bytes::from(r#""N""#)),
            (Place::Reference("name"), Bytes::from(r#""R""#)),
            (Place::State, Bytes::from(r#""S""#)),
        ];
        let told = told(&Bytes::from(body), &RpcId::from(7), &changes).unwrap();
        assert_eq!(
            told,
            r#"{ "id":7,"params":{"x":1.0,"name" : "N","uri":"u","_meta":{"progressToken":7},"ref":{"name":"R"}}}"#
        );
    }

    /// Fault M06 (part): a name that is there twice.
    #[test]
    fn a_member_that_is_there_twice_is_refused() {
        for body in [
            r#"{"id":1,"id":2}"#,
            r#"{"id":1,"params":{"name":"a","name":"b"}}"#,
            r#"{"id":1,"params":{"_meta":{"progressToken":1,"progressToken":2}}}"#,
        ] {
            assert!(
                told(&Bytes::from(body), &RpcId::from(7), &[]).is_err(),
                "{body}"
            );
        }
    }
}
