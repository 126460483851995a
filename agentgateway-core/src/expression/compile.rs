use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use cel::{Context, Env, ParseErrors, Program, Value};

use super::{
    EvaluationError, ExpressionError, Facts, Scalar, Vocabulary,
    check::{Check, Needs, kind},
    place::{place, scan},
    vocabulary,
};

/// The longest expression, in characters.
///
/// # Source
/// agentgateway.dev/v1alpha1: `maxLength` of every expression.
pub const MAX_CHARS: usize = 16_384;

/// The stack of the thread that parses, in bytes; what is not used of it is never mapped.
const PARSER_STACK: usize = 64 * 1024 * 1024;

/// An expression that is known to be sound. Clones share it; two are equal when their texts are.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    program: Program,
    env: Arc<Env>,
    needs: Needs,
    /// The type of its value, where the tree alone says it.
    kind: Option<&'static str>,
    /// The value of an expression that asks for nothing.
    constant: Option<Option<Scalar>>,
}

impl Expression {
    /// Parses and checks an expression.
    ///
    /// # Errors
    /// [`ExpressionError`]: it is empty, longer than [`MAX_CHARS`], no CEL, names a variable that
    /// its vocabulary has not or a function that is not known, nests or could cost too much, or is a constant that has no value.
    pub fn compile(text: &str, vocabulary: &Vocabulary) -> Result<Self, ExpressionError> {
        let start = (1, 1);
        if text.trim().is_empty() {
            let error = ExpressionError::new(start, "the expression is empty");
            return Err(error.expected("an expression in CEL, such as true"));
        }
        if text.len() > MAX_CHARS && text.chars().count() > MAX_CHARS {
            let error = ExpressionError::new(start, "the expression is too long");
            return Err(error.expected(format!("at most {MAX_CHARS} characters")));
        }
        apart(text, || Self::parse(text, vocabulary))
    }

    fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Self, ExpressionError> {
        let env = vocabulary.env();
        let program = env.compile(text).map_err(|errors| refused(text, &errors))?;
        let mut check = Check::new(vocabulary);
        if let Err(fault) = check.walk(program.expression(), 0) {
            let at = offset(&program, fault.id);
            let mut error = ExpressionError::new(place(text, at), fault.message);
            error.expected = fault.expected;
            return Err(error);
        }
        let needs = check.needs;
        let constant = (!needs.request && !needs.response)
            .then(|| run(&program, env, &Facts::none()))
            .transpose()
            .map_err(|error| ExpressionError::new((1, 1), error.to_string()))?;
        // Lists, maps and bytes are texts where they are attributes.
        let kind = kind(program.expression(), vocabulary).or_else(|| {
            let constant = constant.as_ref()?;
            Some(constant.as_ref().map_or("null", Scalar::kind))
        });
        Ok(Self(Arc::new(Compiled {
            text: text.into(),
            env: env.clone(),
            program,
            needs,
            kind,
            constant,
        })))
    }

    /// As [`compile`](Self::compile), for a place where the value must be a truth.
    ///
    /// # Errors
    /// [`ExpressionError`], also when the value can be seen to be none.
    pub fn compile_bool(text: &str, vocabulary: &Vocabulary) -> Result<Self, ExpressionError> {
        let expression = Self::compile(text, vocabulary)?;
        let found = expression.0.kind;
        if found.is_none_or(|found| found == "bool") {
            return Ok(expression);
        }
        Err(mismatch(
            found,
            "a bool, such as request.method == \"POST\"",
        ))
    }

