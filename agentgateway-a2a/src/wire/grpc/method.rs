use crate::wire::{A2aOperation, A2aVersion};

/// Each operation with its path in v1.0, and in v0.3 where it has one.
///
/// # Source
/// A2A v1.0, section 5.3 (method mapping), and the service of each `a2a.proto`.
const PATHS: [(A2aOperation, &str, Option<&str>); 11] = {
    use A2aOperation as Op;
    [
        (
            Op::SendMessage,
            "/lf.a2a.v1.A2AService/SendMessage",
            Some("/a2a.v1.A2AService/SendMessage"),
        ),
        (
            Op::SendStreamingMessage,
            "/lf.a2a.v1.A2AService/SendStreamingMessage",
            Some("/a2a.v1.A2AService/SendStreamingMessage"),
        ),
        (
            Op::GetTask,
            "/lf.a2a.v1.A2AService/GetTask",
            Some("/a2a.v1.A2AService/GetTask"),
        ),
        (Op::ListTasks, "/lf.a2a.v1.A2AService/ListTasks", None),
        (
            Op::CancelTask,
            "/lf.a2a.v1.A2AService/CancelTask",
            Some("/a2a.v1.A2AService/CancelTask"),
        ),
        (
            Op::SubscribeToTask,
            "/lf.a2a.v1.A2AService/SubscribeToTask",
            Some("/a2a.v1.A2AService/TaskSubscription"),
        ),
        (
            Op::CreateTaskPushNotificationConfig,
            "/lf.a2a.v1.A2AService/CreateTaskPushNotificationConfig",
            Some("/a2a.v1.A2AService/CreateTaskPushNotificationConfig"),
        ),
        (
            Op::GetTaskPushNotificationConfig,
            "/lf.a2a.v1.A2AService/GetTaskPushNotificationConfig",
            Some("/a2a.v1.A2AService/GetTaskPushNotificationConfig"),
        ),
        (
            Op::ListTaskPushNotificationConfigs,
            "/lf.a2a.v1.A2AService/ListTaskPushNotificationConfigs",
            Some("/a2a.v1.A2AService/ListTaskPushNotificationConfig"),
        ),
        (
            Op::DeleteTaskPushNotificationConfig,
            "/lf.a2a.v1.A2AService/DeleteTaskPushNotificationConfig",
            Some("/a2a.v1.A2AService/DeleteTaskPushNotificationConfig"),
        ),
        (
            Op::GetExtendedAgentCard,
            "/lf.a2a.v1.A2AService/GetExtendedAgentCard",
            Some("/a2a.v1.A2AService/GetAgentCard"),
        ),
    ]
};

/// The path of an operation; `None` where the version has no such method.
#[must_use]
pub fn method_path(version: A2aVersion, operation: &A2aOperation) -> Option<&'static str> {
    let (_, v1_0, v0_3) = PATHS.iter().find(|(known, ..)| known == operation)?;
    match version {
        A2aVersion::V1_0 => Some(v1_0),
        A2aVersion::V0_3 => *v0_3,
        A2aVersion::Unknown => None,
    }
}

/// The operation of a path, and the version whose service it is of.
///
/// A method that is not known is [`A2aOperation::Unknown`]; `None` where it is another service.
#[must_use]
pub fn method_of_path(path: &str) -> Option<(A2aOperation, A2aVersion)> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let version = match service {
        "lf.a2a.v1.A2AService" => A2aVersion::V1_0,
        "a2a.v1.A2AService" => A2aVersion::V0_3,
        _ => return None,
    };
    let known = PATHS.iter().find(|(_, v1_0, v0_3)| match version {
        A2aVersion::V1_0 => *v1_0 == path,
        _ => *v0_3 == Some(path),
    });
    let operation = known.map_or_else(
        || A2aOperation::Unknown(method.into()),
        |(operation, ..)| operation.clone(),
    );
    Some((operation, version))
}

/// Whether a path is that of a known method but for its case.
pub(crate) fn is_method_in_any_case(path: &str) -> bool {
    PATHS.iter().any(|(_, v1_0, v0_3)| {
        v1_0.eq_ignore_ascii_case(path) || v0_3.is_some_and(|v0_3| v0_3.eq_ignore_ascii_case(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_operations_and_back() {
        for (operation, v1_0, v0_3) in PATHS {
            for (version, path) in [(A2aVersion::V1_0, Some(v1_0)), (A2aVersion::V0_3, v0_3)] {
                assert_eq!(method_path(version, &operation), path);
                if let Some(path) = path {
                    assert_eq!(method_of_path(path), Some((operation.clone(), version)));
                }
            }
            assert!(v1_0.ends_with(&format!("/{}", operation.as_str())));
        }
    }

    #[test]
    fn what_is_not_known_is_told_apart() {
        for path in [
            "/lf.a2a.v1.A2AService",
            "/grpc.health.v1.Health/Check",
            "lf.a2a.v1.A2AService/GetTask",
            "/",
            "",
        ] {
            assert_eq!(method_of_path(path), None, "{path}");
        }
        for (path, version) in [
            ("/a2a.v1.A2AService/ListTasks", A2aVersion::V0_3),
            ("/lf.a2a.v1.A2AService/TaskSubscription", A2aVersion::V1_0),
            ("/lf.a2a.v1.A2AService/gettask", A2aVersion::V1_0),
        ] {
            let (operation, found) = method_of_path(path).unwrap();
            assert!(matches!(operation, A2aOperation::Unknown(_)), "{path}");
            assert_eq!(found, version);
        }
        assert_eq!(
            method_path(A2aVersion::Unknown, &A2aOperation::GetTask),
            None
        );
        assert_eq!(
            method_path(A2aVersion::V1_0, &A2aOperation::AgentCard),
            None
        );
    }
}
