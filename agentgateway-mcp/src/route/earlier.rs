//! What a client of an earlier revision says that the newest one has no word for: the targets of earlier ones hear it.

use std::sync::Arc;

use agentgateway_core::{Body, Error, json};
use bytes::Bytes;
use http::{Extensions, Request, Response};

use super::{
    call::own_id,
    fan::{self, Failure},
    federation::FailMode,
    hub::Hub,
    index::Found,
    list::on_behalf,
    reply,
    target::FederationTarget,
};
use crate::{
    bridge::{Ask, ClientSession},
    call::{McpCall, McpKind},
    policy::{ItemKind, climbs},
    wire::McpMethod,
};

impl FederationTarget {
    /// Whether it tells a client with these extensions all that it tells in the client's session with it: both may be of
    /// earlier revisions.
    pub(super) fn tells_all(&self, client: &Extensions) -> bool {
        client.get::<ClientSession>().is_some() && self.server.may_be_earlier()
    }
}

impl Hub {
    pub(super) async fn earlier(
        self: Arc<Self>,
        request: Request<Bytes>,
    ) -> Result<Option<Response<Body>>, Error> {
        if !self.has_earlier() {
            return Ok(None);
        }
        let call = match request.extensions().get::<McpCall>() {
            Some(call) => call.clone(),
            None => McpCall::read(request.headers(), request.body())?,
        };
        if call.kind() != McpKind::Request {
            return self.notified(&request).await;
        }
        match call.method().map(McpMethod::as_str) {
            Some("resources/subscribe" | "resources/unsubscribe") => {
                self.subscription(&request, &call).await
            }
            _ => self.asked_all(&request, &call).await,
        }
    }

    pub(super) fn has_earlier(&self) -> bool {
        let mut targets = self.targets.iter();
        targets.any(|target| target.server.may_be_earlier())
    }

    fn earlier_targets(&self) -> impl Iterator<Item = &FederationTarget> {
        let targets = self.targets.iter();
        targets.filter(|target| target.server.may_be_earlier())
    }

    /// A notification is for all.
    async fn notified(&self, request: &Request<Bytes>) -> Result<Option<Response<Body>>, Error> {
        let told = fan::each(self.earlier_targets(), |target| async move {
            let request = fan::directed(on_behalf(request, &[])?, target)?;
            target.server.send_earlier(request).await
        });
        let answers = told.await.into_iter().filter_map(|(_, told)| told.ok());
        Ok(answers.flatten().next())
    }

    /// Of the one target that has the resource.
    async fn subscription(
        &self,
        request: &Request<Bytes>,
        call: &McpCall,
    ) -> Result<Option<Response<Body>>, Error> {
        let (id, outer) = (own_id(call)?, call.name().unwrap_or_default());
        let kind = ItemKind::Resource;
        let (at, inner) = match self.find(kind, outer, request).await? {
            Found::At(at, inner) => (at, inner),
            Found::Nowhere => return Ok(Some(reply::unknown(id, kind, outer))),
            Found::Twice => return Ok(Some(reply::ambiguous(id, outer))),
        };
        let Some(target) = self.targets.get(at) else {
            return Ok(Some(reply::unknown(id, kind, outer)));
        };
        if climbs(&inner) || !self.admits(request.extensions(), target, kind, &inner) {
            return Ok(Some(reply::unknown(id, kind, outer)));
        }
        let uri = json::quote(&inner).into();
        let ask = on_behalf(request, &[("uri", Some(uri))])?;
        match self.ask_earlier(target, ask).await {
            Ok(None) => Ok(None),
            Ok(Some(_)) => Ok(Some(reply::result(id, b"{}"))),
            Err(failure) => failure.answer(&target.name, id).map(Some),
        }
    }

    /// Asks all; those that do not have the method need not agree.
    async fn asked_all(
        &self,
        request: &Request<Bytes>,
        call: &McpCall,
    ) -> Result<Option<Response<Body>>, Error> {
        let id = own_id(call)?;
        let asked = fan::each(self.earlier_targets(), |target| async move {
            let ask = on_behalf(request, &[]).map_err(Failure::Failed)?;
            self.ask_earlier(target, ask).await
        });
        let (mut taken, mut lacking, mut failed) = (false, None, None);
        for (target, answer) in asked.await {
            match answer {
                Ok(answer) => taken |= answer.is_some(),
                Err(failure) if failure.lacks_method() => lacking = Some((target, failure)),
                Err(failure) => failed = Some((target, failure)),
            }
        }
        let failed = failed.filter(|_| !taken || self.fail == FailMode::Closed);
        match failed.or(lacking.filter(|_| !taken)) {
            Some((target, failure)) => failure.answer(&target.name, id).map(Some),
            None if taken => Ok(Some(reply::result(id, b"{}"))),
            None => Ok(None),
        }
    }

    /// The result of a target of an earlier revision; `None` of another one, which is not asked.
    async fn ask_earlier(
        &self,
        target: &FederationTarget,
        mut ask: Ask,
    ) -> Result<Option<Bytes>, Failure> {
        let id = target.mint();
        ask.set_id(&id).map_err(Failure::Failed)?;
        let request = fan::directed(ask, target).map_err(Failure::Failed)?;
        let asked = async {
            let answer = target.server.send_earlier(request).await;
            match answer.map_err(Failure::Failed)? {
                Some(answer) => self.answered(target, &id, answer).await.map(Some),
                None => Ok(None),
            }
        };
        let answer = tokio::time::timeout(self.deadline, asked).await;
        answer.unwrap_or(Err(Failure::Late))
    }
}
