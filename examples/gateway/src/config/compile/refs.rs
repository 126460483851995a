//! What the backendRefs of routes lead to.

use std::sync::Arc;

use super::backends::Backends;
use super::lookup::{AGENTGATEWAY, kind_name};
use super::policies::Policies;
use super::service::{is_websocket, port};
use super::settings::fill_backend;
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{BackendRef, HttpVersion, Reference};
use crate::config::snapshot::Outcome;

/// Where references are looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) policies: &'a Policies<'a>,
    pub(super) backends: &'a Backends,
}

/// What a reference led to, with what is wrong with it.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) target: Reference,
    pub(super) outcome: Outcome,
    pub(super) fault: Option<Fault>,
    /// What is served otherwise than meant.
    pub(super) doubt: Option<Fault>,
}

impl Resolver<'_> {
    /// What a reference of a route leads to. A fault costs its share of the requests a 500.
    pub(super) fn resolve(&self, route: &Object, reference: &BackendRef, path: &str) -> Resolved {
        let own = &route.reference.namespace;
        let namespace = reference.namespace.as_ref().unwrap_or(own);
        let BackendRef {
            group, kind, name, ..
        } = reference;
        let target = Reference::new(group, kind, namespace, name);
        let found = self.outcome(route, &target, reference.port, path);
        let grpc = route.reference.kind == "GRPCRoute";
        let (outcome, fault) = match found {
            Ok(Outcome::Backend(backend)) if grpc && backend.settings.version.is_none() => {
                let mut backend = Arc::unwrap_or_clone(backend);
                backend.settings.version = Some(HttpVersion::Http2);
                (Outcome::Backend(Arc::new(backend)), None)
            }
            Ok(outcome) => (outcome, None),
            Err(fault) => (Outcome::Invalid(fault.message.clone()), Some(fault)),
        };
        let served = matches!(outcome, Outcome::Backend(_));
        let number = reference.port.filter(|_| served);
        let doubt = number.filter(|number| is_websocket(self.context, &target, *number));
        let doubt = doubt.map(|number| {
            let message = format!(
                "port {number} of {target} speaks WebSocket: requests are forwarded, an upgrade is \
                 answered 501"
            );
            Fault::new(path, "UnsupportedProtocol", message)
        });
        Resolved {
            target,
            outcome,
            fault,
            doubt,
        }
    }

    /// What this target is for an object that refers to it.
    ///
    /// # Errors
    /// It is not there, may not be referred to, or is no backend.
    pub(super) fn outcome(
        &self,
        route: &Object,
        target: &Reference,
        number: Option<u16>,
        path: &str,
    ) -> Result<Outcome, Fault> {
        let kind = (target.group.as_str(), target.kind.as_str());
        let is_service = kind == ("", "Service");
        if !is_service && kind != (AGENTGATEWAY, "AgentgatewayBackend") {
            let message = format!(
                "{} is no backend; use a Service or an {AGENTGATEWAY}/AgentgatewayBackend",
                kind_name(&target.group, &target.kind)
            );
            return Err(Fault::new(path, "InvalidKind", message));
        }
        self.context.permit(route, target, path)?;
        if is_service {
            return self.service(target, number, path);
        }
        match self.backends.outcomes.get(target) {
            None => {
                let message = self.context.not_found(target);
                Err(Fault::new(path, "BackendNotFound", message))
            }
            Some(Err(refused)) => Err(Fault::new(
                path,
                refused.reason,
                format!("nothing to send to: {}", refused.message),
            )),
            Some(Ok(outcome)) => Ok(outcome.clone()),
        }
    }

    fn service(
        &self,
        target: &Reference,
        number: Option<u16>,
        path: &str,
    ) -> Result<Outcome, Fault> {
        let found = port(self.context, target, number, path)?;
        let endpoints = match &found.endpoints {
            Ok(endpoints) => endpoints.clone(),
            Err(message) => return Ok(Outcome::Unavailable(message.clone())),
        };
        let mut backend = found.backend(number, endpoints);
        let label = number.map(|number| (number, found.label.as_str()));
        fill_backend(&mut backend, &self.policies.backend(target, label));
        Ok(match self.policies.closes(&backend, label) {
            Some(reason) => Outcome::Invalid(reason),
            None => Outcome::Backend(Arc::new(backend)),
        })
    }
}
