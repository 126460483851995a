//! From text to a template: text and calls, nested.

use super::{SubstituteError, SubstituteErrorKind as Kind};

/// How deep a substitution may stand in the arguments of others.
const MAX_DEPTH: usize = 32;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Call(Call),
}

/// One `${...}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) operator: Operator,
    pub(super) args: Vec<Part>,
}

/// What is done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Value,
    Length,
    Default,
    Substring,
    UpperFirst,
    Upper,
    LowerFirst,
    Lower,
    Trim { end: bool, longest: bool },
    ReplaceFirst,
    ReplaceAll,
    ReplaceStart,
    ReplaceEnd,
}

/// Which characters a `$` or `\` before them makes plain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    /// `$$`.
    Dollar,
    /// `$$`, `\/` and `\\`.
    All,
}

/// The template of a text.
///
/// An argument is one piece: what Flux's parser takes for one, it takes here.
pub(super) fn parse(text: &str) -> Result<Vec<Part>, SubstituteError> {
    let mut scanner = Scanner { rest: text };
    let mut parts = Vec::new();
    while !scanner.rest.is_empty() {
        if scanner.eat("${") {
            parts.push(Part::Call(scanner.call(0)?));
        } else if let Some(text) = scanner.text(Escapes::Dollar, |_| true) {
            parts.push(Part::Text(text));
        }
    }
    Ok(parts)
}

struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let first = rest.next();
        self.rest = rest.as_str();
        first
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The characters that are accepted, up to the next `${`; `None` when there are none.
    fn text(&mut self, escapes: Escapes, accept: fn(char) -> bool) -> Option<String> {
        let mut text = String::new();
        while let Some(first) = self.peek() {
            if self.rest.starts_with("${") {
                break;
            }
            if self.escaped(escapes) {
                self.skip();
                text.extend(self.skip());
            } else if accept(first) {
                text.push(first);
                self.skip();
            } else {
                break;
            }
        }
        (!text.is_empty()).then_some(text)
    }

    fn escaped(&self, escapes: Escapes) -> bool {
        match escapes {
            Escapes::None => false,
            Escapes::Dollar => self.rest.starts_with("$$"),
            Escapes::All => {
                let pairs = ["$$", "\\/", "\\\\"];
                pairs.iter().any(|pair| self.rest.starts_with(pair))
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        let named = |char: &char| char.is_alphabetic() || char.is_numeric() || *char == '_';
        let name: String = self.rest.chars().take_while(named).collect();
        self.rest = self.rest.get(name.len()..).unwrap_or_default();
        (!name.is_empty()).then_some(name)
    }

    /// What follows `${`, to its `}`.
    fn call(&mut self, depth: usize) -> Result<Call, SubstituteError> {
        if depth >= MAX_DEPTH {
            return Err(SubstituteError::new(Kind::TooDeep, ""));
        }
        if self.eat("#") {
            let name = self
                .name()
                .ok_or_else(|| SubstituteError::new(Kind::Name, ""))?;
            self.close(&name)?;
            return Ok(Call::new(name, Operator::Length, Vec::new()));
        }
        let name = self
            .name()
            .ok_or_else(|| SubstituteError::new(Kind::Name, ""))?;
        let (operator, args) = match self.peek() {
            Some(':') => self.default_or_substring(&name, depth)?,
            Some('=') => {
                self.skip();
                (Operator::Default, self.default_args(&name, depth)?)
            }
            Some(',' | '^') => (self.case(&name)?, Vec::new()),
            Some('/') => self.replace(&name, depth)?,
            Some(sign @ ('#' | '%')) => self.trim(sign, &name, depth)?,
            Some('}') => {
                self.skip();
                (Operator::Value, Vec::new())
            }
            _ => return Err(SubstituteError::new(Kind::Unclosed, &name)),
        };
        Ok(Call::new(name, operator, args))
    }

    fn close(&mut self, name: &str) -> Result<(), SubstituteError> {
        if self.eat("}") {
            return Ok(());
        }
        Err(SubstituteError::new(Kind::Operator, name))
    }

    /// One argument: a nested substitution, or text.
    fn argument(
        &mut self,
        name: &str,
        depth: usize,
        escapes: Escapes,
        accept: fn(char) -> bool,
    ) -> Result<Part, SubstituteError> {
        if self.eat("${") {
            return self.call(depth + 1).map(Part::Call);
        }
        match self.text(escapes, accept) {
            Some(text) => Ok(Part::Text(text)),
            None => Err(SubstituteError::new(Kind::Argument, name)),
        }
    }

    fn default_or_substring(
        &mut self,
        name: &str,
        depth: usize,
    ) -> Result<(Operator, Vec<Part>), SubstituteError> {
        self.skip();
        if matches!(self.peek(), Some('=' | '-' | '?' | '+')) {
            self.skip();
            return Ok((Operator::Default, self.default_args(name, depth)?));
        }
        let until_colon: fn(char) -> bool = |char| char != ':' && char != '}';
        let mut args = vec![self.argument(name, depth, Escapes::None, until_colon)?];
        if !self.eat("}") {
            let before = self.rest;
            self.rest = before.trim_start_matches(':');
            if self.rest.len() == before.len() {
                return Err(SubstituteError::new(Kind::Operator, name));
            }
            args.push(self.argument(name, depth, Escapes::None, not_closing)?);
            self.close(name)?;
        }
        Ok((Operator::Substring, args))
    }

    fn default_args(&mut self, name: &str, depth: usize) -> Result<Vec<Part>, SubstituteError> {
        let mut args = Vec::new();
        while !self.eat("}") {
            args.push(self.argument(name, depth, Escapes::None, not_closing)?);
        }
        Ok(args)
    }

    fn case(&mut self, name: &str) -> Result<Operator, SubstituteError> {
        let signs: String = self
            .rest
            .chars()
            .take_while(|sign| matches!(sign, ',' | '^'))
            .take(2)
            .collect();
        self.rest = self.rest.get(signs.len()..).unwrap_or_default();
        self.close(name)?;
        Ok(match signs.as_str() {
            "^" => Operator::UpperFirst,
            "^^" => Operator::Upper,
            "," => Operator::LowerFirst,
            ",," => Operator::Lower,
            _ => Operator::Value,
        })
    }

    fn trim(
        &mut self,
        sign: char,
        name: &str,
        depth: usize,
    ) -> Result<(Operator, Vec<Part>), SubstituteError> {
        self.skip();
        let longest = self.peek() == Some(sign);
        if longest {
            self.skip();
        }
        let pattern = self.argument(name, depth, Escapes::None, not_closing)?;
        self.close(name)?;
        let end = sign == '%';
        Ok((Operator::Trim { end, longest }, vec![pattern]))
    }

    fn replace(
        &mut self,
        name: &str,
        depth: usize,
    ) -> Result<(Operator, Vec<Part>), SubstituteError> {
        self.skip();
        let operator = match self.peek() {
            Some('/') => Operator::ReplaceAll,
            Some('#') => Operator::ReplaceStart,
            Some('%') => Operator::ReplaceEnd,
            _ => Operator::ReplaceFirst,
        };
        if operator != Operator::ReplaceFirst {
            self.skip();
        }
        let mut args = vec![if self.peek() == Some('/') {
            Part::Text(String::new())
        } else {
            self.argument(name, depth, Escapes::All, |char| char != '/')?
        }];
        let before = self.rest;
        self.rest = before.trim_start_matches('/');
        if self.rest.len() == before.len() {
            return Err(SubstituteError::new(Kind::Operator, name));
        }
        if !self.eat("}") {
            args.push(self.argument(name, depth, Escapes::All, not_closing)?);
            self.close(name)?;
        }
        Ok((operator, args))
    }
}

fn not_closing(char: char) -> bool {
    char != '}'
}

impl Call {
    const fn new(name: String, operator: Operator, args: Vec<Part>) -> Self {
        Self {
            name,
            operator,
            args,
        }
    }
}

/// The names of the variables that a template speaks of, each once, in their order.
pub(super) fn names(parts: &[Part]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut waiting: Vec<&Part> = parts.iter().rev().collect();
    while let Some(part) = waiting.pop() {
        let Part::Call(call) = part else { continue };
        if !found.contains(&call.name) {
            found.push(call.name.clone());
        }
        waiting.extend(call.args.iter().rev());
    }
    found
}
