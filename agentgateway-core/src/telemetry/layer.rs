use tower_layer::Layer;

use super::{HttpClient, HttpServer, Instrument, Propagation, Telemetry, service::Side};

/// Opens a span per exchange and closes it when the answer's body has ended.
///
/// See the [module](crate::telemetry) for what is read and written.
#[derive(Clone, Debug)]
pub struct TelemetryLayer<I> {
    instrument: I,
    side: Side,
    propagation: Option<Propagation>,
}

impl TelemetryLayer<HttpServer> {
    /// For the client's hop: takes the remote parent from the headers.
    #[must_use]
    pub const fn server() -> Self {
        Self {
            instrument: HttpServer,
            side: Side::Server,
            propagation: None,
        }
    }
}

impl TelemetryLayer<HttpClient> {
    /// For an attempt upstream: hands the span on in the headers.
    #[must_use]
    pub const fn client() -> Self {
        Self {
            instrument: HttpClient,
            side: Side::Client,
            propagation: None,
        }
    }
}

impl<I> TelemetryLayer<I> {
    /// Names and fills the spans in another way.
    #[must_use]
    pub fn instrument<J: Instrument>(self, instrument: J) -> TelemetryLayer<J> {
        TelemetryLayer {
            instrument,
            side: self.side,
            propagation: self.propagation,
        }
    }

    /// How remote spans are tied in. Default on the server's side: not at all; on the client's side:
    /// as the request's extensions say.
    #[must_use]
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.propagation = Some(propagation);
        self
    }
}

impl<S, I> Layer<S> for TelemetryLayer<I>
where
    I: Instrument,
{
    type Service = Telemetry<S, I>;

    fn layer(&self, inner: S) -> Self::Service {
        Telemetry::new(
            inner,
            self.instrument.clone(),
            self.side,
            self.propagation.clone(),
        )
    }
}
