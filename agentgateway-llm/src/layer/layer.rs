use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    protocol::{Finished, OnFinished, ProtocolService},
    rescue::RescueLayer,
};
use tower_layer::Layer;

use super::{LlmErrors, LlmProtocol};
use crate::{LlmCall, LlmReport};

/// Default of [`LlmLayer::max_body_bytes`].
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;
/// Default of [`LlmLayer::max_inspected_bytes`].
const MAX_INSPECTED_BYTES: usize = 8 * 1024 * 1024;
/// Default of [`LlmLayer::max_event_bytes`].
const MAX_EVENT_BYTES: usize = 32 * 1024 * 1024;

/// Default of [`LlmLayer::max_content_bytes`].
const MAX_CONTENT_BYTES: usize = 64 * 1024;

/// The service of [`LlmLayer`].
pub type Llm<S> = ProtocolService<S, LlmProtocol>;

/// Reads calls for models, and answers errors in their dialect.
///
/// See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct LlmLayer {
    protocol: LlmProtocol,
    enabled: bool,
    refuses_all: bool,
}

impl LlmLayer {
    /// A layer with all defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            protocol: LlmProtocol {
                max_body_bytes: MAX_BODY_BYTES,
                max_inspected_bytes: MAX_INSPECTED_BYTES,
                max_event_bytes: MAX_EVENT_BYTES,
                records_content: false,
                max_content_bytes: MAX_CONTENT_BYTES,
                on_finished: OnFinished::default(),
                names: Arc::default(),
                provider: None,
                keep_alive: None,
            },
            enabled: true,
            refuses_all: false,
        }
    }

    /// The longest request body of a call, in bytes. Default: 32 MiB. A longer one is answered
    /// with 413.
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.protocol.max_body_bytes = bytes;
        self
    }

    /// The longest answer that is read when it is no event stream, in bytes. Default: 8 MiB. A
    /// longer one passes too, but tells no usage. While an answer passes, what passed of it is kept
    /// in memory up to this size.
    #[must_use]
    pub const fn max_inspected_bytes(mut self, bytes: usize) -> Self {
        self.protocol.max_inspected_bytes = bytes;
        self
    }

    /// The longest event of a stream, in bytes. Default: 32 MiB, as a model's image is one event, in
    /// base64. A longer one ends the stream with an error. An event is held until it is whole: this
    /// bounds the memory of a stream, at three times as much. Frames of Bedrock's streams have a limit of their own,
    /// 16 MiB.
    #[must_use]
    pub const fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.protocol.max_event_bytes = bytes;
        self
    }

    /// Whether spans of calls have what is said: messages, answers, instructions and tools. Default: false.
    ///
    /// It holds what people wrote, and goes where spans go: to whoever reads the collector, and into the log lines of a
    /// subscriber that prints the fields of spans. Credentials in headers are not read. See the [module](super) for what
    /// is read, and [`telemetry`](crate::telemetry) for the attributes.
    #[must_use]
    pub const fn record_content(mut self, record: bool) -> Self {
        self.protocol.records_content = record;
        self
    }

    /// The longest of these attributes, in bytes. Default: 64 KiB; less than 512 is taken for 512. What does not fit is
    /// left out, and a part of the type `truncated` says so. A span has four of them.
    #[must_use]
    pub const fn max_content_bytes(mut self, bytes: usize) -> Self {
        self.protocol.max_content_bytes = bytes;
        self
    }

    /// The name of the provider that calls are for, as rules and limits ask for it: `llm.provider`. Default:
    /// none.
    #[must_use]
    pub fn provider(mut self, name: &str) -> Self {
        self.protocol.provider = Some(name.into());
        self
    }

    /// How long a stream may be silent until something is written into it that says nothing, so that nobody on the
    /// way to the client takes it for dead: an `event: ping` in Anthropic's dialect, else a comment. Zero is never.
    /// Default: never.
    ///
    /// It stands between two events, and never behind the last. Nothing is written where a dialect has no place for
    /// it: in Bedrock's streams, and in Gemini's, whose official clients read each line as JSON.
    #[must_use]
    pub const fn keep_alive(mut self, every: Duration) -> Self {
        self.protocol.keep_alive = if every.is_zero() { None } else { Some(every) };
        self
    }

    /// When false, every request passes untouched. Default: true.
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

    /// Calls `callback` once for each call that has ended, and for each that was refused.
    ///
    /// It runs where the exchange ends, in a `poll` or a `drop`: it must not block.
    #[must_use]
    pub fn on_finished(
        mut self,
        callback: impl Fn(&Finished<'_, LlmCall, LlmReport>) + Send + Sync + 'static,
    ) -> Self {
        self.protocol.on_finished = OnFinished::new(callback);
        self
    }

    /// Says errors of what stands outside of this layer in the same form: of an authentication that
    /// decides before a body is read.
    ///
    /// ```
    /// use agentgateway_core::policy::PolicyLayer;
    /// use agentgateway_llm::LlmLayer;
    /// use tower::ServiceBuilder;
    ///
    /// let layer = LlmLayer::new();
    /// let before = PolicyLayer::all([]);
    /// let layers = ServiceBuilder::new().layer(layer.rescue()).layer(before).layer(layer);
    /// # let _ = layers;
    /// ```
    #[must_use]
    pub fn rescue(&self) -> RescueLayer<LlmErrors> {
        RescueLayer::of(self.protocol.clone())
    }
}

impl Default for LlmLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for LlmLayer {
    type Service = Llm<S>;

    fn layer(&self, inner: S) -> Llm<S> {
        ProtocolService::new(inner, self.protocol.clone(), self.enabled)
            .refuses_all(self.refuses_all)
    }
}
