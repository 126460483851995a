use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            Refused, Target,
            form::{Block, Content, Request, Role, Sampling, Sidecar, Turn},
            read::{Object, elements, nth, string},
        },
        DIALECT,
    },
    blocks::content,
    options, tools,
};

/// Reads a request for `messages` or for `count_tokens`, which lacks `max_tokens`.
pub(in super::super) fn decode(target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
    let mut object = Object::of_body(body)?;
    let mut request = Request {
        model: model(&mut object, target)?,
        stream: object.take_bool("stream")?.unwrap_or(target.stream),
        ..Request::default()
    };
    if let Some(system) = object.take("system") {
        request.system = content(system, "system")?;
    }
    let messages = object
        .take("messages")
        .ok_or_else(|| Refused::at("messages", "is missing: it must be an array"))?;
    for (at, raw) in elements(messages, "messages")?.into_iter().enumerate() {
        let turn = turn(raw, &nth("messages", at), &mut request)?;
        request.turns.push(turn);
    }
    request.sampling = sampling(&mut object)?;
    tools::decode(&mut object, &mut request)?;
    options::decode(&mut object, &mut request)?;
    if let Some(mut metadata) = object.take_object("metadata")? {
        request.user = metadata.take_str("user_id")?.map(Into::into);
        keep(metadata, "metadata", &mut request);
    }
    request.sidecars.extend(object.into_sidecars(DIALECT));
    Ok(request)
}

/// Keeps what nobody took of an inner object, under its path.
pub(super) fn keep(object: Object<'_>, path: &str, request: &mut Request) {
    let left = object.into_sidecars(DIALECT).into_iter();
    request.sidecars.extend(left.map(|sidecar| Sidecar {
        name: format!("{path}.{}", sidecar.name).into(),
        ..sidecar
    }));
}

fn model(object: &mut Object<'_>, target: &Target<'_>) -> Result<String, Refused> {
    match object.take_str("model")?.filter(|model| !model.is_empty()) {
        Some(model) => Ok(model.into_owned()),
        // Clouds name it in the path.
        None if !target.model.is_empty() => Ok(target.model.clone().into_owned()),
        None => Err(Refused::at("model", "is missing: it must be a string")),
    }
}

fn turn(raw: Raw<'_>, place: &str, request: &mut Request) -> Result<Turn, Refused> {
    let mut object = Object::of(raw, place)?;
    let role = match &*object.require_str("role")? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => {
            let place = object.path("role");
            return Err(Refused::at(place, "must be user, assistant or system"));
        }
    };
    let path = object.path("content");
    let blocks = match object.take("content") {
        Some(raw) => content(raw, &path)?,
        None => return Err(Refused::at(path, "is missing: it must be text or blocks")),
    };
    let is_nameless =
        |block: &Block| matches!(&block.content, Content::ToolCall(call) if call.id.is_empty());
    if blocks.iter().any(is_nameless) {
        return Err(Refused::at(path, "holds a tool_use whose id is empty"));
    }
    keep(object, place, request);
    Ok(Turn::new(role, blocks))
}

fn sampling(object: &mut Object<'_>) -> Result<Sampling, Refused> {
    let stop = object.take_array("stop_sequences")?.unwrap_or_default();
    let stop = stop.into_iter().enumerate().map(|(at, raw)| {
        let place = nth("stop_sequences", at);
        string(raw, &place).map(Into::into)
    });
    Ok(Sampling {
        stop: stop.collect::<Result<_, _>>()?,
        max_tokens: object.take_u64("max_tokens")?,
        temperature: object.take_f64("temperature")?,
        top_p: object.take_f64("top_p")?,
        top_k: object.take_u64("top_k")?,
        ..Sampling::default()
    })
}
