//! The walk over a parsed expression: are its variables and functions known, and is it bounded?

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, LiteralValue},
};

use super::{
    bounds::Bound,
    claim::MAX_ITEMS,
    facts::MAX_BODY_BYTES,
    network::is_network,
    types,
    vocabulary::{Shape, Side, Vocabulary},
};

/// How deep the tree may be: conditions joined by `&&` and `||` are one level of it for each
/// doubling of their number. The evaluation takes 48 KiB of stack a level, unoptimised, and runs
/// where requests are served.
const MAX_DEPTH: usize = 24;

/// Rooms of variables that the peer has; where one is not in the vocabulary, nothing gives it there.
const ELSEWHERE: [&str; 17] = [
    "a2a",
    "apiKey",
    "backend",
    "basicAuth",
    "destination",
    "env",
    "extauthz",
    "extproc",
    "jwt",
    "llm",
    "llmRequest",
    "mcp",
    "metadata",
    "principal",
    "request",
    "response",
    "source",
];

/// Functions that are called by a name.
const FUNCTIONS: [&str; 15] = [
    "size",
    "cidr",
    "contains",
    "containsIP",
    "startsWith",
    "endsWith",
    "bool",
    "bytes",
    "double",
    "dyn",
    "int",
    "json",
    "string",
    "type",
    "uint",
];

/// What the grammar and its macros are turned into.
const OPERATORS: [&str; 19] = [
    "_?_:_",
    "_&&_",
    "_||_",
    "!_",
    "_-_",
    "_+_",
    "_*_",
    "_/_",
    "_%_",
    "_==_",
    "_!=_",
    "_>=_",
    "_<=_",
    "_>_",
    "_<_",
    "-_",
    "_[_]",
    "@not_strictly_false",
    "@in",
];

/// A fault at a node.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) id: u64,
    pub(super) message: String,
    pub(super) expected: Option<String>,
}

/// What an expression asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    pub(super) request: bool,
    pub(super) caller: bool,
    pub(super) response: bool,
    pub(super) request_body: bool,
    pub(super) response_body: bool,
}

impl Needs {
    fn note(&mut self, of: Side) {
        let is_request = [Side::Request, Side::Caller, Side::RequestBody].contains(&of);
        self.request |= is_request;
        self.caller |= of == Side::Caller;
        self.response |= !is_request;
        self.request_body |= of == Side::RequestBody;
        self.response_body |= of == Side::ResponseBody;
    }
}

/// Walks one expression.
#[derive(Debug)]
pub(super) struct Check<'a> {
    vocabulary: &'a Vocabulary,
    pub(super) needs: Needs,
    /// The variables of the comprehensions around, with what each can be.
    scope: Vec<(&'a str, Bound)>,
}

