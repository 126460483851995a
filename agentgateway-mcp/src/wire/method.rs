use std::{borrow::Cow, fmt};

use super::Era;

/// The name of a method: one that a revision of MCP defines, or any other.
///
/// A known method is compared and cloned without an allocation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct McpMethod(Cow<'static, str>);

/// Which parameter says what a method is about, and whether it must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameParam {
    /// `params.name`: a tool or a prompt. Must be there.
    Name,
    /// `params.uri`: a resource. Must be there.
    Uri,
    /// `params.taskId`: a task. Left to the server when it is missing.
    TaskId,
}

impl NameParam {
    /// The member of `params`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Uri => "uri",
            Self::TaskId => "taskId",
        }
    }

    /// Whether a call without it is refused.
    #[must_use]
    pub const fn is_required(self) -> bool {
        matches!(self, Self::Name | Self::Uri)
    }
}

/// Declares the methods once: as constants, and as the list of those that are known.
macro_rules! methods {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        impl McpMethod {
            $($(#[doc = $doc])+ pub const $name: Self = Self(Cow::Borrowed($text));)+

            /// The methods and notifications that some revision of MCP defines.
            pub const KNOWN: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

methods! {
    /// Opens a session; up to 2025-11-25.
    INITIALIZE = "initialize";
    /// Asks whether the peer is there; up to 2025-11-25.
    PING = "ping";
    /// Asks which revisions and capabilities a server has; from 2026-07-28.
    SERVER_DISCOVER = "server/discover";
    /// Lists tools.
    TOOLS_LIST = "tools/list";
    /// Runs a tool.
    TOOLS_CALL = "tools/call";
    /// Lists prompts.
    PROMPTS_LIST = "prompts/list";
    /// Renders a prompt.
    PROMPTS_GET = "prompts/get";
    /// Lists resources.
    RESOURCES_LIST = "resources/list";
    /// Lists templates of resources.
    RESOURCES_TEMPLATES_LIST = "resources/templates/list";
    /// Reads a resource.
    RESOURCES_READ = "resources/read";
    /// Asks to be told of a resource's changes; up to 2025-11-25.
    RESOURCES_SUBSCRIBE = "resources/subscribe";
    /// Takes that back; up to 2025-11-25.
    RESOURCES_UNSUBSCRIBE = "resources/unsubscribe";
    /// Opens a stream of changes; from 2026-07-28.
    SUBSCRIPTIONS_LISTEN = "subscriptions/listen";
    /// Completes an argument.
    COMPLETION_COMPLETE = "completion/complete";
    /// Sets the level of log messages; up to 2025-11-25.
    LOGGING_SET_LEVEL = "logging/setLevel";
    /// Asks for a task's state; 2025-11-25, later an extension.
    TASKS_GET = "tasks/get";
    /// Asks for a task's result; 2025-11-25.
    TASKS_RESULT = "tasks/result";
    /// Cancels a task; 2025-11-25, later an extension.
    TASKS_CANCEL = "tasks/cancel";
    /// Lists tasks; 2025-11-25.
    TASKS_LIST = "tasks/list";
    /// Gives a task what it asked for; an extension of 2026-07-28.
    TASKS_UPDATE = "tasks/update";
    /// A request of a server to a client: let your model answer; up to 2025-11-25.
    SAMPLING_CREATE_MESSAGE = "sampling/createMessage";
    /// A request of a server to a client: ask the user; up to 2025-11-25.
    ELICITATION_CREATE = "elicitation/create";
    /// A request of a server to a client: list your roots; up to 2025-11-25.
    ROOTS_LIST = "roots/list";
    /// The client has understood the answer to `initialize`; up to 2025-11-25.
    NOTIFICATIONS_INITIALIZED = "notifications/initialized";
    /// A request is no longer wanted.
    NOTIFICATIONS_CANCELLED = "notifications/cancelled";
    /// A request makes progress.
    NOTIFICATIONS_PROGRESS = "notifications/progress";
    /// A log message.
    NOTIFICATIONS_MESSAGE = "notifications/message";
    /// The client's roots have changed; up to 2025-11-25.
    NOTIFICATIONS_ROOTS_LIST_CHANGED = "notifications/roots/list_changed";
    /// The server's tools have changed.
    NOTIFICATIONS_TOOLS_LIST_CHANGED = "notifications/tools/list_changed";
    /// The server's prompts have changed.
    NOTIFICATIONS_PROMPTS_LIST_CHANGED = "notifications/prompts/list_changed";
    /// The server's resources have changed.
    NOTIFICATIONS_RESOURCES_LIST_CHANGED = "notifications/resources/list_changed";
    /// A resource has changed.
    NOTIFICATIONS_RESOURCES_UPDATED = "notifications/resources/updated";
    /// The server will tell of these changes; from 2026-07-28.
    NOTIFICATIONS_SUBSCRIPTIONS_ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
    /// A task has changed; 2025-11-25, later an extension.
    NOTIFICATIONS_TASKS_STATUS = "notifications/tasks/status";
    /// The user has answered at a URL; 2025-11-25.
    NOTIFICATIONS_ELICITATION_COMPLETE = "notifications/elicitation/complete";
}

impl McpMethod {
    /// The method of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::KNOWN
            .iter()
            .find(|known| known.0 == name)
            .cloned()
            .unwrap_or_else(|| Self(Cow::Owned(name.to_owned())))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether some revision of MCP defines it. Only such a name is fit for a metric's label.
    #[must_use]
    pub fn is_known(&self) -> bool {
        matches!(self.0, Cow::Borrowed(_))
    }

    /// Whether it was taken out of the revisions of this era; a server answers that it is not there.
    #[must_use]
    pub fn is_removed_in(&self, era: Era) -> bool {
        let legacy_only = matches!(
            self.as_str(),
            "initialize"
                | "ping"
                | "resources/subscribe"
                | "resources/unsubscribe"
                | "logging/setLevel"
                | "tasks/result"
                | "tasks/list"
                | "notifications/initialized"
                | "notifications/roots/list_changed"
                | "notifications/elicitation/complete"
        );
        era == Era::Modern && legacy_only
    }

    /// It reads and changes nothing, so that it may be asked for twice. `tools/call` never is,
    /// whatever the tool says of itself.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        matches!(
            self.as_str(),
            "ping"
                | "server/discover"
                | "tools/list"
                | "prompts/list"
                | "prompts/get"
                | "resources/list"
                | "resources/templates/list"
                | "resources/read"
                | "completion/complete"
                | "subscriptions/listen"
                | "tasks/get"
                | "tasks/result"
                | "tasks/list"
        )
    }

    /// Which parameter says what a call of it is about.
    #[must_use]
    pub fn name_param(&self) -> Option<NameParam> {
        match self.as_str() {
            "tools/call" | "prompts/get" => Some(NameParam::Name),
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => {
                Some(NameParam::Uri)
            }
            "tasks/get" | "tasks/result" | "tasks/cancel" | "tasks/update" => {
                Some(NameParam::TaskId)
            }
            _ => None,
        }
    }
}

impl fmt::Display for McpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for McpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "McpMethod({:?})", self.0)
    }
}

