/// Whose model it is, which decides what it takes beside what all take.
///
/// # Source
/// Amazon Bedrock user guide, Inference request parameters; Supported models and features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Anthropic's, with its version.
    Claude(u16, u16),
    /// Amazon Nova; the second generation thinks.
    Nova { thinks: bool },
    /// OpenAI's open weights.
    GptOss,
    /// Another's.
    Other,
    /// The name does not say: an ARN of a profile, a router or a deployment.
    Unknown,
}

// === impl Family ===

impl Family {
    /// Reads it from a name such as `us.anthropic.claude-sonnet-4-5-20250929-v1:0`.
    pub(super) fn of(model: &str) -> Self {
        if let Some((_, rest)) = model.split_once("claude-") {
            return claude(rest);
        }
        if model.contains("amazon.nova-") {
            return Self::Nova {
                thinks: model.contains("nova-2"),
            };
        }
        if model.contains("gpt-oss") {
            return Self::GptOss;
        }
        // The owner of a foundation model stands before a dot.
        if model.starts_with("arn:") && !model.contains("foundation-model/") {
            return Self::Unknown;
        }
        Self::Other
    }

    /// It may be one of Anthropic's.
    pub(super) const fn may_be_claude(self) -> bool {
        matches!(self, Self::Claude(..) | Self::Unknown)
    }

    /// It takes points up to which a prompt is cached.
    pub(super) const fn caches(self) -> bool {
        matches!(self, Self::Claude(..) | Self::Nova { .. } | Self::Unknown)
    }

    /// It takes points of the cache among tools.
    pub(super) const fn caches_tools(self) -> bool {
        self.may_be_claude()
    }

    /// It takes tools whose arguments match their schema exactly.
    pub(super) fn is_strict(self) -> bool {
        match self {
            Self::Claude(major, minor) => (major, minor) >= (4, 5),
            Self::Unknown => true,
            Self::Nova { .. } | Self::GptOss | Self::Other => false,
        }
    }
}

fn claude(rest: &str) -> Family {
    // Numbers of more digits are dates; a number behind a letter is Bedrock's own version.
    let version = |part: &str| part.parse().ok().filter(|_| part.len() <= 2);
    let mut parts = rest.split(['-', '.', '@', ':', '/']).map(version);
    match parts.by_ref().flatten().next() {
        Some(major) => Family::Claude(major, parts.next().flatten().unwrap_or(0)),
        None => Family::Claude(0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_read_from_names() {
        for (name, family) in [
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                Family::Claude(4, 5),
            ),
            ("us.anthropic.claude-sonnet-4-6", Family::Claude(4, 6)),
            (
                "anthropic.claude-3-7-sonnet-20250219-v1:0",
                Family::Claude(3, 7),
            ),
            (
                "anthropic.claude-sonnet-4-20250514-v1:0",
                Family::Claude(4, 0),
            ),
            ("us.amazon.nova-micro-v1:0", Family::Nova { thinks: false }),
            ("us.amazon.nova-2-lite-v1:0", Family::Nova { thinks: true }),
            ("openai.gpt-oss-120b-1:0", Family::GptOss),
            ("google.gemma-3-27b-it", Family::Other),
            (
                "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
                Family::Unknown,
            ),
        ] {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }
}
