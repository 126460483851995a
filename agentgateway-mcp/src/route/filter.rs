use http::Extensions;

/// What kind of thing a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// A tool, by its name.
    Tool,
    /// A prompt, by its name.
    Prompt,
    /// A resource, by its URI.
    Resource,
    /// A template of resources, by its URI template.
    Template,
}

impl ItemKind {
    /// A short stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Template => "template",
        }
    }
}

/// Who may see and use what of which server.
///
/// One predicate decides both: what it denies is left out of lists, and a call of it is answered as one of
/// something that is not there. A closure of the same arguments is a filter.
pub trait Filter: Send + Sync + 'static {
    /// Whether this caller may have it.
    ///
    /// `caller` are the extensions of the request, where layers outside tell who asks; `target` is the
    /// name of the server; `name` is what the server itself calls it, before any renaming. A resource's URI
    /// comes with its percent-encoding decoded. Keep it quick: it is asked for each item of a list.
    fn allows(&self, caller: &Extensions, target: &str, kind: ItemKind, name: &str) -> bool;
}

impl<F> Filter for F
where
    F: Fn(&Extensions, &str, ItemKind, &str) -> bool + Send + Sync + 'static,
{
    fn allows(&self, caller: &Extensions, target: &str, kind: ItemKind, name: &str) -> bool {
        self(caller, target, kind, name)
    }
}
