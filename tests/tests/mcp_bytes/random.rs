//! Random JSON, as text: every spelling that is legal, from a seed.

/// Splitmix: the same seed gives the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1.50",
    "1e2",
    "1E+2",
    "1e-7",
    "0.1000000000000000055511151231257827",
    "9007199254740993",
    "18446744073709551616",
    "-123456789012345678901234567890",
    "1e400",
    "-1E-400",
    "42",
    "7",
];

const PIECES: [&str; 18] = [
    "plain",
    " ",
    "é",
    "\\u00e9",
    "漢字",
    "🦀",
    "\\ud83e\\udd80",
    "\\uD83E\\uDD80",
    "\\/",
    "/",
    "\\\"",
    "\\\\",
    "\\n",
    "\\u000a",
    "\\u0000",
    "\u{2028}",
    "<script>&amp;",
    "\u{7f}",
];

/// Names of members, some of which mean something elsewhere.
const KEYS: [&str; 20] = [
    "a",
    "b",
    "z",
    "A",
    "",
    "name",
    "uri",
    "id",
    "result",
    "resultType",
    "_meta",
    "nextCursor",
    "cursor",
    "content",
    "jsonrpc",
    "ttlMs",
    "k\\u0065y",
    "schlüssel",
    "x.y",
    "__proto__",
];

const SPACES: [&str; 9] = ["", "", "", "", "", " ", "  ", "\t", "\n"];

// === impl Random ===

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("a small number");
        usize::try_from(self.next() % limit).expect("a small number")
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// Mostly nothing.
    pub(crate) fn space(&mut self) -> &'static str {
        self.one(&SPACES)
    }

    /// In another order.
    pub(crate) fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
        items
    }

    pub(crate) fn string(&mut self) -> String {
        let pieces = self.below(4);
        let text: String = (0..pieces).map(|_| self.one(&PIECES)).collect();
        format!("\"{text}\"")
    }

    /// Any value, so deep at most.
    pub(crate) fn value(&mut self, depth: usize) -> String {
        let kinds = if depth == 0 { 6 } else { 10 };
        match self.below(kinds) {
            0 => "null".to_owned(),
            1 => ["true", "false"][self.below(2)].to_owned(),
            2 | 3 => self.one(&NUMBERS).to_owned(),
            4 | 5 => self.string(),
            6 | 7 => self.array(depth - 1),
            _ => self.object(depth - 1),
        }
    }

    fn array(&mut self, depth: usize) -> String {
        let count = self.below(4);
        let items: Vec<_> = (0..count).map(|_| self.value(depth)).collect();
        self.joined('[', &items, ']')
    }

    /// An object without two members of one name.
    pub(crate) fn object(&mut self, depth: usize) -> String {
        let count = self.below(5);
        let mut keys = self.shuffled(KEYS.to_vec());
        keys.truncate(count);
        let members = keys.into_iter();
        let members = members.map(|key| (key.to_owned(), self.value(depth)));
        let members = members.collect();
        self.of_members(members)
    }

    /// An object of these members, which are JSON, with spaces anywhere.
    pub(crate) fn of_members(&mut self, members: Vec<(String, String)>) -> String {
        let members: Vec<_> = members
            .into_iter()
            .map(|(key, value)| format!("\"{key}\"{}:{}{value}", self.space(), self.space()))
            .collect();
        self.joined('{', &members, '}')
    }

    fn joined(&mut self, open: char, items: &[String], close: char) -> String {
        let mut text = String::from(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.push_str(self.space());
            text.push_str(item);
            text.push_str(self.space());
        }
        text.push(close);
        text
    }
}
