//! All objects, to be looked up by kind, namespace and name.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Generations, Object, Place, Spec};
use crate::config::Problem;
use crate::config::resource::{
    BackendSpec, ConfigMap, EndpointSlice, FluxKustomization, GatewayClassSpec, GatewaySpec,
    GrantSpec, GrpcRouteSpec, HttpRouteSpec, LocalProcessSpec, ObjectMeta, ParametersSpec,
    PolicySpec, Reference, Secret, ServiceSpec,
};

/// The label that every namespace has, with its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

type Kind = (String, String);
type Key = (String, String);

/// Objects by kind, namespace and name, in that order, each once.
///
/// Every namespace that an object is in is there too, with the label
/// `kubernetes.io/metadata.name`, as an API server has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    kinds: BTreeMap<Kind, BTreeMap<Key, Object>>,
    generations: Generations,
}

impl Store {
    /// Stores the objects, with generations counted on from those of the last store.
    ///
    /// An object that is given twice is a problem; of two, that which stands first by file and
    /// document is kept, so that the order of the objects does not matter.
    #[must_use]
    pub fn new(mut objects: Vec<Object>, last: &Generations) -> (Self, Vec<Problem>) {
        objects.sort_by(|a, b| a.place.order().cmp(&b.place.order()));
        let generations = last.count(&mut objects);
        let mut store = Self {
            kinds: BTreeMap::new(),
            generations,
        };
        let problems = objects
            .into_iter()
            .filter_map(|object| store.insert(object))
            .collect();
        store.complete_namespaces();
        (store, problems)
    }

    /// The generations, for the next store.
    #[must_use]
    pub fn generations(&self) -> &Generations {
        &self.generations
    }

    /// The object that a reference names.
    #[must_use]
    pub fn get(&self, reference: &Reference) -> Option<&Object> {
        self.find(
            &reference.group,
            &reference.kind,
            &reference.namespace,
            &reference.name,
        )
    }

    /// The object of this group, kind, namespace and name.
    #[must_use]
    pub fn find(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        let kinds = self.kinds.get(&(group.to_owned(), kind.to_owned()))?;
        kinds.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// The objects of a kind, by namespace and name.
    pub fn all(&self, group: &str, kind: &str) -> impl Iterator<Item = &Object> + use<'_> {
        let objects = self.kinds.get(&(group.to_owned(), kind.to_owned()));
        objects.into_iter().flat_map(BTreeMap::values)
    }

    /// The objects of a kind in one namespace, by name.
    pub fn within<'a>(
        &'a self,
        group: &str,
        kind: &str,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        let objects = self.kinds.get(&(group.to_owned(), kind.to_owned()));
        let from = (namespace.to_owned(), String::new());
        let objects = objects
            .into_iter()
            .flat_map(move |all| all.range(from.clone()..));
        let within = objects.take_while(move |((of, _), _)| of == namespace);
        within.map(|(_, object)| object)
    }

    /// All objects, by group, kind, namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Object> {
        self.kinds.values().flat_map(BTreeMap::values)
    }

    /// The labels of a namespace; `None` when no object is in it.
    #[must_use]
    pub fn namespace_labels(&self, namespace: &str) -> Option<&BTreeMap<String, String>> {
        let found = self.find("", "Namespace", "", namespace);
        found.map(|object| &object.meta.labels)
    }

    fn insert(&mut self, object: Object) -> Option<Problem> {
        let reference = &object.reference;
        let kind = (reference.group.clone(), reference.kind.clone());
        let key = (reference.namespace.clone(), reference.name.clone());
        match self.kinds.entry(kind).or_default().entry(key) {
            Entry::Vacant(free) => {
                free.insert(object);
                None
            }
            Entry::Occupied(held) => Some(twice(held.get(), &object)),
        }
    }

    fn complete_namespaces(&mut self) {
        let names = self.iter().map(|object| object.reference.namespace.clone());
        let names: BTreeSet<_> = names.filter(|name| !name.is_empty()).collect();
        let kind = (String::new(), "Namespace".to_owned());
        let namespaces = self.kinds.entry(kind).or_default();
        for name in names {
            let implied = || namespace(&name);
            namespaces
                .entry((String::new(), name.clone()))
                .or_insert_with(implied);
        }
        for ((_, name), object) in namespaces {
            let label = object.meta.labels.entry(NAME_LABEL.to_owned());
            label.or_insert_with(|| name.clone());
        }
    }
}

/// A namespace that no document gives.
fn namespace(name: &str) -> Object {
    Object {
        reference: Reference::new("", "Namespace", "", name),
        meta: ObjectMeta {
            name: name.to_owned(),
            ..ObjectMeta::default()
        },
        spec: Spec::Namespace,
        place: Place::nowhere(),
        generation: 1,
        unimplemented: Vec::new(),
    }
}

fn twice(held: &Object, object: &Object) -> Problem {
    let at = held.place.root().at;
    let file = held.place.file();
    let message = format!(
        "is defined a second time; the first is at {file}:{}:{}",
        at.line, at.column
    );
    object.problem("", message)
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $part:ident($spec:ty) in $group:literal $kind:literal)*) => {
        impl Store {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> impl Iterator<Item = (&Object, &$spec)> {
                    let all = self.all($group, $kind);
                    all.filter_map(|object| Some((object, object.spec.$part()?)))
                }
            )*
        }
    };
}

kinds! {
    /// All GatewayClasses, by name.
    gateway_classes: gateway_class(GatewayClassSpec) in "gateway.networking.k8s.io" "GatewayClass"
    /// All Gateways, by namespace and name.
    gateways: gateway(GatewaySpec) in "gateway.networking.k8s.io" "Gateway"
    /// All HTTPRoutes, by namespace and name.
    http_routes: http_route(HttpRouteSpec) in "gateway.networking.k8s.io" "HTTPRoute"
    /// All GRPCRoutes, by namespace and name.
    grpc_routes: grpc_route(GrpcRouteSpec) in "gateway.networking.k8s.io" "GRPCRoute"
    /// All ReferenceGrants, by namespace and name.
    grants: grant(GrantSpec) in "gateway.networking.k8s.io" "ReferenceGrant"
    /// All Services, by namespace and name.
    services: service(ServiceSpec) in "" "Service"
    /// All EndpointSlices, by namespace and name.
    endpoint_slices: endpoint_slice(EndpointSlice) in "discovery.k8s.io" "EndpointSlice"
    /// All Secrets, by namespace and name.
    secrets: secret(Secret) in "" "Secret"
    /// All ConfigMaps, by namespace and name.
    config_maps: config_map(ConfigMap) in "" "ConfigMap"
    /// All AgentgatewayParameters, by namespace and name.
    parameters: parameters(ParametersSpec) in "agentgateway.dev" "AgentgatewayParameters"
    /// All AgentgatewayBackends, by namespace and name.
    backends: backend(BackendSpec) in "agentgateway.dev" "AgentgatewayBackend"
    /// All AgentgatewayPolicies, by namespace and name.
    policies: policy(PolicySpec) in "agentgateway.dev" "AgentgatewayPolicy"
    /// All LocalProcesses, by namespace and name.
    local_processes: local_process(LocalProcessSpec) in "gateway.agentgateway.dev" "LocalProcess"
    /// All Kustomizations of Flux, by namespace and name.
    flux_kustomizations: flux(FluxKustomization) in "kustomize.toolkit.fluxcd.io" "Kustomization"
}
