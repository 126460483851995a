use agentgateway_core::{
    Body, Error,
    json::{self, JsonType, Raw},
    jsonrpc::RpcId,
};
use bytes::Bytes;
use http::{Request, Response};

use super::{fan, hub::Hub, known, list, reply};
use crate::wire::ProtocolVersion;

/// How deep capabilities are united: below, the first target's word holds.
const DEPTH: usize = 4;

impl Hub {
    /// What all targets can.
    pub(super) async fn discover(
        &self,
        request: &Request<Bytes>,
        id: &RpcId,
    ) -> Result<Response<Body>, Error> {
        let answers = fan::each(&self.targets, |target| async move {
            let ask = list::on_behalf(request, &[]).map_err(fan::Failure::Failed)?;
            let result = self.ask(target, ask).await?;
            target.known.learn(&result);
            Ok(Some(result))
        })
        .await;
        let gathered = match self.gathered(answers) {
            Ok(gathered) => gathered,
            Err((target, failure)) => return failure.answer(&target.name, id),
        };
        let (mut ttl, mut private) = (u64::MAX, self.filter.is_some());
        let (mut all, mut instructions) = (Vec::new(), Vec::new());
        for (target, result) in &gathered.answers {
            ttl = ttl.min(known::ttl_ms(result));
            private |= !known::is_public(result);
            let bad = |error: json::JsonError| fan::bad_answer(target, error);
            let [capabilities, text] =
                json::members(result, ["capabilities", "instructions"]).map_err(bad)?;
            all.extend(capabilities.filter(|raw| json::type_of(*raw) == JsonType::Object));
            if let Some(text) = text.and_then(json::string).filter(|text| !text.is_empty()) {
                instructions.push(format!("{}:\n{text}", target.name));
            }
        }
        if gathered.answers.is_empty() || !gathered.out.is_empty() {
            ttl = 0;
        }
        let version = json::quote(ProtocolVersion::LATEST);
        let mut text = format!(
            r#"{{"resultType":"complete","supportedVersions":[{version}],"capabilities":{}"#,
            united(&all, DEPTH)
        );
        if !instructions.is_empty() {
            let instructions = json::quote(&instructions.join("\n\n"));
            text.push_str(&format!(r#","instructions":{instructions}"#));
        }
        let ending = self.ending(ttl, private, &gathered.out, None);
        let result = [text.as_bytes(), &ending].concat();
        Ok(reply::result(id, &result))
    }
}

/// One object of several: members of each; of those that some have in common, objects are united, a boolean
/// is true if one is, and of all else the first one's word holds.
fn united(objects: &[Raw<'_>], depth: usize) -> String {
    let mut members: Vec<(String, Vec<Raw<'_>>)> = Vec::new();
    for object in objects {
        // A name that is no text is no capability.
        let _ = json::entries(*object, |name, value| {
            match members.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(value),
                None => members.push((name.to_owned(), vec![value])),
            }
        });
    }
    if objects.is_empty() {
        return "{}".to_owned();
    }
    let one = |(name, values): &(String, Vec<Raw<'_>>)| {
        let all = |is: JsonType| values.iter().all(|value| json::type_of(*value) == is);
        let first = values.first().map_or("null", |value| value.get());
        let value = if values.len() > 1 && depth > 0 && all(JsonType::Object) {
            united(values, depth - 1)
        } else if values.iter().any(|value| value.get() == "true") && all(JsonType::Boolean) {
            "true".to_owned()
        } else {
            first.to_owned()
        };
        format!("{}:{value}", json::quote(name))
    };
    let members: Vec<_> = members.iter().map(one).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_united() {
        let objects = [
            r#"{"tools":{"listChanged":false},"logging":{},"extensions":{"a/b":{"x":1}}}"#,
            r#"{"tools":{"listChanged":true},"resources":{"subscribe":true},"extensions":{"a/c":{}}}"#,
        ];
        let raws: Vec<_> = objects
            .iter()
            .map(|text| Raw::parse(text.as_bytes()).unwrap())
            .collect();
        assert_eq!(
            united(&raws, DEPTH),
            r#"{"tools":{"listChanged":true},"logging":{},"extensions":{"a/b":{"x":1},"a/c":{}},"resources":{"subscribe":true}}"#
        );
        assert_eq!(united(&[], DEPTH), "{}");
    }
}
