use agentgateway_core::json::{self, Raw};

use super::{
    super::{
        super::{
            Refused,
            form::{OutputFormat, ReasoningEffort, ReasoningOptions, Request, Sidecar},
            read::{Object, owned},
        },
        DIALECT,
    },
    decode::keep,
};

/// Reads `thinking`, `output_config` and the older `output_format`.
pub(super) fn decode(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let thinks = match object.take("thinking") {
        Some(raw) => {
            thinking(raw, request)?;
            true
        }
        None => false,
    };
    if let Some(raw) = object.take("output_format") {
        format(raw, "output_format", request)?;
    }
    if let Some(mut config) = object.take_object("output_config")? {
        let path = config.path("format");
        if let Some(raw) = config.take("format") {
            format(raw, &path, request)?;
        }
        if let Some(raw) = config.take("effort") {
            effort(raw, thinks, request);
        }
        keep(config, "output_config", request);
    }
    Ok(())
}

fn thinking(raw: Raw<'_>, request: &mut Request) -> Result<(), Refused> {
    let mut thinking = Object::of(raw, "thinking")?;
    let mut asked = ReasoningOptions::default();
    match &*thinking.require_str("type")? {
        "enabled" => asked.budget_tokens = thinking.take_u64("budget_tokens")?,
        "adaptive" => asked.adaptive = true,
        "disabled" => asked.effort = Some(ReasoningEffort::None),
        _ => {
            let whole = Sidecar::of(DIALECT, "thinking", raw);
            request.sidecars.push(whole);
            return Ok(());
        }
    }
    if let Some(display) = thinking.take("display") {
        match json::string(display).as_deref() {
            Some("summarized") => asked.include = Some(true),
            Some("omitted") => asked.include = Some(false),
            _ => {
                let own = Sidecar::of(DIALECT, "thinking.display", display);
                request.sidecars.push(own);
            }
        }
    }
    keep(thinking, "thinking", request);
    request.reasoning = Some(asked);
    Ok(())
}

/// An effort is about all that the model does. Elsewhere it is about thoughts, so what was said of these stays as it is.
fn effort(raw: Raw<'_>, thinks: bool, request: &mut Request) {
    let word = json::string(raw).and_then(|word| ReasoningEffort::of_word(&word));
    let off = request.reasoning.as_ref();
    let off = off.is_some_and(|asked| asked.effort == Some(ReasoningEffort::None));
    match word {
        Some(effort) if !off => {
            request.reasoning.get_or_insert_default().effort = Some(effort);
            if !thinks {
                // No thoughts were asked for, and none shall be asked for in this dialect.
                let none = Sidecar::new(DIALECT, "thinking", "null");
                request.sidecars.push(none);
            }
        }
        _ => {
            let own = Sidecar::of(DIALECT, "output_config.effort", raw);
            request.sidecars.push(own);
        }
    }
}

fn format(raw: Raw<'_>, path: &str, request: &mut Request) -> Result<(), Refused> {
    let mut format = Object::of(raw, path)?;
    let kind = format.require_str("type")?;
    match (&*kind, format.take("schema")) {
        ("json_schema", Some(schema)) => {
            request.output = Some(OutputFormat::JsonSchema {
                name: None,
                description: None,
                schema: owned(schema),
                strict: None,
            });
            keep(format, path, request);
        }
        _ => request.sidecars.push(Sidecar::of(DIALECT, path, raw)),
    }
    Ok(())
}
