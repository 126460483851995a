//! Whether the status of the objects is as expected.

use std::collections::{BTreeMap, BTreeSet};

use agentgateway::config::resource::Reference;
use serde_json::Value;

use super::{
    expectation::Expected,
    serving::Serving,
    world::{USABLE, World, reference},
};

/// The statuses under these manifests, and the generations before the last change of them.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) serving: &'a Serving,
    pub(crate) world: &'a World,
    pub(crate) before: &'a BTreeMap<Reference, i64>,
}

impl Judged<'_> {
    /// Each thing that is expected of a status: what is wrong with it, or nothing.
    pub(crate) fn all(&self, expected: &Expected) -> Vec<Result<(), String>> {
        let mut results: Vec<_> = expected
            .conditions
            .iter()
            .map(|it| self.condition(it))
            .collect();
        for (gateway, count) in &expected.listener_status_count {
            let found = self.listeners(gateway).len();
            results.push(same(&format!("{gateway}: listeners"), count, &found));
        }
        for (gateway, listeners) in &expected.attached_routes {
            for (name, count) in listeners {
                let found = &self.listener(gateway, name)["attachedRoutes"];
                results.push(same(&format!("{gateway} {name}: routes"), count, found));
            }
        }
        for (gateway, listeners) in &expected.supported_kinds {
            for (name, kinds) in listeners {
                results.push(self.kinds(gateway, name, kinds));
            }
        }
        results.extend(expected.status_checks.iter().map(|it| self.check(it)));
        results
    }

    fn listeners(&self, gateway: &str) -> Vec<Value> {
        let status = self
            .serving
            .status(&reference(&format!("Gateway/{gateway}")));
        status
            .map(|status| list(status, "listeners"))
            .unwrap_or_default()
    }

    fn listener(&self, gateway: &str, name: &str) -> Value {
        let mut all = self.listeners(gateway).into_iter();
        all.find(|it| it["name"] == *name).unwrap_or_default()
    }

    fn kinds(&self, gateway: &str, name: &str, wanted: &[String]) -> Result<(), String> {
        let found = list(&self.listener(gateway, name), "supportedKinds");
        let found: BTreeSet<&str> = found.iter().filter_map(|it| it["kind"].as_str()).collect();
        let all = wanted.iter().all(|kind| found.contains(kind.as_str()));
        if all && (!wanted.is_empty() || found.is_empty()) {
            return Ok(());
        }
        Err(format!(
            "{gateway} {name}: kinds {found:?}, expected {wanted:?}"
        ))
    }

    fn condition(&self, wanted: &Value) -> Result<(), String> {
        let object = reference(wanted["object"].as_str().unwrap());
        let lists = self.lists(&object, wanted);
        if lists.is_empty() {
            return Err(format!("nothing is known for {wanted}"));
        }
        let generation = self
            .serving
            .observed
            .get(&object)
            .copied()
            .unwrap_or_default();
        for conditions in lists {
            let found = conditions.iter().find(|it| it["type"] == wanted["type"]);
            let found = found.ok_or_else(|| format!("{wanted}: there is none"))?;
            let same = |field: &str| wanted[field].is_null() || found[field] == wanted[field];
            let latest = found["observedGeneration"] == generation;
            if !same("status") || !same("reason") || !latest {
                return Err(format!("{wanted}: found {found}"));
            }
        }
        Ok(())
    }

    /// The lists of conditions that an expectation is about.
    fn lists(&self, object: &Reference, wanted: &Value) -> Vec<Vec<Value>> {
        let Some(status) = self.serving.status(object) else {
            return Vec::new();
        };
        let conditions = |it: &Value| list(it, "conditions");
        if let Some(parent) = wanted["parent"].as_str() {
            let parent = reference(parent);
            let section = &wanted["section"];
            let parents = list(status, "parents");
            let fits = parents.iter().filter(|it| {
                let of = &it["parentRef"];
                let namespace = of["namespace"].as_str().unwrap_or(&object.namespace);
                of["name"] == *parent.name
                    && namespace == parent.namespace
                    && it["controllerName"] == "agentgateway.dev/agentgateway"
                    && (section.is_null() || of["sectionName"] == *section)
            });
            return fits.map(conditions).collect();
        }
        let Some(name) = wanted["listener"].as_str() else {
            return vec![conditions(status)];
        };
        let all = list(status, "listeners");
        let fits = all.iter().filter(|it| name == "*" || it["name"] == *name);
        fits.map(conditions).collect()
    }

    fn check(&self, wanted: &Value) -> Result<(), String> {
        let object = wanted["object"].as_str().map(reference);
        let object = object.unwrap_or_else(|| reference("Namespace/none"));
        let status = self.serving.status(&object).cloned().unwrap_or_default();
        let generation = self
            .serving
            .observed
            .get(&object)
            .copied()
            .unwrap_or_default();
        let own = list(&status, "conditions");
        let parents = list(&status, "parents");
        let of_parents = parents.iter().flat_map(|it| list(it, "conditions"));
        let mut all = own.iter().cloned().chain(of_parents);
        let addresses = list(&status, "addresses");
        let holds = match wanted["check"].as_str().unwrap() {
            "address_assigned" => addresses.iter().any(|it| it["type"].is_string()),
            "status_addresses" => {
                addresses.len() == 1 && addresses[0]["value"] == USABLE.to_string()
            }
            "conditions_at_latest_generation" => {
                !own.is_empty() | !parents.is_empty()
                    && all.all(|it| it["observedGeneration"] == generation)
            }
            "no_accepted_parents" => {
                !all.any(|it| it["type"] == "Accepted" && it["status"] == "True")
            }
            "zero_attached_routes" => {
                let listeners = list(&status, "listeners");
                listeners.iter().all(|it| it["attachedRoutes"] == 0)
            }
            "generation_changed" => self.before.get(&object) != Some(&generation),
            "namespace_ready" => return self.ready(&object.name),
            "generated_objects_carry" => return self.generated(wanted),
            other => panic!("a check of an unknown kind: {other}"),
        };
        if holds {
            return Ok(());
        }
        Err(format!("{wanted}: found {status}"))
    }

    /// Whether every Gateway of a namespace is accepted and programmed.
    fn ready(&self, namespace: &str) -> Result<(), String> {
        let skip = "gateway-api/skip-this-for-readiness";
        let mut unready = Vec::new();
        for object in &self.world.objects {
            let own = &object.reference;
            let skipped = object
                .meta
                .annotations
                .get(skip)
                .is_some_and(|it| it == "true");
            if own.kind != "Gateway" || own.namespace != namespace || skipped {
                continue;
            }
            let status = self.serving.status(own).cloned().unwrap_or_default();
            let conditions = list(&status, "conditions");
            let holds = |kind| {
                let mut all = conditions.iter();
                all.any(|it| it["type"] == kind && it["status"] == "True")
            };
            if !holds("Accepted") || !holds("Programmed") {
                unready.push(own.to_string());
            }
        }
        if unready.is_empty() {
            return Ok(());
        }
        Err(format!("not ready: {}", unready.join(", ")))
    }

    fn generated(&self, wanted: &Value) -> Result<(), String> {
        let (name, value) = wanted["label_selector"]
            .as_str()
            .unwrap()
            .split_once('=')
            .unwrap();
        let objects: Vec<Value> = self.serving.deployed.iter().flat_map(with_pods).collect();
        let mut found = 0;
        for kind in wanted["kinds"].as_array().unwrap() {
            let mut all = objects.iter().filter(|it| it["kind"] == *kind);
            let Some(object) = all.find(|it| it["metadata"]["labels"][name] == *value) else {
                continue;
            };
            found += 1;
            for field in ["labels", "annotations"] {
                for (name, value) in wanted[field].as_object().into_iter().flatten() {
                    same(
                        &format!("{kind} {name}"),
                        value,
                        &object["metadata"][field][name],
                    )?;
                }
            }
        }
        if found == 0 {
            return Err(format!("nothing is deployed with {name}={value}"));
        }
        Ok(())
    }
}

/// An object that is deployed, and the pods that it stands for.
fn with_pods(object: &Value) -> Vec<Value> {
    let mut pod = object["spec"]["template"].clone();
    if pod.is_object() {
        pod["kind"] = "Pod".into();
    }
    vec![object.clone(), pod]
}

fn list(value: &Value, field: &str) -> Vec<Value> {
    value[field].as_array().cloned().unwrap_or_default()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, found: &T) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    Err(format!("{what}: found {found:?}, expected {wanted:?}"))
}
