//! "Did you mean": the nearest known word, and safe quoting of a word that was found.

/// Words longer than this are not compared: nothing that long was misspelled.
const MAX_WORD_CHARS: usize = 64;

/// The known word that is nearest to `word`, if one is near enough to be what was meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > MAX_WORD_CHARS {
        return None;
    }
    known
        .into_iter()
        .filter(|candidate| *candidate != word)
        .filter_map(|candidate| {
            let (distance, near) = distance(word, candidate);
            let longer = || is_longer(&word.to_ascii_lowercase(), &candidate.to_ascii_lowercase());
            (near || longer()).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether a word is a known one with a slip or two in it.
pub(super) fn is_misspelled<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> bool {
    let short = word.chars().count() <= MAX_WORD_CHARS;
    let near = |candidate: &str| candidate != word && distance(word, candidate).1;
    short && known.into_iter().any(near)
}

/// How many slips lie between two words, and whether they are few.
fn distance(word: &str, other: &str) -> (usize, bool) {
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    let (word, other) = (word.to_ascii_lowercase(), other.to_ascii_lowercase());
    let distance = strsim::damerau_levenshtein(&word, &other);
    (distance, distance <= allowed)
}

/// Whether one is the other with more around it or with its end spelled out: `proxy-params` for
/// `edge-proxy-params`, `edge-params` for `edge-parameters`.
fn is_longer(word: &str, other: &str) -> bool {
    let shorter = word.len().min(other.len());
    let longer = word.len().max(other.len());
    shorter >= 6
        && longer <= shorter * 3
        && (other.contains(word)
            || word.contains(other)
            || strsim::jaro_winkler(word, other) > 0.93)
}

/// The hint for [`nearest`]: `did you mean "x"?`.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, known).map(|found| format!("did you mean \"{found}\"?"))
}

/// The word in quotes, escaped, and cut when it is long.
pub(super) fn quoted(word: &str) -> String {
    let cut: String = word.chars().take(MAX_WORD_CHARS).collect();
    if cut.len() < word.len() {
        format!("{cut:?}...")
    } else {
        format!("{cut:?}")
    }
}

/// The words in quotes with commas between, for "must be one of".
pub(super) fn listed(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let words: Vec<String> = words
        .into_iter()
        .map(|word| quoted(word.as_ref()))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_and_nothing_far() {
        let known = ["hostnames", "parentRefs", "rules"];
        assert_eq!(nearest("hostname", known), Some("hostnames"));
        assert_eq!(nearest("parentrefs", known), Some("parentRefs"));
        assert_eq!(nearest("ruels", known), Some("rules"));
        assert_eq!(nearest("sampler", known), None);
        let long = ["edge-parameters", "agentgateway-proxy-params"];
        assert_eq!(nearest("edge-params", long), Some("edge-parameters"));
        assert_eq!(
            nearest("proxy-params", long),
            Some("agentgateway-proxy-params")
        );
        assert_eq!(nearest("params", ["agentgateway-proxy-params"]), None);
        assert_eq!(nearest(&"r".repeat(1_000), known), None);
    }

    #[test]
    fn cuts_and_escapes_what_it_quotes() {
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        assert_eq!(
            quoted(&"é".repeat(65)),
            format!("\"{}\"...", "é".repeat(64))
        );
    }
}
