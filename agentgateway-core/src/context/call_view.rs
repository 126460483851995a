use std::fmt;

use http::Extensions;

/// What policies may ask of a typed call without knowing its protocol: `mcp.tool`, `llm.model`.
pub trait CallFacts: Send + Sync + 'static {
    /// The room of the names: `a2a`, `mcp`, `llm`.
    const PROTOCOL: &'static str;

    /// Every name that [`fact`](Self::fact) knows.
    const NAMES: &'static [&'static str];

    /// A fact of this call by its name; `None` where this call has none, or the name is not known.
    fn fact(&self, name: &str) -> Option<Fact<'_>>;

    /// Whether making this call twice does nothing that making it once does not: it reads, or its
    /// protocol says so. Then it may be sent again though nobody knows what became of the first
    /// attempt. Default: false.
    fn is_safe(&self) -> bool {
        false
    }
}

/// One fact of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact<'a> {
    /// A name.
    Text(&'a str),
    /// A count.
    Number(u64),
    /// A truth.
    Truth(bool),
}

impl<'a> Fact<'a> {
    /// The text of one that is a name.
    #[must_use]
    pub const fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Truth(_) => None,
        }
    }
}

/// Reads the typed call of a request, whatever its protocol.
///
/// Written by the protocol layers beside their call. It costs two pointers and nothing until it is
/// asked.
///
/// # Example
/// ```
/// use agentgateway_core::context::{CallFacts, CallView, Fact};
///
/// #[derive(Clone)]
/// struct Call(&'static str);
/// impl CallFacts for Call {
///     const PROTOCOL: &'static str = "own";
///     const NAMES: &'static [&'static str] = &["verb"];
///     fn fact(&self, name: &str) -> Option<Fact<'_>> {
///         (name == "verb").then_some(Fact::Text(self.0))
///     }
///     fn is_safe(&self) -> bool {
///         self.0 == "greet"
///     }
/// }
///
/// let mut extensions = http::Extensions::new();
/// extensions.insert(Call("greet"));
/// extensions.insert(CallView::of::<Call>());
///
/// let view = extensions.get::<CallView>().copied().unwrap();
/// assert_eq!(view.protocol(), "own");
/// assert_eq!(view.fact(&extensions, "verb"), Some(Fact::Text("greet")));
/// assert!(view.is_safe(&extensions));
/// ```
#[derive(Clone, Copy)]
pub struct CallView {
    protocol: &'static str,
    read: Read,
    is_safe: fn(&Extensions) -> bool,
}

type Read = for<'a> fn(&'a Extensions, &str) -> Option<Fact<'a>>;

impl CallView {
    /// Reads calls of this type.
    #[must_use]
    pub const fn of<C: CallFacts>() -> Self {
        Self {
            protocol: C::PROTOCOL,
            read: read::<C>,
            is_safe: |extensions| extensions.get::<C>().is_some_and(C::is_safe),
        }
    }

    /// The protocol of the call.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        self.protocol
    }

    /// A fact of the call in these extensions, by its name without the protocol.
    #[must_use]
    pub fn fact<'a>(self, extensions: &'a Extensions, name: &str) -> Option<Fact<'a>> {
        (self.read)(extensions, name)
    }

    /// Whether the call in these extensions may be made twice; see [`CallFacts::is_safe`].
    #[must_use]
    pub fn is_safe(self, extensions: &Extensions) -> bool {
        (self.is_safe)(extensions)
    }
}

fn read<'a, C: CallFacts>(extensions: &'a Extensions, name: &str) -> Option<Fact<'a>> {
    extensions.get::<C>()?.fact(name)
}

impl fmt::Debug for CallView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallView").field(&self.protocol).finish()
    }
}
