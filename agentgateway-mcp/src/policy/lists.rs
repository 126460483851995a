use std::{ops::Range, sync::Arc};

use agentgateway_core::json::{self, JsonError, JsonType, Raw, Splice};
use bytes::Bytes;
use http::request;

use super::{Allows, Caller, CheckCalls, Hygiene, Item, ItemKind};

/// The members of a result that are lists, and what they list.
const LISTS: [(&str, ItemKind); 4] = [
    ("tools", ItemKind::Tool),
    ("prompts", ItemKind::Prompt),
    ("resources", ItemKind::Resource),
    ("resourceTemplates", ItemKind::Template),
];

/// Takes out of the lists of one caller what is not for it.
///
/// Everything else of a text stays as it is, byte for byte; but that a list which depends on who asks is no
/// longer told to caches to be for everybody.
#[derive(Clone)]
pub(crate) struct ListFilter {
    rules: Option<Arc<dyn Allows>>,
    hygiene: Option<Hygiene>,
    calls: Option<Arc<dyn CheckCalls>>,
    target: Option<Arc<str>>,
    asked: Box<request::Parts>,
}

/// What became of the items of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Left out: they are not for the caller.
    pub(crate) denied: u64,
    /// Left out: they cannot be judged, or hide something.
    pub(crate) refused: u64,
    /// Some text of theirs was changed.
    pub(crate) cleaned: u64,
}

impl ListFilter {
    pub(crate) fn new(
        rules: Option<Arc<dyn Allows>>,
        hygiene: Option<Hygiene>,
        target: Option<Arc<str>>,
        asked: &request::Parts,
    ) -> Self {
        Self {
            rules,
            hygiene,
            calls: None,
            target,
            asked: Box::new(asked.clone()),
        }
    }

    /// Tells what judges calls of the tools that stay.
    pub(crate) fn telling(mut self, calls: Option<Arc<dyn CheckCalls>>) -> Self {
        self.calls = calls;
        self
    }

    /// What goes to the client in the place of this text, one message or a batch; `None` where it goes as it
    /// is.
    ///
    /// # Errors
    /// It cannot be read: nobody can say what a client would find in it.
    pub(crate) fn text(&self, text: &Bytes, found: &mut Found) -> Result<Option<Bytes>, JsonError> {
        if text.trim_ascii().is_empty() {
            return Ok(None);
        }
        let mut edits = Edits {
            filter: self,
            text,
            changes: Vec::new(),
            found,
        };
        let root = Raw::parse(text)?;
        match json::type_of(root) {
            JsonType::Array => {
                let mut outcome = Ok(());
                json::elements(root, |message| {
                    if outcome.is_ok() {
                        outcome = edits.message(message);
                    }
                })?;
                outcome?;
            }
            _ => edits.message(root)?,
        }
        let changes = edits.changes;
        if changes.is_empty() {
            return Ok(None);
        }
        let mut splice = Splice::new(text.clone());
        for (range, with) in changes {
            splice = splice.replace(range, with);
        }
        // INVARIANT: the ranges are those of different values of this text.
        Ok(Some(
            splice
                .finish()
                .map_or_else(|_| Bytes::new(), json::Pieces::into_bytes),
        ))
    }
}

struct Edits<'a> {
    filter: &'a ListFilter,
    text: &'a Bytes,
    changes: Vec<(Range<usize>, Bytes)>,
    found: &'a mut Found,
}

