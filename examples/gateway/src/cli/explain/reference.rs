use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::cli::{Exit, Format, loaded::Loaded, manifests::Given, output};
use crate::config::{
    compile::explain_ref,
    resource::{GrantFrom, Reference},
};

/// The groups of kinds that are named without one.
const GROUPS: [(&str, &str); 13] = [
    ("AgentgatewayBackend", "agentgateway.dev"),
    ("AgentgatewayParameters", "agentgateway.dev"),
    ("AgentgatewayPolicy", "agentgateway.dev"),
    ("ConfigMap", ""),
    ("GRPCRoute", "gateway.networking.k8s.io"),
    ("Gateway", "gateway.networking.k8s.io"),
    ("HTTPRoute", "gateway.networking.k8s.io"),
    ("ListenerSet", "gateway.networking.k8s.io"),
    ("Secret", ""),
    ("Service", ""),
    ("TCPRoute", "gateway.networking.k8s.io"),
    ("TLSRoute", "gateway.networking.k8s.io"),
    ("UDPRoute", "gateway.networking.k8s.io"),
];

/// The options of `explain ref`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct ExplainRef {
    /// A directory of manifests
    #[arg(long, value_name = "DIR")]
    pub config: PathBuf,
    /// Who refers, as in AgentgatewayPolicy/agentgateway-system; a name behind it says nothing
    #[arg(long, value_name = "KIND[.GROUP]/NAMESPACE[/NAME]")]
    pub from: ObjectPath,
    /// To what, as in Service/observability/collector
    #[arg(long, value_name = "KIND[.GROUP]/NAMESPACE/NAME")]
    pub to: ObjectPath,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// What is said beside the directory.
    #[command(flatten)]
    pub given: Given,
}

/// Kind, group, namespace and perhaps a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectPath {
    /// The object; its name may be empty.
    pub reference: Reference,
}

impl FromStr for ObjectPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected KIND/NAMESPACE/NAME, as in Service/observability/collector";
        let mut parts = text.split('/');
        let mut part = || parts.next().unwrap_or_default();
        let (kind, namespace, name) = (part(), part(), part());
        if kind.is_empty() || namespace.is_empty() || parts.next().is_some() {
            return Err(form.to_owned());
        }
        let (kind, group) = match kind.split_once('.') {
            Some((kind, group)) => (kind, group),
            None => known(kind)?,
        };
        Ok(Self {
            reference: Reference::new(group, kind, namespace, name),
        })
    }
}

fn known(kind: &str) -> Result<(&'static str, &'static str), String> {
    let found = GROUPS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(kind));
    found.copied().ok_or_else(|| {
        let names = GROUPS.iter().map(|(name, _)| *name);
        let hint = crate::config::did_you_mean(kind, names);
        let hint = hint.unwrap_or_else(|| "name its group, as in KIND.GROUP".to_owned());
        format!("{kind:?} is no known kind; {hint}")
    })
}

impl ExplainRef {
    /// Says whether one may refer to the other.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub fn run(&self) -> anyhow::Result<Exit> {
        if self.to.reference.name.is_empty() {
            anyhow::bail!("--to needs a name: KIND/NAMESPACE/NAME");
        }
        let loaded = Loaded::read(&self.config, &self.given)?;
        let configuration = match loaded.configuration() {
            Ok(configuration) => configuration,
            Err(report) => {
                output::remark(report);
                return Ok(Exit::Faults);
            }
        };
        let from: GrantFrom = from(&self.from.reference)?;
        let explanation = explain_ref(&configuration.store, &from, &self.to.reference);
        output::print(&explanation, self.output)?;
        Ok(if explanation.allowed && explanation.exists {
            Exit::Fine
        } else {
            Exit::Faults
        })
    }
}

fn from(reference: &Reference) -> anyhow::Result<GrantFrom> {
    Ok(serde_json::from_value(serde_json::json!({
        "group": reference.group,
        "kind": reference.kind,
        "namespace": reference.namespace,
    }))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_groups_of_kinds() {
        let path = |text: &str| ObjectPath::from_str(text).map(|path| path.reference);
        assert_eq!(
            path("service/ns/a"),
            Ok(Reference::new("", "Service", "ns", "a"))
        );
        assert_eq!(
            path("AgentgatewayPolicy/ns"),
            Ok(Reference::new(
                "agentgateway.dev",
                "AgentgatewayPolicy",
                "ns",
                ""
            ))
        );
        assert_eq!(
            path("Job.batch/ns/a"),
            Ok(Reference::new("batch", "Job", "ns", "a"))
        );
        assert!(path("HTTPRout/ns/a").unwrap_err().contains("HTTPRoute"));
        for wrong in ["", "Service", "Service//a", "Service/a/b/c"] {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }
}
