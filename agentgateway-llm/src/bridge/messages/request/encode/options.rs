use super::{
    super::super::{
        super::{
            Loss, LossReport,
            form::{
                Content, OutputFormat, ReasoningEffort, ReasoningOptions, Request, Role,
                StateOwner, ToolChoice, Turn,
            },
        },
        DIALECT,
        json::Members,
        model::Model,
    },
    beside,
};
use crate::bridge::closed::closed;

/// What is left for the answer beside a budget of thoughts that would take all.
const LEAST_ANSWER: u64 = 4096;
/// The least budget of thoughts that is taken.
const MIN_BUDGET: u64 = 1024;
/// The longest id of who asks.
const MAX_USER_BYTES: usize = 256;

/// What is asked of the model beside the conversation, after what it takes was looked at.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) max_tokens: u64,
    model: Model,
    thinking: Thinking,
    effort: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thinking {
    /// Nothing is said, or a sidecar says it.
    Unsaid,
    Disabled,
    Adaptive,
    Budget(u64),
}

// === impl Plan ===

impl Plan {
    pub(super) fn of(request: &Request, model: Model, losses: &mut LossReport) -> Self {
        let mut plan = Self {
            max_tokens: request.sampling.max_tokens.unwrap_or(model.usual_tokens()),
            model,
            thinking: Thinking::Unsaid,
            effort: None,
        };
        if let Some(asked) = &request.reasoning {
            let is_said = |name: &str| name == "thinking";
            let mut own = request.sidecars.iter();
            if own.any(|sidecar| sidecar.dialect == DIALECT && is_said(&sidecar.name)) {
                plan.effort = asked.effort.map(ReasoningEffort::as_str);
            } else {
                plan.think(asked, losses);
                plan.fit(request, asked, losses);
            }
        }
        plan
    }

    /// Says in the model's terms how much it shall think.
    fn think(&mut self, asked: &ReasoningOptions, losses: &mut LossReport) {
        let effort = asked
            .effort
            .filter(|effort| *effort != ReasoningEffort::None);
        if effort != asked.effort || asked.budget_tokens == Some(0) {
            if self.model.thinks() {
                self.thinking = Thinking::Disabled;
            }
            return;
        }
        if !self.model.thinks() {
            losses.add(Loss::ReasoningEffort);
            return;
        }
        match (asked.budget_tokens, effort) {
            _ if asked.adaptive && !self.model.is_fixed() => {
                self.thinking = Thinking::Adaptive;
                self.say(effort, losses);
            }
            (Some(budget), effort) if self.model.takes_budget() => {
                self.thinking = Thinking::Budget(budget);
                self.say(effort, losses);
            }
            (Some(budget), effort) => {
                losses.add(Loss::ReasoningEffort);
                self.thinking = Thinking::Adaptive;
                self.say(effort.or(Some(ReasoningEffort::of_budget(budget))), losses);
            }
            (None, Some(_)) if self.model.is_adaptive() => {
                self.thinking = Thinking::Adaptive;
                self.say(effort, losses);
            }
            (None, effort) if effort.is_some() || asked.adaptive => {
                losses.add(Loss::ReasoningEffort);
                let effort = effort.unwrap_or(ReasoningEffort::Medium);
                let budget = effort.budget_tokens().unwrap_or(MIN_BUDGET);
                self.thinking = Thinking::Budget(budget);
            }
            // Nobody asked for thoughts, so there are none to show.
            _ if asked.include == Some(true) => losses.add(Loss::ReasoningText),
            _ => {}
        }
    }

    fn say(&mut self, effort: Option<ReasoningEffort>, losses: &mut LossReport) {
        let Some(effort) = effort else { return };
        let (word, exact) = self.model.effort(effort);
        if !exact {
            losses.add(Loss::ReasoningEffort);
        }
        self.effort = Some(word);
    }