impl<'a> Check<'a> {
    pub(super) const fn new(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            needs: Needs {
                caller: false,
                request: false,
                response: false,
                request_body: false,
                response_body: false,
            },
            scope: Vec::new(),
        }
    }

    /// Walks a node; says what it can cost at most.
    pub(super) fn walk(&mut self, node: &'a IdedExpr, depth: usize) -> Result<Bound, Fault> {
        if depth > MAX_DEPTH {
            let mut fault = fault(node, "the expression nests too deep");
            fault.expected = Some(format!("at most {MAX_DEPTH} levels"));
            return Err(fault);
        }
        let bound = match &node.expr {
            Expr::Literal(literal) => Bound::literal(weight(literal)),
            Expr::Ident(_) | Expr::Select(_) => self.name(node, depth)?,
            Expr::Call(call) => self.call(node, call, depth)?,
            Expr::List(list) => {
                let items = list.elements.iter();
                let parts: Vec<_> = items
                    .map(|item| self.walk(item, depth + 1))
                    .collect::<Result<_, _>>()?;
                Bound::sum(&parts).holding(parts.len() as u64)
            }
            Expr::Map(map) => self.map(&map.entries, depth)?,
            Expr::Comprehension(rounds) => self.rounds(rounds, depth)?,
            Expr::Struct(_) => return Err(fault(node, "messages are not known here")),
            Expr::Unspecified => return Err(fault(node, "a part of the expression is missing")),
        };
        match bound.fault() {
            Some(much) => Err(fault(node, much)),
            None => Ok(bound),
        }
    }

    fn map(&mut self, entries: &'a [IdedEntryExpr], depth: usize) -> Result<Bound, Fault> {
        let mut parts = Vec::new();
        for entry in entries {
            let (key, value) = match &entry.expr {
                EntryExpr::MapEntry(entry) => (Some(&entry.key), &entry.value),
                EntryExpr::StructField(field) => (None, &field.value),
            };
            if let Some(key) = key {
                parts.push(self.walk(key, depth + 1)?);
            }
            parts.push(self.walk(value, depth + 1)?);
        }
        Ok(Bound::sum(&parts).holding(entries.len() as u64))
    }

    fn call(&mut self, node: &IdedExpr, call: &'a CallExpr, depth: usize) -> Result<Bound, Fault> {
        let name = call.func_name.as_str();
        if !FUNCTIONS.contains(&name) && !OPERATORS.contains(&name) {
            let known = FUNCTIONS.iter().copied();
            return Err(Fault {
                id: node.id,
                message: format!("the function {name:?} is not known here"),
                expected: Some(meant(name, known)),
            });
        }
        let mut parts = Vec::new();
        if let Some(target) = &call.target {
            parts.push(self.walk(target, depth + 1)?);
        }
        for argument in &call.args {
            parts.push(self.walk(argument, depth + 1)?);
        }
        if let Some((message, expected)) = types::fault(call, self.vocabulary) {
            return Err(Fault {
                id: node.id,
                message,
                expected: Some(expected.to_owned()),
            });
        }
        if let Some(text) = no_network(call) {
            let mut fault = fault(node, &format!("{text:?} is no network"));
            fault.expected = Some("one such as 10.0.0.0/8".to_owned());
            return Err(fault);
        }
        let bound = Bound::sum(&parts);
        // A truth or a number does not weigh what it was made of.
        let made = kind(node, self.vocabulary);
        Ok(match made {
            _ if name == "json" => bound.of_json(),
            Some("bool" | "double" | "int" | "uint") => Bound { bytes: 16, ..bound },
            _ => bound,
        })
    }

    /// A macro that loops. Both bodies see its variables; what it gathers can be as large as
    /// each round adds.
    fn rounds(&mut self, rounds: &'a ComprehensionExpr, depth: usize) -> Result<Bound, Fault> {
        let range = self.walk(&rounds.iter_range, depth + 1)?;
        if kind(&rounds.iter_range, self.vocabulary)
            .is_some_and(|kind| kind != "list" && kind != "map")
            || segments(&rounds.iter_range).is_some_and(|found| found.contains(&"headers"))
        {
            let mut fault = fault(&rounds.iter_range, "this cannot be gone through");
            fault.expected = Some("a list; a header is looked up by its name".to_owned());
            return Err(fault);
        }
        let init = self.walk(&rounds.accu_init, depth + 1)?;
        let outer = self.scope.len();
        // An item of what is looped over is not larger than the whole.
        self.scope.push((&rounds.iter_var, range));
        if let Some(second) = &rounds.iter_var2 {
            self.scope.push((second, range));
        }
        self.scope.push((&rounds.accu_var, init));
        let cond = self.walk(&rounds.loop_cond, depth + 1)?;
        let step = self.walk(&rounds.loop_step, depth + 1)?;
        let rest = self.walk(&rounds.result, depth + 1)?;
        self.scope.truncate(outer);
        Ok(Bound::rounds(range, Bound::sum(&[cond, step]), rest))
    }

    /// An identifier, or fields selected on something.
    fn name(&mut self, node: &'a IdedExpr, depth: usize) -> Result<Bound, Fault> {
        let Some(segments) = segments(node) else {
            // Fields of something that is no name.
            let Expr::Select(select) = &node.expr else {
                return Err(fault(node, "a name was expected"));
            };
            let operand = self.walk(&select.operand, depth + 1)?;
            return Ok(Bound::sum(&[operand]));
        };
        let root = segments.first().copied().unwrap_or_default();
        if let Some((_, bound)) = self.scope.iter().rev().find(|(name, _)| *name == root) {
            return Ok(Bound { steps: 1, ..*bound });
        }
        let full = segments.join(".");
        if let Some(name) = self.vocabulary.find(&segments) {
            self.needs.note(name.of);
            let can_be_gone_through = !name.full.ends_with(".headers")
                && matches!(name.shape, Shape::Fields | Shape::Any);
            return Ok(if can_be_gone_through {
                Bound::variable().holding(MAX_ITEMS as u64)
            } else if matches!(name.of, Side::RequestBody | Side::ResponseBody) {
                Bound::literal(MAX_BODY_BYTES as u64)
            } else {
                Bound::variable()
            });
        }
        // `type(x) == int`: types are names.
        if segments.len() == 1 && FUNCTIONS.contains(&root) {
            return Ok(Bound::literal(8));
        }
        Err(unknown(self.vocabulary, node, root, &full))
    }
}

