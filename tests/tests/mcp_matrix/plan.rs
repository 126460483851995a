//! What a client does with a server.

use serde_json::{Value, json};

/// One thing that a client does.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The server's column.
    pub(crate) server: &'static str,
    pub(crate) does: Does,
    /// What is called, read, got or listed, as clients know it.
    pub(crate) name: String,
    /// What a tool is called with.
    pub(crate) arguments: Value,
    /// A text that the answer holds, as it stands in JSON.
    pub(crate) expect: String,
}

/// What kind of thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Does {
    /// Lists tools, all pages.
    Tools,
    Resources,
    Prompts,
    /// Calls one.
    Tool,
    Resource,
    Prompt,
}

// === impl Step ===

impl Step {
    /// The list has a thing of this name.
    pub(crate) fn lists(server: &'static str, does: Does, name: &str) -> Self {
        Self {
            server,
            does,
            name: name.to_owned(),
            arguments: Value::Null,
            expect: json!(name).to_string(),
        }
    }

    /// The answer holds a text.
    pub(crate) fn gets(server: &'static str, does: Does, name: &str, expect: &str) -> Self {
        let mut step = Self::lists(server, does, name);
        expect.clone_into(&mut step.expect);
        step
    }

    /// The tool is listed, and what it says holds a text.
    pub(crate) fn calls(
        server: &'static str,
        tool: &str,
        arguments: Value,
        expect: &str,
    ) -> [Self; 2] {
        let mut call = Self::gets(server, Does::Tool, tool, expect);
        call.arguments = arguments;
        [Self::lists(server, Does::Tools, tool), call]
    }

    /// As clients in other languages take it.
    pub(crate) fn to_json(&self) -> Value {
        let Self {
            server,
            does,
            name,
            arguments,
            expect,
        } = self;
        let does = does.word();
        json!({"server": server, "does": does, "name": name, "arguments": arguments, "expect": expect})
    }
}

// === impl Does ===

impl Does {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Prompts => "prompts",
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }
}
