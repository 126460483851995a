use agentgateway_core::route::Cors;

use super::Policies;

/// What is decided about a request before a rule is chosen for it.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what the phase PreRouting has")]
pub struct BeforeRouting {
    /// Which pages of other origins may call, whatever rules say of it.
    pub cors: Option<Cors>,
    /// Who calls, who may, and what is changed.
    pub policies: Policies,
}

impl BeforeRouting {
    /// Fills in what this leaves open from another that it beats; rules of access are added.
    pub(crate) fn over(&mut self, under: &Self) {
        if self.cors.is_none() {
            self.cors.clone_from(&under.cors);
        }
        self.policies.over(&under.policies);
    }

    /// One line for each part, in the order in which they decide.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let pages = self.cors.iter().map(|_| {
            "traffic.cors: answers preflights, and says which pages may read answers".to_owned()
        });
        pages.chain(self.policies.lines()).collect()
    }
}
