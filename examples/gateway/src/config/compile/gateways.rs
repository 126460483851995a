//! GatewayClasses and Gateways of this controller.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::authorities::lets_others_in;
use super::fault::{Notes, not_implemented, note_not_implemented};
use super::listeners::{ListenerView, listeners, path};
use super::lookup::{GATEWAY, by_age};
use super::own::Own;
use super::parameters::{Found, class_fault, parameters};
use super::strays::{self, Strays};
use super::{Claim, ClassFacts, Context, Fault, GatewayFacts, Severity};
use crate::config::object::Object;
use crate::config::resource::{Address, GatewaySpec, Reference};
use crate::config::snapshot::Parameters;

/// A Gateway of ours with what was found out about it.
#[derive(Debug)]
pub(super) struct GatewayView<'a> {
    pub(super) object: &'a Object,
    pub(super) spec: &'a GatewaySpec,
    pub(super) listeners: Vec<ListenerView<'a>>,
    pub(super) parameters: Parameters,
    /// What they ask for beside the fields of the CRDs.
    pub(super) own: Option<Own<'a>>,
    /// Where it listens; where the process was told to when it is empty.
    pub(super) addresses: Vec<IpAddr>,
    unusable: Vec<String>,
    /// What of it and of its parameters is not implemented.
    idle: Vec<String>,
    rejected: Option<Fault>,
}

/// The GatewayClasses that name our controller.
pub(super) fn classes(
    context: &Context<'_>,
    strays: &mut Strays,
    notes: &mut Notes,
) -> BTreeMap<Reference, ClassFacts> {
    let mut found = BTreeMap::new();
    for (object, spec) in context.store.gateway_classes() {
        if spec.controller_name != context.options.controller_name {
            let facts = strays::class(context, object, spec, notes);
            strays.insert(object.reference.clone(), facts);
            continue;
        }
        note_not_implemented(notes, object);
        let accepted = match class_fault(context, spec, notes) {
            Some(fault) => {
                notes.error(object, "Accepted", &fault);
                Claim::no("Accepted", fault.reason, fault.message)
            }
            None => {
                let more = not_implemented(object).map(|more| format!("; {more}"));
                let message = format!("the class is served{}", more.unwrap_or_default());
                Claim::yes("Accepted", "Accepted", message)
            }
        };
        let claims = vec![
            accepted,
            Claim::yes("SupportedVersion", "SupportedVersion", "v1 is known"),
        ];
        let generation = object.generation;
        found.insert(object.reference.clone(), ClassFacts { generation, claims });
    }
    found
}

/// The Gateways of these classes, by namespace and name, each judged.
///
/// A class that is not accepted says that no Gateway of it is provided, so none is served.
///
/// # Source
/// Gateway API v1, `GatewayClassConditionStatusAccepted`.
pub(super) fn gateways<'a>(
    context: &Context<'a>,
    classes: &BTreeMap<Reference, ClassFacts>,
    strays: &mut Strays,
    notes: &mut Notes,
) -> BTreeMap<Reference, GatewayView<'a>> {
    let mut found = BTreeMap::new();
    for (object, spec) in context.store.gateways() {
        let class = Reference::new(GATEWAY, "GatewayClass", "", &spec.gateway_class_name);
        if let Some(facts) = classes.get(&class) {
            let mut untold = Notes::default();
            let notes = match context.options.serves(&object.reference) {
                true => &mut *notes,
                false => &mut untold,
            };
            let mut view = view(context, object, spec, notes);
            let accepted = facts.claims.iter().find(|claim| claim.kind == "Accepted");
            if let Some(refused) = accepted.filter(|claim| !claim.holds()) {
                let message = format!("{class} is not accepted: {}", refused.message);
                let fault = Fault::new("spec.gatewayClassName", refused.reason, message);
                view.rejected.get_or_insert(fault);
            }
            found.insert(object.reference.clone(), view);
        } else {
            let facts = strays::of_class(context, object, spec, strays, notes);
            strays.insert(object.reference.clone(), facts);
        }
    }
    let serves = |reference: &Reference| context.options.serves(reference);
    ports(&context.options.listen, &mut found, serves);
    for (_, view) in found.iter().filter(|(reference, _)| serves(reference)) {
        if let Some(fault) = &view.rejected {
            notes.error(view.object, "Accepted", fault);
        }
        if let Some(insecure) = view.insecure() {
            let fault = Fault::new("spec.tls.frontend", insecure.reason, insecure.message);
            notes.add(Severity::Warning, view.object, insecure.kind, &fault);
        }
        for listener in &view.listeners {
            listener.note(notes, view.object);
        }
    }
    found
}

fn view<'a>(
    context: &Context<'a>,
    object: &'a Object,
    spec: &'a GatewaySpec,
    notes: &mut Notes,
) -> GatewayView<'a> {
    note_not_implemented(notes, object);
    let (addresses, unusable, unsupported) = addresses(context, object, spec);
    for value in &unusable {
        let message = format!("address {value:?} is no IP address to listen on");
        notes.error(
            object,
            "Programmed",
            &Fault::new("spec.addresses", "AddressNotUsable", message),
        );
    }
    let (found, invalid) = match parameters(context, object, spec, notes) {
        Ok(found) => (found, None),
        Err(fault) => (Found::default(), Some(fault)),
    };
    let idle = not_implemented(object).into_iter().chain(found.idle);
    let told = found.own.as_ref().map(Own::told).unwrap_or_default();
    let idle: Vec<String> = idle.chain(told.iter().cloned()).collect();
    GatewayView {
        object,
        spec,
        listeners: listeners(context, object, spec),
        parameters: found.parameters,
        own: found.own,
        addresses,
        unusable,
        idle,
        rejected: unsupported.or(invalid),
    }
}

