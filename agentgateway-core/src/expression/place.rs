//! What is looked at before the parser: size, nesting and the number of operators.
//!
//! The parser and the evaluation recurse; these bounds keep both far from the end of a stack.

use super::ExpressionError;

/// How deep brackets may nest.
const MAX_NESTING: usize = 32;

/// How many operators, dots and brackets an expression may have.
const MAX_OPERATORS: usize = 256;

/// The line and column, both from 1, of a character of the text.
pub(super) fn place(text: &str, character: usize) -> (usize, usize) {
    let before = text.chars().take(character);
    let (mut line, mut column) = (1, 1);
    for found in before {
        if found == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    (line, column)
}

/// Refuses what nests too deep or has too many operators.
pub(super) fn scan(text: &str) -> Result<(), ExpressionError> {
    let (mut nesting, mut operators) = (0usize, 0usize);
    let mut quote = None;
    let mut escaped = false;
    for (at, found) in text.chars().enumerate() {
        if let Some(end) = quote {
            // A raw or triple-quoted string is read as several: at worst too much is counted.
            if escaped {
                escaped = false;
            } else if found == '\\' {
                escaped = true;
            } else if found == end {
                quote = None;
            }
            continue;
        }
        match found {
            '"' | '\'' => quote = Some(found),
            '(' | '[' | '{' => {
                nesting += 1;
                operators += 1;
            }
            ')' | ']' | '}' => nesting = nesting.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '&' | '|' | '?' | '.' => {
                operators += 1;
            }
            _ => {}
        }
        if nesting > MAX_NESTING {
            let message = "brackets nest too deep";
            return Err(ExpressionError::new(place(text, at), message)
                .expected(format!("at most {MAX_NESTING} levels")));
        }
        if operators > MAX_OPERATORS {
            let message = "the expression has too many operators";
            return Err(ExpressionError::new(place(text, at), message)
                .expected(format!("at most {MAX_OPERATORS}")));
        }
    }
    Ok(())
}
