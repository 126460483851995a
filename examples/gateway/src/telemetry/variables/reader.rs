use std::{fmt, str::FromStr, time::Duration};

use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::telemetry::{
    Environment,
    logs::{LEVELS, is_level},
    sampling::EnvironmentSampler,
    settings::{Collector, OtlpProtocol},
};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const PATH: &str = "/v1/traces";

/// How spans wait and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batching {
    /// Spans that wait at most.
    pub(crate) queue: usize,
    /// Spans of one export at most.
    pub(crate) batch: usize,
    /// How long a span waits at most.
    pub(crate) delay: Duration,
    /// How long the export of a batch may take, with what is tried again.
    pub(crate) timeout: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Self {
            queue: 2048,
            batch: 512,
            delay: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
        }
    }
}

/// How a collector is spoken to, whoever names it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Speaking {
    /// Headers of every export. Their values may be credentials.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// How long one attempt may take. Default: 10 s.
    pub(crate) timeout: Option<Duration>,
    /// Whether spans are compressed with gzip.
    pub(crate) gzip: bool,
}

impl fmt::Debug for Speaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        f.debug_struct("Speaking")
            .field("headers", &names.collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("gzip", &self.gzip)
            .finish()
    }
}

/// An endpoint, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) target: Collector,
    pub(crate) protocol: OtlpProtocol,
    pub(crate) origin: String,
}

/// All of the variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Variables {
    pub(crate) disabled: bool,
    pub(crate) endpoint: Option<Named>,
    pub(crate) speaking: Speaking,
    pub(crate) batching: Batching,
    /// The sampler and who named it.
    pub(crate) sampler: Option<(EnvironmentSampler, String)>,
    /// Attributes of the resource, `service.name` among them.
    pub(crate) resource: Vec<(String, String)>,
    /// `traceparent` is read and written.
    pub(crate) propagates: bool,
}

/// Reads variables and gathers what is wrong with them.
struct Reader<'a> {
    environment: &'a Environment,
    warnings: Vec<Warning>,
}

/// A variable that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Warning {
    name: String,
    origin: String,
    /// What it should be, and what is done.
    told: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {}", self.name, self.origin, self.told)
    }
}

/// The names of variables that are not as they should be, with what is done.
pub(crate) fn doubts<'a>(
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<(String, String)> {
    let environment = Environment::empty().with_parameters("", variables);
    let (_, warnings) = Variables::read_all(&environment);
    let mut found: Vec<_> = warnings
        .into_iter()
        .map(|warning| (warning.name, warning.told))
        .collect();
    if environment
        .value("RUST_LOG")
        .is_some_and(|text| !is_level(text))
    {
        let told = format!("is not valid: expected {LEVELS}; info is used");
        found.push(("RUST_LOG".to_owned(), told));
    }
    found
}

impl Variables {
    /// The variables, and a sentence for each that is wrong: what it says, and what is done.
    pub(crate) fn read(environment: &Environment) -> (Self, Vec<String>) {
        let (variables, warnings) = Self::read_all(environment);
        let told = warnings.iter().map(ToString::to_string);
        (variables, told.collect())
    }

    fn read_all(environment: &Environment) -> (Self, Vec<Warning>) {
        let mut reader = Reader {
            environment,
            warnings: Vec::new(),
        };
        let variables = Self {
            disabled: reader.disabled(),
            endpoint: reader.endpoint(),
            speaking: reader.speaking(),
            batching: reader.batching(),
            sampler: reader.sampler(),
            resource: reader.resource(),
            propagates: reader.propagates(),
        };
        (variables, reader.warnings)
    }
}

