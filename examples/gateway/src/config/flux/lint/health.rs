//! Health checks of Flux Kustomizations.

use super::{Lint, Place, Severity};
use crate::config::flux::object::{kind, name, namespace, normal, text};
use crate::config::suggest::nearest;
use crate::config::yaml::{Document, Node};

/// Groups whose objects have no `Ready` condition, which is all that Flux asks for by itself.
const UNREADY_GROUPS: [&str; 2] = ["gateway.networking.k8s.io", "agentgateway.dev"];

/// What is odd in the health checks of a Kustomization that applies these objects; without `whole`,
/// it applies others too, and which ones is not known.
///
/// # Source
/// kstatus, "Computing status": an object of a kind that it does not know, without the conditions
/// `Ready`, `Reconciling` and `Stalled`, is `Current`. Gateway API, `GatewayConditionReady`:
/// reserved, and not set.
pub(in crate::config::flux) fn health_checks(
    kustomization: &Document,
    objects: &[Document],
    whole: bool,
) -> Vec<Lint> {
    let spec = kustomization.root.get("spec");
    let expressions = spec.and_then(|spec| spec.get("healthCheckExprs"));
    let expressed = |version: &str, kind: &str| {
        let entries = expressions.map(Node::items).unwrap_or_default();
        let mut entries = entries.iter();
        entries.any(|entry| {
            let same = text(entry, &["apiVersion"]) == version && kind_of(entry) == kind;
            same && !text(entry, &["current"]).is_empty()
        })
    };
    let wait = spec.and_then(|spec| spec.get("wait"));
    if let Some(wait) = wait.filter(|wait| wait.to_json() == serde_json::Value::Bool(true)) {
        let gateway = objects
            .iter()
            .find(|object| kind(&object.root) == "Gateway");
        let version = gateway.map(|gateway| text(&gateway.root, &["apiVersion"]));
        let version = version.filter(|version| !expressed(version, "Gateway"));
        let place = Place::of(kustomization, wait.at, "spec.wait".to_owned());
        let lint = version.map(|version| no_operation(place, version, "Gateway"));
        return lint.into_iter().collect();
    }
    let checks = spec.and_then(|spec| spec.get("healthChecks"));
    let mut lints = Vec::new();
    for (index, check) in checks
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let version = text(check, &["apiVersion"]);
        let path = format!("spec.healthChecks[{index}]");
        let place = Place::of(kustomization, check.at, path);
        let group = version.split_once('/').map(|(group, _)| group);
        if group.is_some_and(|group| UNREADY_GROUPS.contains(&group))
            && !expressed(version, kind_of(check))
        {
            lints.push(no_operation(place.clone(), version, kind_of(check)));
        }
        if whole {
            lints.extend(missing(check, place, objects));
        }
    }
    lints
}

fn kind_of(node: &Node) -> &str {
    text(node, &["kind"])
}

/// A check that is fulfilled as soon as its object exists.
fn no_operation(place: Place, version: &str, kind: &str) -> Lint {
    let message = format!(
        "a {kind} is always healthy for Flux, because it has no Ready condition: this check waits \
         for nothing without healthCheckExprs for {kind}"
    );
    let remedy = format!("add to spec:\n{}", expressions(version, kind));
    Lint::new(Severity::Warning, place, message).remedy(Some(remedy))
}

/// The block that makes a check wait for what the kind does say.
fn expressions(version: &str, kind: &str) -> String {
    let (conditions, list) = match kind {
        "Gateway" => (
            "['Accepted', 'Programmed'].all(t, status.conditions.exists(c, c.type == t && \
             c.status == 'True'))",
            "status.conditions",
        ),
        "HTTPRoute" | "GRPCRoute" => (
            "status.parents.all(p, ['Accepted', 'ResolvedRefs'].all(t, p.conditions.exists(c, \
             c.type == t && c.status == 'True')))",
            "status.parents",
        ),
        "AgentgatewayPolicy" => (
            "status.ancestors.all(a, a.conditions.exists(c, c.type == 'Accepted' && c.status == \
             'True'))",
            "status.ancestors",
        ),
        _ => (
            "status.conditions.exists(c, c.type == 'Accepted' && c.status == 'True')",
            "status.conditions",
        ),
    };
    let mut lines = vec![
        "  healthCheckExprs:".to_owned(),
        format!("    - apiVersion: {version}"),
        format!("      kind: {kind}"),
    ];
    if list == "status.conditions" {
        lines.push(format!(
            "      inProgress: \"!has(status.conditions) || {}\"",
            "status.conditions.exists(c, c.type in ['Accepted', 'Programmed'] && (c.status == \
             'Unknown' || (has(c.observedGeneration) && c.observedGeneration != \
             metadata.generation)))"
        ));
        lines.push(
            "      failed: \"status.conditions.exists(c, c.type == 'Accepted' && c.status == \
             'False')\""
                .to_owned(),
        );
    } else {
        lines.push(format!(
            "      inProgress: \"!has({list}) || {list}.size() == 0\""
        ));
    }
    lines.push(format!("      current: \"{conditions}\""));
    lines.join("\n")
}

/// A check of an object that is not among those applied; the one that was meant, where one is near.
fn missing(check: &Node, place: Place, objects: &[Document]) -> Option<Lint> {
    let (wanted, wanted_name) = (kind_of(check), text(check, &["name"]));
    let space = text(check, &["namespace"]);
    let same_kind: Vec<&Node> = objects
        .iter()
        .map(|object| &object.root)
        .filter(|root| kind(root) == wanted)
        .collect();
    let in_space = |root: &Node| normal(namespace(root)) == normal(space);
    if same_kind
        .iter()
        .any(|root| name(root) == wanted_name && (in_space(root) || namespace(root).is_empty()))
    {
        return None;
    }
    let shown = match space {
        "" => wanted_name.to_owned(),
        space => format!("{space}/{wanted_name}"),
    };
    let message = format!("checks the {wanted} {shown}, which is not among the objects applied");
    let elsewhere = same_kind.iter().find(|root| name(root) == wanted_name);
    let remedy = match elsewhere {
        Some(root) => Some(format!("it is in the namespace {:?}", namespace(root))),
        None => {
            let names = same_kind.iter().filter(|root| in_space(root));
            let near = nearest(wanted_name, names.map(|root| name(root)));
            near.map(|near| format!("did you mean {near:?}?"))
        }
    };
    // What has no near miss may well be applied by someone else.
    let severity = if remedy.is_some() {
        Severity::Warning
    } else {
        Severity::Note
    };
    Some(Lint::new(severity, place, message).remedy(remedy))
}