impl PartialEq<str> for McpMethod {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for McpMethod {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_methods_are_their_constants() {
        assert_eq!(McpMethod::new("tools/call"), McpMethod::TOOLS_CALL);
        assert!(McpMethod::new("tools/call").is_known());
        assert!(!McpMethod::new("tools/Call").is_known());
        assert_eq!(McpMethod::new("x/y"), "x/y");
        assert_eq!(McpMethod::new("x/y").name_param(), None);
        assert!(McpMethod::PING.is_removed_in(Era::Modern));
        assert!(!McpMethod::PING.is_removed_in(Era::Legacy));
        assert!(!McpMethod::new("x/y").is_removed_in(Era::Modern));
    }

    #[test]
    fn what_runs_changes_or_is_not_known_is_not_safe() {
        let safe = |method: &&McpMethod| method.is_safe();
        let safe: Vec<_> = McpMethod::KNOWN.iter().filter(safe).collect();
        assert_eq!(safe.len(), 13, "{safe:?}");
        for method in [
            "tools/list",
            "resources/read",
            "prompts/get",
            "server/discover",
        ] {
            assert!(McpMethod::new(method).is_safe(), "{method}");
        }
        for method in [
            "tools/call",
            "initialize",
            "resources/subscribe",
            "tasks/cancel",
            "tasks/update",
            "logging/setLevel",
            "notifications/cancelled",
            "tools/List",
        ] {
            assert!(!McpMethod::new(method).is_safe(), "{method}");
        }
    }
}
