//! The manifests of a test, and the changes that its steps make.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use agentgateway::config::{
    File,
    flux::{SourceOptions, assemble_documents},
    object::{Object, decode},
    resource::Reference,
};
use serde_json::{Value, json};

use super::{
    certificates::Certificates,
    expectation::{Step, Suite},
};

/// An address that a Gateway may ask for and the machine has not (RFC 5737).
pub(crate) const UNUSABLE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
/// One that it may ask for and get.
pub(crate) const USABLE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

const CLASS: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: agentgateway}
spec: {controllerName: agentgateway.dev/agentgateway}
";

/// The objects of a test.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) objects: Vec<Object>,
}

impl World {
    /// The class, what the suite makes, and these manifests.
    pub(crate) fn load(suite: &Suite, certificates: &Certificates, manifests: &[String]) -> Self {
        let folder = suite.manifests().join("conformance");
        let read = |name: &String| {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            let text = text
                .replace("{GATEWAY_CLASS_NAME}", "agentgateway")
                .replace("{GATEWAY_CONTROLLER_NAME}", "agentgateway.dev/agentgateway")
                .replace("PLACEHOLDER_UNUSABLE_ADDRS", &UNUSABLE.to_string())
                .replace("PLACEHOLDER_USABLE_ADDRS", &USABLE.to_string());
            File::new(name, text)
        };
        let mut files = vec![
            File::new("0-class.yaml", CLASS),
            File::new("0-certificates.yaml", &*certificates.manifests),
            read(&"base.yaml".to_owned()),
        ];
        files.extend(manifests.iter().map(read));
        Self {
            objects: objects(&files),
        }
    }

    /// Makes the change of a step. `pods` are those of the Deployment that manual EndpointSlices
    /// are filled with.
    pub(crate) fn change(&mut self, step: &Step, pods: &[SocketAddr]) {
        if step.object == "EndpointSlice" {
            self.fill(pods);
            return;
        }
        let object = reference(&step.object);
        let text = step.change.as_str();
        let array = |json: &mut Value, path: &str| {
            let found = json.pointer_mut(path).and_then(Value::as_array_mut);
            std::mem::take(found.unwrap())
        };
        if text.starts_with("append a listener") {
            self.edit(&object, |json| {
                let mut all = array(json, "/spec/listeners");
                all.push(step.listener_added.clone());
                json["spec"]["listeners"] = all.into();
            });
        } else if text.starts_with("remove every listener") {
            self.edit(&object, |json| {
                let mut all = array(json, "/spec/listeners");
                all.retain(|it| it["name"] != step.listener_removed);
                json["spec"]["listeners"] = all.into();
            });
        } else if text.starts_with("remove") {
            // Each of them stands first when its turn has come.
            self.edit(&object, |json| {
                let mut all = array(json, "/spec/addresses");
                all.remove(0);
                json["spec"]["addresses"] = all.into();
            });
        } else if text.starts_with("set spec.description") {
            self.edit(&object, |json| {
                json["spec"]["description"] = step.value.clone()
            });
        } else if text.starts_with("set spec.rules[0].backendRefs[0].name") {
            let path = "/spec/rules/0/backendRefs/0/name";
            self.edit(&object, |json| {
                *json.pointer_mut(path).unwrap() = step.value.clone()
            });
        } else if text == "delete the object" {
            let before = self.objects.len();
            self.objects.retain(|it| it.reference != object);
            assert_eq!(self.objects.len() + 1, before, "{object} was there");
        } else {
            assert!(
                text.starts_with("none"),
                "a change of an unknown kind: {text}"
            );
        }
    }

    /// Reads an object again, changed.
    fn edit(&mut self, of: &Reference, change: impl FnOnce(&mut Value)) {
        let object = self.objects.iter_mut().find(|it| it.reference == *of);
        let object = object.unwrap_or_else(|| panic!("there is no {of}"));
        let mut json = object.place.root().to_json();
        change(&mut json);
        *object = objects(&[File::new("changed.yaml", json.to_string())]).remove(0);
    }

    /// Every pod has a port of its own here, so each slice of IPv4 stands for the first pod.
    fn fill(&mut self, pods: &[SocketAddr]) {
        let slices = self.objects.iter().filter(|it| {
            it.reference.kind == "EndpointSlice" && it.reference.name.ends_with("-ip4")
        });
        let slices: Vec<_> = slices.map(|it| it.reference.clone()).collect();
        for slice in slices {
            self.edit(&slice, |json| {
                json["ports"][0]["port"] = pods[0].port().into();
                json["endpoints"] = json!([{
                    "addresses": [pods[0].ip().to_string()],
                    "conditions": {"ready": true, "serving": true, "terminating": false},
                }]);
            });
        }
    }

    /// An address for each Gateway, so that all of them may use the same ports.
    pub(crate) fn addresses(&self, known: &mut BTreeMap<Reference, Vec<IpAddr>>) {
        for object in self
            .objects
            .iter()
            .filter(|it| it.reference.kind == "Gateway")
        {
            let next = u8::try_from(known.len() + 2).unwrap();
            let address = IpAddr::from([127, 0, 0, next]);
            let own = known.entry(object.reference.clone());
            own.or_insert_with(|| vec![address]);
        }
    }
}

/// `Kind/name` or `Kind/namespace/name`.
pub(crate) fn reference(text: &str) -> Reference {
    let parts: Vec<&str> = text.split('/').collect();
    let group = "gateway.networking.k8s.io";
    match parts.as_slice() {
        [kind, name] => Reference::new(group, kind, "", name),
        [kind, namespace, name] => Reference::new(group, kind, namespace, name),
        _ => panic!("no reference: {text}"),
    }
}

fn objects(files: &[File]) -> Vec<Object> {
    let assembled = assemble_documents(files, &SourceOptions::new());
    assert_eq!(assembled.problems, []);
    let (objects, problems) = decode(&assembled.documents);
    assert_eq!(problems, []);
    objects
}
