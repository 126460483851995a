use super::{
    super::{
        super::{
            Loss, LossReport,
            form::{OutputFormat, ReasoningEffort, ReasoningOptions, Request, ToolChoice},
        },
        DIALECT,
        json::Members,
        model::Family,
    },
    tools::member,
};
use crate::bridge::closed::closed;

/// The least budget of thoughts that Anthropic's models take.
const MIN_BUDGET: u64 = 1024;
const MORE: &str = "additionalModelRequestFields.";

/// What is asked of the model beside the conversation, after what it takes was looked at.
#[derive(Debug)]
pub(super) struct Knobs<'a> {
    request: &'a Request,
    family: Family,
    thinking: Thinking,
    effort: Option<&'static str>,
    temperature: Option<f64>,
    top_k: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thinking {
    /// Nothing is said, or a sidecar says it.
    Unsaid,
    Adaptive,
    Budget(u64),
    /// Amazon Nova's word.
    Nova(&'static str),
    /// The word of OpenAI's open weights.
    Effort(&'static str),
}

// === impl Knobs ===

impl<'a> Knobs<'a> {
    pub(super) fn of(request: &'a Request, family: Family, losses: &mut LossReport) -> Self {
        let mut knobs = Self {
            request,
            family,
            thinking: Thinking::Unsaid,
            effort: None,
            temperature: request.sampling.temperature,
            top_k: request.sampling.top_k,
        };
        knobs.plan_thoughts(losses);
        knobs.plan_sampling(losses);
        knobs
    }

    /// This dialect's own words for it, as the client wrote them.
    fn says(&self, name: &str) -> bool {
        let mut own = self.request.sidecars.iter();
        own.any(|own| own.dialect == DIALECT && &*own.name == name)
    }

    fn plan_thoughts(&mut self, losses: &mut LossReport) {
        let said = ["thinking", "reasoning_effort", "reasoningConfig"]
            .iter()
            .any(|name| self.says(&format!("{MORE}{name}")));
        if said || self.says("outputConfig.effort") {
            return;
        }
        let Some(asked) = &self.request.reasoning else {
            return;
        };
        let is_none = asked.effort == Some(ReasoningEffort::None);
        let is_unsaid = asked.effort.is_none() && asked.budget_tokens.is_none() && !asked.adaptive;
        if is_none || is_unsaid {
            return;
        }
        let forced = matches!(
            self.request.tool_choice,
            Some(
                ToolChoice::Required
                    | ToolChoice::Tool(_)
                    | ToolChoice::Allowed { required: true, .. }
            )
        );
        match self.family {
            // A tool that must be called and thoughts are a 400 together.
            Family::Claude(..) if forced => losses.add(Loss::ReasoningEffort),
            // Version 4.6 takes both; a budget is no effort.
            Family::Claude(4, 6) if is_budget_alone(asked) => self.budget(asked, losses),
            Family::Claude(major, minor) if (major, minor) >= (4, 6) => {
                self.think_adaptively(asked, losses);
            }
            Family::Claude(major, minor) if (major, minor) >= (3, 7) => self.budget(asked, losses),
            Family::Nova { thinks: true } => {
                self.thinking = Thinking::Nova(word(asked, losses));
            }
            Family::GptOss => self.thinking = Thinking::Effort(word(asked, losses)),
            Family::Claude(..) | Family::Nova { .. } | Family::Other | Family::Unknown => {
                losses.add(Loss::ReasoningEffort);
            }
        }
    }

    fn think_adaptively(&mut self, asked: &ReasoningOptions, losses: &mut LossReport) {
        self.thinking = Thinking::Adaptive;
        let of_budget = asked.budget_tokens.map(|tokens| {
            losses.add(Loss::ReasoningEffort);
            ReasoningEffort::of_budget(tokens)
        });
        self.effort = match asked.effort.or(of_budget) {
            Some(ReasoningEffort::None | ReasoningEffort::Minimal) => {
                losses.add(Loss::ReasoningEffort);
                Some("low")
            }
            other => other.map(ReasoningEffort::as_str),
        };
    }

    /// The budget must be less than the most tokens of the answer.
    fn budget(&mut self, asked: &ReasoningOptions, losses: &mut LossReport) {
        let of_effort = asked.effort.and_then(ReasoningEffort::budget_tokens);
        if asked.budget_tokens.is_none() {
            losses.add(Loss::ReasoningEffort);
        }
        let medium = ReasoningEffort::Medium.budget_tokens();
        let wanted = asked.budget_tokens.or(of_effort).or(medium);
        let wanted = wanted.unwrap_or(MIN_BUDGET).max(MIN_BUDGET);
        let most = self.request.sampling.max_tokens;
        let fits = most.map_or(wanted, |most| wanted.min(most.saturating_sub(1)));
        if fits < wanted {
            losses.add(Loss::ReasoningEffort);
        }
        if fits >= MIN_BUDGET {
            self.thinking = Thinking::Budget(fits);
        }
    }

    fn plan_sampling(&mut self, losses: &mut LossReport) {
        let sampling = &self.request.sampling;
        if self.temperature.is_some_and(|told| told > 1.0) {
            self.temperature = Some(1.0);
            losses.add(Loss::Temperature);
        }
        // Anthropic's models think at their own temperature.
        if matches!(self.thinking, Thinking::Budget(_) | Thinking::Adaptive) {
            if self.temperature.take().is_some_and(|told| told < 1.0) {
                losses.add(Loss::Temperature);
            }
            if self.top_k.take().is_some() {
                losses.add(Loss::TopK);
            }
        }
        if self.says(&format!("{MORE}top_k")) {
            self.top_k = None;
        }
        let takes_top_k = matches!(self.family, Family::Claude(..) | Family::Nova { .. });
        if self.top_k.is_some() && !takes_top_k {
            self.top_k = None;
            losses.add(Loss::TopK);
        }
        for (told, loss) in [
            (sampling.seed.is_some(), Loss::Seed),
            (
                sampling.presence_penalty.is_some_and(|told| told != 0.0),
                Loss::Penalties,
            ),
            (
                sampling.frequency_penalty.is_some_and(|told| told != 0.0),
                Loss::Penalties,
            ),
            (sampling.logprobs == Some(true), Loss::Logprobs),
            (
                sampling.top_logprobs.is_some_and(|told| told > 0),
                Loss::Logprobs,
            ),
            (self.request.user.is_some(), Loss::User),
        ] {
            if told {
                losses.add(loss);
            }
        }
        if sampling.choices.is_some_and(|told| told > 1) {
            losses.add_at(Loss::Choices, "n");
        }
    }

    pub(super) fn write(&self, out: &mut Members<'_>, losses: &mut LossReport) {
        let sampling = &self.request.sampling;
        out.object_if_any("inferenceConfig", |out| {
            if let Some(most) = sampling.max_tokens {
                out.number("maxTokens", most);
            }
            if let Some(temperature) = self.temperature {
                out.number("temperature", temperature);
            }
            if let Some(top_p) = sampling.top_p {
                out.number("topP", top_p);
            }
            out.array_if_any("stopSequences", |stops| {
                for stop in sampling.stop.iter().filter(|stop| !stop.is_empty()) {
                    stops.string(stop);
                }
            });
            self.own(out, "inferenceConfig.");
        });
        out.object_if_any("outputConfig", |out| {
            self.write_format(out, losses);
            if let Some(effort) = self.effort {
                out.string("effort", effort);
            }
            self.own(out, "outputConfig.");
        });
        out.object_if_any("additionalModelRequestFields", |out| {
            self.write_more(out);
            self.own(out, MORE);
        });
    }

    fn own(&self, out: &mut Members<'_>, under: &str) {
        for own in &self.request.sidecars {
            if let Some((name, raw)) = member(own, under) {
                out.raw(name, raw);
            }
        }
    }

    fn write_format(&self, out: &mut Members<'_>, losses: &mut LossReport) {
        let (name, description, schema) = match &self.request.output {
            Some(OutputFormat::JsonSchema {
                name,
                description,
                schema,
                ..
            }) => (name, description, schema),
            Some(OutputFormat::JsonObject) => {
                return losses.add_at(Loss::OutputFormat, "response_format");
            }
            Some(OutputFormat::Text) | None => return,
        };
        out.object("textFormat", |out| {
            out.string("type", "json_schema");
            out.object("structure", |out| {
                out.object("jsonSchema", |out| {
                    match self.family.may_be_claude() {
                        true => out.string("schema", &closed(schema)),
                        false => out.string("schema", schema),
                    }
                    if let Some(name) = name {
                        out.string("name", name);
                    }
                    if let Some(description) = description {
                        out.string("description", description);
                    }
                });
            });
        });
    }

    fn write_more(&self, out: &mut Members<'_>) {
        match self.thinking {
            Thinking::Unsaid => {}
            Thinking::Adaptive => out.object("thinking", |out| out.string("type", "adaptive")),
            Thinking::Budget(tokens) => out.object("thinking", |out| {
                out.string("type", "enabled");
                out.number("budget_tokens", tokens);
            }),
            Thinking::Nova(effort) => out.object("reasoningConfig", |out| {
                out.string("type", "enabled");
                out.string("maxReasoningEffort", effort);
            }),
            Thinking::Effort(effort) => out.string("reasoning_effort", effort),
        }
        match (self.top_k, self.family) {
            (Some(top_k), Family::Nova { .. }) => {
                out.object("inferenceConfig", |out| out.number("topK", top_k));
            }
            (Some(top_k), _) => out.number("top_k", top_k),
            (None, _) => {}
        }
    }
}

/// A budget is asked for, and nothing beside it.
const fn is_budget_alone(asked: &ReasoningOptions) -> bool {
    asked.budget_tokens.is_some() && asked.effort.is_none() && !asked.adaptive
}

/// The one of three words that is nearest.
fn word(asked: &ReasoningOptions, losses: &mut LossReport) -> &'static str {
    let of_budget = asked.budget_tokens.map(ReasoningEffort::of_budget);
    let exact = asked.effort.is_some();
    let (word, is_it) = match asked.effort.or(of_budget) {
        Some(ReasoningEffort::Low) => ("low", true),
        Some(ReasoningEffort::None | ReasoningEffort::Minimal) => ("low", false),
        Some(ReasoningEffort::Medium) => ("medium", true),
        Some(ReasoningEffort::High) => ("high", true),
        Some(ReasoningEffort::ExtraHigh | ReasoningEffort::Max) => ("high", false),
        None => ("medium", false),
    };
    if !(exact && is_it) {
        losses.add(Loss::ReasoningEffort);
    }
    word
}
