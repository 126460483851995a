use std::sync::Arc;

use agentgateway_core::{Error, ErrorKind, error::Origin, media};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header, response};

use super::{
    AnswerContext, Codec, DecodeContext, Encoded, Fault, Loss, LossPolicy, LossReport, Refused,
    Target, Unreadable, count,
    custom::{CustomTools, to_functions},
    json_mode,
    stream::{Event, StreamDecoder, StreamEncoder, replay},
};
use crate::{
    LlmDialect,
    told::{Facts, Told},
};

/// Tells a client what of its request, or of the answer, had no place: names with commas between them.
const X_AGW_LOSS: HeaderName = HeaderName::from_static("x-agw-loss");

/// What of a provider's answer goes on to a client of another dialect, beside the body.
const FORWARDED: [HeaderName; 6] = [
    header::DATE,
    header::RETRY_AFTER,
    HeaderName::from_static("retry-after-ms"),
    HeaderName::from_static("x-should-retry"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
];

/// One call of a client in one dialect, answered by a provider in another.
#[derive(Debug)]
pub(crate) struct Exchange {
    client: Arc<dyn Codec>,
    provider: Arc<dyn Codec>,
    decode: DecodeContext,
    /// What the provider knows as functions.
    custom: CustomTools,
    answer: AnswerContext,
    stream: bool,
    /// Nothing is generated: the answer says how many tokens the request would have.
    counts: bool,
    policy: LossPolicy,
    losses: LossReport,
}

/// The two ends of a translation, and what is done about losses.
#[derive(Debug)]
pub(crate) struct Ends<'a> {
    pub(crate) client: Arc<dyn Codec>,
    pub(crate) provider: &'a Arc<dyn Codec>,
    pub(crate) policy: LossPolicy,
}

/// What a provider's answer is, by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// An error, to be read whole.
    Fault,
    /// A stream of events.
    Stream,
    /// An answer in one piece.
    Whole,
}

// === impl Exchange ===

impl Exchange {
    /// Reads the client's request and writes the provider's. `own_model` takes the place of the client's.
    ///
    /// # Errors
    /// The request is none of its dialect, or means something that the provider's dialect cannot say.
    pub(crate) fn begin(
        ends: Ends<'_>,
        target: &Target<'_>,
        body: &[u8],
        own_model: Option<&str>,
        answer: AnswerContext,
    ) -> Result<(Self, Encoded), Refused> {
        let mut request = ends.client.decode_request(target, body)?;
        if let Some(model) = own_model {
            model.clone_into(&mut request.model);
        }
        let mut losses = LossReport::new();
        let custom = match ends.provider.takes_custom_tools() {
            true => CustomTools::default(),
            false => to_functions(&mut request, &mut losses),
        };
        json_mode::say(&mut request, ends.provider.has_json_mode(), &mut losses);
        let encoded = ends.provider.encode_request(&request, &mut losses)?;
        if let Some(loss) = ends.policy.refuses(&losses) {
            return Err(refused(loss, &losses, ends.provider.dialect()));
        }
        let exchange = Self {
            client: ends.client,
            provider: Arc::clone(ends.provider),
            decode: encoded.context.clone(),
            custom,
            answer,
            stream: request.stream,
            counts: false,
            policy: ends.policy,
            losses,
        };
        Ok((exchange, encoded))
    }

    /// Asks how many tokens the request would have, in the place of an answer to it.
    ///
    /// # Errors
    /// The provider's dialect wrote no object.
    pub(crate) fn counting(
        mut self,
        turn: Encoded,
        model: &str,
        is_vertex: bool,
    ) -> Result<(Self, Encoded), Refused> {
        self.counts = true;
        let asked = count::ask(self.provider.dialect(), turn, model, is_vertex)?;
        Ok((self, asked))
    }

    /// What has come.
    pub(crate) fn came(&self, head: &response::Parts) -> Came {
        if !head.status.is_success() {
            Came::Fault
        } else if media::is_event_stream(&head.headers) || self.is_other_stream(&head.headers) {
            Came::Stream
        } else {
            Came::Whole
        }
    }

    /// Whether the client did not ask for the usage that its stream will tell all the same.
    pub(crate) fn hides_usage(&self) -> bool {
        self.stream && self.client.dialect() == LlmDialect::OpenAiChat && !self.answer.include_usage
    }

    /// An error of the provider's, for the client.
    pub(crate) fn fault(self, head: response::Parts, body: &[u8]) -> Response<Bytes> {
        let fault = self.provider.decode_fault(head.status, &head.headers, body);
        self.told(head, &fault)
    }

    fn told(self, head: response::Parts, fault: &Fault) -> Response<Bytes> {
        let (own, said) = self.client.encode_fault(fault).into_parts();
        let mut answer = self.head(head, own.headers.get(header::CONTENT_TYPE).cloned());
        answer.status = own.status;
        for (name, value) in &own.headers {
            answer.headers.entry(name).or_insert_with(|| value.clone());
        }
        Response::from_parts(answer, said)
    }

