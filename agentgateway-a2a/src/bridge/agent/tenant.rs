/// The tenant that an agent is told in the place of the client's word, or that it is told none.
///
/// Who chooses an agent by the tenant writes it into the request's extensions, where
/// [`AnyAgent`](super::AnyAgent) takes it out: the client's word was for the catalogue. Without it the agent is
/// told what the client says. Where the agent's card names a tenant, that is what the agent is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsTenant(Option<Box<str>>);

impl AsTenant {
    /// This tenant; `None`: none.
    #[must_use]
    pub fn new(tenant: Option<&str>) -> Self {
        Self(tenant.map(Box::from))
    }

    /// The tenant.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}