/// Where it listens, what of its addresses is none, and what is of a type that is not served.
fn addresses(
    context: &Context<'_>,
    object: &Object,
    spec: &GatewaySpec,
) -> (Vec<IpAddr>, Vec<String>, Option<Fault>) {
    let (mut good, mut bad, mut unsupported) = (Vec::new(), Vec::new(), None);
    for (index, Address { kind, value, .. }) in spec.addresses.iter().enumerate() {
        match (kind.as_str(), value.as_str()) {
            ("IPAddress", "") => {}
            ("IPAddress", value) => match value.parse() {
                Ok(address) => good.push(address),
                Err(_) => bad.push(value.to_owned()),
            },
            (other, _) => {
                let path = format!("spec.addresses[{index}].type");
                let message = format!("addresses of type {other} are not served; use IPAddress");
                unsupported.get_or_insert_with(|| Fault::new(path, "UnsupportedAddress", message));
            }
        }
    }
    if good.is_empty() && bad.is_empty() {
        let assigned = context.options.assigned.get(&object.reference);
        good = assigned.cloned().unwrap_or_default();
    }
    good.sort_unstable();
    good.dedup();
    (good, bad, unsupported)
}

/// Of several Gateways that ask for one port of one address, the older has it.
///
/// The listeners of the others are told that the port is not available: that is what they would be
/// told if another process held it, and their other listeners are served.
fn ports(
    listen: &[IpAddr],
    views: &mut BTreeMap<Reference, GatewayView<'_>>,
    serves: impl Fn(&Reference) -> bool,
) {
    let served = views.iter().filter(|(reference, _)| serves(reference));
    let mut order: Vec<&Object> = served.map(|(_, view)| view.object).collect();
    order.sort_by(|a, b| by_age(a, b));
    let order = order.into_iter().map(|object| object.reference.clone());
    let order: Vec<Reference> = order.collect();
    let mut taken: BTreeMap<u16, Vec<(Vec<IpAddr>, Reference)>> = BTreeMap::new();
    for reference in order {
        let Some(view) = views.get_mut(&reference) else {
            continue;
        };
        let accepted = view.is_served();
        let asked = match view.addresses.as_slice() {
            [] => listen.to_vec(),
            addresses => addresses.to_vec(),
        };
        let mut mine = Vec::new();
        for (index, listener) in view.listeners.iter_mut().enumerate() {
            if !accepted || !listener.is_served() {
                continue;
            }
            let port = listener.spec.port;
            let holders = taken.get(&port).map(Vec::as_slice).unwrap_or_default();
            let holder = holders.iter().find(|(held, _)| meet(held, &asked));
            match holder {
                Some((_, holder)) => {
                    let message = format!("port {port} of this address is used by {holder}");
                    let path = format!("{}.port", path(index));
                    listener.rejected = Some(Fault::new(path, "PortUnavailable", message));
                }
                None => mine.push(port),
            }
        }
        for port in mine {
            let claim = (asked.clone(), reference.clone());
            taken.entry(port).or_default().push(claim);
        }
    }
}

fn meet(held: &[IpAddr], asked: &[IpAddr]) -> bool {
    let every = |addresses: &[IpAddr]| addresses.iter().any(IpAddr::is_unspecified);
    let both = held.iter().any(|address| asked.contains(address));
    both || (every(held) && !asked.is_empty()) || (every(asked) && !held.is_empty())
}

impl GatewayView<'_> {
    /// Whether it is served at all: it is valid, and there is an address to listen on.
    pub(super) fn is_served(&self) -> bool {
        let placed = self.unusable.is_empty() || !self.addresses.is_empty();
        self.rejected.is_none() && placed
    }

    /// That clients are let in whose certificates are not good, where it asks for that.
    ///
    /// # Source
    /// Gateway API v1, `GatewayConditionInsecureFrontendValidationMode`.
    fn insecure(&self) -> Option<Claim> {
        let tls = self.spec.tls.as_ref()?;
        let message = "clients without a good certificate are let in";
        lets_others_in(tls.frontend.as_ref()?).then(|| {
            let kind = "InsecureFrontendValidationMode";
            Claim::yes(kind, "ConfigurationChanged", message)
        })
    }

    /// The facts without routes.
    pub(super) fn facts(&self) -> GatewayFacts {
        let with_idle = |message: &str| {
            let all = std::iter::once(message).chain(self.idle.iter().map(String::as_str));
            all.collect::<Vec<_>>().join("; ")
        };
        let accepted = match &self.rejected {
            None => Claim::yes("Accepted", "Accepted", with_idle("the Gateway is valid")),
            Some(fault) => Claim::no("Accepted", fault.reason, with_idle(&fault.message)),
        };
        let mut listeners: Vec<_> = self.listeners.iter().map(ListenerView::facts).collect();
        for listener in &mut listeners {
            listener.served &= self.is_served();
        }
        let bad: Vec<&str> = listeners
            .iter()
            .filter(|listener| !listener.resolved.holds())
            .map(|listener| listener.name.as_str())
            .collect();
        let resolved = if bad.is_empty() {
            Claim::yes("ResolvedRefs", "ResolvedRefs", "all references resolve")
        } else {
            let message = format!("references of listener {} do not resolve", bad.join(", "));
            Claim::no("ResolvedRefs", "ListenersNotResolved", message)
        };
        GatewayFacts {
            generation: self.object.generation,
            accepted,
            resolved,
            insecure: self.insecure(),
            addresses: self.spec.addresses.clone(),
            unusable: self.unusable.clone(),
            listeners,
        }
    }
}
