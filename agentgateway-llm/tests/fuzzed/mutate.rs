//! Bytes that are nearly right: a corpus, and what a fixed seed makes of it.

/// What a mutation puts in, beside pieces of the input itself.
const WORDS: [&[u8]; 24] = [
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"0",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b",",
    b":",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\ud800",
    b"\n",
    b"\r\n\r\n",
    b"data: ",
    b"event: error\n",
    b"data: [DONE]\n\n",
    b"\xff",
];

/// Numbers of a fixed row (xorshift).
#[derive(Debug)]
pub(crate) struct Row(u64);

impl Row {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end
    }

    /// The input with some of its bytes changed, taken out, doubled or put elsewhere.
    pub(crate) fn mutate(&mut self, input: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(24)).min(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at.min(end)..end)),
                2 => {
                    let piece = bytes[at.min(end)..end].to_vec();
                    let to = self.below(bytes.len() + 1);
                    bytes.splice(to..to, piece);
                }
                3 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                4 => {
                    let word = WORDS[self.below(WORDS.len())];
                    bytes.splice(at..at, word.iter().copied());
                }
                _ => self.replace_value(&mut bytes),
            }
        }
        bytes
    }

    /// Puts another value in the place of what stands behind a colon.
    fn replace_value(&mut self, bytes: &mut Vec<u8>) {
        let colons: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b':').collect();
        if colons.is_empty() {
            return;
        }
        let start = colons[self.below(colons.len())] + 1;
        let length = bytes[start..]
            .iter()
            .position(|byte| matches!(byte, b',' | b'}' | b'\n'))
            .unwrap_or(bytes.len() - start);
        let word = WORDS[self.below(9)];
        bytes.splice(start..start + length, word.iter().copied());
    }
}
