/// A model's name, or names that begin and end so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Exact(Box<str>),
    /// What stands before and behind the `*`.
    Wild(Box<str>, Box<str>),
}

impl Pattern {
    /// `None`: it has more than one `*`, or nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once('*') {
            None if text.is_empty() => None,
            None => Some(Self::Exact(text.into())),
            Some((_, after)) if after.contains('*') => None,
            Some((before, after)) => Some(Self::Wild(before.into(), after.into())),
        }
    }

    /// What the `*` stands for; the whole name where there is none.
    pub(super) fn capture<'a>(&self, name: &'a str) -> Option<&'a str> {
        match self {
            Self::Exact(own) => (**own == *name).then_some(name),
            Self::Wild(before, after) => name.strip_prefix(&**before)?.strip_suffix(&**after),
        }
    }

    /// Who comes first: exact names, then the longest.
    pub(super) fn rank(&self) -> (bool, usize) {
        match self {
            Self::Exact(own) => (true, own.len()),
            Self::Wild(before, after) => (false, before.len() + after.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_what_the_star_stands_for() {
        let all = Pattern::parse("*").unwrap();
        assert_eq!(all.capture("gpt-5"), Some("gpt-5"));
        let prefixed = Pattern::parse("openai/*").unwrap();
        assert_eq!(prefixed.capture("openai/gpt-5"), Some("gpt-5"));
        assert_eq!(prefixed.capture("gpt-5"), None);
        let both = Pattern::parse("claude-*-latest").unwrap();
        assert_eq!(both.capture("claude-haiku-latest"), Some("haiku"));
        assert_eq!(both.capture("claude-latest"), None);
        let exact = Pattern::parse("fast").unwrap();
        assert_eq!(exact.capture("fast"), Some("fast"));
        assert_eq!(exact.capture("faster"), None);
        assert!(exact.rank() > both.rank() && both.rank() > prefixed.rank());
        assert_eq!(Pattern::parse("a*b*c"), None);
        assert_eq!(Pattern::parse(""), None);
    }
}
