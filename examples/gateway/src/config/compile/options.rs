//! What the compilation is told beside the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Facts, Grant};
use crate::config::resource::Reference;
use crate::config::snapshot::Certificate;

/// The controller that GatewayClasses name when nothing else was said at start.
pub const CONTROLLER_NAME: &str = "agentgateway.dev/agentgateway";

/// What the compilation is told beside the manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The controller name of our GatewayClasses. Default: [`CONTROLLER_NAME`].
    pub controller_name: String,
    /// The Gateways that are served; all of the classes' when it is empty. Of the others nothing is
    /// told, and their ports are free. Default: all.
    pub only: BTreeSet<Reference>,
    /// Whether policies need grants. Default: they do.
    pub policy_grants: PolicyGrants,
    /// Whether LocalProcesses may be started: only when the manifests are those of the directory
    /// given at start. Default: no.
    pub local_processes: bool,
    /// Where Gateways without addresses listen, all of them. Default: every address.
    pub listen: Vec<IpAddr>,
    /// Addresses given to single Gateways that ask for none, in the place of `listen`, so that
    /// several of them may use one port. Default: none.
    pub assigned: BTreeMap<Reference, Vec<IpAddr>>,
    /// Where ports of Services are, by `namespace/name` and port, whatever else is known of them;
    /// also where a backend names the Service's host, `name.namespace.svc.cluster.local`.
    /// Default: none.
    pub resolve: BTreeMap<(String, u16), Vec<SocketAddr>>,
    /// Certificates that were good when they were last read, by their Secrets. They stand in for
    /// those whose chain and key do not belong together, as when one of the two is changed before
    /// the other. Default: none.
    pub last_certificates: BTreeMap<Reference, Certificate>,
    /// Grants that have to allow a reference, too, where one is needed: what runs is confined to
    /// those that are still there while what took others away cannot be served. Default: none are
    /// asked.
    pub confined_to: Option<Vec<Grant>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            controller_name: CONTROLLER_NAME.to_owned(),
            only: BTreeSet::new(),
            policy_grants: PolicyGrants::default(),
            local_processes: false,
            listen: vec![Ipv4Addr::UNSPECIFIED.into()],
            assigned: BTreeMap::new(),
            resolve: BTreeMap::new(),
            last_certificates: BTreeMap::new(),
            confined_to: None,
        }
    }
}

impl Options {
    /// Whether this Gateway is among those that are served.
    pub(super) fn serves(&self, gateway: &Reference) -> bool {
        self.only.is_empty() || self.only.contains(gateway)
    }

    /// A sentence for each Gateway that was asked for and is none of these.
    #[must_use]
    pub fn missing(&self, known: &Facts) -> Vec<String> {
        let absent = self
            .only
            .iter()
            .filter(|it| !known.gateways.contains_key(it));
        let controller = &self.controller_name;
        absent
            .map(|it| {
                let (namespace, name) = (&it.namespace, &it.name);
                format!("there is no Gateway {namespace}/{name} of a class of {controller}")
            })
            .collect()
    }
}

/// Whether references of policies and backends to other namespaces need a ReferenceGrant.
///
/// Those of routes and Gateways always do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a switch")]
pub enum PolicyGrants {
    /// They do, as Gateway API demands.
    #[default]
    Enforce,
    /// They do not, as in deployments made before it was enforced.
    Ignore,
}
