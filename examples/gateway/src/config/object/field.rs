//! Paths to fields, as problems write them: `spec.rules[0].name`, `metadata.labels["a.b/c"]`.

use crate::config::yaml::{Entry, Node};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Item(usize),
}

/// The path with the name of a member added, in quotes where the name would not read as one.
pub(crate) fn member(path: &str, name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        format!("{path}[{name:?}]")
    } else if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The path with the index of an item added.
pub(crate) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// The steps of a path; what cannot be read as one ends it.
pub(crate) fn steps(path: &str) -> Vec<Step> {
    let (mut steps, mut rest) = (Vec::new(), path);
    loop {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let Some(step) = next(&mut rest) else {
            return steps;
        };
        steps.push(step);
    }
}

fn next(rest: &mut &str) -> Option<Step> {
    if let Some(quoted) = rest.strip_prefix("[\"") {
        let (name, after) = quoted.split_once("\"]")?;
        *rest = after;
        return Some(Step::Member(name.to_owned()));
    }
    if let Some(inside) = rest.strip_prefix('[') {
        let (index, after) = inside.split_once(']')?;
        *rest = after;
        return index.parse().ok().map(Step::Item);
    }
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(end)?;
    *rest = after;
    (!name.is_empty()).then(|| Step::Member(name.to_owned()))
}

/// The node at a path, or the last one on the way to it that is there.
pub(crate) fn nearest<'a>(root: &'a Node, path: &str) -> Found<'a> {
    let mut found = Found {
        node: root,
        entry: None,
        whole: true,
    };
    for step in steps(path) {
        let next = match &step {
            Step::Member(name) => {
                let mut entries = found.node.entries().iter();
                let entry = entries.find(|entry| entry.name == *name);
                entry.map(|entry| (&entry.node, Some(entry)))
            }
            Step::Item(index) => found.node.items().get(*index).map(|node| (node, None)),
        };
        match next {
            Some((node, entry)) => (found.node, found.entry) = (node, entry),
            None => {
                return Found {
                    whole: false,
                    ..found
                };
            }
        }
    }
    found
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) node: &'a Node,
    /// The member that it is, when it is one.
    pub(crate) entry: Option<&'a Entry>,
    /// Whether the whole path was there.
    pub(crate) whole: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_and_read_alike() {
        let path = member("", "metadata");
        let path = member(&path, "labels");
        let path = item(&member(&path, "a.b/c"), 3);
        assert_eq!(path, r#"metadata.labels["a.b/c"][3]"#);
        let names = ["metadata", "labels", "a.b/c"].map(|name| Step::Member(name.to_owned()));
        assert_eq!(steps(&path), [names.as_slice(), &[Step::Item(3)]].concat());
    }

    #[test]
    fn what_is_no_path_ends_it() {
        assert_eq!(steps("a[x].b"), [Step::Member("a".to_owned())]);
        assert_eq!(steps(""), []);
        assert_eq!(steps("[\"a"), []);
    }
}
