//! What is decided about requests to a backend, as policies at its side ask for it.

use super::{access, ext_auth, mcp_callers, transform};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::BackendPolicies;
use crate::config::snapshot::Policies;

/// What the policies at `path` of an object ask for, and what is wrong with them. What is wrong is left
/// out.
pub(in crate::config::compile) fn backend_policies(
    context: &Context<'_>,
    object: &Object,
    spec: &BackendPolicies,
    path: &str,
) -> (Policies, Vec<Fault>) {
    let (mut found, mut faults) = (Policies::default(), Vec::new());
    let origin = format!("{}/{}", object.reference.namespace, object.reference.name);
    let path = path.trim_start_matches("spec.");
    let mut left_out = |more: Vec<Fault>| faults.extend(more);
    if let Some(spec) = &spec.ext_auth {
        let field = format!("{path}.extAuth");
        let read = ext_auth::of_backend(context, object, (&origin, &field), spec);
        found.ext_auth = read.map_err(&mut left_out).ok();
    }
    if let Some(spec) = &spec.transformation {
        let field = format!("{path}.transformation");
        let read = transform::of_backend(context, (&origin, &field), spec);
        found.transform = read.map_err(&mut left_out).ok();
    }
    let callers = spec.mcp.as_ref().and_then(|it| it.authentication.as_ref());
    if let Some(spec) = callers {
        let field = format!("{path}.mcp.authentication");
        let read = mcp_callers::callers(context, object, (&origin, &field), spec);
        found.mcp = read.map_err(&mut left_out).ok();
    }
    let rule = spec.mcp.as_ref().and_then(|it| it.authorization.as_ref());
    if let Some(spec) = rule {
        let field = format!("{path}.mcp.authorization");
        let read = access::rule(&context.tool, (&origin, &field), spec);
        found.authorization.extend(read.map_err(&mut left_out).ok());
    }
    (found, faults)
}
