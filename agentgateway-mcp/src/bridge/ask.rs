use agentgateway_core::{
    Error, ErrorKind,
    json::{self, JsonError, JsonType, Raw, Splice},
    jsonrpc::RpcId,
    upstream::retain_headers,
};
use bytes::Bytes;
use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, header, request::Parts,
};

use super::edit;
use crate::{
    call::McpCall,
    layer::{Places, parse},
    wire::{META, McpMethod, MetaKey, ProtocolVersion, SessionId, headers},
};

/// One message of a client's on its way to a server: its text, and what goes with it.
///
/// Only what is changed changes; unknown members, order and spelling are the client's.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    body: Bytes,
    headers: HeaderMap,
    extensions: Extensions,
}

impl Ask {
    /// A request of our own.
    pub(crate) fn new(id: &RpcId, method: &McpMethod, params: &Bytes) -> Self {
        let mut body = br#"{"jsonrpc":"2.0","id":"#.to_vec();
        body.extend_from_slice(id.as_raw());
        Self::begun(body, method, params)
    }

    /// A notification of our own.
    pub(crate) fn notification(method: &McpMethod, params: &Bytes) -> Self {
        Self::begun(br#"{"jsonrpc":"2.0""#.to_vec(), method, params)
    }

    fn begun(mut body: Vec<u8>, method: &McpMethod, params: &Bytes) -> Self {
        body.extend_from_slice(br#","method":"#);
        body.extend_from_slice(json::quote(method.as_str()).as_bytes());
        if !params.is_empty() {
            body.extend_from_slice(br#","params":"#);
            body.extend_from_slice(params);
        }
        body.push(b'}');
        Self::message(body.into())
    }

    /// A message that stands already: an answer to a server's request.
    pub(crate) fn message(body: Bytes) -> Self {
        Self {
            body,
            headers: HeaderMap::new(),
            extensions: Extensions::new(),
        }
    }

    /// The message of a client.
    pub(crate) fn of(request: Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        Self {
            body,
            headers: head.headers,
            extensions: head.extensions,
        }
    }

    /// The message of a client, whose headers and extensions are taken out of this head.
    pub(crate) fn out_of(head: &mut Parts, body: Bytes) -> Self {
        Self {
            body,
            headers: std::mem::take(&mut head.headers),
            extensions: std::mem::take(&mut head.extensions),
        }
    }

    /// The client's request again, with the head that it was taken out of.
    pub(crate) fn back_into(self, mut head: Parts) -> Request<Bytes> {
        head.headers = self.headers;
        head.extensions = self.extensions;
        Request::from_parts(head, self.body)
    }

    /// With what layers outside have told of the request that it is for.
    pub(crate) fn with_extensions(mut self, extensions: &Extensions) -> Self {
        self.extensions = extensions.clone();
        self
    }

    /// The same, with another text.
    pub(crate) fn with_body(&self, body: Bytes) -> Self {
        Self {
            body,
            headers: self.headers.clone(),
            extensions: self.extensions.clone(),
        }
    }

    /// Where its members stand, as the layer outside has found them, unless it was changed since.
    pub(crate) fn take_places(&mut self) -> Option<Places> {
        Places::take(&mut self.extensions, &self.body)
    }

    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    pub(crate) const fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    pub(crate) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(crate) const fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }

    pub(crate) const fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Its params, an object; an empty one where it has none.
    pub(crate) fn params(&self) -> Bytes {
        edit::member(&self.body, "params").unwrap_or_else(|| Bytes::from_static(b"{}"))
    }

    /// Changes its params.
    ///
    /// # Errors
    /// A member that decides occurs twice.
    pub(crate) fn change_params(
        &mut self,
        change: impl FnOnce(Bytes) -> Result<Bytes, JsonError>,
    ) -> Result<(), Error> {
        self.body = edit::within(&self.body, "params", change).map_err(invalid)?;
        Ok(())
    }

    /// Sets members of `params._meta`, and leaves members out.
    ///
    /// # Errors
    /// One of them occurs twice.
    pub(crate) fn change_meta(&mut self, changes: &[(&str, Option<Bytes>)]) -> Result<(), Error> {
        self.change_params(|params| {
            edit::within(&params, META, |meta| json::with_members(&meta, changes))
        })
    }

    /// The same in one reading, where there are params that are an object.
    ///
    /// # Errors
    /// One of them occurs twice.
    pub(crate) fn set_meta(&mut self, changes: &[(&str, Option<Bytes>)]) -> Result<(), Error> {
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        let body = self.body.clone();
        let places = self.take_places();
        let known = places.as_ref().map(Places::members).unwrap_or_default();
        let (params, meta) = if known.params.is_some() {
            (known.params, known.meta)
        } else {
            let [params] = json::members(&body, ["params"]).map_err(invalid)?;
            let params = params.filter(is_object);
            let meta = params.map(|params| json::members_of(params, [META]));
            let [meta] = meta.transpose().map_err(invalid)?.unwrap_or_default();
            (params, meta)
        };
        let Some(params) = params else {
            return self.change_meta(changes);
        };
        let splice = Splice::new(body.clone());
        let splice = match meta {
            Some(meta) if is_object(&meta) => {
                let whole = json::slice_of(&body, meta).unwrap_or_default();
                let changed = json::with_members(&whole, changes).map_err(invalid)?;
                splice.replace_value(meta, changed)
            }
            Some(null) if json::is_null(null) => return self.change_meta(changes),
            Some(_) => return Ok(()),
            None => {
                let meta = edit::object_of(changes);
                let range = json::range_in(&body, params).unwrap_or_default();
                splice.add_member(range, META, meta)
            }
        };
        self.body = splice.joined().map_err(Error::from)?;
        Ok(())
    }

    /// Gives it another id.
    ///
    /// # Errors
    /// It has two.
    pub(crate) fn set_id(&mut self, id: &RpcId) -> Result<(), Error> {
        let [own] = json::members(&self.body, ["id"]).map_err(invalid)?;
        if let Some(own) = own {
            let splice = Splice::new(self.body.clone()).replace_value(own, id.to_bytes());
            self.body = splice.finish().map_err(Error::from)?.into_bytes();
        }
        Ok(())
    }

    /// The request that says it to a server of 2026-07-28, with the headers that repeat it.
    ///
    /// # Errors
    /// It is no message.
    pub(crate) fn into_modern(mut self, version: &str) -> Result<Request<Bytes>, Error> {
        if edit::member(&self.body, "method").is_some() {
            let version = Bytes::from(json::quote(version));
            self.change_meta(&[(MetaKey::PROTOCOL_VERSION, Some(version))])?;
        }
        for name in [headers::METHOD, headers::NAME, headers::SESSION_ID] {
            self.headers.remove(name);
        }
        self.set_version(version);
        let call = self.parsed()?;
        if let Some(method) = call.method() {
            let method = headers::encode(method.as_str());
            self.headers.insert(headers::METHOD, method);
        }
        if let Some(name) = call.name() {
            self.headers.insert(headers::NAME, headers::encode(name));
        }
        Ok(self.sent(call))
    }

    /// The same of a message of the newest revision that is known to be this call.
    pub(crate) fn into_call(mut self, call: McpCall) -> Request<Bytes> {
        repeat(&mut self.headers, &call);
        self.sent(call)
    }

    /// The request that says it to a server of an earlier revision, in a session.
    ///
    /// # Errors
    /// It is no message.
    pub(crate) fn into_legacy(
        mut self,
        version: Option<&str>,
        session: Option<&SessionId>,
    ) -> Result<Request<Bytes>, Error> {
        self.set_session(version, session);
        let call = self.parsed()?;
        Ok(self.sent(call))
    }

    /// The request that says this text instead to a server of an earlier revision, in a session; it is known to be this
    /// call.
    pub(crate) fn said_in(
        &self,
        body: Bytes,
        (version, session): (&str, Option<&SessionId>),
        call: McpCall,
    ) -> Request<Bytes> {
        const OWN: [HeaderName; 3] = [header::CONTENT_TYPE, header::ACCEPT, header::CONTENT_LENGTH];
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 4);
        for (name, value) in &self.headers {
            if !name.as_str().starts_with("mcp-") && !OWN.contains(name) {
                headers.append(name, value.clone());
            }
        }
        let mut told = Self {
            body,
            headers,
            extensions: self.extensions.clone(),
        };
        told.name_session(Some(version), session);
        told.sent(call)
    }

    fn set_session(&mut self, version: Option<&str>, session: Option<&SessionId>) {
        retain_headers(&mut self.headers, |name| !name.as_str().starts_with("mcp-"));
        self.name_session(version, session);
    }

    fn name_session(&mut self, version: Option<&str>, session: Option<&SessionId>) {
        if let Some(version) = version {
            self.set_version(version);
        }
        if let Some(session) = session.and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            self.headers.insert(headers::SESSION_ID, session);
        }
    }

