//! What a rule changes in a request or its answer: pure functions, and a layer for each.

mod cors;
mod cors_layer;
mod header_edit;
mod header_layers;
mod mirror;
mod redirect;
mod redirect_layer;
mod rewrite;
mod rewrite_layer;
#[cfg(test)]
mod tests;

pub use self::{
    cors::Cors,
    cors_layer::{CorsFuture, CorsLayer, CorsService},
    header_edit::HeaderEdit,
    header_layers::{
        RequestHeadersLayer, RequestHeadersService, ResponseHeadersFuture, ResponseHeadersLayer,
        ResponseHeadersService,
    },
    mirror::{Fraction, MirrorBody, MirrorLayer, MirrorService, Mirrored},
    redirect::{Redirect, RedirectScheme},
    redirect_layer::{RedirectLayer, RedirectService},
    rewrite::{PathEdit, Rewrite},
    rewrite_layer::{RewriteLayer, RewriteService},
};
