//! Random tools: how they are listed, what they are called with, what they say.

use crate::{Era, random::Random};

/// How deep what is random is.
const DEPTH: usize = 5;

#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// What a client calls it with.
    pub(crate) arguments: String,
    /// Before and behind the name, in its entry.
    entry: [String; 2],
    /// The members of its result.
    result: Vec<(String, String)>,
    /// Where `resultType` stands among them, at a modern server.
    place: usize,
    seed: u64,
}

/// So many tools, by a seed.
pub(crate) fn tools(seed: u64, count: usize) -> Vec<Tool> {
    let mut random = Random::new(seed);
    (0..count).map(|at| Tool::random(&mut random, at)).collect()
}

fn member(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

// === impl Tool ===

impl Tool {
    fn random(random: &mut Random, at: usize) -> Self {
        let text = random.string();
        let text = random.of_members(vec![member("type", "\"text\""), member("text", text)]);
        let mut result = vec![
            member("content", format!("[{text}]")),
            member("structuredContent", random.object(DEPTH)),
            member("x-unknown", random.value(DEPTH)),
        ];
        if random.below(2) == 0 {
            let note = random.value(DEPTH);
            let meta = random.of_members(vec![member("example.com/note", note)]);
            result.push(member("_meta", meta));
        }
        let result = random.shuffled(result);
        let schema = vec![
            member("type", "\"object\""),
            member("properties", "{\"free\": {}}"),
            member("x-unknown", random.value(DEPTH)),
        ];
        let schema = random.shuffled(schema);
        let schema = random.of_members(schema);
        let before = format!("{{{}\"x-first\":{},", random.space(), random.value(DEPTH));
        let behind = format!(
            ",{}\"description\":{},\"inputSchema\":{schema},\"x-last\":{}{}}}",
            random.space(),
            random.string(),
            random.value(DEPTH),
            random.space(),
        );
        Self {
            name: format!("tool-{at}"),
            arguments: random.object(DEPTH),
            entry: [before, behind],
            place: random.below(result.len() + 1),
            result,
            seed: u64::try_from(random.below(1 << 30)).expect("a small number"),
        }
    }

    /// How it is listed, under a name with this prefix.
    pub(crate) fn entry(&self, prefix: &str) -> String {
        let [before, behind] = &self.entry;
        format!("{before}\"name\": \"{prefix}{}\"{behind}", self.name)
    }

    /// What it says, at a server of this era.
    pub(crate) fn result(&self, era: Era) -> String {
        let mut members = self.result.clone();
        if era == Era::Modern {
            members.insert(self.place, member("resultType", "\"complete\""));
        }
        Random::new(self.seed).of_members(members)
    }

    /// Whether its server says it in a stream of events.
    pub(crate) const fn streams(&self) -> bool {
        self.seed.is_multiple_of(2)
    }
}
