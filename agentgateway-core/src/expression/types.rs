//! Operators whose operands can be seen to be of types that never go together.

use cel::{IdedExpr, common::ast::CallExpr};

use super::{check::kind, vocabulary::Vocabulary};

/// Types that one operator takes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Number,
    Bool,
    Text,
    Bytes,
    List,
    Map,
    Null,
}

impl Class {
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "int" | "uint" | "double" => Self::Number,
            "bool" => Self::Bool,
            "string" => Self::Text,
            "bytes" => Self::Bytes,
            "list" => Self::List,
            "map" => Self::Map,
            "null" => Self::Null,
            _ => return None,
        })
    }
}

/// Why a call can have no value, and what it takes; `None` where that cannot be seen.
pub(super) fn fault(call: &CallExpr, vocabulary: &Vocabulary) -> Option<(String, &'static str)> {
    use Class::{Bool, Bytes, List, Number, Text};
    let (sign, taken, expected): (_, &[Class], _) = match call.func_name.as_str() {
        "_+_" => (
            "+",
            &[Number, Text, Bytes, List],
            "two numbers, strings, bytes or lists; string(x) makes a string",
        ),
        "_-_" => ("-", &[Number], "two numbers"),
        "_*_" => ("*", &[Number], "two numbers"),
        "_/_" => ("/", &[Number], "two numbers"),
        "_%_" => ("%", &[Number], "two whole numbers"),
        "_<_" => ("<", &[Number, Text, Bytes, Bool], "two values of one type"),
        "_<=_" => ("<=", &[Number, Text, Bytes, Bool], "two values of one type"),
        "_>_" => (">", &[Number, Text, Bytes, Bool], "two values of one type"),
        "_>=_" => (">=", &[Number, Text, Bytes, Bool], "two values of one type"),
        "_&&_" => ("&&", &[Bool], "two bools"),
        "_||_" => ("||", &[Bool], "two bools"),
        "!_" => ("!", &[Bool], "a bool"),
        "-_" => ("-", &[Number], "a number"),
        _ => return None,
    };
    let kinds: Vec<_> = call
        .args
        .iter()
        .filter_map(|arg| kind(arg, vocabulary))
        .collect();
    let classes: Vec<_> = kinds.iter().filter_map(|kind| Class::of(kind)).collect();
    let untaken = classes.iter().any(|class| !taken.contains(class));
    let differ = classes.windows(2).any(|two| two.first() != two.last());
    (untaken || differ).then(|| {
        (
            format!("{sign} cannot take {}", kinds.join(" and ")),
            expected,
        )
    })
}

/// The type of all of these, where it can be seen to be one.
pub(super) fn common(args: &[IdedExpr], vocabulary: &Vocabulary) -> Option<&'static str> {
    let mut kinds = args.iter().map(|arg| kind(arg, vocabulary));
    let first = kinds.next()??;
    kinds.all(|other| other == Some(first)).then_some(first)
}