impl Reader<'_> {
    fn warn(&mut self, name: &str, expected: &str, used: &str) {
        let origin = self
            .environment
            .get(name)
            .map_or_else(String::new, |found| format!(" of {}", found.origin()));
        self.warnings.push(Warning {
            name: name.to_owned(),
            origin,
            told: format!("is not valid: expected {expected}; {used} is used"),
        });
    }

    /// A number that is not zero.
    fn number(&mut self, name: &str, usual: u64) -> u64 {
        let Some(text) = self.environment.value(name) else {
            return usual;
        };
        match text.parse() {
            Ok(number) if number > 0 => number,
            _ => {
                self.warn(name, "a whole number above 0", &usual.to_string());
                usual
            }
        }
    }

    fn disabled(&mut self) -> bool {
        const NAME: &str = "OTEL_SDK_DISABLED";
        match self.environment.value(NAME) {
            None => false,
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            Some(_) => {
                self.warn(NAME, "true or false", "false");
                false
            }
        }
    }

    fn batching(&mut self) -> Batching {
        let usual = Batching::default();
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let queue = size(self.number("OTEL_BSP_MAX_QUEUE_SIZE", usual.queue as u64));
        let batch = size(self.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", usual.batch as u64));
        let delay = self.number("OTEL_BSP_SCHEDULE_DELAY", millis(usual.delay));
        let timeout = self.number("OTEL_BSP_EXPORT_TIMEOUT", millis(usual.timeout));
        // A place in the queue costs memory only when it is taken, but its number is bounded.
        let queue = queue.min(1 << 20);
        Batching {
            queue,
            batch: batch.min(queue),
            delay: Duration::from_millis(delay),
            timeout: Duration::from_millis(timeout),
        }
    }

    fn sampler(&mut self) -> Option<(EnvironmentSampler, String)> {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
        let found = self.environment.get(NAME)?;
        let origin = format!("{NAME} of {}", found.origin());
        let name = found.value().trim();
        let takes_share = name.ends_with("traceidratio");
        let share = self.environment.value(ARG).map(str::parse::<f64>);
        let share = match share {
            Some(Ok(share)) if (0.0..=1.0).contains(&share) => share,
            // The SDK takes what is beyond as the nearest end.
            Some(Ok(share)) if !share.is_nan() => {
                let nearest = share.clamp(0.0, 1.0);
                if takes_share {
                    self.warn(ARG, "a share from 0.0 to 1.0", &format!("{nearest:?}"));
                }
                nearest
            }
            _ => {
                if takes_share {
                    self.warn(ARG, "a share from 0.0 to 1.0", "1.0");
                }
                1.0
            }
        };
        let sampler = EnvironmentSampler::named(name, share).unwrap_or_else(|| {
            let known = EnvironmentSampler::NAMES.join(", ");
            self.warn(NAME, &format!("one of {known}"), "parentbased_always_on");
            EnvironmentSampler::default()
        });
        Some((sampler, origin))
    }

    fn protocol(&mut self) -> Option<bool> {
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ];
        let (name, found) = self.environment.first(&names)?;
        match found.value().trim() {
            "grpc" => Some(true),
            "http/protobuf" => Some(false),
            "http/json" => {
                self.warn(name, "grpc or http/protobuf", "http/protobuf");
                Some(false)
            }
            _ => {
                self.warn(name, "grpc or http/protobuf", "grpc");
                Some(true)
            }
        }
    }

    fn endpoint(&mut self) -> Option<Named> {
        let grpc = self.protocol().unwrap_or(true);
        let (name, found) = self.environment.first(&[TRACES_ENDPOINT, ENDPOINT])?;
        let origin = format!("{name} of {}", found.origin());
        let Some((target, path)) = parse_endpoint(found.value().trim(), grpc) else {
            self.warn(name, "a URL like http://localhost:4317", "no endpoint");
            return None;
        };
        let protocol = if grpc {
            OtlpProtocol::Grpc
        } else if name == TRACES_ENDPOINT {
            let path = if path.is_empty() { "/" } else { path };
            OtlpProtocol::Http {
                path: path.to_owned(),
            }
        } else {
            OtlpProtocol::Http {
                path: format!("{}{PATH}", path.trim_end_matches('/')),
            }
        };
        Some(Named {
            target,
            protocol,
            origin,
        })
    }

    fn speaking(&mut self) -> Speaking {
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
        ];
        let timeout = self.environment.first(&names).map(|(name, _)| name);
        let timeout = timeout.map(|name| Duration::from_millis(self.number(name, 10_000)));
        Speaking {
            headers: self.headers(),
            timeout,
            gzip: self.compression(),
        }
    }

    fn compression(&mut self) -> bool {
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
            "OTEL_EXPORTER_OTLP_COMPRESSION",
        ];
        let Some((name, found)) = self.environment.first(&names) else {
            return false;
        };
        match found.value().trim() {
            "gzip" => true,
            "none" => false,
            _ => {
                self.warn(name, "gzip or none", "none");
                false
            }
        }
    }

    fn headers(&mut self) -> Vec<(HeaderName, HeaderValue)> {
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
            "OTEL_EXPORTER_OTLP_HEADERS",
        ];
        let Some((name, found)) = self.environment.first(&names) else {
            return Vec::new();
        };
        let (pairs, wrong) = pairs(found.value());
        let mut refused = wrong;
        let mut headers = Vec::new();
        for (key, value) in pairs {
            let name = HeaderName::from_str(&key.to_ascii_lowercase());
            match (name, HeaderValue::from_str(&value)) {
                (Ok(name), Ok(mut value)) => {
                    value.set_sensitive(true);
                    headers.push((name, value));
                }
                _ => refused = true,
            }
        }
        if refused {
            self.warn(
                name,
                "a list like name=value,name=value",
                "what can be read of it",
            );
        }
        headers
    }

    fn resource(&mut self) -> Vec<(String, String)> {
        const NAME: &str = "OTEL_RESOURCE_ATTRIBUTES";
        let (mut resource, wrong) = self.environment.value(NAME).map(pairs).unwrap_or_default();
        if wrong {
            self.warn(
                NAME,
                "a list like key=value,key=value",
                "what can be read of it",
            );
        }
        if let Some(name) = self.environment.value("OTEL_SERVICE_NAME") {
            resource.retain(|(key, _)| key != "service.name");
            resource.push(("service.name".to_owned(), name.to_owned()));
        } else if !resource.iter().any(|(key, _)| key == "service.name") {
            resource.push(("service.name".to_owned(), "agentgateway".to_owned()));
        }
        resource
    }

    fn propagates(&mut self) -> bool {
        const NAME: &str = "OTEL_PROPAGATORS";
        let Some(list) = self.environment.value(NAME) else {
            return true;
        };
        let names: Vec<_> = list.split(',').map(str::trim).collect();
        if names
            .iter()
            .any(|name| !["tracecontext", "baggage", "none"].contains(name))
        {
            self.warn(
                NAME,
                "tracecontext, baggage or none",
                "what of these is named",
            );
        }
        names.contains(&"tracecontext")
            || !names.iter().any(|name| ["none", "baggage"].contains(name))
    }
}

