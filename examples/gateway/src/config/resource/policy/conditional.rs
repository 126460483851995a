//! Policies that hold where a condition does.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Expr;
use crate::config::resource::text;

/// A policy, and where it holds. One without a condition comes last.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Conditional<T> {
    /// Where it holds; everywhere when it is absent.
    #[schemars(with = "Option<text::Expression>")]
    pub condition: Option<Expr>,
    /// The policy.
    pub policy: T,
}

/// Two types of the same fields: a policy that can stand in a [`Conditional`], and one that has either
/// these fields (by their names in `fields`) or several of the former.
macro_rules! conditional {
    (
        $(#[$doc:meta])* $outer:ident, $(#[$inner_doc:meta])* $inner:ident,
        fields: $names:expr, rules: $rules:expr,
        { $( $(#[$field_meta:meta])* $field:ident: $type:ty, )* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[schemars(extend("x-rules" = $crate::config::resource::rule::conditional($names, $rules)))]
        #[non_exhaustive]
        pub struct $outer {
            $( $(#[$field_meta])* pub $field: $type, )*
            /// Several, each where its condition holds, in the place of the other fields.
            #[schemars(length(min = 1, max = 16))]
            pub conditional: Option<Vec<$crate::config::resource::Conditional<$inner>>>,
        }

        $(#[$inner_doc])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[schemars(extend("x-rules" = $rules))]
        #[non_exhaustive]
        pub struct $inner {
            $( $(#[$field_meta])* pub $field: $type, )*
        }
    };
}

pub(super) use conditional;
