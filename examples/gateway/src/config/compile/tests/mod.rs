//! Manifests to snapshots, facts and conditions.

mod attaching;
mod backends;
mod behind;
mod classes;
mod clients;
mod confining;
mod conformance;
mod filters;
mod fixture;
mod granting;
mod guards;
mod health;
mod inheriting;
mod kinds;
mod own;
mod phases;
mod policies;
mod properties;
mod resources;
mod revoking;
mod secured;
mod services;
mod straying;
pub(crate) mod support;
mod terms;
mod traffic;
mod words;