    /// As [`compile`](Self::compile), for a place where the value must be a truth or a share
    /// between 0.0 and 1.0.
    ///
    /// # Errors
    /// [`ExpressionError`], also when the value can be seen to be neither.
    pub fn compile_ratio(text: &str, vocabulary: &Vocabulary) -> Result<Self, ExpressionError> {
        let expression = Self::compile(text, vocabulary)?;
        let wanted = "a bool, or a number from 0.0 to 1.0";
        match expression.constant() {
            Some(value) if value.ratio().is_none() => {
                let kind = expression.0.kind.unwrap_or(value.kind());
                let message = format!("the value is {value}, of type {kind}");
                Err(ExpressionError::new((1, 1), message).expected(wanted))
            }
            Some(_) => Ok(expression),
            None => match expression.0.kind {
                None | Some("bool" | "double" | "int") => Ok(expression),
                found => Err(mismatch(found, wanted)),
            },
        }
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Its value, if it is the same for every exchange.
    #[must_use]
    pub fn constant(&self) -> Option<&Scalar> {
        self.0.constant.as_ref()?.as_ref()
    }

    /// Its value depends on the answer.
    #[must_use]
    pub fn needs_response(&self) -> bool {
        self.0.needs.response
    }

    /// Its value depends on the request or on who sent it.
    #[must_use]
    pub fn needs_request(&self) -> bool {
        self.0.needs.request
    }

    /// Its value depends on the body of the request.
    #[must_use]
    pub fn needs_request_body(&self) -> bool {
        self.0.needs.request_body
    }

    /// Its value depends on the body of the answer.
    #[must_use]
    pub fn needs_response_body(&self) -> bool {
        self.0.needs.response_body
    }

    /// Its value depends on who calls, which is known behind an authentication.
    #[must_use]
    pub fn needs_caller(&self) -> bool {
        self.0.needs.caller
    }

    /// The value as a truth.
    ///
    /// # Errors
    /// [`EvaluationError`]: there is no value, or it is none.
    pub fn evaluate_bool(&self, facts: &Facts<'_>) -> Result<bool, EvaluationError> {
        match self.evaluate_value(facts)? {
            Some(Scalar::Bool(truth)) => Ok(truth),
            other => Err(unfit(other.as_ref(), "a bool")),
        }
    }

    /// The value as a share of all: 0.0 and 1.0 for a truth.
    ///
    /// # Errors
    /// [`EvaluationError`]: there is no value, or it is none from 0.0 to 1.0.
    pub fn evaluate_ratio(&self, facts: &Facts<'_>) -> Result<f64, EvaluationError> {
        let value = self.evaluate_value(facts)?;
        let ratio = value.as_ref().and_then(Scalar::ratio);
        ratio.ok_or_else(|| unfit(value.as_ref(), "a bool, or a number from 0.0 to 1.0"))
    }

    /// The value; `None` for null.
    ///
    /// # Errors
    /// [`EvaluationError`]: there is no value.
    pub fn evaluate_value(&self, facts: &Facts<'_>) -> Result<Option<Scalar>, EvaluationError> {
        match &self.0.constant {
            Some(constant) => Ok(constant.clone()),
            None => run(&self.0.program, &self.0.env, facts),
        }
    }
}

/// Whether a text is CEL at all, whatever it asks about: for expressions that others evaluate.
///
/// # Errors
/// [`ExpressionError`]: it is no CEL, or nests too deeply.
pub fn parses(text: &str) -> Result<(), ExpressionError> {
    let env = vocabulary::functions();
    let parse = || env.compile(text).map(drop);
    apart(text, || parse().map_err(|errors| refused(text, &errors)))
}

/// Parses in a thread of its own.
fn apart<T: Send>(
    text: &str,
    parse: impl FnOnce() -> Result<T, ExpressionError> + Send,
) -> Result<T, ExpressionError> {
    scan(text)?;
    // The parser takes a quarter of a megabyte of stack for a level of brackets, unoptimised.
    let parser = thread::Builder::new().stack_size(PARSER_STACK);
    thread::scope(|scope| {
        let parsed = parser.spawn_scoped(scope, parse).ok()?;
        // What is inside is not ours: a configuration must not end the process.
        parsed.join().ok()
    })
    .unwrap_or_else(|| {
        let message = "the expression cannot be read";
        Err(ExpressionError::new((1, 1), message))
    })
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text()).finish()
    }
}

fn run(
    program: &Program,
    env: &Arc<Env>,
    facts: &Facts<'_>,
) -> Result<Option<Scalar>, EvaluationError> {
    // What is inside is not ours, and an exchange must not end for what a log says of it.
    let run = catch_unwind(AssertUnwindSafe(|| {
        let mut context = Context::with_env(env.clone());
        context.set_variable_resolver(facts);
        Value::resolve(program.expression(), &context)
    }));
    let value = run.map_err(|_| EvaluationError::new("the evaluation failed"))??;
    Ok(Scalar::of(&value))
}

fn unfit(found: Option<&Scalar>, wanted: &str) -> EvaluationError {
    let found = found.map_or("null", Scalar::kind);
    EvaluationError::new(format!("the value is a {found} where {wanted} belongs"))
}

fn mismatch(found: Option<&'static str>, wanted: &str) -> ExpressionError {
    let found = found.unwrap_or("value");
    let message = format!("the value is of type {found}");
    ExpressionError::new((1, 1), message).expected(wanted)
}

fn offset(program: &Program, id: u64) -> usize {
    let at = program.source_info().offset_for(id);
    at.map_or(0, |(start, _)| start as usize)
}

/// The first fault that the parser found.
fn refused(text: &str, errors: &ParseErrors) -> ExpressionError {
    let Some(first) = errors.errors.first() else {
        return ExpressionError::new((1, 1), "the expression cannot be read");
    };
    let line = usize::try_from(first.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(first.pos.1).unwrap_or(0);
    if first.msg.contains("Recursion limit") {
        return ExpressionError::new((line, 1), "the expression nests too deep");
    }
    let (message, expected) = told(&first.msg);
    // The end of the text is where something is missing.
    let width = text
        .lines()
        .nth(line - 1)
        .map_or(0, |line| line.chars().count());
    // The lexer counts columns from 1, the parser from 0.
    let lexical = first.msg.contains("token recognition error");
    let column = column.min(width) + usize::from(!lexical);
    let error = ExpressionError::new((line, column), message);
    match expected {
        Some(expected) => error.expected(expected),
        None => error,
    }
}

/// The parser's message, in fewer words.
fn told(message: &str) -> (String, Option<String>) {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let (said, expected) = match message.split_once(" expecting ") {
        Some((said, expected)) => (said, Some(expected)),
        None => (message, None),
    };
    let said: String = said.chars().take(200).collect();
    let said = said.replace("<EOF>", "the end of the expression");
    let expected = expected.map(|expected| {
        if expected.len() > 60 {
            "a value, a variable or a bracket".to_owned()
        } else {
            expected.replace("<EOF>", "the end of the expression")
        }
    });
    (said, expected)
}
