//! Arguments of a tool that are repeated in headers.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonType, Raw};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::headers;

/// What the names of these headers begin with; the tool's schema says the rest.
pub(crate) const PREFIX: &str = "mcp-param-";

/// The member of a property's schema that names its header.
const ANNOTATION: &str = "x-mcp-header";
/// How deep properties may lie in properties.
const MAX_LEVELS: usize = 32;
/// Members of a schema that hold values and no schemas.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// Which arguments of one tool are repeated, and in which headers.
///
/// # Source
/// MCP 2026-07-28, Streamable HTTP, Custom headers from tool parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ParamHeaders(Vec<ParamHeader>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct ParamHeader {
    name: HeaderName,
    /// The names of the properties, from the outermost.
    path: Vec<Box<str>>,
}

/// Why a tool with such a schema cannot be called.
pub(crate) type Invalid = &'static str;

impl ParamHeaders {
    /// Reads the annotations of a tool's `inputSchema`.
    ///
    /// # Errors
    /// One of them breaks a rule. A client is to leave such a tool out.
    pub(crate) fn of(schema: Raw<'_>) -> Result<Self, Invalid> {
        let mut found = Self::default();
        // Most schemas have none.
        if schema.get().contains(ANNOTATION) || schema.get().contains("\\u") {
            found.schema(schema, &mut Vec::new(), Reach::Root)?;
        }
        Ok(found)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The headers that repeat these arguments. One that is missing or null has none.
    pub(crate) fn write(&self, arguments: Option<Raw<'_>>, headers: &mut HeaderMap) {
        for param in &self.0 {
            let text = arguments.and_then(|arguments| param.argument(arguments));
            if let Some(text) = text.and_then(said) {
                headers.insert(param.name.clone(), headers::encode(&text));
            }
        }
    }

    /// Whether the headers say what the arguments do.
    ///
    /// # Errors
    /// The name of one that is missing, is there twice, or says something else.
    pub(crate) fn check(
        &self,
        arguments: Option<Raw<'_>>,
        headers: &HeaderMap,
    ) -> Result<(), &HeaderName> {
        let differs = self.0.iter().find(|param| {
            let mut values = headers.get_all(&param.name).iter();
            let (first, second) = (values.next(), values.next());
            let argument = arguments.and_then(|arguments| param.argument(arguments));
            second.is_some() || !agrees(argument, first)
        });
        differs.map_or(Ok(()), |param| Err(&param.name))
    }

    /// Reads a schema, and those within it.
    fn schema(
        &mut self,
        schema: Raw<'_>,
        path: &mut Vec<Box<str>>,
        reach: Reach,
    ) -> Result<(), Invalid> {
        match json::type_of(schema) {
            JsonType::Object => {}
            JsonType::Array => return self.beside(schema, path),
            _ => return Ok(()),
        }
        if path.len() > MAX_LEVELS {
            return Err("its schema is nested too deep");
        }
        let mut result = Ok(());
        let visited = json::entries(schema, |key, value| {
            if result.is_ok() {
                result = match key {
                    ANNOTATION => self.annotation(schema, value, path, reach),
                    "properties" => self.properties(value, path, reach),
                    _ if DATA.contains(&key) => Ok(()),
                    _ => self.schema(value, path, Reach::Beside),
                };
            }
        });
        visited.map_err(|_| "its schema is no JSON that can be read")?;
        result
    }

    /// The schemas of a list: none of them is reached by properties alone.
    fn beside(&mut self, list: Raw<'_>, path: &mut Vec<Box<str>>) -> Result<(), Invalid> {
        let mut result = Ok(());
        let visited = json::elements(list, |schema| {
            if result.is_ok() {
                result = self.schema(schema, path, Reach::Beside);
            }
        });
        visited.map_err(|_| "its schema is no JSON that can be read")?;
        result
    }

    fn properties(
        &mut self,
        properties: Raw<'_>,
        path: &mut Vec<Box<str>>,
        reach: Reach,
    ) -> Result<(), Invalid> {
        if json::type_of(properties) != JsonType::Object {
            return Ok(());
        }
        let reach = match reach {
            Reach::Beside => Reach::Beside,
            Reach::Root | Reach::Property => Reach::Property,
        };
        let mut result = Ok(());
        let visited = json::entries(properties, |name, schema| {
            if result.is_ok() {
                path.push(name.into());
                result = self.schema(schema, path, reach);
                path.pop();
            }
        });
        visited.map_err(|_| "its schema is no JSON that can be read")?;
        result
    }

    fn annotation(
        &mut self,
        schema: Raw<'_>,
        value: Raw<'_>,
        path: &[Box<str>],
        reach: Reach,
    ) -> Result<(), Invalid> {
        if reach != Reach::Property {
            return Err("x-mcp-header stands where properties alone do not lead");
        }
        let [kind] = json::members_of(schema, ["type"]).map_err(|_| "a type is there twice")?;
        let kind = kind.and_then(json::string);
        if !matches!(kind.as_deref(), Some("string" | "integer" | "boolean")) {
            return Err("x-mcp-header is for strings, integers and booleans alone");
        }
        let name = json::string(value).ok_or("x-mcp-header is no string")?;
        if name.is_empty() {
            return Err("x-mcp-header is empty");
        }
        let name = HeaderName::try_from(format!("{PREFIX}{name}"))
            .map_err(|_| "x-mcp-header is no name of a header")?;
        if self.0.iter().any(|param| param.name == name) {
            return Err("two properties have one x-mcp-header");
        }
        let path = path.to_vec();
        self.0.push(ParamHeader { name, path });
        Ok(())
    }
}

/// How a schema is reached within that of a tool.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Root,
    Property,
    /// By other ways than properties: an item, an alternative, a definition.
    Beside,
}

