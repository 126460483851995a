use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            codec::{DecodeContext, Refused, Target},
            form::{Block, Content, Request, Role, Turn},
            read::nth,
        },
        names::Calls,
        part::{Reader, Side},
        read,
    },
    config, tools,
};

/// Reads a request. The path names the model, and whether the answer shall be a stream.
pub(in super::super) fn decode(target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
    let mut body = read::body(body)?;
    let named = body.take_str("model")?;
    let model = match &*target.model {
        "" => named.unwrap_or_default(),
        model => model.into(),
    };
    let mut request = Request {
        model: model.into_owned(),
        stream: target.stream,
        ..Request::default()
    };
    let context = DecodeContext::default();
    let mut reader = Reader {
        side: Side::Request,
        calls: Calls::default(),
        context: &context,
    };
    if let Some(raw) = body.take("systemInstruction") {
        let (turn, _) = content(raw, "systemInstruction", &mut reader, &mut request)?;
        request.system = turn;
    }
    let contents = body.take_array("contents")?.unwrap_or_default();
    for (at, raw) in contents.into_iter().enumerate() {
        let place = nth("contents", at);
        let (blocks, role) = content(raw, &place, &mut reader, &mut request)?;
        if role == Role::Assistant {
            go_on(&mut request.turns, blocks);
        } else {
            request.turns.push(Turn::new(role, blocks));
        }
    }
    for (at, raw) in body
        .take_array("tools")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        tools::decode(raw, &nth("tools", at), &mut request)?;
    }
    if let Some(choice) = read::take_object(&mut body, "toolConfig")? {
        tools::decode_choice(choice, &mut request)?;
    }
    if let Some(config) = read::take_object(&mut body, "generationConfig")? {
        config::decode(config, &mut request)?;
    }
    read::keep_rest(body, "", &mut request.sidecars);
    Ok(request)
}

/// Reads a content: its blocks, and whose they are.
fn content(
    raw: Raw<'_>,
    place: &str,
    reader: &mut Reader<'_>,
    request: &mut Request,
) -> Result<(Vec<Block>, Role), Refused> {
    let mut content = read::object(raw, place)?;
    let role = match content.take_str("role")?.as_deref() {
        Some("model") => Role::Assistant,
        // `function` is an old role for results.
        None | Some("" | "user" | "function") => Role::User,
        Some(_) if place == "systemInstruction" => Role::System,
        Some(_) => {
            let role = content.path("role");
            return Err(Refused::at(role, "must be \"user\" or \"model\""));
        }
    };
    let mut blocks = Vec::new();
    let parts = content.take_array("parts")?.unwrap_or_default();
    let place = content.path("parts");
    for (at, raw) in parts.into_iter().enumerate() {
        reader.part(raw, &nth(&place, at), &mut blocks)?;
    }
    read::keep_rest(content, "contents.", &mut request.sidecars);
    Ok((blocks, role))
}

/// What the model said. Google's SDKs keep a stream as it came: every chunk a content or a part of its own, and
/// the thoughts' signature on the last one alone.
fn go_on(turns: &mut Vec<Turn>, blocks: Vec<Block>) {
    let mut said = match turns.last_mut() {
        Some(last) if last.role == Role::Assistant => std::mem::take(&mut last.blocks),
        _ => {
            turns.push(Turn::new(Role::Assistant, Vec::new()));
            Vec::new()
        }
    };
    for block in blocks {
        if let Some(block) = joined(said.last_mut(), block) {
            said.push(block);
        }
    }
    if let Some(last) = turns.last_mut() {
        last.blocks = said;
    }
}

/// Puts a piece to the one before it; gives it back where it is something else.
fn joined(last: Option<&mut Block>, block: Block) -> Option<Block> {
    let is_plain = |block: &Block| block.sidecars.is_empty() && block.cache.is_none();
    let Some(last) = last.filter(|last| is_plain(last) && is_plain(&block)) else {
        return Some(block);
    };
    match (&mut last.content, &block.content) {
        (Content::Text(text), Content::Text(more)) => text.push_str(more),
        (Content::Reasoning(thought), Content::Reasoning(more))
            if thought.state.is_none() && !thought.redacted && !more.redacted =>
        {
            thought.text.push_str(&more.text);
            thought.state.clone_from(&more.state);
        }
        _ => return Some(block),
    }
    None
}
