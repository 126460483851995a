#[cfg(feature = "bridge")]
use agentgateway_core::json::Located;
use agentgateway_core::json::Raw;
#[cfg(feature = "bridge")]
use bytes::Bytes;
#[cfg(feature = "bridge")]
use http::Extensions;

/// How many members there are in [`Members`].
#[cfg(feature = "bridge")]
const MEMBERS: usize = 14;

/// The members of a request that decide something inside, as the layer has found them. What is in no object is not
/// there.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(
    not(feature = "bridge"),
    expect(dead_code, reason = "what stands inside reads them")
)]
pub(crate) struct Members<'a> {
    pub(crate) id: Option<Raw<'a>>,
    pub(crate) params: Option<Raw<'a>>,
    pub(crate) name: Option<Raw<'a>>,
    pub(crate) uri: Option<Raw<'a>>,
    pub(crate) task: Option<Raw<'a>>,
    pub(crate) arguments: Option<Raw<'a>>,
    pub(crate) responses: Option<Raw<'a>>,
    pub(crate) state: Option<Raw<'a>>,
    pub(crate) reference: Option<Raw<'a>>,
    pub(crate) meta: Option<Raw<'a>>,
    pub(crate) token: Option<Raw<'a>>,
    pub(crate) version: Option<Raw<'a>>,
    pub(crate) capabilities: Option<Raw<'a>>,
    pub(crate) level: Option<Raw<'a>>,
}

/// Where these members stand in a body, for who reads the same body inside.
///
/// It goes with a request no further than to who takes it: it keeps the body alive.
#[cfg(feature = "bridge")]
#[derive(Clone, Debug)]
pub(crate) struct Places(Located<MEMBERS>);

#[cfg(feature = "bridge")]
impl Places {
    pub(crate) fn new(body: &Bytes, of: &Members<'_>) -> Self {
        let values = [
            of.id,
            of.params,
            of.name,
            of.uri,
            of.task,
            of.arguments,
            of.responses,
            of.state,
            of.reference,
            of.meta,
            of.token,
            of.version,
            of.capabilities,
            of.level,
        ];
        Self(Located::new(body, values))
    }

    /// Takes those of this body; `None` where it is another one than the layer has read.
    pub(crate) fn take(extensions: &mut Extensions, body: &Bytes) -> Option<Self> {
        let places: Self = extensions.remove()?;
        places.0.is_of(body).then_some(places)
    }

    pub(crate) fn members(&self) -> Members<'_> {
        let [
            id,
            params,
            name,
            uri,
            task,
            arguments,
            responses,
            state,
            reference,
            meta,
            token,
            version,
            capabilities,
            level,
        ] = self.0.values();
        Members {
            id,
            params,
            name,
            uri,
            task,
            arguments,
            responses,
            state,
            reference,
            meta,
            token,
            version,
            capabilities,
            level,
        }
    }
}

#[cfg(feature = "bridge")]
#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::layer::parse;

    fn of(text: &'static str) -> (Bytes, Extensions) {
        let body = Bytes::copy_from_slice(text.as_bytes());
        let (_, members) = parse::read(&HeaderMap::new(), &body).ok().unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(Places::new(&body, &members));
        (body, extensions)
    }

    #[test]
    fn what_was_found_is_told_of_the_same_body_once() {
        let (body, mut extensions) = of(
            r#"{ "id" : 7,"jsonrpc":"2.0","method":"tools/call","params":{"name":"n","arguments":{"a":1},
                "_meta":{"progressToken":"p","io.modelcontextprotocol/clientCapabilities":{}},"inputResponses":{}}}"#,
        );
        let places = Places::take(&mut extensions, &body).unwrap();
        let members = places.members();
        let said = |raw: Option<Raw<'_>>| raw.map(|raw| raw.get().to_owned());
        assert_eq!(said(members.id).unwrap(), "7");
        assert_eq!(said(members.name).unwrap(), r#""n""#);
        assert_eq!(said(members.arguments).unwrap(), r#"{"a":1}"#);
        assert_eq!(said(members.token).unwrap(), r#""p""#);
        assert_eq!(said(members.capabilities).unwrap(), "{}");
        assert_eq!(said(members.responses).unwrap(), "{}");
        assert_eq!((said(members.state), said(members.level)), (None, None));
        assert!(Places::take(&mut extensions, &body).is_none());
    }

    #[test]
    fn of_a_body_that_was_changed_nothing_is_told() {
        let (body, mut extensions) = of(r#"{"id":1,"jsonrpc":"2.0","method":"ping"}"#);
        let other = Bytes::copy_from_slice(&body);
        assert!(Places::take(&mut extensions.clone(), &other).is_none());
        assert!(Places::take(&mut extensions.clone(), &body.slice(..9)).is_none());
        assert!(Places::take(&mut extensions, &body).is_some());
    }
}
