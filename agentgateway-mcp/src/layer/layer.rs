use std::sync::Arc;

use agentgateway_core::{
    protocol::{Finished, OnFinished, ProtocolService},
    rescue::RescueLayer,
};
use tower_layer::Layer;

use super::{McpDialect, McpProtocol, McpReport};
use crate::{
    McpCall,
    policy::{Allows, Hygiene},
};

/// The service of [`McpLayer`].
pub type Mcp<S> = ProtocolService<S, McpProtocol>;

/// Speaks MCP outside; inside may be any service.
///
/// See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct McpLayer {
    protocol: McpProtocol,
    enabled: bool,
    refuses_all: bool,
}

impl McpLayer {
    /// Parses calls, and answers errors as JSON-RPC.
    #[must_use]
    pub fn new() -> Self {
        Self {
            protocol: McpProtocol::default(),
            enabled: true,
            refuses_all: false,
        }
    }

    /// The largest request body, in bytes. Default: 4 MiB. A longer one is refused with 413.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.protocol.max_body_bytes = bytes;
        self
    }

    /// The longest event of a stream, in bytes. Default: 16 MiB, as a picture of a tool is one event, in base64. A
    /// longer one ends the stream with an error. An event is held until it is whole: this bounds the
    /// memory of a stream, at three times as much.
    #[must_use]
    pub const fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.protocol.max_event_bytes = bytes;
        self
    }

    /// The name of the server that calls are for, as rules and limits ask for it: `mcp.target`. Default:
    /// none.
    #[must_use]
    pub fn target(mut self, name: &str) -> Self {
        self.protocol.target = Some(name.into());
        self
    }

    /// Which tools are for whom; prompts, resources and templates too. Default: all are for everybody.
    ///
    /// The same rules judge calls, before the service inside sees them, and filter the answers to
    /// `tools/list` and its like on their way out, also those that come by a stream. What is denied is
    /// answered as what is not there: see [`policy`](crate::policy). They read the caller that an
    /// authentication *outside* of this layer has written. A list that cannot be read is an error, and goes
    /// to nobody. A POST that is no JSON, which passes otherwise, is refused with 415: a server might read a
    /// call in it.
    ///
    /// ```
    /// use agentgateway_mcp::{McpLayer, policy::tools::ToolRules};
    ///
    /// let rules = ToolRules::deny_all().allow("search").allow("read_*");
    /// let layer = McpLayer::new().tools(rules);
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn tools(mut self, rules: impl Allows) -> Self {
        self.protocol.items.rules = Some(Arc::new(rules));
        self
    }

    /// What is done with texts of lists that hide something from those who read them. Default: nothing.
    #[must_use]
    pub const fn hygiene(mut self, hygiene: Hygiene) -> Self {
        self.protocol.items.hygiene = Some(hygiene);
        self
    }

    /// Holds the arguments of calls against the schemas that lists have told: see
    /// [`arguments`](crate::policy::arguments). Default: they are the server's to judge.
    ///
    /// Lists are held and edited as where there are [rules](Self::tools), and what is no JSON is refused too.
    #[cfg(feature = "schemas")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schemas")))]
    #[must_use]
    pub fn arguments(mut self, arguments: crate::policy::arguments::ToolArguments) -> Self {
        self.protocol.items.calls = Some(Arc::new(arguments));
        self
    }

    /// The longest list that is filtered, in bytes, where something [filters](Self::tools). Default: 4 MiB. It
    /// is held until it is whole; a longer one is an error. One that comes as an event is bounded
    /// by the [event](Self::max_event_bytes).
    #[must_use]
    pub const fn max_list_bytes(mut self, bytes: usize) -> Self {
        self.protocol.items.max_list_bytes = bytes;
        self
    }

    /// The pages that may call, by their origin, such as `https://chat.example.org`; others are refused
    /// with 403, and what is no page's call passes. Default: all, but where
    /// [only this machine](Self::local_only) is served: its own.
    #[must_use]
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.protocol.origins.allow_origins(origins);
        self
    }

    /// By which hosts it may be asked for beside `localhost`, where
    /// [only this machine](Self::local_only) is served. Default: none.
    #[must_use]
    pub fn allow_hosts(mut self, hosts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.protocol.origins.allow_hosts(hosts);
        self
    }

    /// Whether only this machine is served: then a host that is none of this machine's own, and a page of
    /// a foreign origin, is refused with 403, as MCP wants it against DNS rebinding. Default: where
    /// [`OnLoopback`](agentgateway_core::context::OnLoopback) says so, which the listener of
    /// `agentgateway-core` writes. Set it where another server listens on a loopback address.
    #[must_use]
    pub const fn local_only(mut self, local: bool) -> Self {
        self.protocol.origins.local(local);
        self
    }

    /// When false, every request passes untouched and without a call. Default: true.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Whether the service inside refuses every request. Default: false.
    ///
    /// Then its error is what the client learns, whatever else is wrong with the request: what is no
    /// call goes inward too, without one. For the place where nothing is served.
    #[must_use]
    pub const fn refuses_all(mut self, refuses_all: bool) -> Self {
        self.refuses_all = refuses_all;
        self
    }

    /// Tells of each finished exchange, exactly once each. Default: nobody is told.
    ///
    /// The callback runs where the exchange ends, in a `poll` or a `drop`: it must not block.
    #[must_use]
    pub fn on_finished(
        mut self,
        callback: impl Fn(&Finished<'_, McpCall, McpReport>) + Send + Sync + 'static,
    ) -> Self {
        self.protocol.on_finished = OnFinished::new(callback);
        self
    }

    /// Says errors of what stands outside of this layer in the same form: of an authentication that
    /// decides before a body is read.
    ///
    /// ```
    /// use agentgateway_core::policy::PolicyLayer;
    /// use agentgateway_mcp::McpLayer;
    /// use tower::ServiceBuilder;
    ///
    /// let layer = McpLayer::new();
    /// let before = PolicyLayer::all([]);
    /// let layers = ServiceBuilder::new().layer(layer.rescue()).layer(before).layer(layer);
    /// # let _ = layers;
    /// ```
    #[must_use]
    pub fn rescue(&self) -> RescueLayer<McpDialect> {
        RescueLayer::of(self.protocol.clone())
    }
}

impl Default for McpLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for McpLayer {
    type Service = Mcp<S>;

    fn layer(&self, inner: S) -> Mcp<S> {
        ProtocolService::new(inner, self.protocol.clone(), self.enabled)
            .refuses_all(self.refuses_all)
    }
}