impl Edits<'_> {
    fn message(&mut self, message: Raw<'_>) -> Result<(), JsonError> {
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        let [result] = match is_object(&message) {
            true => json::members_of(message, ["result"])?,
            false => [None],
        };
        let Some(result) = result.filter(is_object) else {
            return Ok(());
        };
        let lists = json::members_of(result, LISTS.map(|(key, _)| key))?;
        let mut has_list = false;
        for ((_, kind), list) in LISTS.into_iter().zip(lists) {
            if let Some(list) = list.filter(|raw| json::type_of(*raw) == JsonType::Array) {
                has_list = true;
                self.list(kind, list)?;
            }
        }
        let [scope] = json::members_of(result, ["cacheScope"])?;
        let is_private = |raw: &Raw<'_>| json::string(*raw).as_deref() == Some("private");
        if has_list && self.filter.rules.is_some() {
            if let Some(scope) = scope.filter(|raw| !is_private(raw)) {
                self.replace(scope, Bytes::from_static(b"\"private\""));
            }
        }
        Ok(())
    }

    fn list(&mut self, kind: ItemKind, list: Raw<'_>) -> Result<(), JsonError> {
        let mut items = Vec::new();
        json::elements(list, |item| {
            let range = json::range_in(self.text, item).unwrap_or_default();
            items.push((range, self.stays(kind, item)));
        })?;
        self.leave_out(&items);
        Ok(())
    }

    /// Whether an item stays; if it does, its texts may be changed.
    fn stays(&mut self, kind: ItemKind, item: Raw<'_>) -> bool {
        let name = match json::type_of(item) {
            JsonType::Object => json::members_of(item, [kind.name_key()]),
            _ => Ok([None]),
        };
        let name = name.ok().and_then(|[name]| json::string(name?));
        if let Some(rules) = &self.filter.rules {
            let Some(name) = &name else {
                self.refused(kind, "", "malformed");
                return false;
            };
            let target = self.filter.target.as_deref().unwrap_or_default();
            let caller = Caller::from(&*self.filter.asked);
            if rules
                .judge(&caller, &Item::new(target, kind, name))
                .is_err()
            {
                self.found.denied += 1;
                return false;
            }
        }
        if let Some(hygiene) = &self.filter.hygiene {
            match hygiene.edits(item, name.as_deref()) {
                Ok(edits) if edits.is_empty() => {}
                Ok(edits) => {
                    self.found.cleaned += 1;
                    let name = name.as_deref().unwrap_or_default();
                    tell(
                        kind,
                        name,
                        "hidden characters or too long",
                        "cleaned a text of a list",
                    );
                    for (value, with) in edits {
                        self.replace(value, json::quote(&with).into());
                    }
                }
                Err(reason) => {
                    self.refused(kind, name.as_deref().unwrap_or_default(), reason);
                    return false;
                }
            }
        }
        self.is_told(kind, item, name.as_deref())
    }

    /// Tells of a tool to what judges calls of it, which may want it left out.
    fn is_told(&mut self, kind: ItemKind, item: Raw<'_>, name: Option<&str>) -> bool {
        let (Some(calls), ItemKind::Tool) = (&self.filter.calls, kind) else {
            return true;
        };
        let target = self.filter.target.as_deref().unwrap_or_default();
        let told = name.ok_or("malformed");
        match told.and_then(|name| calls.learn(target, name, item)) {
            Ok(()) => true,
            Err(reason) => {
                self.refused(kind, name.unwrap_or_default(), reason);
                false
            }
        }
    }

    fn refused(&mut self, kind: ItemKind, name: &str, reason: &'static str) {
        self.found.refused += 1;
        tell(kind, name, reason, "left out of a list");
    }

    fn replace(&mut self, value: Raw<'_>, with: Bytes) {
        if let Some(range) = json::range_in(self.text, value) {
            self.changes.push((range, with));
        }
    }

    /// Each item that does not stay goes with the comma before it; before the first that stays, with the one
    /// behind it.
    fn leave_out(&mut self, items: &[(Range<usize>, bool)]) {
        let Some(first) = items.iter().position(|(_, stays)| *stays) else {
            if let (Some((first, _)), Some((last, _))) = (items.first(), items.last()) {
                self.changes.push((first.start..last.end, Bytes::new()));
            }
            return;
        };
        for (at, pair) in items.windows(2).enumerate() {
            let [(one, one_stays), (next, next_stays)] = pair else {
                continue;
            };
            if at < first && !one_stays {
                self.changes.push((one.start..next.start, Bytes::new()));
            } else if at >= first && !next_stays {
                self.changes.push((one.end..next.end, Bytes::new()));
            }
        }
    }
}

/// The name is quoted by the log: what it hides is not shown to a terminal.
fn tell(kind: ItemKind, name: &str, reason: &'static str, what: &'static str) {
    tracing::warn!(target: "agentgateway_mcp::policy", kind = kind.as_str(), ?name, reason, "{what}");
}

#[cfg(test)]
mod tests {
    use agentgateway_core::json::quote;
    use http::Request;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn filter(rules: impl Allows) -> ListFilter {
        let (head, ()) = Request::new(()).into_parts();
        ListFilter::new(Some(Arc::new(rules)), None, None, &head)
    }

    fn odd(_: &Caller<'_>, item: &Item<'_>) -> bool {
        item.name().starts_with('+')
    }

    fn filtered(text: &str) -> Result<String, JsonError> {
        let text = Bytes::copy_from_slice(text.as_bytes());
        let changed = filter(odd).text(&text, &mut Found::default())?;
        Ok(String::from_utf8(changed.unwrap_or(text).to_vec()).unwrap())
    }

