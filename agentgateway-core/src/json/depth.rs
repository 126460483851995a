use super::{JsonError, scan::mark};

/// How deep JSON may be nested: 128 levels, the outermost object or array being the first.
pub const MAX_DEPTH: usize = 128;

/// Checks that no array or object of this text is nested deeper than `max` levels.
///
/// One pass with constant stack and no allocation. It knows strings, and nothing else of the
/// grammar: a text that is not JSON may pass, for the parser to refuse.
///
/// # Errors
///
/// [`JsonErrorKind::TooDeep`](super::JsonErrorKind::TooDeep) at the first bracket that is one level
/// too deep.
pub fn check_depth(json: &[u8], max: usize) -> Result<(), JsonError> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => at = after_string(json, at),
            b'{' | b'[' => {
                depth += 1;
                if depth > max {
                    return Err(JsonError::too_deep(max, at - 1));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The position after the closing quote of the string whose content starts at `at`.
pub(super) fn after_string(json: &[u8], mut at: usize) -> usize {
    while let Some(rest) = json.get(at..) {
        match mark(rest) {
            Some(found) if rest.get(found) == Some(&b'"') => return at + found + 1,
            Some(found) => at += found + 2,
            None => break,
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Vec<u8> {
        let mut json = vec![b'['; levels];
        json.extend(vec![b']'; levels]);
        json
    }

    /// Fault S14: JSON nested to the limit, over it, and a million deep: refused before it is parsed.
    #[test]
    fn allows_the_limit_and_no_more() {
        for levels in [0, 1, 127, 128] {
            assert!(check_depth(&nested(levels), MAX_DEPTH).is_ok(), "{levels}");
        }
        for levels in [129, 10_000, 1_000_000] {
            assert!(check_depth(&nested(levels), MAX_DEPTH).is_err(), "{levels}");
        }
    }

    /// Fault S14: JSON nested to the limit, over it, and a million deep: refused before it is parsed.
    #[test]
    fn counts_levels_and_not_brackets() {
        let wide = format!("[{}[]]", "[{}],".repeat(1000));
        assert!(check_depth(wide.as_bytes(), 3).is_ok());
        assert!(check_depth(wide.as_bytes(), 2).is_err());
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        for text in [r#"["[[[[", "{{\"[[\\", "\\\\", {}]"#, r#"["]]","[\\\"["]"#] {
            assert!(check_depth(text.as_bytes(), 2).is_ok(), "{text}");
        }
    }

    #[test]
    fn ends_with_a_text_that_does_not() {
        for text in ["\"", "\"\\", "[\"abc", "]]]", "\"\\\""] {
            assert!(check_depth(text.as_bytes(), 1).is_ok(), "{text}");
        }
    }
}