    fn set_version(&mut self, version: &str) {
        if let Ok(version) = HeaderValue::from_str(version) {
            self.headers.insert(headers::PROTOCOL_VERSION, version);
        }
    }

    fn parsed(&self) -> Result<McpCall, Error> {
        McpCall::read(&self.headers, &self.body)
    }

    fn sent(mut self, call: McpCall) -> Request<Bytes> {
        own_headers(&mut self.headers);
        // What is asked because of a call is asked of its server.
        match self.extensions.get_mut::<McpCall>() {
            Some(known) => *known = call.beside(known),
            None => drop(self.extensions.insert(call)),
        }
        let mut request = Request::new(self.body);
        *request.method_mut() = Method::POST;
        *request.headers_mut() = self.headers;
        *request.extensions_mut() = self.extensions;
        request
    }
}

impl McpCall {
    /// What this message is, sent with these headers.
    ///
    /// # Errors
    /// It is no message, or its headers say something else than it does.
    pub(crate) fn read(head: &HeaderMap, body: &Bytes) -> Result<Self, Error> {
        match parse::message(head, body) {
            Ok(facts) => Ok(facts.into()),
            Err(rejection) => {
                let error = rejection.error();
                Err(Error::new(error.kind(), error.message().to_owned()))
            }
        }
    }
}