    /// Makes thoughts fit to the rest of the request.
    fn fit(&mut self, request: &Request, asked: &ReasoningOptions, losses: &mut LossReport) {
        let is_forced = matches!(
            request.tool_choice,
            Some(
                ToolChoice::Required
                    | ToolChoice::Tool(_)
                    | ToolChoice::Allowed { required: true, .. }
            )
        );
        let is_budget = matches!(self.thinking, Thinking::Budget(_));
        // Each of them is a 400.
        let is_in_the_way = (is_forced && self.is_thinking())
            || (is_budget && is_answer_to_thoughtless_calls(&request.turns));
        if is_in_the_way {
            losses.add(Loss::ReasoningEffort);
            self.thinking = Thinking::Unsaid;
        }
        let is_limited = request.sampling.max_tokens.is_some();
        match self.thinking {
            Thinking::Budget(budget) => self.fit_budget(budget, is_limited, losses),
            Thinking::Adaptive if !is_limited => {
                let effort = asked.effort.unwrap_or(ReasoningEffort::High);
                self.make_room(effort.budget_tokens().unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Thoughts count as a part of the answer, which nobody gave a limit.
    fn make_room(&mut self, thoughts: u64) {
        let wanted = self.max_tokens.saturating_add(thoughts);
        self.max_tokens = wanted.min(self.model.most_tokens());
    }

    /// A budget must be less than `max_tokens`.
    fn fit_budget(&mut self, asked: u64, is_limited: bool, losses: &mut LossReport) {
        let mut budget = asked.max(MIN_BUDGET);
        if !is_limited {
            self.make_room(budget);
            budget = budget.min(self.max_tokens.saturating_sub(LEAST_ANSWER));
        } else if budget >= self.max_tokens {
            budget = self.max_tokens.saturating_sub(1);
        }
        if budget != asked {
            losses.add(Loss::ReasoningEffort);
        }
        self.thinking = if budget < MIN_BUDGET {
            Thinking::Unsaid
        } else {
            Thinking::Budget(budget)
        };
    }

    const fn is_thinking(&self) -> bool {
        matches!(self.thinking, Thinking::Adaptive | Thinking::Budget(_))
    }

    pub(super) fn write(&self, out: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
        self.write_thinking(out, request);
        self.write_output(out, request, losses);
        self.write_sampling(out, request, losses);
        let user = request.user.as_deref();
        let fits = user.is_none_or(|user| user.len() <= MAX_USER_BYTES);
        if !fits {
            losses.add(Loss::User);
        }
        let user = user.filter(|_| fits);
        let mut more = beside::inner(&request.sidecars, "metadata").peekable();
        if user.is_some() || more.peek().is_some() {
            out.object("metadata", |out| {
                if let Some(user) = user {
                    out.string("user_id", user);
                }
                more.for_each(|(name, raw)| out.raw(name, raw));
            });
        }
    }

    fn write_thinking(&self, out: &mut Members<'_>, request: &Request) {
        if self.thinking == Thinking::Unsaid {
            return;
        }
        let include = request.reasoning.as_ref().and_then(|asked| asked.include);
        out.object("thinking", |out| {
            match self.thinking {
                Thinking::Budget(budget) => {
                    out.string("type", "enabled");
                    out.number("budget_tokens", budget);
                }
                Thinking::Adaptive => out.string("type", "adaptive"),
                Thinking::Disabled | Thinking::Unsaid => out.string("type", "disabled"),
            }
            if let Some(include) = include.filter(|_| self.is_thinking()) {
                out.string("display", if include { "summarized" } else { "omitted" });
            }
            for (name, raw) in beside::inner(&request.sidecars, "thinking") {
                out.raw(name, raw);
            }
        });
    }

    fn write_output(&self, out: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
        let schema = match &request.output {
            Some(OutputFormat::JsonSchema {
                schema,
                strict,
                description,
                ..
            }) => {
                // Here it always is.
                if *strict == Some(false) {
                    losses.add(Loss::Strict);
                }
                if description.is_some() {
                    losses.add(Loss::Schema);
                }
                Some(closed(schema))
            }
            Some(OutputFormat::JsonObject) => {
                losses.add_at(Loss::OutputFormat, "response_format");
                None
            }
            Some(OutputFormat::Text) | None => None,
        };
        let mut more = beside::inner(&request.sidecars, "output_config").peekable();
        if self.effort.is_none() && schema.is_none() && more.peek().is_none() {
            return;
        }
        out.object("output_config", |out| {
            if let Some(effort) = self.effort {
                out.string("effort", effort);
            }
            if let Some(schema) = &schema {
                out.object("format", |out| {
                    out.string("type", "json_schema");
                    out.raw("schema", schema);
                });
            }
            more.for_each(|(name, raw)| out.raw(name, raw));
        });
    }

    fn write_sampling(&self, out: &mut Members<'_>, request: &Request, losses: &mut LossReport) {
        let asked = &request.sampling;
        let thinks = self.is_thinking();
        let known = self.model.takes_sampling();
        let exactly = |number: f64, wanted: f64| (number - wanted).abs() < f64::EPSILON;
        let mut has_temperature = false;
        if let Some(temperature) = asked.temperature {
            let fitting = temperature.clamp(0.0, 1.0);
            has_temperature = known && (!thinks || exactly(fitting, 1.0));
            if has_temperature {
                out.number("temperature", fitting);
            }
            // What is left out is 1.
            let said = if has_temperature { fitting } else { 1.0 };
            if !exactly(temperature, said) {
                losses.add(Loss::Temperature);
            }
        }
        if let Some(top_p) = asked.top_p {
            let alone = !has_temperature || self.model.takes_both();
            if known && alone && (!thinks || top_p >= 0.95) {
                out.number("top_p", top_p);
            } else if !exactly(top_p, 1.0) {
                losses.add(Loss::TopP);
            }
        }
        if let Some(top_k) = asked.top_k {
            if known && !thinks {
                out.number("top_k", top_k);
            } else {
                losses.add(Loss::TopK);
            }
        }
        write_stop(out, &asked.stop, losses);
        note_unknown(request, losses);
    }
}

/// Sequences without a character that is no white space are a 400.
fn write_stop(out: &mut Members<'_>, stop: &[String], losses: &mut LossReport) {
    let is_taken = |stop: &&String| !stop.trim().is_empty();
    if !stop.iter().all(|stop| is_taken(&stop)) {
        losses.add(Loss::StopSequences);
    }
    if stop.iter().any(|stop| is_taken(&stop)) {
        out.array("stop_sequences", |out| {
            stop.iter()
                .filter(is_taken)
                .for_each(|stop| out.string(stop));
        });
    }
}

/// Notes what the dialect has no word for.
fn note_unknown(request: &Request, losses: &mut LossReport) {
    let asked = &request.sampling;
    let is_some = |number: Option<f64>| number.is_some_and(|number| number != 0.0);
    if asked.seed.is_some() {
        losses.add(Loss::Seed);
    }
    if is_some(asked.presence_penalty) || is_some(asked.frequency_penalty) {
        losses.add(Loss::Penalties);
    }
    if asked.choices.is_some_and(|choices| choices > 1) {
        losses.add_at(Loss::Choices, "n");
    }
    if asked.logprobs == Some(true) || asked.top_logprobs.is_some_and(|number| number > 0) {
        losses.add(Loss::Logprobs);
    }
}

/// Results are sent back for calls whose thoughts are not there: a model with a budget wants to see them.
fn is_answer_to_thoughtless_calls(turns: &[Turn]) -> bool {
    let is_result = |turn: &Turn| {
        let mut blocks = turn.blocks.iter();
        blocks.any(|block| matches!(block.content, Content::ToolResult(_)))
    };
    let is_thought = |content: &Content| match content {
        Content::Reasoning(thought) => {
            let state = thought.state.as_ref();
            state.is_some_and(|state| state.is_for(StateOwner::Anthropic))
        }
        _ => false,
    };
    let Some(last) = turns.iter().rposition(|turn| turn.role == Role::Assistant) else {
        return false;
    };
    let (before, after) = turns.split_at(last + 1);
    let mut said = before.iter().rev();
    let mut said = said
        .by_ref()
        .take_while(|turn| turn.role == Role::Assistant)
        .flat_map(|turn| &turn.blocks);
    after.iter().any(is_result) && !said.any(|block| is_thought(&block.content))
}
