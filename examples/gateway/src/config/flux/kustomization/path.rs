//! Paths of resources, within the directory.

/// Where a resource leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To this file or folder, relative to the directory; the directory itself is empty.
    Inside(String),
    /// Out of the directory.
    Outside,
    /// To another host.
    Remote,
}

/// Where an entry of `resources` in a folder leads.
pub(super) fn target(folder: &str, entry: &str) -> Target {
    let host = entry.split('/').next().unwrap_or_default();
    let remote = entry.contains("://")
        || entry.contains("?ref=")
        || entry.starts_with("git@")
        || (host.contains('.') && host.contains("hub.com"))
        || host.contains(':');
    if remote {
        return Target::Remote;
    }
    if entry.starts_with('/') {
        return Target::Outside;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in entry.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Target::Outside;
                }
            }
            part => parts.push(part),
        }
    }
    Target::Inside(parts.join("/"))
}

/// The folder of a file, and its name there.
pub(super) fn split(file: &str) -> (&str, &str) {
    file.rsplit_once('/').unwrap_or(("", file))
}

/// Whether kustomize takes a file of this name for a kustomization.
pub(in crate::config::flux) fn is_kustomization(file: &str) -> bool {
    let (_, name) = split(file);
    matches!(
        name,
        "kustomization.yaml" | "kustomization.yml" | "Kustomization"
    )
}
