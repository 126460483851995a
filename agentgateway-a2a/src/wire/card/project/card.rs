use std::net::IpAddr;

use agentgateway_core::json::{self, Raw};
use bytes::Bytes;
use http::Uri;

use super::{
    Offer, ThirdPartyUrls,
    list::{edited, own},
    security,
};
use crate::wire::card::{BadCard, MAX_CARD_BYTES, view::both};

/// What the card says and clients are not told any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// A flow of OAuth, which the dialect has no place for.
    OauthFlow,
    /// A security scheme of a kind that is not known.
    SecurityScheme,
    /// `capabilities.stateTransitionHistory`, which v1.0 has not.
    StateTransitionHistory,
    /// A URL that leads to somebody else.
    ThirdPartyUrl,
}

impl Loss {
    /// The words for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OauthFlow => "a flow of OAuth",
            Self::SecurityScheme => "a security scheme",
            Self::StateTransitionHistory => "stateTransitionHistory",
            Self::ThirdPartyUrl => "a URL of a third party",
        }
    }
}

/// Writes a card as clients shall see it, and tells what is lost.
///
/// A card of v0.3, of v1.0, or a hybrid of both, is written in the dialect of the offer:
///
/// | of the card | becomes |
/// |---|---|
/// | interfaces: `supportedInterfaces`, `url`, `preferredTransport`, `protocolVersion`, `additionalInterfaces` | those of the offer, and no other |
/// | `capabilities.streaming`, `.pushNotifications` | false where the offer has them not |
/// | `capabilities.extendedAgentCard`, `supportsAuthenticatedExtendedCard` | one made of the other |
/// | `securityRequirements`, `security`, also of skills | one made of the other |
/// | `securitySchemes` | named by member (v1.0), by `type` (v0.3), or both at once, as the SDKs write hybrids |
/// | flows of OAuth | v1.0 has one: the first of authorization code, client credentials, device code, implicit, password; v0.3 has no device code |
/// | `capabilities.stateTransitionHistory` | left out of cards of v1.0 alone |
/// | `iconUrl`, `documentationUrl`, `provider` | kept or left out, by [`ThirdPartyUrls`] |
/// | what v0.3 must have, and v1.0 leaves out where it is empty | written as empty |
/// | `signatures` | left out: they are of another card |
///
/// All other members stay as they are written, in their order. What is lost is told as a [`Loss`].
///
/// # Errors
/// [`BadCard`] when the card is longer than [`MAX_CARD_BYTES`], is no JSON object, or has a member that is
/// looked at twice or in another type; or when the offer has no interface that its dialect can name.
///
/// # Source
/// A2A v1.0, sections 4.4 and 8, and its appendix on the migration from v0.3; A2A v0.3, section 5.5;
/// a2a-sdk 1.3.0, `a2a.compat.v0_3.conversions`.
pub fn project(card: &Bytes, offer: &Offer, mut loss: impl FnMut(Loss)) -> Result<Bytes, BadCard> {
    if offer.is_where_asked() {
        return Err(BadCard::rule("the offer has no public URL"));
    }
    if card.len() > MAX_CARD_BYTES {
        return Err(BadCard::rule("the card is longer than 1 MiB"));
    }
    let writes = offer.writes();
    if writes == (false, false) {
        return Err(BadCard::rule(
            "no interface is offered in the card's dialect",
        ));
    }
    let projection = Projection {
        card,
        raw: Raw::parse(card)?,
        offer,
        writes,
    };
    projection.write(&mut loss)
}

type Changes = Vec<(&'static str, Option<Bytes>)>;

struct Projection<'a> {
    card: &'a Bytes,
    raw: Raw<'a>,
    offer: &'a Offer,
    /// The members of v1.0, and those of v0.3.
    writes: (bool, bool),
}

