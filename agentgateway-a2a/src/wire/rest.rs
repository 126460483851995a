use std::borrow::Cow;

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use super::A2aOperation;

/// What method and path of an HTTP+JSON request say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: A2aOperation,
    pub(crate) task_id: Option<Box<str>>,
    pub(crate) push_config_id: Option<Box<str>>,
    /// What stands before the route: each segment decoded. `v1` at its end is that of v0.3.
    pub(crate) prefix: Box<[Box<str>]>,
}

/// Finds the route that a path ends with; the agent may be mounted anywhere.
///
/// Segments are decoded before they are compared, as agents' routers do: `tasks/a%3Acancel` is the
/// cancellation of `a`.
///
/// # Source
/// A2A v1.0, section 5.3 and the HTTP bindings of its proto; A2A v0.3, section 3.5.3.
pub(crate) fn route(method: &Method, path: &str) -> Option<Route> {
    let path = path.strip_suffix('/').unwrap_or(path);
    // Nearly every JSON-RPC request stops here.
    let words = ["tasks", "task", "message", "card", "Card"];
    let decoded: Vec<Cow<'_, str>> = path
        .strip_prefix('/')?
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8())
        .collect::<Result<_, _>>()
        .ok()?;
    if !decoded
        .iter()
        .any(|segment| words.iter().any(|word| segment.contains(word)))
    {
        return None;
    }
    let segments: Vec<&str> = decoded.iter().map(AsRef::as_ref).collect();
    of_segments(method, &segments)
}

