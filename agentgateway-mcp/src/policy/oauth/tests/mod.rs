mod metadata;
mod scopes;
mod support;
mod tokens;
mod urls;
