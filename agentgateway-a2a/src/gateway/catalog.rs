//! The links to all agents' cards.

use agentgateway_core::json::quote;
use bytes::Bytes;

use crate::{PublicUrl, wire::header};

/// Where it is published.
pub(super) const PATH: &str = "/.well-known/api-catalog";
/// Its media type, with the profile of catalogues.
pub(super) const MEDIA_TYPE: &str =
    r#"application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727""#;

/// A set of links: from the catalogue to each agent, and from each agent to its card.
///
/// # Source
/// RFC 9727, section 4 and appendix A; RFC 9264, section 4.2.
pub(super) fn linkset<'a>(
    names: impl Iterator<Item = &'a str>,
    url: &PublicUrl,
    prefix: &str,
) -> Bytes {
    let places: Vec<String> = names.map(|name| format!("{url}{prefix}/{name}")).collect();
    let items: Vec<String> = places
        .iter()
        .map(|place| format!(r#"{{"href":{}}}"#, quote(place)))
        .collect();
    let cards: String = places
        .iter()
        .map(|place| {
            let card = quote(&format!("{place}{}", header::CARD_PATH));
            format!(
                r#",{{"anchor":{},"service-desc":[{{"href":{card},"type":"application/json"}}]}}"#,
                quote(place)
            )
        })
        .collect();
    let anchor = quote(&format!("{url}{PATH}"));
    let items = items.join(",");
    Bytes::from(format!(
        r#"{{"linkset":[{{"anchor":{anchor},"item":[{items}]}}{cards}]}}"#
    ))
}