/// The route that an agent finds which does not tell cases apart, as some frameworks do not.
pub(crate) fn route_in_any_case(method: &Method, path: &str) -> Option<Route> {
    const WORDS: [&str; 8] = [
        "tasks",
        "task",
        "pushNotificationConfigs",
        "message:send",
        "message:stream",
        "extendedAgentCard",
        "card",
        "v1",
    ];
    // Nearly every JSON-RPC request stops here.
    let has = |word: &&str| {
        let mut windows = path.as_bytes().windows(word.len());
        windows.any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    if !path.contains('%') && !["task", "message", "card"].iter().any(has) {
        return None;
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    let lower = |segment: &str| {
        let segment = percent_decode_str(segment).decode_utf8().ok()?;
        let segment = &*segment;
        let word = WORDS.iter().find(|word| word.eq_ignore_ascii_case(segment));
        let verb = [":cancel", ":subscribe"].iter().find_map(|verb| {
            let at = segment.len().checked_sub(verb.len())?;
            let (task, end) = segment.split_at_checked(at)?;
            end.eq_ignore_ascii_case(verb)
                .then(|| format!("{task}{verb}"))
        });
        let word = word.map(|word| (*word).to_owned());
        Some(word.or(verb).unwrap_or_else(|| segment.to_owned()))
    };
    let segments = path.strip_prefix('/')?.split('/').map(lower);
    let segments: Vec<String> = segments.collect::<Option<_>>()?;
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    of_segments(method, &segments)
}

fn of_segments(method: &Method, segments: &[&str]) -> Option<Route> {
    match segments {
        [
            prefix @ ..,
            "tasks" | "task",
            task,
            "pushNotificationConfigs",
            config,
        ] => config_route(method, prefix, task, config),
        [
            prefix @ ..,
            "tasks" | "task",
            task,
            "pushNotificationConfigs",
        ] => configs_route(method, prefix, task),
        [prefix @ .., "tasks", task] => {
            // A tenant may be called `tasks`.
            task_route(method, prefix, task).or_else(|| last_route(method, segments))
        }
        all => last_route(method, all),
    }
}

fn config_route(method: &Method, prefix: &[&str], task: &str, config: &str) -> Option<Route> {
    let operation = match *method {
        Method::GET => A2aOperation::GetTaskPushNotificationConfig,
        Method::DELETE => A2aOperation::DeleteTaskPushNotificationConfig,
        _ => return None,
    };
    let mut route = Route::new(operation, prefix).about(task)?;
    route.push_config_id = Some(config.into());
    Some(route)
}

fn configs_route(method: &Method, prefix: &[&str], task: &str) -> Option<Route> {
    let operation = match *method {
        Method::GET => A2aOperation::ListTaskPushNotificationConfigs,
        Method::POST => A2aOperation::CreateTaskPushNotificationConfig,
        _ => return None,
    };
    Route::new(operation, prefix).about(task)
}

fn task_route(method: &Method, prefix: &[&str], task: &str) -> Option<Route> {
    let get = *method == Method::GET;
    let post = *method == Method::POST;
    // The specification's text says POST and its proto says GET: both are taken.
    if let Some(id) = task.strip_suffix(":subscribe").filter(|_| get || post) {
        return Route::new(A2aOperation::SubscribeToTask, prefix).about(id);
    }
    match task.strip_suffix(":cancel") {
        Some(id) if post => Route::new(A2aOperation::CancelTask, prefix).about(id),
        _ if get => Route::new(A2aOperation::GetTask, prefix).about(task),
        _ => None,
    }
}

fn last_route(method: &Method, segments: &[&str]) -> Option<Route> {
    let (last, prefix) = segments.split_last()?;
    let operation = match (method, *last) {
        (&Method::POST, "message:send") => A2aOperation::SendMessage,
        (&Method::POST, "message:stream") => A2aOperation::SendStreamingMessage,
        (&Method::GET, "tasks") => A2aOperation::ListTasks,
        (&Method::GET, "extendedAgentCard") => A2aOperation::GetExtendedAgentCard,
        (&Method::GET, "card") if prefix.last() == Some(&"v1") => {
            A2aOperation::GetExtendedAgentCard
        }
        _ => return None,
    };
    Some(Route::new(operation, prefix))
}

impl Route {
    fn new(operation: A2aOperation, prefix: &[&str]) -> Self {
        Self {
            operation,
            task_id: None,
            push_config_id: None,
            prefix: prefix.iter().map(|segment| Box::from(*segment)).collect(),
        }
    }

    fn about(mut self, task: &str) -> Option<Self> {
        self.task_id = Some(task).filter(|id| !id.is_empty()).map(Box::from);
        self.task_id.is_some().then_some(self)
    }

    /// The path has the `v1` of v0.3 before the route.
    pub(crate) fn is_under_v1(&self) -> bool {
        self.prefix.last().is_some_and(|last| &**last == "v1")
    }
}

/// The value of a query parameter, decoded; the first one of this name.
pub(crate) fn query_value<'a>(uri: &'a Uri, name: &str) -> Option<Cow<'a, str>> {
    uri.query()?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = percent_decode_str(key).decode_utf8().ok()?;
        if key != name {
            return None;
        }
        percent_decode_str(value).decode_utf8().ok()
    })
}

