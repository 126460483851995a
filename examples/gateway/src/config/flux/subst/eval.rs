//! From a template to text.

use super::glob::Glob;
use super::parse::{Call, Operator, Part, parse};
use super::{SubstituteError, SubstituteErrorKind as Kind, Variables};

/// How many bytes one call may write, those of arguments counted too, and steps of patterns.
const MAX_WORK: usize = 16 << 20;

/// Substitutes the variables of a text.
///
/// With `strict`, a variable that is not set is an error, save where a default stands in for it;
/// else it is empty.
///
/// # Errors
/// The first [`SubstituteError`]; one call nests 32 levels deep at most, and works on 16 MiB at
/// most.
pub fn substitute(
    text: &str,
    variables: &Variables,
    strict: bool,
) -> Result<String, SubstituteError> {
    let mut work = MAX_WORK;
    Evaluator {
        variables,
        strict,
        work: &mut work,
    }
    .evaluate(&parse(text)?)
}

/// Evaluates templates, and counts what that costs.
pub(super) struct Evaluator<'a> {
    pub(super) variables: &'a Variables,
    pub(super) strict: bool,
    pub(super) work: &'a mut usize,
}

impl Evaluator<'_> {
    pub(super) fn evaluate(&mut self, parts: &[Part]) -> Result<String, SubstituteError> {
        let mut output = String::new();
        for part in parts {
            match part {
                Part::Text(text) => {
                    self.spend(text.len(), "")?;
                    output.push_str(text);
                }
                Part::Call(call) => {
                    let text = self.call(call)?;
                    self.spend(text.len(), &call.name)?;
                    output.push_str(&text);
                }
            }
        }
        Ok(output)
    }

    fn spend(&mut self, cost: usize, name: &str) -> Result<(), SubstituteError> {
        match self.work.checked_sub(cost) {
            Some(left) => {
                *self.work = left;
                Ok(())
            }
            None => Err(SubstituteError::new(Kind::TooLarge, name)),
        }
    }

    fn call(&mut self, call: &Call) -> Result<String, SubstituteError> {
        // The arguments come first, so that a strict error in a default is one even when the
        // default is not needed: Flux reads them in this order.
        let mut args = Vec::new();
        for part in &call.args {
            args.push(self.evaluate(std::slice::from_ref(part))?);
        }
        let value = match self.variables.value(&call.name) {
            Some(value) => value,
            None if self.strict && call.operator != Operator::Default => {
                return Err(SubstituteError::new(Kind::NotSet, &call.name));
            }
            None => "",
        };
        let mut args = args.iter().map(String::as_str);
        match call.operator {
            Operator::Value => Ok(value.to_owned()),
            Operator::Length => Ok(value.len().to_string()),
            Operator::Default if value.is_empty() => Ok(args.collect()),
            Operator::Default => Ok(value.to_owned()),
            Operator::Substring => substring(value, args.next().unwrap_or_default(), args.next())
                .map_err(|kind| SubstituteError::new(kind, &call.name)),
            Operator::UpperFirst => Ok(first(value, upper)),
            Operator::Upper => Ok(value.chars().map(upper).collect()),
            Operator::LowerFirst => Ok(first(value, lower)),
            Operator::Lower => Ok(value.chars().map(lower).collect()),
            Operator::Trim { end, longest } => {
                let pattern = args.next().unwrap_or_default();
                self.trim(&call.name, value, pattern, end, longest)
            }
            Operator::ReplaceFirst
            | Operator::ReplaceAll
            | Operator::ReplaceStart
            | Operator::ReplaceEnd => {
                let pattern = args.next().unwrap_or_default();
                self.replace(call, value, pattern, args.next())
            }
        }
    }

    fn trim(
        &mut self,
        name: &str,
        value: &str,
        pattern: &str,
        end: bool,
        longest: bool,
    ) -> Result<String, SubstituteError> {
        let turn = |text: &str| -> String {
            if end {
                text.chars().rev().collect()
            } else {
                text.to_owned()
            }
        };
        // Of an end, both are turned around, brackets of the pattern too: that is what Flux does.
        let Some(glob) = Glob::new(&turn(pattern)) else {
            return Ok(value.to_owned());
        };
        self.spend(glob.steps(value), name)?;
        let turned = turn(value);
        let length = glob.prefix(&turned, longest).unwrap_or_default();
        Ok(turn(turned.get(length..).unwrap_or_default()))
    }

    fn replace(
        &mut self,
        call: &Call,
        value: &str,
        pattern: &str,
        new: Option<&str>,
    ) -> Result<String, SubstituteError> {
        let with = new.unwrap_or_default();
        match call.operator {
            Operator::ReplaceAll => {
                let grown = value.matches(pattern).count().saturating_mul(with.len());
                self.spend(grown, &call.name)?;
                Ok(value.replace(pattern, with))
            }
            Operator::ReplaceFirst => Ok(value.replacen(pattern, with, 1)),
            // At an end, Flux does nothing when nothing is to stand in place of the pattern.
            _ if new.is_none() => Ok(value.to_owned()),
            Operator::ReplaceStart => Ok(match value.strip_prefix(pattern) {
                Some(rest) => format!("{with}{rest}"),
                None => value.to_owned(),
            }),
            _ => Ok(match value.strip_suffix(pattern) {
                Some(rest) => format!("{rest}{with}"),
                None => value.to_owned(),
            }),
        }
    }
}

/// From a byte on, and so many bytes; what is no number leaves the value as it is.
fn substring(value: &str, from: &str, count: Option<&str>) -> Result<String, Kind> {
    let Ok(from) = from.parse::<i64>() else {
        return Ok(value.to_owned());
    };
    let distance = usize::try_from(from.unsigned_abs()).unwrap_or(usize::MAX);
    let start = if from < 0 {
        value.len().saturating_sub(distance)
    } else {
        distance.min(value.len())
    };
    let end = match count.map(str::parse::<i64>) {
        None => value.len(),
        Some(Err(_)) => return Ok(value.to_owned()),
        Some(Ok(count)) => {
            let count = usize::try_from(count).map_err(|_| Kind::NegativeLength)?;
            start.saturating_add(count).min(value.len())
        }
    };
    let part = value.get(start..end).ok_or(Kind::SplitCharacter)?;
    Ok(part.to_owned())
}

fn first(value: &str, change: fn(char) -> char) -> String {
    let mut rest = value.chars();
    rest.next().map(change).into_iter().chain(rest).collect()
}

/// The capital of a character, where that is one character too: Flux maps one to one.
fn upper(char: char) -> char {
    let mut mapped = char.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(upper), None) => upper,
        _ => char,
    }
}

fn lower(char: char) -> char {
    char.to_lowercase().next().unwrap_or(char)
}