/// The first segment's node is where the name begins.
fn unknown(vocabulary: &Vocabulary, node: &IdedExpr, root: &str, full: &str) -> Fault {
    let mut first = node;
    while let Expr::Select(select) = &first.expr {
        first = &select.operand;
    }
    let has_room = |name: &str| name.split('.').next() == Some(root);
    let message = if ELSEWHERE.contains(&root) && !vocabulary.names().any(has_room) {
        format!("{full:?} is known, but nothing gives it here")
    } else {
        format!("the variable {full:?} is not known")
    };
    let room = format!("{root}.");
    let fields: Vec<_> = vocabulary
        .names()
        .filter(|name| name.starts_with(&room))
        .collect();
    let expected = if fields.is_empty() || full.contains('.') {
        meant(full, vocabulary.names())
    } else {
        format!("one of {}", fields.join(", "))
    };
    Fault {
        id: first.id,
        message,
        expected: Some(expected),
    }
}

/// The segments of a name, or of a test for it, the first one first.
fn segments(node: &IdedExpr) -> Option<Vec<&str>> {
    let mut segments = Vec::new();
    let mut node = node;
    loop {
        match &node.expr {
            Expr::Ident(name) => {
                segments.push(name.as_str());
                segments.reverse();
                return Some(segments);
            }
            Expr::Select(select) => {
                segments.push(select.field.as_str());
                node = &select.operand;
            }
            _ => return None,
        }
    }
}

fn meant<'k>(word: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    let near = known
        .clone()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .min()
        .filter(|(distance, name)| *distance <= 3 && *distance * 2 < name.len());
    match near {
        Some((_, name)) => format!("{name:?}, perhaps"),
        None => format!("one of {}", known.collect::<Vec<_>>().join(", ")),
    }
}

fn weight(literal: &LiteralValue) -> u64 {
    match literal {
        LiteralValue::String(text) => text.inner().len() as u64,
        LiteralValue::Bytes(bytes) => bytes.inner().len() as u64,
        LiteralValue::Boolean(_)
        | LiteralValue::Double(_)
        | LiteralValue::Int(_)
        | LiteralValue::UInt(_)
        | LiteralValue::Null => 8,
    }
}

fn fault(node: &IdedExpr, message: &str) -> Fault {
    Fault {
        id: node.id,
        message: message.to_owned(),
        expected: None,
    }
}

/// The text of a call of `cidr` that can be seen to fail.
fn no_network(call: &CallExpr) -> Option<&str> {
    let [argument] = call.args.as_slice() else {
        return None;
    };
    match &argument.expr {
        Expr::Literal(LiteralValue::String(text)) if call.func_name == "cidr" => {
            let text = text.inner();
            (!is_network(text)).then_some(text)
        }
        _ => None,
    }
}

/// The type of a value, where the tree alone says it.
pub(super) fn kind(node: &IdedExpr, vocabulary: &Vocabulary) -> Option<&'static str> {
    match &node.expr {
        Expr::Literal(literal) => Some(match literal {
            LiteralValue::Boolean(_) => "bool",
            LiteralValue::Bytes(_) => "bytes",
            LiteralValue::Double(_) => "double",
            LiteralValue::Int(_) => "int",
            LiteralValue::UInt(_) => "uint",
            LiteralValue::Null => "null",
            LiteralValue::String(_) => "string",
        }),
        Expr::Call(call) => match call.func_name.as_str() {
            "_&&_" | "_||_" | "!_" | "_==_" | "_!=_" | "_>=_" | "_<=_" | "_>_" | "_<_" | "@in"
            | "contains" | "containsIP" | "startsWith" | "endsWith" | "bool" => Some("bool"),
            "string" | "cidr" => Some("string"),
            "double" => Some("double"),
            "bytes" => Some("bytes"),
            "size" | "int" => Some("int"),
            "uint" => Some("uint"),
            "_+_" | "_-_" | "_*_" | "_/_" | "_%_" => types::common(&call.args, vocabulary),
            _ => None,
        },
        Expr::Select(select) if select.test => Some("bool"),
        Expr::Select(_) => {
            let segments = segments(node)?;
            let name = vocabulary.find(&segments)?;
            match name.shape {
                Shape::Text => Some("string"),
                Shape::Number => Some("int"),
                Shape::Fields if name.full.split('.').count() == segments.len() => Some("map"),
                Shape::Fields | Shape::Any => None,
            }
        }
        Expr::List(_) => Some("list"),
        Expr::Map(_) => Some("map"),
        Expr::Ident(_) | Expr::Comprehension(_) | Expr::Struct(_) | Expr::Unspecified => None,
    }
}
