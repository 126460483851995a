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

/// A condition, what holds there, and the rest of its path.
pub(crate) type Case<'a, T> = (Option<&'a Expr>, T, String);

/// A policy that can hold under conditions.
pub(crate) trait Conditioned {
    /// One that has none.
    type Policy;

    /// What holds where, with the rest of its path: the fields themselves everywhere, or each of
    /// several where its condition holds.
    fn cases(&self) -> Vec<Case<'_, Self::Policy>>;
}

impl<T: Clone> Conditional<T> {
    pub(crate) fn cases(several: &[Self]) -> Vec<Case<'_, T>> {
        let several = several.iter().enumerate();
        several
            .map(|(at, one)| {
                let path = format!(".conditional[{at}]");
                (one.condition.as_ref(), one.policy.clone(), path)
            })
            .collect()
    }
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

        impl $crate::config::resource::Conditioned for $outer {
            type Policy = $inner;

            fn cases(&self) -> Vec<$crate::config::resource::Case<'_, $inner>> {
                match &self.conditional {
                    Some(several) => $crate::config::resource::Conditional::cases(several),
                    None => vec![(None, $inner { $( $field: self.$field.clone(), )* }, String::new())],
                }
            }
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
