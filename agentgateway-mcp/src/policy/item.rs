use std::{borrow::Cow, sync::Arc};

use agentgateway_core::context::Principal;
use http::{Extensions, request};

use super::uri;

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

    /// The member of an item of a list that names it.
    pub(crate) const fn name_key(self) -> &'static str {
        match self {
            Self::Tool | Self::Prompt => "name",
            Self::Resource => "uri",
            Self::Template => "uriTemplate",
        }
    }
}

/// One thing that a server offers, or that a call is about.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    kind: ItemKind,
    target: &'a str,
    name: Cow<'a, str>,
    climbs: bool,
}

impl<'a> Item<'a> {
    /// This thing of the server `target` (empty where it has no name), by what the server itself calls it:
    /// of a resource the URI as it was sent.
    #[must_use]
    pub fn new(target: &'a str, kind: ItemKind, name: &'a str) -> Self {
        let is_uri = kind == ItemKind::Resource;
        Self {
            kind,
            target,
            climbs: is_uri && uri::is_ambiguous(name),
            name: if is_uri {
                uri::judged(name)
            } else {
                Cow::Borrowed(name)
            },
        }
    }

    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> ItemKind {
        self.kind
    }

    /// The server that offers it; empty where it was given no name.
    #[must_use]
    pub const fn target(&self) -> &'a str {
        self.target
    }

    /// Its name; of a resource the URI with its percent-encoding decoded, the scheme in lower case, and a file
    /// of this machine as `file:///x` (not `file:/x`, `file://localhost/x`); of a template the URI template.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a URI that climbs (`.`, `..`, plain or encoded), or that parsers of URLs mend (control
    /// characters, spaces around it, slashes too many or too few): what it names depends on who reads it, so
    /// that no pattern can speak of it. The rules of this crate deny it.
    #[must_use]
    pub const fn climbs(&self) -> bool {
        self.climbs
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    extensions: &'a Extensions,
    head: Option<&'a request::Parts>,
}

impl<'a> Caller<'a> {
    /// What layers outside have told of the request.
    #[must_use]
    pub const fn extensions(&self) -> &'a Extensions {
        self.extensions
    }

    /// Whom the request is from, where an authentication outside has found out.
    #[must_use]
    pub fn principal(&self) -> Option<&'a Principal> {
        self.extensions.get()
    }

    /// The head of the request as it came; `None` where nobody has kept it ([`CallerHead`]).
    #[must_use]
    pub fn head(&self) -> Option<&'a request::Parts> {
        self.head
    }
}

impl<'a> From<&'a request::Parts> for Caller<'a> {
    fn from(head: &'a request::Parts) -> Self {
        Self {
            extensions: &head.extensions,
            head: Some(head),
        }
    }
}

/// The head is the one that is kept in the extensions, if any.
impl<'a> From<&'a Extensions> for Caller<'a> {
    fn from(extensions: &'a Extensions) -> Self {
        let kept = extensions.get::<CallerHead>();
        Self {
            extensions,
            head: kept.map(|kept| &*kept.0),
        }
    }
}

/// The head of a request as it came, in its extensions: for rules that ask about headers, path and method
/// where the request has been changed on its way.
#[derive(Clone, Debug)]
pub struct CallerHead(Arc<request::Parts>);

impl CallerHead {
    /// Keeps the head in its own extensions, as it is now.
    pub fn keep(head: &mut request::Parts) {
        let kept = Self(Arc::new(head.clone()));
        head.extensions.insert(kept);
    }
}

/// Something is not for this caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    rule: Arc<str>,
}

impl Denied {
    /// By this rule, which the operator reads, and never the client.
    pub fn by(rule: impl Into<Arc<str>>) -> Self {
        Self { rule: rule.into() }
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &Arc<str> {
        &self.rule
    }
}

/// Who may see and use what of which server.
///
/// One predicate decides both: what it denies is left out of lists, and a call of it is answered as one of
/// something that is not there. A closure over caller and item that says whether it is allowed is one.
///
/// Lists that it has filtered are for this caller alone: they are told to caches as such.
pub trait Allows: Send + Sync + 'static {
    /// Whether this caller may have it. It must not block, and is asked for each item of a list: keep it
    /// quick.
    ///
    /// # Errors
    /// [`Denied`]: it may not, and by which rule.
    fn judge(&self, caller: &Caller<'_>, item: &Item<'_>) -> Result<(), Denied>;
}

impl<F> Allows for F
where
    F: Fn(&Caller<'_>, &Item<'_>) -> bool + Send + Sync + 'static,
{
    fn judge(&self, caller: &Caller<'_>, item: &Item<'_>) -> Result<(), Denied> {
        self(caller, item)
            .then_some(())
            .ok_or_else(|| Denied::by("predicate"))
    }
}

/// Both must allow it.
impl<A: Allows, B: Allows> Allows for (A, B) {
    fn judge(&self, caller: &Caller<'_>, item: &Item<'_>) -> Result<(), Denied> {
        self.0.judge(caller, item)?;
        self.1.judge(caller, item)
    }
}

impl<A: Allows + ?Sized> Allows for Arc<A> {
    fn judge(&self, caller: &Caller<'_>, item: &Item<'_>) -> Result<(), Denied> {
        (**self).judge(caller, item)
    }
}
