use crate::wire::card::{AgentCard, AgentSkill};

/// What a caller wants of an agent: predicates over cards.
///
/// Whoever knows it puts it into the request's extensions, outside of the gateway: the first agent, in the order in
/// which they were registered, whose card meets all of it is asked. It decides where neither path, host, tenant nor
/// skill has named one.
///
/// Id, tags and media types must be met by one skill together; a skill that names no media types has its card's.
///
/// ```
/// use agentgateway_a2a::{route::Wanted, wire::card::AgentCard};
///
/// let card = AgentCard::parse(br#"{"name":"planner", "capabilities":{"streaming":true},
///     "defaultInputModes":["text/plain"], "skills":[{"id":"trip", "tags":["travel"]}]}"#)?;
/// assert!(Wanted::new().tag("travel").input_mode("text/*").streaming().is_met_by(&card));
/// assert!(!Wanted::new().tag("travel").output_mode("image/png").is_met_by(&card));
/// # Ok::<_, agentgateway_a2a::wire::card::BadCard>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    skill: Option<Box<str>>,
    tags: Vec<Box<str>>,
    input_modes: Vec<Box<str>>,
    output_modes: Vec<Box<str>>,
    extensions: Vec<Box<str>>,
    streaming: bool,
    push_notifications: bool,
    extended_card: bool,
}

impl Wanted {
    /// Nothing in particular: every card meets it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A skill of this id. Default: any.
    #[must_use]
    pub fn skill(mut self, id: &str) -> Self {
        self.skill = Some(id.into());
        self
    }

    /// One more tag that the skill has, in any case of letters. Default: none.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// One more media type that the skill takes; `text/*` and `*/*` are met by any of theirs. Default: none.
    #[must_use]
    pub fn input_mode(mut self, mode: &str) -> Self {
        self.input_modes.push(mode.into());
        self
    }

    /// One more media type that the skill gives, as with [`input_mode`](Self::input_mode). Default: none.
    #[must_use]
    pub fn output_mode(mut self, mode: &str) -> Self {
        self.output_modes.push(mode.into());
        self
    }

    /// One more extension of the protocol that the agent has, by its URI. Default: none.
    #[must_use]
    pub fn extension(mut self, uri: &str) -> Self {
        self.extensions.push(uri.into());
        self
    }

    /// The agent streams.
    #[must_use]
    pub const fn streaming(mut self) -> Self {
        self.streaming = true;
        self
    }

    /// The agent calls back.
    #[must_use]
    pub const fn push_notifications(mut self) -> Self {
        self.push_notifications = true;
        self
    }

    /// The agent has a card for those who are known to it.
    #[must_use]
    pub const fn extended_card(mut self) -> Self {
        self.extended_card = true;
        self
    }

    /// Whether an agent of this card is one.
    #[must_use]
    pub fn is_met_by(&self, card: &AgentCard) -> bool {
        let has = |uri: &str| card.extensions.iter().any(|known| &*known.uri == uri);
        let able = (card.streaming || !self.streaming)
            && (card.push_notifications || !self.push_notifications)
            && (card.extended_card || !self.extended_card);
        able && self.extensions.iter().all(|uri| has(uri)) && self.is_met_by_skills(card)
    }

    fn is_met_by_skills(&self, card: &AgentCard) -> bool {
        if self.skill.is_none() && self.tags.is_empty() {
            // An agent that lists no skill has its media types all the same.
            let modes = (&card.default_input_modes, &card.default_output_modes);
            if card.skills.is_empty()
                || (self.input_modes.is_empty() && self.output_modes.is_empty())
            {
                return self.takes_and_gives(modes.0, modes.1);
            }
        }
        card.skills
            .iter()
            .any(|skill| self.is_met_by_skill(skill, card))
    }

    fn is_met_by_skill(&self, skill: &AgentSkill, card: &AgentCard) -> bool {
        let named = self.skill.as_ref().is_none_or(|id| *id == skill.id);
        let has = |tag: &str| {
            skill
                .tags
                .iter()
                .any(|known| known.eq_ignore_ascii_case(tag))
        };
        let input = own_or(&skill.input_modes, &card.default_input_modes);
        let output = own_or(&skill.output_modes, &card.default_output_modes);
        named && self.tags.iter().all(|tag| has(tag)) && self.takes_and_gives(input, output)
    }

    fn takes_and_gives(&self, input: &[Box<str>], output: &[Box<str>]) -> bool {
        let all = |wanted: &[Box<str>], known: &[Box<str>]| {
            let met = |range: &str| known.iter().any(|mode| matches_mode(range, mode));
            wanted.iter().all(|range| met(range))
        };
        all(&self.input_modes, input) && all(&self.output_modes, output)
    }
}

/// The media types of a skill, or its card's where it names none.
const fn own_or<'a>(own: &'a [Box<str>], default: &'a [Box<str>]) -> &'a [Box<str>] {
    if own.is_empty() { default } else { own }
}

/// Whether a media type is in a range; parameters of either do not count.
fn matches_mode(range: &str, mode: &str) -> bool {
    let bare = |text: &str| {
        let text = text.split(';').next().unwrap_or_default().trim();
        text.to_ascii_lowercase()
    };
    let (range, mode) = (bare(range), bare(mode));
    match range.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => mode.split('/').next() == Some(kind),
        None => range == mode,
    }
}