impl Projection<'_> {
    fn write(&self, loss: &mut dyn FnMut(Loss)) -> Result<Bytes, BadCard> {
        let mut changes = self.interfaces();
        self.capabilities(&mut changes, loss)?;
        self.security(&mut changes, loss)?;
        self.third_party(&mut changes, loss)?;
        if self.writes.1 {
            changes.extend(required(self.raw, self.card, &REQUIRED)?);
        }
        changes.push(("signatures", None));
        Ok(json::with_members(self.card, &changes)?)
    }

    fn interfaces(&self) -> Changes {
        let (v1_0, v0_3) = self.writes;
        let supported = v1_0.then(|| self.offer.supported().into());
        let old = self.offer.v0_3().filter(|_| v0_3);
        let [url, preferred, version, additional] = match old {
            None => [const { None }; 4],
            Some(texts) => texts.map(|text| (text != "[]").then(|| Bytes::from(text))),
        };
        vec![
            ("protocolVersion", version),
            ("protocol_version", None),
            ("url", url),
            ("preferredTransport", preferred),
            ("preferred_transport", None),
            ("additionalInterfaces", additional),
            ("additional_interfaces", None),
            ("supportedInterfaces", supported),
            ("supported_interfaces", None),
        ]
    }

    fn capabilities(
        &self,
        changes: &mut Changes,
        loss: &mut dyn FnMut(Loss),
    ) -> Result<(), BadCard> {
        let (v1_0, v0_3) = self.writes;
        let [capabilities, old] = both(
            self.raw,
            [
                ("capabilities", ""),
                (
                    "supportsAuthenticatedExtendedCard",
                    "supports_authenticated_extended_card",
                ),
            ],
        )?;
        let capabilities = capabilities.map_or(Bytes::from_static(b"{}"), |c| own(self.card, c));
        let [streaming, push, new, history] = both(
            Raw::parse(&capabilities)?,
            [
                ("streaming", ""),
                ("pushNotifications", "push_notifications"),
                ("extendedAgentCard", "extended_agent_card"),
                ("stateTransitionHistory", "state_transition_history"),
            ],
        )?;
        let flag = |value: Option<Raw<'_>>, offered: bool| {
            let word = |value| match json::boolean(value) {
                Some(true) if !offered => Bytes::from_static(b"false"),
                _ => Bytes::copy_from_slice(value.get().as_bytes()),
            };
            value.map(word)
        };
        let extended = flag(new.or(old), self.offer.extended_card);
        let mut inner: Changes = vec![
            ("streaming", flag(streaming, self.offer.streaming)),
            (
                "pushNotifications",
                flag(push, self.offer.push_notifications),
            ),
            ("push_notifications", None),
            ("extendedAgentCard", extended.clone().filter(|_| v1_0)),
            ("extended_agent_card", None),
        ];
        if !v0_3 {
            inner.extend([
                ("stateTransitionHistory", None),
                ("state_transition_history", None),
            ]);
            history
                .into_iter()
                .for_each(|_| loss(Loss::StateTransitionHistory));
        }
        changes.extend([
            (
                "capabilities",
                Some(json::with_members(&capabilities, &inner)?),
            ),
            (
                "supportsAuthenticatedExtendedCard",
                extended.filter(|_| v0_3),
            ),
            ("supports_authenticated_extended_card", None),
        ]);
        Ok(())
    }

    fn security(&self, changes: &mut Changes, loss: &mut dyn FnMut(Loss)) -> Result<(), BadCard> {
        let [schemes, skills] = both(
            self.raw,
            [("securitySchemes", "security_schemes"), ("skills", "")],
        )?;
        if let Some(schemes) = schemes {
            let schemes = security::schemes(&own(self.card, schemes), self.writes, loss)?;
            changes.extend([
                ("securitySchemes", Some(schemes)),
                ("security_schemes", None),
            ]);
        }
        changes.extend(security::requirements(self.card, self.writes)?);
        if let Some(skills) = skills {
            let skills = own(self.card, skills);
            let skills = edited(&skills, |skill| {
                let skill = own(&skills, skill);
                let mut changes = Changes::from(security::requirements(&skill, self.writes)?);
                if self.writes.1 {
                    let raw = Raw::parse(&skill)?;
                    changes.extend(required(raw, &skill, &REQUIRED_OF_SKILLS)?);
                }
                Ok(Some(json::with_members(&skill, &changes)?))
            })?;
            changes.push(("skills", Some(skills)));
        } else if self.writes.1 {
            changes.push(("skills", Some(Bytes::from_static(b"[]"))));
        }
        Ok(())
    }

    fn third_party(
        &self,
        changes: &mut Changes,
        loss: &mut dyn FnMut(Loss),
    ) -> Result<(), BadCard> {
        let rule = self.offer.third_party;
        if rule == ThirdPartyUrls::Keep {
            return Ok(());
        }
        let [icon, documentation, provider] = both(
            self.raw,
            [
                ("iconUrl", "icon_url"),
                ("documentationUrl", "documentation_url"),
                ("provider", ""),
            ],
        )?;
        let mut leave_out = |url: Option<Raw<'_>>, names: &[&'static str]| {
            let text = url.and_then(json::string);
            if rule == ThirdPartyUrls::Drop || !text.is_some_and(|url| is_public(&url)) {
                loss(Loss::ThirdPartyUrl);
                changes.extend(names.iter().map(|name| (*name, None)));
            }
        };
        if icon.is_some() {
            leave_out(icon, &["iconUrl", "icon_url"]);
        }
        if documentation.is_some() {
            leave_out(documentation, &["documentationUrl", "documentation_url"]);
        }
        if let Some(provider) = provider {
            let [url] = json::members_of(provider, ["url"])?;
            leave_out(url, &["provider"]);
        }
        Ok(())
    }
}

/// Members that v0.3 must have, and that the JSON form of a protobuf leaves out where they are empty.
const REQUIRED: [(&str, &str, &str); 4] = [
    ("description", "", r#""""#),
    ("version", "", r#""""#),
    ("defaultInputModes", "default_input_modes", "[]"),
    ("defaultOutputModes", "default_output_modes", "[]"),
];
const REQUIRED_OF_SKILLS: [(&str, &str, &str); 3] = [
    ("name", "", r#""""#),
    ("description", "", r#""""#),
    ("tags", "", "[]"),
];

fn required<const N: usize>(
    object: Raw<'_>,
    text: &Bytes,
    names: &[(&'static str, &'static str, &'static str); N],
) -> Result<Changes, BadCard> {
    let found = both(object, names.map(|(camel, snake, _)| (camel, snake)))?;
    let values = names.iter().zip(found);
    let changes = values.flat_map(|((camel, snake, empty), value)| {
        let value = value.map_or(Bytes::from_static(empty.as_bytes()), |value| {
            own(text, value)
        });
        let other = (!snake.is_empty()).then_some((*snake, None));
        [(*camel, Some(value))].into_iter().chain(other)
    });
    Ok(changes.collect())
}

/// `https`, and a host with a dot in it that is no address: a name that others could look up.
fn is_public(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let Some((authority, host)) = uri.authority().zip(uri.host()) else {
        return false;
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let private = [".local", ".internal", ".localhost", ".lan", ".home.arpa"];
    uri.scheme_str() == Some("https")
        && !authority.as_str().contains('@')
        && host.contains('.')
        && host.parse::<IpAddr>().is_err()
        // Resolvers read `127.1` and `0x7f.1` as addresses too.
        && !host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()))
        && !private.iter().any(|end| host.ends_with(end))
}