    #[test]
    fn other_bytes_stay_as_they_are() {
        for (text, expected) in [
            (
                r#"{ "id":1, "result" : { "tools" : [ {"name":"-a"} , {"x":1.0e1,"name":"+b"} , {"name":"-c"} ], "nextCursor":"n" } }"#,
                r#"{ "id":1, "result" : { "tools" : [ {"x":1.0e1,"name":"+b"} ], "nextCursor":"n" } }"#,
            ),
            (
                r#"{"result":{"prompts":[ {"name":"-a"},{"name":"-b"} ],"nextCursor":""}}"#,
                r#"{"result":{"prompts":[  ],"nextCursor":""}}"#,
            ),
            (
                r#"[{"result":{"resources":[{"uri":"+a"},{"uri":"%2Da"},{"uri":"%2Ba"}]}},{"result":{"resourceTemplates":[{"uriTemplate":"-"}]}}]"#,
                r#"[{"result":{"resources":[{"uri":"+a"},{"uri":"%2Ba"}]}},{"result":{"resourceTemplates":[]}}]"#,
            ),
            (
                r#"{"result":{"tools":[{"name":"+a"}],"cacheScope":"public","ttlMs":5}}"#,
                r#"{"result":{"tools":[{"name":"+a"}],"cacheScope":"private","ttlMs":5}}"#,
            ),
            // What cannot be judged is left out.
            (
                r#"{"result":{"tools":[{"name":"+a","n\u0061me":"-a"},7,{"name":7},{},{"name":"+b"}]}}"#,
                r#"{"result":{"tools":[{"name":"+b"}]}}"#,
            ),
            (
                r#"{"error":{"tools":[{"name":"-a"}]}}"#,
                r#"{"error":{"tools":[{"name":"-a"}]}}"#,
            ),
            (
                r#"{"result":{"tools":"-a"}}"#,
                r#"{"result":{"tools":"-a"}}"#,
            ),
            (" ", " "),
        ] {
            assert_eq!(filtered(text).unwrap(), expected);
        }
    }

    #[test]
    fn what_two_parsers_could_read_in_two_ways_is_not_let_out() {
        for text in [
            r#"{"result":{"tools":[]},"r\u0065sult":{"tools":[{"name":"-a"}]}}"#,
            r#"{"result":{"tools":[],"tools":[{"name":"-a"}]}}"#,
            r#"{"result":{"tools":[{"name":"-a"}]}"#,
            "no JSON",
        ] {
            assert!(filtered(text).is_err(), "{text}");
        }
    }

    fn item() -> impl Strategy<Value = (String, bool)> {
        let extra = prop::collection::vec(
            ("[a-m]{1,3}", any::<i32>().prop_map(|n| format!("{n}.0e0"))),
            0..3,
        );
        ("[+-][^\\x00-\\x1f]{0,5}", extra, any::<bool>()).prop_map(|(name, extra, first)| {
            let stays = name.starts_with('+');
            let name = format!("\"name\" :{}", quote(&name));
            let mut members: Vec<_> = extra
                .iter()
                .map(|(key, value)| format!("\"{key}\": {value}"))
                .collect();
            members.insert(if first { 0 } else { members.len() }, name);
            (format!("{{{}}}", members.join(" , ")), stays)
        })
    }

    proptest! {
        /// What goes out is what came, without the items that are denied: in any order, and spelled as it was.
        #[test]
        fn a_filtered_list_is_the_list_without_those_items(items in prop::collection::vec(item(), 0..8), space in "[ \n]{0,2}") {
            let list = |items: Vec<&String>| {
                let items: Vec<_> = items.into_iter().map(String::as_str).collect();
                let joined = items.join(&format!("{space},{space}"));
                format!("{{\"id\":\"x\",\"result\":{{\"z\":1e400,\"tools\":[{space}{joined}{space}]}}}}")
            };
            let all = list(items.iter().map(|(text, _)| text).collect());
            let kept = list(items.iter().filter(|(_, stays)| *stays).map(|(text, _)| text).collect());
            prop_assert_eq!(filtered(&all).unwrap(), kept);
        }
    }

    /// Fault M21 (part): hidden text in a list, in a schema, and a text without end.
    #[test]
    fn hidden_text_is_stripped_or_its_tool_left_out() {
        let (head, ()) = Request::new(()).into_parts();
        let said = |hygiene: Hygiene| {
            let tools = json!({"result": {"tools": [
                {"name": "a", "description": "adds\u{e0041}\u{e0042}", "n": 1},
                {"name": "b", "inputSchema": {"properties": {"title": {"description": "x\u{1b}[2Jy"}}}},
                {"name": "c\u{200b}", "description": "c"},
                {"name": "d", "title": "a long description"},
                {"name": "e", "description": "fine"},
            ]}});
            let text = Bytes::from(tools.to_string());
            let mut found = Found::default();
            let changed = ListFilter::new(None, Some(hygiene), None, &head)
                .text(&text, &mut found)
                .unwrap()
                .unwrap();
            let said: Value = serde_json::from_slice(&changed).unwrap();
            (said["result"]["tools"].clone(), found)
        };
        let (tools, found) = said(Hygiene::strip().max_description_bytes(6));
        assert_eq!(
            tools,
            json!([
                {"name": "a", "description": "adds", "n": 1},
                {"name": "b", "inputSchema": {"properties": {"title": {"description": "xy"}}}},
                {"name": "d", "title": "a long"},
                {"name": "e", "description": "fine"},
            ])
        );
        assert_eq!((found.cleaned, found.refused), (3, 1));
        let (tools, found) = said(Hygiene::refuse().max_description_bytes(6));
        assert_eq!(tools, json!([{"name": "e", "description": "fine"}]));
        assert_eq!((found.cleaned, found.refused), (0, 4));
    }
}
