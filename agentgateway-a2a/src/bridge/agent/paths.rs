use std::borrow::Cow;

use http::Uri;

use crate::{
    A2aCall,
    wire::{A2aBinding, A2aOperation, A2aVersion},
};

/// The path and query of a call, behind the URL of an interface that speaks as the client does.
///
/// What stands before it is where the client finds the gateway, and nothing to the agent.
pub(super) fn behind_interface(call: &A2aCall, uri: &Uri) -> String {
    let path = match call.binding() {
        A2aBinding::JsonRpc => Cow::Borrowed("/"),
        // Its paths are absolute: no interface has a path of its own.
        A2aBinding::Grpc => Cow::Borrowed(last(uri.path(), 2)),
        A2aBinding::HttpJson => {
            let route = last(uri.path(), segments(call.operation()));
            match (call.version(), path_tenant(call, uri)) {
                (A2aVersion::V0_3, _) => format!("/v1{route}").into(),
                (_, Some(tenant)) => format!("/{tenant}{route}").into(),
                (_, None) => route.into(),
            }
        }
    };
    match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.into_owned(),
    }
}

/// How many segments the route of an operation has.
const fn segments(operation: &A2aOperation) -> usize {
    use A2aOperation as Op;
    match operation {
        Op::GetTask | Op::CancelTask | Op::SubscribeToTask => 2,
        Op::CreateTaskPushNotificationConfig | Op::ListTaskPushNotificationConfigs => 3,
        Op::GetTaskPushNotificationConfig | Op::DeleteTaskPushNotificationConfig => 4,
        _ => 1,
    }
}

/// The last segments of a path, with the slash before them.
fn last(path: &str, segments: usize) -> &str {
    let path = path.strip_suffix('/').unwrap_or(path);
    let start = path
        .rmatch_indices('/')
        .nth(segments.saturating_sub(1))
        .map_or(0, |(at, _)| at);
    path.get(start..).unwrap_or(path)
}

/// The tenant of a path, as it is written there: the segment before the route.
fn path_tenant<'a>(call: &A2aCall, uri: &'a Uri) -> Option<&'a str> {
    if !call.has_path_tenant() {
        return None;
    }
    let with = last(uri.path(), segments(call.operation()) + 1);
    with.strip_prefix('/')?.split('/').next()
}
