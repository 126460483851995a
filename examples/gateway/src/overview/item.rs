use serde::{Deserialize, Serialize};

use super::Configuration;

/// Condition types that say something bad when they are true.
const NEGATIVE: [&str; 2] = ["Conflicted", "PartiallyInvalid"];

/// One that says something worth knowing, and nothing bad, when it is true.
const NEUTRAL: &str = "OverlappingTLSConfig";

/// All that is known of the objects of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Overview {
    /// GatewayClasses with what stands below them, then what stands below none.
    pub items: Vec<Item>,
    /// What runs and what does not, of a gateway that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Configuration>,
}

/// One object, or a listener, with what stands below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Item {
    /// Its kind; `Listener` for a listener.
    pub kind: String,
    /// Its namespace; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How it is, as its conditions and those below it say.
    pub health: Health,
    /// What else is worth knowing, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Its conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What would put it right, as YAML or in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<String>,
    /// What is worth knowing of it and no fault, such as fields without effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What stands below it, what fails first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Self>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Its reason, one word.
    pub reason: String,
    /// Its message.
    pub message: String,
}

/// How something is. The greater is the worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "good, unknown, bad")]
pub enum Health {
    /// All conditions are as they should be.
    #[default]
    Fine,
    /// A condition is not known yet.
    Waiting,
    /// A condition is not as it should be.
    Failing,
}

// === impl Overview ===

impl Overview {
    /// These items, what fails first.
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        Self {
            items: sorted(items),
            configuration: None,
        }
    }

    /// Says what runs and what does not, too.
    #[must_use]
    pub fn with(mut self, configuration: Configuration) -> Self {
        self.configuration = Some(configuration);
        self
    }

    /// How the worst of it is.
    #[must_use]
    pub fn health(&self) -> Health {
        let all = self.items.iter().map(Item::worst);
        let own = self.configuration.iter().map(Configuration::health);
        all.chain(own).max().unwrap_or_default()
    }

    /// The names of all items of a kind, each once.
    #[must_use]
    pub fn names(&self, kind: &str) -> Vec<String> {
        let (mut names, mut waiting) = (Vec::new(), Vec::new());
        waiting.extend(self.items.iter().rev());
        while let Some(item) = waiting.pop() {
            if item.kind.eq_ignore_ascii_case(kind) && !names.contains(&item.name) {
                names.push(item.name.clone());
            }
            waiting.extend(item.children.iter().rev());
        }
        names
    }

    /// The first item of this kind, namespace and name; an empty namespace stands for every one.
    ///
    /// What has no namespace is in that of what it stands below, as a listener in its Gateway's; a
    /// GatewayClass is in every one.
    #[must_use]
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Item> {
        let mut waiting: Vec<(&str, &Item)> = self.items.iter().rev().map(|it| ("", it)).collect();
        while let Some((above, item)) = waiting.pop() {
            let own = match item.namespace.as_str() {
                "" => above,
                own => own,
            };
            let here = namespace.is_empty() || own.is_empty() || own == namespace;
            if here && item.name == name && item.kind.eq_ignore_ascii_case(kind) {
                return Some(item);
            }
            waiting.extend(item.children.iter().rev().map(|child| (own, child)));
        }
        None
    }
}

// === impl Item ===

impl Item {
    /// An item with these conditions.
    #[must_use]
    pub fn new(kind: &str, namespace: &str, name: &str, conditions: Vec<Condition>) -> Self {
        let health = conditions.iter().map(Condition::health).max();
        Self {
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            health: health.unwrap_or_default(),
            conditions,
            ..Self::default()
        }
    }

    /// Adds a line that is worth knowing.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Adds what would put it right.
    #[must_use]
    pub fn remedies(mut self, remedies: impl IntoIterator<Item = String>) -> Self {
        for remedy in remedies {
            if !self.remedies.contains(&remedy) {
                self.remedies.push(remedy);
            }
        }
        self
    }

