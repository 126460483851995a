//! The relay's URL in the place of the client's.

use agentgateway_core::json::{self, Raw, Splice, quote, with_members};
use bytes::Bytes;
use http::Uri;

use super::{PushRelay, registration::Registrant, relay::Refusal};
use crate::{A2aBinding, A2aCall, wire::push_configs};

/// The body of a call, with the relay's URL in each push configuration that it holds.
pub(super) fn relayed(
    relay: &PushRelay,
    (call, whose): (&A2aCall, Registrant<'_>),
    uri: &Uri,
    body: &Bytes,
) -> Result<Bytes, Refusal> {
    match call.binding() {
        A2aBinding::JsonRpc => {
            let [params] = json::members(body, ["params"]).map_err(bad)?;
            params.map_or_else(
                || Ok(body.clone()),
                |params| edited(relay, (call, whose), body, params),
            )
        }
        A2aBinding::HttpJson => {
            let params = Raw::parse(body).map_err(bad)?;
            edited(relay, (call, whose), body, params)
        }
        A2aBinding::Grpc => of_grpc(relay, (call, whose), uri, body),
    }
}

fn edited(
    relay: &PushRelay,
    (call, whose): (&A2aCall, Registrant<'_>),
    body: &Bytes,
    params: Raw<'_>,
) -> Result<Bytes, Refusal> {
    let mut splice = Splice::new(body.clone());
    for config in push_configs(params, call.operation()).map_err(bad)? {
        let url = relay.register(config, call, whose)?;
        let text = json::slice_of(body, config).unwrap_or_default();
        let changes = [
            ("url", Some(quote(&url).into())),
            ("token", None),
            ("authentication", None),
        ];
        splice = splice.replace_value(config, with_members(&text, &changes).map_err(bad)?);
    }
    // One that holds another cannot be changed twice.
    splice.joined().map_err(|_| {
        Refusal::Words("the push configuration occurs in two places; send it once".to_owned())
    })
}

#[cfg(feature = "grpc")]
fn of_grpc(
    relay: &PushRelay,
    (call, whose): (&A2aCall, Registrant<'_>),
    uri: &Uri,
    body: &Bytes,
) -> Result<Bytes, Refusal> {
    use agentgateway_core::jsonrpc::RpcId;

    use crate::bridge::{LossReport, Speech, read_request, write_request};

    let speech = Speech::new(A2aBinding::Grpc, call.version());
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.uri = uri.clone();
    let mut loss = LossReport::default();
    let words = |fault: crate::bridge::Fault| Refusal::Words(fault.message.into());
    let mut asked = read_request(speech, call, &head, body, &mut loss).map_err(words)?;
    let params = Raw::parse(&asked.params).map_err(bad)?;
    asked.params = edited(relay, (call, whose), &asked.params, params)?;
    let sent = write_request(speech, &asked, &RpcId::from(1), &mut loss).map_err(words)?;
    Ok(sent.body)
}

#[cfg(not(feature = "grpc"))]
fn of_grpc(
    _: &PushRelay,
    _: (&A2aCall, Registrant<'_>),
    _: &Uri,
    body: &Bytes,
) -> Result<Bytes, Refusal> {
    Ok(body.clone())
}

fn bad(reason: impl std::fmt::Display) -> Refusal {
    Refusal::Words(reason.to_string())
}