/// The value of a query parameter that may be spelled in these ways, where it stands there once.
///
/// # Errors
/// It stands there twice, and an agent might take the other one; or in another case, which some agents take for it
/// and others do not.
pub(crate) fn sole_query_value<'a>(
    uri: &'a Uri,
    names: &[&'static str],
) -> Result<Option<Cow<'a, str>>, &'static str> {
    let mut found = None;
    for pair in uri.query().unwrap_or_default().split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Ok(key) = percent_decode_str(key).decode_utf8() else {
            continue;
        };
        let Some(name) = names.iter().find(|name| key.eq_ignore_ascii_case(name)) else {
            continue;
        };
        if key != *name {
            return Err(name);
        }
        let value = percent_decode_str(value).decode_utf8();
        if found.replace(value.map_err(|_| *name)?).is_some() {
            return Err(name);
        }
    }
    Ok(found.filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &Method, path: &str) -> Option<(&'static str, String, String)> {
        let route = route(method, path)?;
        Some((
            route.operation.as_str(),
            route.task_id.as_deref().unwrap_or("-").to_owned(),
            route.prefix.join("/"),
        ))
    }

    /// Fault A21: trailing slash, `:verb` encodings (`%3A`): methods and paths of both versions in any spelling; what is unknown passes to the agent.
    #[test]
    fn finds_each_route_of_both_versions() {
        for (method, path, operation, task, prefix) in [
            (Method::POST, "/message:send", "SendMessage", "-", ""),
            (Method::POST, "/v1/message:send", "SendMessage", "-", "v1"),
            (
                Method::POST,
                "/a/b/message:stream",
                "SendStreamingMessage",
                "-",
                "a/b",
            ),
            (Method::POST, "/message%3Asend", "SendMessage", "-", ""),
            (Method::GET, "/tasks", "ListTasks", "-", ""),
            (Method::GET, "/tenant/tasks/", "ListTasks", "-", "tenant"),
            (Method::GET, "/tasks/7", "GetTask", "7", ""),
            (Method::GET, "/tasks/a%20b", "GetTask", "a b", ""),
            (Method::GET, "/tasks/tasks", "GetTask", "tasks", ""),
            (Method::POST, "/v1/tasks/7:cancel", "CancelTask", "7", "v1"),
            (Method::POST, "/tasks/7%3Acancel", "CancelTask", "7", ""),
            (
                Method::GET,
                "/tasks/7:subscribe",
                "SubscribeToTask",
                "7",
                "",
            ),
            (
                Method::POST,
                "/tasks/7:subscribe",
                "SubscribeToTask",
                "7",
                "",
            ),
            (
                Method::POST,
                "/tasks/7/pushNotificationConfigs",
                "CreateTaskPushNotificationConfig",
                "7",
                "",
            ),
            (
                Method::POST,
                "/v1/task/7/pushNotificationConfigs",
                "CreateTaskPushNotificationConfig",
                "7",
                "v1",
            ),
            (
                Method::GET,
                "/tasks/7/pushNotificationConfigs",
                "ListTaskPushNotificationConfigs",
                "7",
                "",
            ),
            (
                Method::GET,
                "/t/tasks/7/pushNotificationConfigs/c",
                "GetTaskPushNotificationConfig",
                "7",
                "t",
            ),
            (
                Method::DELETE,
                "/tasks/7/pushNotificationConfigs/c",
                "DeleteTaskPushNotificationConfig",
                "7",
                "",
            ),
            (
                Method::GET,
                "/extendedAgentCard",
                "GetExtendedAgentCard",
                "-",
                "",
            ),
            (
                Method::GET,
                "/x/v1/card",
                "GetExtendedAgentCard",
                "-",
                "x/v1",
            ),
        ] {
            let expected = (operation, task.to_owned(), prefix.to_owned());
            assert_eq!(found(&method, path), Some(expected), "{path}");
        }
    }

    #[test]
    fn all_else_is_no_route() {
        for (method, path) in [
            (Method::POST, "/"),
            (Method::POST, "/tasks"),
            (Method::POST, "/tasks/7"),
            (Method::GET, "/message:send"),
            (Method::GET, "/card"),
            (Method::POST, "/tasks/:cancel"),
            (Method::GET, "/tasks/:subscribe"),
            (Method::GET, "/tasks/%ff"),
            (Method::PUT, "/tasks/7"),
            (Method::GET, "*"),
        ] {
            assert_eq!(found(&method, path), None, "{path}");
        }
    }

    #[test]
    fn reads_queries() {
        let uri: Uri = "/tasks?a2a-version=2&A2A-Version=1.0&contextId=a%2Fb&x"
            .parse()
            .unwrap();
        assert_eq!(query_value(&uri, "A2A-Version").as_deref(), Some("1.0"));
        assert_eq!(query_value(&uri, "contextId").as_deref(), Some("a/b"));
        assert_eq!(query_value(&uri, "x").as_deref(), Some(""));
        assert_eq!(query_value(&uri, "y"), None);
    }
}
