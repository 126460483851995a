use std::{collections::BTreeMap, env, fmt};

/// The variables that the telemetry reads: those of the process over those of an
/// AgentgatewayParameters. Values may be secrets; [`Debug`] tells names and origins alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, Variable>);

/// A variable, and where it is from.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    value: String,
    origin: VariableOrigin,
}

/// Where a variable is from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third place")]
pub enum VariableOrigin {
    /// The environment of the process.
    Process,
    /// `spec.env` of the AgentgatewayParameters `namespace/name`.
    Parameters(String),
}

impl fmt::Display for VariableOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process => f.write_str("the process environment"),
            Self::Parameters(name) => write!(f, "AgentgatewayParameters {name}"),
        }
    }
}

impl Variable {
    /// Its value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Where it is from.
    #[must_use]
    pub const fn origin(&self) -> &VariableOrigin {
        &self.origin
    }
}

impl Environment {
    /// No variables.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The variables of the process that telemetry reads (`OTEL_*` and `RUST_LOG`). One that is
    /// no UTF-8 is left out.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            let read = name.starts_with("OTEL_") || name == "RUST_LOG";
            let variable = Variable {
                value,
                origin: VariableOrigin::Process,
            };
            read.then_some((name, variable))
        });
        Self(variables.collect())
    }

    /// Adds the variables of an AgentgatewayParameters, `namespace/name`, beneath those that are
    /// there.
    #[must_use]
    pub fn with_parameters<N, V>(
        mut self,
        parameters: &str,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        for (name, value) in variables {
            let variable = || Variable {
                value: value.into(),
                origin: VariableOrigin::Parameters(parameters.to_owned()),
            };
            self.0.entry(name.into()).or_insert_with(variable);
        }
        self
    }

    /// A variable; one that is empty counts as none.
    ///
    /// # Source
    /// OpenTelemetry, environment variables: an empty value is as an unset one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        let found = self.0.get(name)?;
        (!found.value.trim().is_empty()).then_some(found)
    }

    /// The value of a variable, without blanks around it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|found| found.value.trim())
    }

    /// The first of these variables that is set, with its name.
    #[must_use]
    pub fn first<'a>(&'a self, names: &[&'a str]) -> Option<(&'a str, &'a Variable)> {
        names
            .iter()
            .find_map(|name| self.get(name).map(|found| (*name, found)))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins = self.0.iter().map(|(name, found)| (name, &found.origin));
        f.debug_map().entries(origins).finish()
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
