//! Names that an API server takes.

use std::collections::BTreeSet;

/// The longest label, and the longest value of one.
const LABEL: usize = 63;

/// The longest name of a container's port.
const CONTAINER_PORT: usize = 15;

/// A name that Services can have too, the same for the same name: itself where it can be.
pub(super) fn object_name(name: &str) -> String {
    if is_label(name) && name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return name.to_owned();
    }
    let label = name.replace('.', "-");
    let lead = match label.starts_with(|first: char| first.is_ascii_lowercase()) {
        true => "",
        false => "gw-",
    };
    shortened(&[lead, &label].concat(), name)
}

/// A value of a label that tells this name from others: itself where it can be.
pub(super) fn label_value(name: &str) -> String {
    if name.len() <= LABEL {
        return name.to_owned();
    }
    shortened(name, name)
}

/// As much of a text as leaves room for what tells it from others.
fn shortened(text: &str, of: &str) -> String {
    let end = format!("-{:08x}", hash(of));
    let room = LABEL - end.len();
    let kept: String = text.chars().take(room).collect();
    [kept.trim_end_matches(['-', '.']), &end].concat()
}

/// The same for every version: objects are known by it.
///
/// # Source
/// FNV-1a, 32 bits.
fn hash(text: &str) -> u32 {
    let bytes = text.bytes();
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// # Source
/// RFC 1123, section 2.1: a label.
fn is_label(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !name.starts_with('-') && !name.ends_with('-');
    !name.is_empty() && name.len() <= LABEL && ends && name.bytes().all(fits)
}

/// # Source
/// RFC 6335, section 5.1: a name of a service.
fn is_container_port(name: &str) -> bool {
    let letter = name.bytes().any(|byte| byte.is_ascii_lowercase());
    is_label(name) && name.len() <= CONTAINER_PORT && letter && !name.contains("--")
}

/// The names of ports, each once.
#[derive(Debug)]
pub(super) struct PortNames {
    fits: fn(&str) -> bool,
    taken: BTreeSet<String>,
}

impl PortNames {
    /// Of a Service.
    pub(super) fn of_service() -> Self {
        Self {
            fits: is_label,
            taken: BTreeSet::new(),
        }
    }

    /// Of a container that has one of this name.
    pub(super) fn of_container(own: &str) -> Self {
        Self {
            fits: is_container_port,
            taken: BTreeSet::from([own.to_owned()]),
        }
    }

    /// Names for all of these: what they are called, where that can be and is free.
    pub(super) fn all(mut self, ports: &[(&str, u16)]) -> Vec<String> {
        // Given names come first: a port without one may not take them away.
        let given: Vec<Option<String>> = ports
            .iter()
            .map(|(name, _)| {
                let taken = (self.fits)(name) && self.taken.insert((*name).to_owned());
                taken.then(|| (*name).to_owned())
            })
            .collect();
        let named = given.into_iter().zip(ports);
        named
            .map(|(given, (_, number))| given.unwrap_or_else(|| self.free(*number)))
            .collect()
    }

    fn free(&mut self, number: u16) -> String {
        let plain = std::iter::once(format!("port-{number}"));
        let more = (1..=99).map(|index| format!("port-{number}-{index}"));
        let free = plain
            .chain(more)
            .find(|name| self.taken.insert(name.clone()));
        // A Gateway has at most 64 listeners.
        free.unwrap_or_else(|| format!("port-{number}"))
    }
}
