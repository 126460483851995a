use super::A2aVersion;

/// What a call asks for, by the names of v1.0.
///
/// # Source
/// A2A v1.0, section 5.3 (method mapping); A2A v0.3, section 3.5.6 (method mapping).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum A2aOperation {
    /// Sends a message and waits for the answer.
    SendMessage,
    /// Sends a message; the answer is an event stream.
    SendStreamingMessage,
    /// Reads one task.
    GetTask,
    /// Lists tasks; new in v1.0.
    ListTasks,
    /// Cancels a task.
    CancelTask,
    /// Takes up the event stream of a task.
    SubscribeToTask,
    /// Sets where changes of a task are pushed to.
    CreateTaskPushNotificationConfig,
    /// Reads one push configuration.
    GetTaskPushNotificationConfig,
    /// Lists push configurations.
    ListTaskPushNotificationConfigs,
    /// Deletes a push configuration.
    DeleteTaskPushNotificationConfig,
    /// Reads the card that only authenticated callers see.
    GetExtendedAgentCard,
    /// Reads the public card from its well-known address. It is no method of the protocol.
    AgentCard,
    /// A method that is not known here, by its name. It passes; the agent answers.
    Unknown(Box<str>),
}

/// Each operation with its name in v1.0 and its JSON-RPC method in v0.3.
const NAMES: [(A2aOperation, &str, &str); 11] = {
    use A2aOperation as Op;
    [
        (Op::SendMessage, "SendMessage", "message/send"),
        (
            Op::SendStreamingMessage,
            "SendStreamingMessage",
            "message/stream",
        ),
        (Op::GetTask, "GetTask", "tasks/get"),
        // v0.3 has no such method; some agents use the obvious name all the same.
        (Op::ListTasks, "ListTasks", "tasks/list"),
        (Op::CancelTask, "CancelTask", "tasks/cancel"),
        (Op::SubscribeToTask, "SubscribeToTask", "tasks/resubscribe"),
        (
            Op::CreateTaskPushNotificationConfig,
            "CreateTaskPushNotificationConfig",
            "tasks/pushNotificationConfig/set",
        ),
        (
            Op::GetTaskPushNotificationConfig,
            "GetTaskPushNotificationConfig",
            "tasks/pushNotificationConfig/get",
        ),
        (
            Op::ListTaskPushNotificationConfigs,
            "ListTaskPushNotificationConfigs",
            "tasks/pushNotificationConfig/list",
        ),
        (
            Op::DeleteTaskPushNotificationConfig,
            "DeleteTaskPushNotificationConfig",
            "tasks/pushNotificationConfig/delete",
        ),
        (
            Op::GetExtendedAgentCard,
            "GetExtendedAgentCard",
            "agent/getAuthenticatedExtendedCard",
        ),
    ]
};

impl A2aOperation {
    /// The operation of a JSON-RPC method, and the version whose name it is; names are compared
    /// with their case.
    #[must_use]
    pub fn of_method(method: &str) -> (Self, Option<A2aVersion>) {
        for (operation, v1_0, v0_3) in &NAMES {
            if method == *v1_0 {
                return (operation.clone(), Some(A2aVersion::V1_0));
            }
            if method == *v0_3 {
                return (operation.clone(), Some(A2aVersion::V0_3));
            }
        }
        (Self::Unknown(method.into()), None)
    }

    /// The name of v1.0, for either version. An unknown method is `_OTHER`, so that a client cannot
    /// fill span names and metrics with its inventions.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::AgentCard => "AgentCard",
            Self::Unknown(_) => "_OTHER",
            known => NAMES
                .iter()
                .find(|(operation, ..)| operation == known)
                .map_or("_OTHER", |(_, name, _)| name),
        }
    }

    /// Of a method that is not known: the known one that it is in another case.
    pub(crate) fn in_another_case(&self) -> Option<&'static str> {
        let Self::Unknown(method) = self else {
            return None;
        };
        let names = NAMES.iter().flat_map(|(_, v1_0, v0_3)| [*v1_0, *v0_3]);
        let mut names = names.filter(|name| name.eq_ignore_ascii_case(method.trim()));
        names.next()
    }

    /// Its JSON-RPC method in a version.
    pub(crate) fn method(&self, version: A2aVersion) -> &str {
        match self {
            Self::Unknown(name) => name,
            known => NAMES
                .iter()
                .find(|(operation, ..)| operation == known)
                .map_or("", |(_, v1_0, v0_3)| match version {
                    A2aVersion::V0_3 => v0_3,
                    _ => v1_0,
                }),
        }
    }

    /// The answer is an event stream with an end that is known.
    #[must_use]
    pub const fn streams(&self) -> bool {
        matches!(self, Self::SendStreamingMessage | Self::SubscribeToTask)
    }

    /// It reads and changes nothing, so that it may be asked for twice.
    #[must_use]
    pub const fn is_safe(&self) -> bool {
        matches!(
            self,
            Self::GetTask
                | Self::ListTasks
                | Self::SubscribeToTask
                | Self::GetTaskPushNotificationConfig
                | Self::ListTaskPushNotificationConfigs
                | Self::GetExtendedAgentCard
                | Self::AgentCard
        )
    }

    /// The answer is an agent card.
    #[must_use]
    pub const fn brings_card(&self) -> bool {
        matches!(self, Self::AgentCard | Self::GetExtendedAgentCard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_operations_and_back() {
        for (operation, v1_0, v0_3) in NAMES {
            assert_eq!(operation.as_str(), v1_0);
            assert_eq!(
                A2aOperation::of_method(v1_0),
                (operation.clone(), Some(A2aVersion::V1_0))
            );
            assert_eq!(
                A2aOperation::of_method(v0_3),
                (operation, Some(A2aVersion::V0_3))
            );
        }
    }

    #[test]
    fn what_sends_changes_or_is_not_known_is_not_safe() {
        let safe = |method| A2aOperation::of_method(method).0.is_safe();
        for method in [
            "GetTask",
            "tasks/get",
            "ListTasks",
            "tasks/resubscribe",
            "agent/getAuthenticatedExtendedCard",
            "tasks/pushNotificationConfig/list",
        ] {
            assert!(safe(method), "{method}");
        }
        for method in [
            "SendMessage",
            "message/send",
            "SendStreamingMessage",
            "message/stream",
            "CancelTask",
            "tasks/pushNotificationConfig/set",
            "tasks/pushNotificationConfig/delete",
            "gettask",
        ] {
            assert!(!safe(method), "{method}");
        }
    }

    #[test]
    fn unknown_methods_keep_their_name_and_share_a_label() {
        let (operation, version) = A2aOperation::of_method("sendMessage");
        assert_eq!(operation, A2aOperation::Unknown("sendMessage".into()));
        assert_eq!((operation.as_str(), version), ("_OTHER", None));
    }
}
