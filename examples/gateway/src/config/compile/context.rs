//! What every part of the compilation looks things up in.

use std::collections::BTreeMap;

use agentgateway_a2a::A2aCall;
use agentgateway_llm::LlmCall;
use agentgateway_mcp::McpCall;

use super::confined::Confined;
use super::grants::{Grants, denial, source, suggested_grant};
use super::lookup::{AGENTGATEWAY, missing, near_miss};
use super::{Fault, Options, PolicyGrants, hints::Hints};
use crate::config::object::{Object, Store};
use crate::config::resource::{EndpointSlice, GrantFrom, Reference};
use crate::expression::Vocabulary;

/// The label by which an EndpointSlice belongs to a Service.
const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// The store with what is looked up in it often.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) store: &'a Store,
    pub(crate) options: &'a Options,
    /// What may be asked about an exchange that is over.
    pub(crate) exchange: Vocabulary,
    /// The same, and who has called.
    pub(crate) record: Vocabulary,
    /// What may be asked about a connection before it has sent anything.
    pub(crate) connection: Vocabulary,
    /// What may be asked about a request before it is known who calls,
    pub(crate) head: Vocabulary,
    /// when it is known,
    pub(crate) caller: Vocabulary,
    /// with what a rule's transformation has noted,
    pub(crate) noted: Vocabulary,
    /// about a call,
    pub(crate) call: Vocabulary,
    /// about one of MCP alone,
    pub(crate) tool: Vocabulary,
    /// and about one that is answered.
    pub(crate) answer: Vocabulary,
    grants: Grants<'a>,
    confined: Option<Confined<'a>>,
    /// By namespace and name of the Service.
    slices: BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a EndpointSlice>>>,
    /// What was probably meant by references to nothing.
    hints: Hints<Reference>,
    /// Grants that nearly allow what is denied.
    nearest: Hints<(GrantFrom, Reference)>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(store: &'a Store, options: &'a Options) -> Self {
        let mut slices: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for (object, slice) in store.endpoint_slices() {
            if let Some(service) = object.meta.labels.get(SERVICE_LABEL) {
                let within = slices.entry(object.reference.namespace.as_str());
                let within = within.or_default();
                within.entry(service.as_str()).or_default().push(slice);
            }
        }
        let head = Vocabulary::request();
        let caller = head.clone().with_principal();
        let noted = caller.clone().with_metadata();
        let call = noted
            .clone()
            .with_call::<A2aCall>()
            .with_call::<McpCall>()
            .with_call::<LlmCall>();
        Self {
            store,
            options,
            connection: Vocabulary::connection(),
            exchange: head.clone().with_response(),
            record: caller.clone().with_response(),
            answer: call.clone().with_response(),
            call,
            tool: noted.clone().with_call::<McpCall>(),
            head,
            caller,
            noted,
            grants: Grants::new(store),
            confined: options.confined_to.as_deref().map(Confined::new),
            slices,
            hints: Hints::default(),
            nearest: Hints::default(),
        }
    }

    /// What was probably meant by a reference to nothing.
    pub(crate) fn near_miss(&self, wanted: &Reference) -> Option<String> {
        self.hints.of(wanted, || near_miss(self.store, wanted))
    }

    /// `Kind namespace/name not found`, with what was probably meant.
    pub(crate) fn not_found(&self, wanted: &Reference) -> String {
        missing(wanted, self.near_miss(wanted))
    }

    /// The EndpointSlices of a Service.
    pub(crate) fn slices(&self, service: &Reference) -> &[&'a EndpointSlice] {
        let within = self.slices.get(service.namespace.as_str());
        let found = within.and_then(|within| within.get(service.name.as_str()));
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether an object may refer to another one.
    ///
    /// # Errors
    /// It needs a grant that is not there; the fault says which. Nobody is told to grant anything in
    /// a namespace in which there is nothing, where the name is known in another one.
    pub(crate) fn permit(&self, from: &Object, to: &Reference, path: &str) -> Result<(), Fault> {
        let ours = from.reference.group == AGENTGATEWAY;
        let ignored = ours && self.options.policy_grants == PolicyGrants::Ignore;
        let from = source(from);
        let confined = self.confined.as_ref();
        let held = || confined.is_none_or(|grants| grants.allow(&from, to));
        if ignored || (self.grants.allow(&from, to) && held()) {
            return Ok(());
        }
        if let (None, Some(hint)) = (
            self.store.namespace_labels(&to.namespace),
            self.near_miss(to),
        ) {
            let message = format!(
                "{to} not found, nor anything else in namespace {}; {hint}",
                to.namespace
            );
            return Err(Fault::new(path, "RefNotPermitted", message));
        }
        let pair = (from, to.clone());
        let nearest = self.nearest.of(&pair, || self.grants.nearest(&pair.0, to));
        let (from, _) = pair;
        let message = denial(&from, to, nearest);
        Err(Fault::new(path, "RefNotPermitted", message).remedy(Some(suggested_grant(&from, to))))
    }
}
