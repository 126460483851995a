//! One client with one provider.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    compare::{differences, outcomes, request},
    table::Losses,
};

/// Scenes with an answer.
const SCENES: [&str; 8] = [
    "text",
    "tools",
    "results",
    "replay",
    "schema",
    "image",
    "reasoning",
    "length",
];
const MODES: [&str; 2] = ["unary", "stream"];

/// A client, a provider, and all that was told.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    client: &'static str,
    provider: &'static str,
    told: &'a Map<String, Value>,
    asked: &'a Value,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) scenes: usize,
    pub(crate) faults: Vec<String>,
}

/// What was lost in a mode of a scene, and where differences were found.
type Lost = BTreeMap<String, Vec<String>>;

impl<'a> Pair<'a> {
    pub(crate) const fn new(
        client: &'static str,
        provider: &'static str,
        told: &'a Map<String, Value>,
        asked: &'a Value,
    ) -> Self {
        Self {
            client,
            provider,
            told,
            asked,
        }
    }

    /// Compares every scene; what is lost beyond what is expected is a fault.
    pub(crate) fn judge(&self, expected: &Losses, seen: &mut Losses) -> Judged {
        let dialect = dialect(self.client);
        let mut judged = Judged::default();
        for scene in SCENES {
            let [unary, stream] = MODES.map(|mode| self.lost(scene, mode));
            judged.scenes += MODES.len();
            let (one, other) = (names(&unary), names(&stream));
            let rows = [
                (scene.to_owned(), &one & &other, &unary),
                (format!("{scene}, unary"), &one - &other, &unary),
                (format!("{scene}, stream"), &other - &one, &stream),
            ];
            for (row, lost, details) in rows {
                let known = expected.at(dialect, self.provider, &row);
                for name in &lost {
                    seen.add(dialect, self.provider, &row, name);
                    if !known.contains(name) {
                        let details = details[name].join("; ");
                        judged.faults.push(format!("{row}: {name}: {details}"));
                    }
                }
                for name in known.difference(&lost) {
                    judged.faults.push(format!("{row}: {name} is not lost"));
                }
            }
        }
        judged
    }

    /// What was lost in this mode: as the gateway tells it, and as it shows.
    fn lost(&self, scene: &str, mode: &str) -> Lost {
        let got = &self.told[self.client][self.provider][scene][mode];
        let direct = format!("direct-{}", self.provider);
        let own = format!("py-{}", self.provider);
        let wanted = &self.told[&own][&direct][scene][mode];
        assert!(wanted["error"].is_null(), "{own}: {scene}: {wanted}");
        let mut lost = Lost::new();
        let told = got["losses"].as_array().into_iter().flatten();
        for name in told.filter_map(Value::as_str) {
            lost.entry(name.to_owned())
                .or_default()
                .push("told".to_owned());
        }
        let mut found = Vec::new();
        let (one, other) = outcomes(wanted, got);
        found.extend(differences("answer", &one, &other));
        let cell = |client: &str, target: &str| {
            let asked = &self.asked[format!("{client}.{target}.{scene}.{mode}")];
            let requests = asked.as_array().into_iter().flatten();
            Value::Array(requests.map(request).collect())
        };
        let (one, other) = (cell(&own, &direct), cell(self.client, self.provider));
        assert_ne!(one, Value::Array(Vec::new()), "{own}: {scene}: not asked");
        found.extend(differences("request", &one, &other));
        found.extend(self.credentials(scene, mode));
        for (path, what) in found {
            lost.entry(plain(&path))
                .or_default()
                .push(format!("{path} {what}"));
        }
        lost
    }

    /// The gateway's credential goes to the provider, and no other does.
    fn credentials(&self, scene: &str, mode: &str) -> Vec<(String, String)> {
        let cell = format!("{}.{}.{scene}.{mode}", self.client, self.provider);
        let requests = self.asked[cell].as_array().into_iter().flatten();
        let mut found = Vec::new();
        for asked in requests {
            let key = asked["key"].as_str().unwrap_or_default();
            let is_signed = self.provider == "converse" && asked["signature"] == "ok";
            let is_own = if self.provider == "converse" {
                is_signed && key == "signed"
            } else {
                matches!(key, "of-the-gateway" | "Bearer of-the-gateway")
            };
            if !is_own {
                let told = format!("{key}, {}", asked["signature"]);
                found.push(("credential".to_owned(), told));
            }
        }
        found
    }
}

/// What a client speaks.
pub(crate) fn dialect(client: &str) -> &str {
    client
        .split_once('-')
        .map_or(client, |(_, dialect)| dialect)
}

/// A path without indices.
fn plain(path: &str) -> String {
    let mut depth = 0;
    let kept = path.chars().filter(|letter| {
        depth += i32::from(*letter == '[');
        let is_kept = depth == 0;
        depth -= i32::from(*letter == ']');
        is_kept
    });
    kept.collect()
}

fn names(lost: &Lost) -> BTreeSet<String> {
    lost.keys().cloned().collect()
}
