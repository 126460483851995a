use std::{
    collections::HashSet,
    fmt::{self, Write as _},
    sync::OnceLock,
};

use agentgateway_core::json::{self, JsonError, JsonType, Raw};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::{
    inspect::{Extent, Reason, inspect},
    work::Work,
};

/// What a pattern may take when it is made ready, and what is kept of what it has matched.
const PATTERN_BYTES: usize = 256 * 1024;
/// How often a pattern that is no plain automaton may try again.
const MAX_BACKTRACKS: usize = 5_000;
/// The longest words for what is wrong.
const MAX_WORDS: usize = 400;

/// The schema of one tool, as a list has told it.
pub(super) struct Schema {
    text: Box<str>,
    extent: Result<Extent, Reason>,
    ready: OnceLock<Result<Ready, Reason>>,
}

/// A schema that has been used.
struct Ready {
    root: Value,
    validator: Validator,
}

impl Schema {
    /// Looks at a schema; one that is longer than this is not read.
    pub(super) fn new(text: &str, max_bytes: usize) -> Self {
        let is_long = text.len() > max_bytes;
        let extent = match is_long {
            true => Err("its schema is too long"),
            false => read(text).and_then(|root| inspect(&root)),
        };
        Self {
            text: if is_long { "".into() } else { text.into() },
            extent,
            ready: OnceLock::new(),
        }
    }

    pub(super) fn is(&self, text: &str) -> bool {
        &*self.text == text
    }

    /// Why it cannot be used, as far as it is known.
    pub(super) fn fault(&self) -> Option<Reason> {
        let of_use = self.ready.get().and_then(|ready| ready.as_ref().err());
        self.extent.as_ref().err().or(of_use).copied()
    }

    /// About how much memory it takes when it is used.
    pub(super) fn weight(&self) -> usize {
        let extent = self.extent.unwrap_or_default();
        512 + self.text.len() + 256 * extent.within + PATTERN_BYTES / 4 * extent.patterns
    }

    /// Whether the arguments of a call are what it says; `Ok(Err)` tells what is wrong.
    ///
    /// # Errors
    /// It cannot be used.
    pub(super) fn check(
        &self,
        arguments: Option<&[u8]>,
        steps: usize,
    ) -> Result<Result<(), String>, Reason> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        let ready = self.ready.get_or_init(|| self.make_ready());
        let ready = ready.as_ref().map_err(|reason| *reason)?;
        Ok(ready.check(arguments, steps))
    }

    fn make_ready(&self) -> Result<Ready, Reason> {
        let root = read(&self.text)?;
        let patterns = PatternOptions::fancy_regex()
            .backtrack_limit(MAX_BACKTRACKS)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES);
        let options = jsonschema::options()
            .offline()
            .should_validate_formats(false)
            .with_pattern_options(patterns);
        match options.build(&root) {
            Ok(validator) => Ok(Ready { root, validator }),
            Err(error) => {
                let error = words(&error);
                tracing::debug!(target: "agentgateway_mcp::policy", error, "a schema cannot be used");
                Err("its schema is none of its dialect")
            }
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("extent", &self.extent)
            .finish_non_exhaustive()
    }
}

fn read(text: &str) -> Result<Value, Reason> {
    match serde_json::from_str(text) {
        Ok(root @ (Value::Object(_) | Value::Bool(_))) => Ok(root),
        Ok(_) => Err("its schema is no object"),
        Err(_) => Err("its schema cannot be read"),
    }
}

impl Ready {
    fn check(&self, arguments: Option<&[u8]>, steps: usize) -> Result<(), String> {
        let value = values(arguments.unwrap_or(b"{}"))?;
        if Work::fits(&self.root, &value, steps).is_err() {
            return Err("they are too many, or nested too deep, to be checked".to_owned());
        }
        self.validator
            .validate(&value)
            .map_err(|error| words(&error))
    }
}

/// The arguments as they are checked: what two readers could read in two ways is none.
fn values(text: &[u8]) -> Result<Value, String> {
    let raw = Raw::parse(text).map_err(|error| error.to_string())?;
    match twice(raw) {
        Ok(false) => {}
        Ok(true) => return Err("they have a member that occurs twice".to_owned()),
        Err(error) => return Err(error.to_string()),
    }
    serde_json::from_str(raw.get()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("they cannot be read: line {line}, column {column}")
    })
}

/// Whether a name occurs twice in some object. Nesting is bounded: the text has been checked.
fn twice(value: Raw<'_>) -> Result<bool, JsonError> {
    let mut found = Ok(false);
    let mut within = |value| {
        if matches!(found, Ok(false)) {
            found = twice(value);
        }
    };
    match json::type_of(value) {
        JsonType::Object => {
            let mut names = HashSet::new();
            let mut again = false;
            json::entries(value, |name, value| {
                again |= !names.insert(name.to_owned());
                within(value);
            })?;
            if again {
                return Ok(true);
            }
        }
        JsonType::Array => json::elements(value, within)?,
        _ => {}
    }
    found
}

/// Where and what is wrong, without a value.
fn words(error: &ValidationError<'_>) -> String {
    let mut words = Words(String::new());
    let path = error.instance_path().as_str();
    let _ = match path {
        "" => write!(words, "{}", error.masked_with("the value")),
        path => write!(words, "at {path}: {}", error.masked_with("the value")),
    };
    words.0
}

/// A text that ends where it has become too long.
struct Words(String);

impl fmt::Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if self.0.len() >= MAX_WORDS {
                self.0.push('…');
                return Err(fmt::Error);
            }
            self.0.push(char);
        }
        Ok(())
    }
}