    /// Adds what is worth knowing and no fault.
    #[must_use]
    pub fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Puts these below it, what fails first.
    #[must_use]
    pub fn children(mut self, children: Vec<Self>) -> Self {
        self.children.extend(children);
        self.children = sorted(self.children);
        self
    }

    /// How the worst of it and what stands below it is.
    #[must_use]
    pub fn worst(&self) -> Health {
        let mut worst = self.health;
        let mut waiting: Vec<&Self> = self.children.iter().collect();
        while let Some(item) = waiting.pop() {
            worst = worst.max(item.health);
            waiting.extend(&item.children);
        }
        worst
    }

    /// How many fail of it and of what stands below it.
    #[must_use]
    pub fn failing(&self) -> usize {
        let (mut count, mut waiting) = (0, vec![self]);
        while let Some(item) = waiting.pop() {
            count += usize::from(item.health == Health::Failing);
            waiting.extend(&item.children);
        }
        count
    }

    /// `Kind namespace/name`.
    #[must_use]
    pub fn title(&self) -> String {
        if self.namespace.is_empty() {
            format!("{} {}", self.kind, self.name)
        } else {
            format!("{} {}/{}", self.kind, self.namespace, self.name)
        }
    }

    /// The condition of this type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        let found = |condition: &&Condition| condition.kind.eq_ignore_ascii_case(kind);
        self.conditions.iter().find(found)
    }
}

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    // Stable: what is alike keeps the order of the manifests.
    items.sort_by_key(|item| std::cmp::Reverse(item.worst()));
    items
}

// === impl Condition ===

impl Condition {
    /// This condition.
    #[must_use]
    pub fn new(kind: &str, status: &str, reason: &str, message: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
        }
    }

    /// What it means for its object.
    #[must_use]
    pub fn health(&self) -> Health {
        if self.status == "False" && self.reason == "Pending" && self.kind == "Programmed" {
            return Health::Waiting;
        }
        if self.status == "Unknown" && self.reason == "Pending" && self.kind == "Accepted" {
            // Of an object that no controller has looked at, and none will.
            return Health::Failing;
        }
        if self.kind == NEUTRAL {
            return Health::Fine;
        }
        let negative = NEGATIVE.contains(&self.kind.as_str());
        match (self.status.as_str(), negative) {
            ("True", false) | ("False", true) => Health::Fine,
            ("True", true) | ("False", false) => Health::Failing,
            _ => Health::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, conditions: &[(&str, &str)]) -> Item {
        let conditions = conditions
            .iter()
            .map(|(kind, status)| Condition::new(kind, status, "R", "m"));
        Item::new("Gateway", "ns", name, conditions.collect())
    }

    #[test]
    fn what_fails_comes_first_even_when_it_is_deep() {
        let deep = item("a", &[("Accepted", "True")]).children(vec![
            item("b", &[("Conflicted", "False")]),
            item("c", &[("Conflicted", "True")]),
        ]);
        let overview = Overview::new(vec![
            item("x", &[("Accepted", "True")]),
            item("y", &[("Programmed", "Unknown")]),
            deep,
        ]);
        let names: Vec<_> = overview
            .items
            .iter()
            .map(|item| item.name.as_str())
            .collect();
        assert_eq!(names, ["a", "y", "x"]);
        assert_eq!(overview.items[0].children[0].name, "c");
        assert_eq!(overview.health(), Health::Failing);
        assert_eq!(
            overview.find("gateway", "ns", "c").map(|item| item.health),
            Some(Health::Failing)
        );
        assert_eq!(overview.find("gateway", "other", "c"), None);
    }

    #[test]
    fn goes_through_json_and_back() {
        let overview = Overview::new(vec![item("a", &[("Accepted", "True")]).detail("port 1")]);
        let json = serde_json::to_string(&overview).unwrap();
        assert_eq!(serde_json::from_str::<Overview>(&json).unwrap(), overview);
    }
}