/// `scheme://host:port/path`, or `host:port` in clear text.
pub(crate) fn parse_endpoint(text: &str, grpc: bool) -> Option<(Collector, &str)> {
    let (tls, rest) = match text.split_once("://") {
        Some(("http", rest)) => (false, rest),
        Some(("https", rest)) => (true, rest),
        Some(_) => return None,
        None => (false, text),
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if authority.contains('@') || path.contains(['?', '#']) {
        return None;
    }
    let parsed = http::uri::Authority::from_str(authority).ok()?;
    let port = parsed.port_u16().unwrap_or(if grpc { 4317 } else { 4318 });
    (!parsed.host().is_empty() && port > 0).then(|| {
        let authority = format!("{}:{port}", parsed.host());
        (Collector::new(authority, tls), path)
    })
}

/// `key=value,key=value`, values in percent encoding; and whether something was no pair.
fn pairs(text: &str) -> (Vec<(String, String)>, bool) {
    let mut wrong = false;
    let mut pairs = Vec::new();
    for pair in text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        let decoded = pair.split_once('=').and_then(|(key, value)| {
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            let key = key.trim();
            (!key.is_empty()).then(|| (key.to_owned(), value.into_owned()))
        });
        match decoded {
            Some(pair) => pairs.push(pair),
            None => wrong = true,
        }
    }
    (pairs, wrong)
}