impl ParamHeader {
    /// The argument; `None` when it is missing or null.
    fn argument<'a>(&self, arguments: Raw<'a>) -> Option<Raw<'a>> {
        let found = self.path.iter().try_fold(arguments, |object, key| {
            let [value] = json::members_of(object, [key]).ok()?;
            value
        });
        found.filter(|value| !json::is_null(*value))
    }
}

/// How a header says this value; `None` where none can: its type is not that of the schema, which the server
/// refuses.
fn said(value: Raw<'_>) -> Option<Cow<'_, str>> {
    match json::type_of(value) {
        JsonType::String => json::string(value),
        JsonType::Number => Some(Cow::Borrowed(value.get())),
        JsonType::Boolean => Some(Cow::Borrowed(value.get())),
        JsonType::Object | JsonType::Array | JsonType::Null => None,
    }
}

fn agrees(argument: Option<Raw<'_>>, header: Option<&HeaderValue>) -> bool {
    let (argument, header) = match (argument, header) {
        (Some(argument), Some(header)) => (argument, header),
        (None, header) => return header.is_none(),
        (Some(argument), None) => return said(argument).is_none(),
    };
    let Some(text) = headers::decode(header) else {
        return false;
    };
    match said(argument) {
        Some(said) if json::type_of(argument) == JsonType::Number => is_same_number(&said, &text),
        Some(said) => said == text,
        None => false,
    }
}

/// Compares numbers by what they are: `42` and `42.0` are one.
fn is_same_number(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => {
            matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(one), Ok(other)) if one == other)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(text: &str) -> Raw<'_> {
        Raw::parse(text.as_bytes()).unwrap()
    }

    fn of(schema: &str) -> Result<ParamHeaders, Invalid> {
        ParamHeaders::of(raw(schema))
    }

    const SCHEMA: &str = r#"{"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},
        "x-mcp-header":{"type":"string"},
        "deep":{"type":"object","properties":{
            "limit":{"type":"integer","x-mcp-header":"Limit"},
            "dry":{"x-mcp-header":"Dry-Run","type":"boolean","default":{"x-mcp-header":1}}}}}}"#;

    fn written(arguments: &str) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        of(SCHEMA)
            .unwrap()
            .write(Some(raw(arguments)), &mut headers);
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let written = headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)));
        written.collect()
    }

    #[test]
    fn arguments_are_said_as_the_specification_shows() {
        let all = r#"{"region":" \u00fc","deep":{"limit":42,"dry":false},"other":1}"#;
        assert_eq!(
            written(all),
            [
                ("mcp-param-region".into(), "=?base64?IMO8?=".into()),
                ("mcp-param-limit".into(), "42".into()),
                ("mcp-param-dry-run".into(), "false".into()),
            ]
        );
        for none in [
            "{}",
            r#"{"region":null,"deep":null}"#,
            r#"{"region":["a"],"deep":3}"#,
            "[]",
        ] {
            assert_eq!(written(none), [], "{none}");
        }
        assert!(
            of(r#"{"type":"object","properties":{"a":{"type":"string"}}}"#)
                .unwrap()
                .is_empty()
        );
    }

    /// Fault M23: annotations that are empty, break a header, occur twice or stand on an item.
    #[test]
    fn annotations_that_break_a_rule_are_refused() {
        let property = |schema: &str| format!(r#"{{"properties":{{"a":{schema}}}}}"#);
        for schema in [
            property(r#"{"type":"string","x-mcp-header":""}"#),
            property(r#"{"type":"string","x-mcp-header":"a\r\nb: c"}"#),
            property(r#"{"type":"string","x-mcp-header":"a b"}"#),
            property(r#"{"type":"string","x-mcp-header":"ü"}"#),
            property(r#"{"type":"string","x-mcp-header":7}"#),
            property(r#"{"type":"number","x-mcp-header":"A"}"#),
            property(r#"{"type":["string","null"],"x-mcp-header":"A"}"#),
            property(r#"{"x-mcp-header":"A"}"#),
            property(r#"{"type":"array","items":{"type":"string","x-mcp-header":"A"}}"#),
            property(r#"{"anyOf":[{"type":"string","x-mcp-header":"A"}]}"#),
            r##"{"$defs":{"a":{"type":"string","x-mcp-header":"A"}}}"##.to_owned(),
            r#"{"type":"string","x-mcp-header":"A"}"#.to_owned(),
            r#"{"properties":{"a":{"type":"string","x-mcp-header":"A"},
                "b":{"type":"string","x-mcp-header":"a"}}}"#
                .to_owned(),
            property(r#"{"type":"string","x-mcp-head\u0065r":""}"#),
        ] {
            assert!(of(&schema).is_err(), "{schema}");
        }
    }

    #[test]
    fn headers_are_compared_with_the_arguments() {
        let params = of(SCHEMA).unwrap();
        let arguments = raw(r#"{"region":"eu","deep":{"limit":42.0}}"#);
        for (lines, agrees) in [
            (vec![("region", "eu"), ("limit", "42")], true),
            (vec![("region", "=?base64?ZXU=?="), ("limit", "42.0")], true),
            (vec![("region", "eu"), ("limit", "42"), ("else", "x")], true),
            (vec![("region", "us"), ("limit", "42")], false),
            (vec![("region", "eu"), ("limit", "41")], false),
            (vec![("region", "eu")], false),
            (
                vec![("region", "eu"), ("region", "eu"), ("limit", "42")],
                false,
            ),
            (
                vec![("region", "eu"), ("limit", "42"), ("dry-run", "true")],
                false,
            ),
            (vec![("region", "=?base64?*?="), ("limit", "42")], false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in &lines {
                let name = HeaderName::try_from(format!("{PREFIX}{name}")).unwrap();
                headers.append(name, HeaderValue::from_static(value));
            }
            let checked = params.check(Some(arguments), &headers);
            assert_eq!(checked.is_ok(), agrees, "{lines:?}");
        }
    }

    proptest! {
        /// Fault M03 (part): what is written is what is expected.
        #[test]
        fn what_is_written_agrees(region in any::<String>(), limit in any::<i64>(), dry in any::<bool>()) {
            let region = json::quote(&region);
            let arguments = format!(r#"{{"region":{region},"deep":{{"limit":{limit},"dry":{dry}}}}}"#);
            let params = of(SCHEMA).unwrap();
            let mut headers = HeaderMap::new();
            params.write(Some(raw(&arguments)), &mut headers);
            prop_assert!(params.check(Some(raw(&arguments)), &headers).is_ok());
        }
    }
}
