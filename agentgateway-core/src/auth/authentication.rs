use std::{fmt, sync::Arc};

use http::request;

use super::{Authenticate, Mode, search::Search};
use crate::policy::{Decision, Policy};

/// The policy that finds out who calls; see the [module](crate::auth).
#[derive(Clone)]
pub struct Authentication(Arc<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) name: Box<str>,
    pub(super) methods: Vec<Arc<dyn Authenticate>>,
    pub(super) mode: Mode,
    pub(super) forward: bool,
}

impl Authentication {
    /// By this method, strictly. The policy's name is `authentication`.
    pub fn new(method: impl Authenticate) -> Self {
        Self(Arc::new(Inner {
            name: "authentication".into(),
            methods: vec![Arc::new(method)],
            mode: Mode::Strict,
            forward: false,
        }))
    }

    /// By this method too: a caller that it knows is known, whatever those before have said.
    #[must_use]
    pub fn or(mut self, method: impl Authenticate) -> Self {
        self.change().methods.push(Arc::new(method));
        self
    }

    /// What becomes of those who are not known. Default: [`Mode::Strict`].
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.change().mode = mode;
        self
    }

    /// Leaves the credential in the request, which then reaches the upstream. Default: it is taken
    /// out.
    ///
    /// For an upstream that checks it anew. What an upstream is given, it can use in the caller's
    /// name.
    #[must_use]
    pub fn forward_credential(mut self) -> Self {
        self.change().forward = true;
        self
    }

    /// What errors and logs call the policy. Default: `authentication`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Box<str>>) -> Self {
        self.change().name = name.into();
        self
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Policy for Authentication {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        Search::new(Arc::clone(&self.0)).run(None, head)
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods: Vec<_> = self.0.methods.iter().map(|method| method.name()).collect();
        f.debug_struct("Authentication")
            .field("name", &self.0.name)
            .field("methods", &methods)
            .field("mode", &self.0.mode)
            .field("forwards_credential", &self.0.forward)
            .finish()
    }
}
