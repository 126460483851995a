use agentgateway_core::{
    protocol::{Finished, OnFinished, ProtocolService},
    rescue::RescueLayer,
};
use tower_layer::Layer;

use super::{A2aDialect, A2aProtocol, A2aReport, protocol::Settings};
#[cfg(feature = "signatures")]
use crate::policy::card::Verify;
use crate::{
    call::A2aCall,
    policy::card::{CardPolicy, Signatures, Treatment},
    wire::card::{Offer, PublicUrl},
};

/// Reads A2A calls, watches their answers, and rewrites agent cards.
///
/// See the [module](super) for what it does. The service inside may be any: an agent of the
/// application's own, or [`A2aUpstream`](crate::upstream::A2aUpstream) over a client.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is mounted"]
pub struct A2aLayer {
    settings: Settings,
    enabled: bool,
    refuses_all: bool,
}

/// The service of [`A2aLayer`].
pub type A2a<S> = ProtocolService<S, A2aProtocol>;

impl A2aLayer {
    /// A layer with the defaults that each setter tells.
    pub fn new() -> Self {
        Self {
            settings: Settings::default(),
            enabled: true,
            refuses_all: false,
        }
    }

    /// The URL under which clients reach this layer, for the URLs of agent cards.
    ///
    /// Default: what each request says ([`PublicUrl::of_request`]). Set it where TLS ends before
    /// the gateway, where a proxy rewrites paths, or where cards are cached.
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.settings.public_url = Some(url);
        self
    }

    /// What becomes of cards.
    pub(crate) const fn cards(&self) -> &CardPolicy {
        &self.settings.cards
    }

    /// What was set with [`public_url`](Self::public_url).
    pub(crate) const fn known_url(&self) -> Option<&PublicUrl> {
        self.settings.public_url.as_ref()
    }

    /// The same at this URL; `None`: at what each request says.
    pub(crate) fn with_url(mut self, url: Option<PublicUrl>) -> Self {
        self.settings.public_url = url;
        self
    }

    /// The same with another policy of cards, which are looked at.
    pub(crate) fn with_cards(mut self, cards: CardPolicy) -> Self {
        self.settings.cards = cards;
        self.settings.rewrite_cards = true;
        self
    }

    /// What is done with an agent's card here, as clients find it at `public`.
    pub(crate) fn treatment(&self, public: Option<PublicUrl>) -> Treatment {
        Treatment {
            policy: self.settings.cards.clone(),
            base: self.settings.upstream_base.clone(),
            public,
        }
    }

    /// The path that is put before each request's path on its way to the agent.
    ///
    /// It is taken off the paths of the agent's URLs in cards. Default: none.
    pub fn upstream_base_path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.settings.upstream_base = match path {
            "" => String::new(),
            path => format!("/{path}"),
        };
        self
    }

    /// The name of the agent that calls are for, as rules and limits ask for it: `a2a.agent`. Default: none.
    pub fn agent(mut self, name: &str) -> Self {
        self.settings.agent = Some(name.into());
        self
    }

    /// One more path at which an agent publishes its card.
    ///
    /// A request's path may have more before it. Default: the well-known paths of v0.2 and of
    /// v0.3 and later, which are always among them.
    pub fn card_path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.settings.card_paths.push(format!("/{path}"));
        self
    }

    /// Whether agent cards are given the gateway's URLs. Default: true.
    pub const fn rewrite_cards(mut self, rewrite: bool) -> Self {
        self.settings.rewrite_cards = rewrite;
        self
    }

    /// Whether calls of gRPC are read as those of the other bindings are, so that policies see them and
    /// bridges can translate them. Default: false; they pass untouched.
    ///
    /// Answers pass as they are, and are looked at on their way.
    #[cfg(feature = "grpc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "grpc")))]
    pub const fn grpc(mut self, read: bool) -> Self {
        self.settings.reads_grpc = read;
        self
    }

    /// What becomes of the signatures of cards. Default: a card that changes loses them.
    ///
    /// With a key to sign with, the layer also answers a GET of
    /// `/.well-known/jwks.json` with its public half.
    pub fn signatures(mut self, signatures: Signatures) -> Self {
        self.settings.cards = self.settings.cards.signatures(signatures);
        self
    }

    /// Whether the signatures of the agent's cards are checked. Default: they are not.
    #[cfg(feature = "signatures")]
    #[cfg_attr(docsrs, doc(cfg(feature = "signatures")))]
    pub fn verify_cards(mut self, verify: Verify) -> Self {
        self.settings.cards = self.settings.cards.verify(verify);
        self
    }

    /// What is offered of the agent, as its card shall say. Default: what the agent does, at rewritten URLs.
    ///
    /// The offer's URL stands in the place of [`public_url`](Self::public_url) in cards.
    pub fn offer(mut self, offer: Offer) -> Self {
        self.settings.cards = self.settings.cards.offer(offer);
        self
    }

    /// Whether a client that declares a version is given the offer in that version's dialect; cards then
    /// say `Vary: A2A-Version`. Default: false.
    pub fn dialect_by_version(mut self, by_version: bool) -> Self {
        self.settings.cards = self.settings.cards.dialect_by_version(by_version);
        self
    }

    /// The path at which the key of signatures is published. A request's path may have more before it.
    /// Default: `/.well-known/jwks.json`.
    #[cfg(feature = "signatures")]
    #[cfg_attr(docsrs, doc(cfg(feature = "signatures")))]
    pub fn jwks_path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.settings.jwks_path = format!("/{path}");
        self
    }

    /// The longest request body that is read, and the longest card that is rewritten, in bytes.
    ///
    /// Default: 8 MiB. A longer request is answered with 413, a longer card with 502; a longer
    /// JSON answer passes without being looked at.
    pub const fn max_body_bytes(mut self, limit: usize) -> Self {
        self.settings.max_body_bytes = limit;
        self
    }

    /// The longest event of a stream, in bytes. Default: 16 MiB, as a file part is one event, in base64.
    /// A longer one ends the stream with an error. An event is held until it is whole: this bounds the
    /// memory of a stream, at three times as much.
    pub const fn max_event_bytes(mut self, limit: usize) -> Self {
        self.settings.max_event_bytes = limit;
        self
    }

    /// Whether the layer does anything. Default: true. When false every request passes untouched.
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Whether the service inside refuses every request. Default: false.
    ///
    /// Then its error is what the client learns, whatever else is wrong with the request: what is no
    /// call goes inward too, without one. For the place where nothing is served.
    pub const fn refuses_all(mut self, refuses_all: bool) -> Self {
        self.refuses_all = refuses_all;
        self
    }

    /// Is told of each finished exchange, exactly once each. Default: nobody is.
    ///
    /// It runs where the exchange ends, in a `poll` or a `drop`: it must not block.
    pub fn on_finished(
        mut self,
        callback: impl Fn(&Finished<'_, A2aCall, A2aReport>) + Send + Sync + 'static,
    ) -> Self {
        self.settings.on_finished = OnFinished::new(callback);
        self
    }

    /// Says errors of what stands outside of this layer in the same form: of an authentication that
    /// decides before a body is read.
    ///
    /// ```
    /// use agentgateway_core::policy::PolicyLayer;
    /// use agentgateway_a2a::A2aLayer;
    /// use tower::ServiceBuilder;
    ///
    /// let layer = A2aLayer::new();
    /// let before = PolicyLayer::all([]);
    /// let layers = ServiceBuilder::new().layer(layer.rescue()).layer(before).layer(layer);
    /// # let _ = layers;
    /// ```
    #[must_use]
    pub fn rescue(&self) -> RescueLayer<A2aDialect> {
        RescueLayer::of(A2aProtocol::new(self.settings.clone()))
    }
}

impl Default for A2aLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for A2aLayer {
    type Service = A2a<S>;

    fn layer(&self, inner: S) -> A2a<S> {
        let protocol = A2aProtocol::new(self.settings.clone());
        ProtocolService::new(inner, protocol, self.enabled).refuses_all(self.refuses_all)
    }
}
