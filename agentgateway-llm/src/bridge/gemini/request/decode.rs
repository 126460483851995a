use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            codec::{DecodeContext, Refused, Target},
            form::{Block, Request, Role, Turn},
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
        let place = format!("contents[{at}]");
        let (blocks, role) = content(raw, &place, &mut reader, &mut request)?;
        request.turns.push(Turn::new(role, blocks));
    }
    for (at, raw) in body
        .take_array("tools")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        tools::decode(raw, &format!("tools[{at}]"), &mut request)?;
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
    for (at, raw) in parts.into_iter().enumerate() {
        reader.part(raw, &format!("{place}.parts[{at}]"), &mut blocks)?;
    }
    read::keep_rest(content, "contents.", &mut request.sidecars);
    Ok((blocks, role))
}