/// The headers that say how a message is sent, in the place of the client's.
pub(crate) fn own_headers(headers: &mut HeaderMap) {
    // Checked when this is compiled.
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const ANSWERS: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::ACCEPT, ANSWERS);
    headers.remove(header::CONTENT_LENGTH);
}

/// The headers that repeat what a call of the newest revision says; what is right already stays as it is.
pub(crate) fn repeat(own: &mut HeaderMap, call: &McpCall) {
    let says = |own: &HeaderMap, name: &HeaderName, text: &str| {
        let mut values = own.get_all(name).iter();
        values.next().is_some_and(|value| *value == *text) && values.next().is_none()
    };
    own.remove(headers::SESSION_ID);
    if !says(own, &headers::PROTOCOL_VERSION, ProtocolVersion::LATEST) {
        const LATEST: HeaderValue = HeaderValue::from_static(ProtocolVersion::LATEST);
        own.insert(headers::PROTOCOL_VERSION, LATEST);
    }
    let method = call.method().map(McpMethod::as_str);
    for (name, text) in [(headers::METHOD, method), (headers::NAME, call.name())] {
        match text {
            Some(text) if says(own, &name, text) => {}
            Some(text) => drop(own.insert(name, headers::encode(text))),
            None => drop(own.remove(name)),
        }
    }
}

/// The request of a client was no message that can be changed.
#[expect(clippy::needless_pass_by_value, reason = "so `map_err` hands it over")]
pub(crate) fn invalid(error: JsonError) -> Error {
    Error::new(ErrorKind::InvalidRequest, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_is_set_in_one_reading_as_it_is_changed() {
        for body in [
            r#"{"id":1,"params":{"name":"n"}}"#,
            r#"{"id":1,"params":{}}"#,
            r#"{"id":1,"params":{"x":1.0,"_meta":{"a":0, "b":1}}}"#,
            r#"{"id":1,"params":{"_meta":[]}}"#,
            r#"{"id":1,"params":[]}"#,
            r#"{"id":1}"#,
        ] {
            let ask = Ask::message(Bytes::from_static(body.as_bytes()));
            let (mut set, mut changed) = (ask.clone(), ask);
            let changes = [
                ("a", Some("2".into())),
                ("b", None),
                ("c", Some("3".into())),
            ];
            set.set_meta(&changes).unwrap();
            changed.change_meta(&changes).unwrap();
            assert_eq!(set.body(), changed.body(), "{body}");
        }
        for body in [
            r#"{"params":{},"params":{}}"#,
            r#"{"params":{"_meta":{},"_meta":{}}}"#,
            r#"{"params":{"_meta":{"a":1,"a":2}}}"#,
        ] {
            let mut ask = Ask::message(Bytes::from_static(body.as_bytes()));
            assert!(ask.set_meta(&[("a", None)]).is_err(), "{body}");
        }
    }
}
