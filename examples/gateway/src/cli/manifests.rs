use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::config::{
    Directory, LoadOptions, Role, compile, flux::SourceOptions, resource::Reference,
};

/// Where manifests are, and what is said beside them.
#[derive(Clone, Debug, Default, Args)]
#[non_exhaustive]
pub struct Given {
    /// Variables to substitute: a ConfigMap, a Secret, or names with values; may be repeated
    #[arg(long = "vars", value_name = "FILE")]
    pub variables: Vec<PathBuf>,
    /// A file with the Flux Kustomization that applies the directory; may be repeated
    #[arg(long = "flux", value_name = "FILE")]
    pub flux: Vec<PathBuf>,
    /// Which Flux Kustomization applies the directory, where several could
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub kustomization: Option<String>,
    /// Let variables that are not set be empty, as Flux did before 1.9
    #[arg(long)]
    pub lax: bool,
    /// Where a port of a Service is, in the place of DNS; may be repeated
    #[arg(long, value_name = "NAMESPACE/SERVICE:PORT=HOST:PORT", value_parser = resolution)]
    pub resolve: Vec<Resolution>,
    /// The controller name of GatewayClasses that are served
    #[arg(long, value_name = "NAME", default_value = compile::CONTROLLER_NAME)]
    pub controller: String,
    /// Let policies refer to other namespaces without a ReferenceGrant
    #[arg(long)]
    pub ignore_policy_grants: bool,
    /// The Gateways that are served, where not all are.
    #[arg(skip)]
    pub only: Vec<Reference>,
}

/// Which Gateways are served.
#[derive(Clone, Debug, Default, Args)]
#[non_exhaustive]
pub struct Served {
    /// Serve this Gateway alone, as if there were no other; may be repeated [default: all]
    #[arg(long = "gateway", value_name = "NAMESPACE/NAME", value_parser = gateway)]
    pub gateways: Vec<Reference>,
}

/// Where a port of a Service is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolution {
    /// As it was given.
    pub text: String,
    /// The Service, as `namespace/name`.
    pub service: String,
    /// Its port.
    pub port: u16,
    /// The addresses.
    pub addresses: Vec<SocketAddr>,
}

impl Given {
    /// Makes sure that there is such a directory, or file.
    ///
    /// # Errors
    /// There is none: the argument is wrong, not what the directory holds.
    pub fn must_exist(&self, root: &Path) -> anyhow::Result<()> {
        let shown = root.display();
        root.metadata()
            .map(|_| ())
            .with_context(|| format!("{shown} cannot be read"))
    }

    /// The first option that was given, where there is one.
    #[must_use]
    pub fn first(&self) -> Option<&'static str> {
        let given = [
            ("--vars", !self.variables.is_empty()),
            ("--flux", !self.flux.is_empty()),
            ("--kustomization", self.kustomization.is_some()),
            ("--lax", self.lax),
            ("--resolve", !self.resolve.is_empty()),
            ("--controller", self.controller != compile::CONTROLLER_NAME),
            ("--ignore-policy-grants", self.ignore_policy_grants),
        ];
        let found = given.into_iter().find(|(_, given)| *given);
        found.map(|(name, _)| name)
    }

    /// The same for these Gateways.
    #[must_use]
    pub fn serving(&self, served: &Served) -> Self {
        Self {
            only: served.gateways.clone(),
            ..self.clone()
        }
    }

    /// The directory with the files beside it; nothing is read yet.
    #[must_use]
    pub fn directory(&self, root: &Path) -> Directory {
        let mut directory = Directory::new(root);
        for file in &self.variables {
            directory = directory.with_file(file, Role::Variables);
        }
        for file in &self.flux {
            directory = directory.with_file(file, Role::Flux);
        }
        directory
    }

    /// How the directory is taken.
    #[must_use]
    pub fn source_options(&self) -> SourceOptions {
        let options = SourceOptions::new().strict(!self.lax);
        match &self.kustomization {
            Some(name) => options.kustomization(name),
            None => options,
        }
    }

    /// All that a load is told.
    #[must_use]
    pub fn load_options(&self) -> LoadOptions {
        LoadOptions {
            source: self.source_options(),
            compile: self.compile_options(),
            ..LoadOptions::default()
        }
    }

    /// The arguments that have the same served of the manifests as they are rendered.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if self.controller != compile::CONTROLLER_NAME {
            arguments.extend(["--controller".to_owned(), self.controller.clone()]);
        }
        if self.ignore_policy_grants {
            arguments.push("--ignore-policy-grants".to_owned());
        }
        for one in &self.resolve {
            arguments.extend(["--resolve".to_owned(), one.text.clone()]);
        }
        arguments
    }

    /// What the compilation is told.
    #[must_use]
    pub fn compile_options(&self) -> compile::Options {
        let mut options = compile::Options::default();
        options.controller_name.clone_from(&self.controller);
        options.local_processes = true;
        options.only = self.only.iter().cloned().collect();
        if self.ignore_policy_grants {
            options.policy_grants = compile::PolicyGrants::Ignore;
        }
        let mut resolve: BTreeMap<(String, u16), Vec<SocketAddr>> = BTreeMap::new();
        for one in &self.resolve {
            let key = (one.service.clone(), one.port);
            resolve.entry(key).or_default().extend(&one.addresses);
        }
        options.resolve = resolve;
        options
    }
}

/// `namespace/name`.
fn gateway(text: &str) -> Result<Reference, String> {
    match text.split('/').collect::<Vec<_>>()[..] {
        [namespace, name] if !namespace.is_empty() && !name.is_empty() => Ok(Reference::new(
            "gateway.networking.k8s.io",
            "Gateway",
            namespace,
            name,
        )),
        _ => Err("expected NAMESPACE/NAME, as in default/edge".to_owned()),
    }
}

/// `namespace/service:port=host:port`.
fn resolution(given: &str) -> Result<Resolution, String> {
    let text = given;
    let form = "expected NAMESPACE/SERVICE:PORT=HOST:PORT, as in default/tools:80=127.0.0.1:8000";
    let (service, place) = text.split_once('=').ok_or(form)?;
    let (service, port) = service.rsplit_once(':').ok_or(form)?;
    let port = port.parse().map_err(|_| form)?;
    if service.split('/').count() != 2 || service.split('/').any(str::is_empty) {
        return Err(form.to_owned());
    }
    let addresses = place
        .to_socket_addrs()
        .map_err(|error| format!("{place}: {error}; {form}"))?;
    Ok(Resolution {
        text: text.to_owned(),
        service: service.to_owned(),
        port,
        addresses: addresses.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_which_gateway() {
        assert_eq!(gateway("a/b").unwrap().to_string(), "Gateway a/b");
        for wrong in ["", "a", "a/", "/a", "a/b/c"] {
            assert!(gateway(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn reads_where_a_service_is() {
        let one = resolution("default/tools:80=127.0.0.1:8000").unwrap();
        assert_eq!((one.service.as_str(), one.port), ("default/tools", 80));
        assert_eq!(one.addresses, [SocketAddr::from(([127, 0, 0, 1], 8000))]);
        for wrong in [
            "",
            "a",
            "tools:80=127.0.0.1:1",
            "a/b=127.0.0.1:1",
            "a/b:x=127.0.0.1:1",
            "a/:1=127.0.0.1:1",
            "a/b:1=nowhere",
        ] {
            assert!(
                resolution(wrong).unwrap_err().contains("NAMESPACE/SERVICE"),
                "{wrong}"
            );
        }
    }
}
