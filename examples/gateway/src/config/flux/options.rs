//! How a directory is taken.

/// How [`assemble_documents`](super::assemble_documents) takes a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceOptions {
    /// Whether a variable that is not set, and has no default, is a problem; default `true`, as
    /// Flux does since kustomize-controller 1.9. Otherwise it is empty.
    pub strict: bool,
    /// The name, or namespace and name as `flux-system/apps`, of the Flux Kustomization that
    /// applies the directory; needed only where several could. Default none.
    pub kustomization: Option<String>,
}

impl SourceOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether variables must be set; see [`Self::strict`].
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Names the Flux Kustomization; see [`Self::kustomization`].
    #[must_use]
    pub fn kustomization(mut self, name: impl Into<String>) -> Self {
        self.kustomization = Some(name.into());
        self
    }
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            strict: true,
            kustomization: None,
        }
    }
}
