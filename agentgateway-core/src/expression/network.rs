//! Addresses and networks: `cidr('10.0.0.0/8').containsIP(source.address)`.

use std::net::IpAddr;

use cel::{
    Env, ExecutionError,
    common::{
        types::{CelBool, CelString, STRING_TYPE},
        value::CowVal,
    },
};

use crate::forwarded::Network;

/// Makes the functions known. A network is a text that was checked.
///
/// # Source
/// Kubernetes, Common Expression Language, CIDR library.
pub(super) fn with_networks(mut env: Env) -> Env {
    // They have no names in common with others.
    let _ = env.add_overload("cidr", "cidr_string", vec![STRING_TYPE], cidr);
    let texts = vec![STRING_TYPE];
    let _ = env.add_member_overload(
        "containsIP",
        "cidr_contains_ip_string",
        STRING_TYPE,
        texts,
        contains,
    );
    env
}

/// Whether a text is a network.
pub(super) fn is_network(text: &str) -> bool {
    text.contains('/') && text.parse::<Network>().is_ok()
}

fn cidr<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let invalid = || ExecutionError::function_error("cidr", "no network");
    let text = args.into_iter().next().ok_or_else(invalid)?;
    let known = text.downcast_ref::<CelString<'_>>();
    let known = known.is_some_and(|text| is_network(text.inner()));
    known.then_some(text).ok_or_else(invalid)
}

#[expect(clippy::needless_pass_by_value, reason = "the form of an overload")]
fn contains<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let invalid = |what| ExecutionError::function_error("containsIP", what);
    let text = |at: usize| {
        let text = args.get(at)?.downcast_ref::<CelString<'_>>()?;
        Some(text.inner())
    };
    let network = text(0).filter(|text| is_network(text));
    let network: Network = network
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| invalid("no network"))?;
    let address: IpAddr = text(1)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| invalid("no address"))?;
    Ok(CowVal::owned(CelBool::from(network.contains(address))))
}
