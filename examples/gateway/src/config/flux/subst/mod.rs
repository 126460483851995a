//! Substitution of variables as Flux does it after the build (`postBuild`).
//!
//! # Behaviour
//! | text | gives |
//! |---|---|
//! | `${v}` | the value; strict: an error when `v` is not set |
//! | `${v:-d}` `${v:=d}` `${v=d}` `${v:+d}` `${v:?d}` | the value, or `d` when it is unset or empty |
//! | `${#v}` | the length in bytes |
//! | `${v:1}` `${v:1:2}` | from a byte on, and so many bytes |
//! | `${v^}` `${v^^}` `${v,}` `${v,,}` | first or all characters in upper or lower case |
//! | `${v/a/b}` `${v//a/b}` `${v/#a/b}` `${v/%a/b}` | first, all, leading or trailing `a` replaced, literally |
//! | `${v#p}` `${v##p}` `${v%p}` `${v%%p}` | without the shortest or longest start or end that a pattern fits |
//! | `$$` | `$`, everywhere |
//!
//! Everything else, as `$v` and `$(v)`, stays as it is.
//!
//! # Differences from Flux
//! * A negative length, as in `${v:0:-2}`, is an error, where versions of Flux panic or differ.
//! * An offset that cuts a character in two is an error: the result would not be text.
//! * Nesting and the work of one call have limits.
//!
//! # Source
//! Flux `Kustomization` v1, "Post build variable substitution", as of kustomize-controller 1.9.

mod apply;
mod error;
mod eval;
mod glob;
mod parse;
mod places;
mod scalar;
mod variables;

#[cfg(test)]
mod tests;

pub(super) use self::apply::places;
pub(in crate::config) use self::places::Places;
pub use self::{
    apply::{Substitution, substitute_documents},
    error::{SubstituteError, SubstituteErrorKind},
    eval::substitute,
    variables::Variables,
};
