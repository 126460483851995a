use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agentgateway_core::json::{self, Raw};

use super::{known::Known, schema::Schema};
use crate::policy::calls::{CheckCalls, Wrong};

const DEFAULT_SCHEMA_BYTES: usize = 128 * 1024;
const DEFAULT_KEPT_BYTES: usize = 16 * 1024 * 1024;
const DEFAULT_STEPS: usize = 1_000_000;

/// Holds the arguments of calls against the schemas of tools. See the [module](super) for what it does.
///
/// A clone knows what the original does: layers for different [servers](crate::McpLayer::target) may share one, and
/// what is mounted anew may keep what was known.
#[derive(Clone, Debug)]
pub struct ToolArguments {
    max_schema_bytes: usize,
    max_kept_bytes: usize,
    max_steps: usize,
    lenient: bool,
    known: Arc<Mutex<Known>>,
}

impl ToolArguments {
    /// Knows no tool yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            max_schema_bytes: DEFAULT_SCHEMA_BYTES,
            max_kept_bytes: DEFAULT_KEPT_BYTES,
            max_steps: DEFAULT_STEPS,
            lenient: false,
            known: Arc::default(),
        }
    }

    /// The longest schema of a tool, in bytes. Default: 128 KiB. A longer one cannot be used.
    #[must_use]
    pub const fn max_schema_bytes(mut self, bytes: usize) -> Self {
        self.max_schema_bytes = bytes;
        self
    }

    /// How much memory all schemas may take, in bytes, by an estimate from above. Default: 16 MiB. When another
    /// finds no room, all are forgotten, and the log is told: calls pass until a list tells of their tools again.
    #[must_use]
    pub const fn max_kept_bytes(mut self, bytes: usize) -> Self {
        self.max_kept_bytes = bytes;
        self
    }

    /// How much one check may cost, in looks at one value each. Default: 1,000,000, some tens of milliseconds.
    /// Arguments that would cost more are refused.
    #[must_use]
    pub const fn max_steps(mut self, steps: usize) -> Self {
        self.max_steps = steps;
        self
    }

    /// Whether a tool whose schema cannot be used stays in lists, its calls unchecked. Default: false, it is left
    /// out, and calls of it are refused.
    #[must_use]
    pub const fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a tool after a list has told this schema.
    fn told(&self, target: &str, tool: &str, text: &str) -> Arc<Schema> {
        let before = self.known().get(target, tool);
        if let Some(schema) = before.filter(|schema| schema.is(text)) {
            return schema;
        }
        let schema = Arc::new(Schema::new(text, self.max_schema_bytes));
        let forgot = self
            .known()
            .keep(target, tool, Arc::clone(&schema), self.max_kept_bytes);
        if forgot {
            tracing::warn!(
                target: "agentgateway_mcp::policy",
                max_kept_bytes = self.max_kept_bytes,
                "the schemas of tools take too much: all are forgotten"
            );
        }
        if let Some(reason) = schema.fault().filter(|_| self.lenient) {
            tracing::warn!(
                target: "agentgateway_mcp::policy",
                ?tool, reason, "the arguments of a tool are not checked"
            );
        }
        schema
    }
}

impl Default for ToolArguments {
    fn default() -> Self {
        Self::new()
    }
}

impl CheckCalls for ToolArguments {
    fn learn(&self, target: &str, tool: &str, told: Raw<'_>) -> Result<(), &'static str> {
        let [schema] = json::members_of(told, ["inputSchema"]).map_err(|_| "malformed")?;
        let Some(schema) = schema else {
            self.known().remove(target, tool);
            return Ok(());
        };
        let schema = self.told(target, tool, schema.get());
        match schema.fault() {
            Some(reason) if !self.lenient => Err(reason),
            _ => Ok(()),
        }
    }

    fn check(&self, target: &str, tool: &str, arguments: Option<&[u8]>) -> Result<(), Wrong> {
        let Some(schema) = self.known().get(target, tool) else {
            return Ok(());
        };
        match schema.check(arguments, self.max_steps) {
            Ok(outcome) => outcome.map_err(Wrong::Arguments),
            Err(_) if self.lenient => Ok(()),
            Err(reason) => Err(Wrong::Tool(reason)),
        }
    }

    fn forget(&self, target: &str) {
        self.known().forget(target);
    }
}