    /// A whole answer of the provider's, for the client: as a stream, when it asked for one.
    ///
    /// # Errors
    /// The answer cannot be read.
    pub(crate) fn whole(
        mut self,
        mut head: response::Parts,
        body: &[u8],
    ) -> Result<Response<Bytes>, Error> {
        if let Some(fault) = self.provider.fault_in(body) {
            return Ok(self.told(head, &fault));
        }
        if self.counts {
            let tokens = count::read(self.provider.dialect(), body);
            let tokens = tokens.map_err(|error| unreadable(&error))?;
            let said = count::tell(self.client.dialect(), tokens);
            let json = HeaderValue::from_static("application/json");
            return Ok(Response::from_parts(self.head(head, Some(json)), said));
        }
        let mut response = self
            .provider
            .decode_response(&self.decode, body)
            .map_err(|error| unreadable(&error))?;
        self.custom.restore(&mut response);
        let tell = |summary| {
            let told = Told::default();
            told.tell(Facts {
                usage: Some(response.usage),
                losses: LossReport::new(),
                summary,
            });
            told
        };
        if !self.stream {
            let client = &self.client;
            let said = client.encode_response(&self.answer, &response, &mut self.losses);
            head.extensions.insert(tell(said.summary));
            let json = HeaderValue::from_static("application/json");
            return Ok(Response::from_parts(self.head(head, Some(json)), said.body));
        }
        head.extensions.insert(tell(None));
        let mut encoder = self.client.stream_encoder(&self.answer);
        let mut out = BytesMut::new();
        replay(&response, &mut |event: Event<'_>| {
            encoder.encode(&event, &mut out)
        })
        .map_err(|error| unreadable(&Unreadable::new(error.to_string())))?;
        self.losses.merge(encoder.losses());
        let media_type = self.stream_type();
        Ok(Response::from_parts(
            self.head(head, media_type),
            out.freeze(),
        ))
    }

    /// A stream of the provider's: the head for the client, and what reads and writes the body.
    ///
    /// # Errors
    /// The client did not ask for a stream.
    pub(crate) fn stream(
        self,
        mut head: response::Parts,
    ) -> Result<(response::Parts, Machines), Error> {
        if !self.stream {
            let error = "the client asked for an answer in one piece, and it came as a stream";
            return Err(unreadable(&Unreadable::new(error)));
        }
        let machines = Machines {
            decoder: self
                .custom
                .reader(self.provider.stream_decoder(&self.decode)),
            encoder: self.client.stream_encoder(&self.answer),
            told: Told::default(),
        };
        head.extensions.insert(machines.told.clone());
        let media_type = self.stream_type();
        Ok((self.head(head, media_type), machines))
    }

    /// Streams of the provider's dialect that are no event streams, such as Bedrock's.
    fn is_other_stream(&self, headers: &HeaderMap) -> bool {
        let own = self.provider.stream_media_type(&AnswerContext::default());
        let told = headers.get(header::CONTENT_TYPE);
        let told = told.and_then(|value| value.to_str().ok());
        told.and_then(|value| value.split(';').next())
            .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(own))
    }

    fn stream_type(&self) -> Option<HeaderValue> {
        let media_type = self.client.stream_media_type(&self.answer);
        Some(HeaderValue::from_static(media_type))
    }

    /// The client's head.
    fn head(
        &self,
        mut head: response::Parts,
        content_type: Option<HeaderValue>,
    ) -> response::Parts {
        let mut headers = HeaderMap::with_capacity(FORWARDED.len());
        for (name, value) in &head.headers {
            // As clients read them: of several the first one counts.
            if FORWARDED.contains(name) && !headers.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        if !self.losses.is_empty() {
            let told = HeaderValue::try_from(self.losses.to_string());
            if let (true, Ok(told)) = (self.policy.tells(), told) {
                headers.insert(X_AGW_LOSS, told);
            }
            head.extensions.insert(self.losses.clone());
        }
        head.headers = headers;
        head
    }
}

/// What reads a provider's stream and writes the client's, and who is told at its end.
#[derive(Debug)]
pub(crate) struct Machines {
    pub(crate) decoder: Box<dyn StreamDecoder>,
    pub(crate) encoder: Box<dyn StreamEncoder>,
    pub(crate) told: Told,
}

fn refused(loss: Loss, losses: &LossReport, provider: LlmDialect) -> Refused {
    let spoken = provider.spoken();
    let cannot =
        format!("cannot be said to the provider of this model, which speaks {spoken} ({loss})");
    match losses.place() {
        Some((first, place)) if first == loss => Refused::at(place, &cannot),
        _ => Refused::new(format!("this request {cannot}")),
    }
}

pub(crate) fn unreadable(error: &Unreadable) -> Error {
    Error::new(ErrorKind::BadAnswer, error.to_string()).with_origin(Origin::Upstream)
}
