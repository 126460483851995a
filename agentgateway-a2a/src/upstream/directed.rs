use agentgateway_core::upstream::Endpoint;

/// Where a request goes in the place of the endpoint: one of the agent's interfaces, which was held against
/// the hosts that are allowed.
#[derive(Clone, Debug)]
pub(crate) struct Directed(Endpoint);

impl Directed {
    pub(crate) const fn new(place: Endpoint) -> Self {
        Self(place)
    }

    pub(super) const fn place(&self) -> &Endpoint {
        &self.0
    }
}
