//! Which rules an object is held against.

use super::{Sheet, backend, gateway, grpc_route, http_route, parameters, policy};
use crate::config::Problem;
use crate::config::object::{Object, Spec};

/// All that breaks the rules of the object's kind.
pub(crate) fn check(object: &Object) -> Vec<Problem> {
    let mut sheet = Sheet::new(object);
    match &object.spec {
        Spec::Gateway(spec) => gateway::check(spec, &mut sheet),
        Spec::HttpRoute(spec) => http_route::check(spec, &mut sheet),
        Spec::GrpcRoute(spec) => grpc_route::check(spec, &mut sheet),
        Spec::Parameters(spec) => parameters::check(spec, &mut sheet),
        Spec::Backend(spec) => backend::check(spec, &mut sheet),
        Spec::Policy(spec) => policy::check(spec, &mut sheet),
        Spec::GatewayClass(_)
        | Spec::ReferenceGrant(_)
        | Spec::Service(_)
        | Spec::EndpointSlice(_)
        | Spec::Secret(_)
        | Spec::ConfigMap(_)
        | Spec::Namespace
        | Spec::LocalProcess(_)
        | Spec::FluxKustomization(_)
        | Spec::Foreign => {}
    }
    sheet.problems
}
