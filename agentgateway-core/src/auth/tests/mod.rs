mod api_keys;
mod client_certificates;
mod location;
mod methods;
mod modes;
mod states;
pub(in crate::auth) mod support;
