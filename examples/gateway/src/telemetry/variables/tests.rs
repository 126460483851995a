use std::time::Duration;

use super::*;
use crate::telemetry::{Environment, OtlpProtocol};

fn read(variables: &[(&str, &str)]) -> (Variables, Vec<String>) {
    let variables = variables.iter().copied();
    Variables::read(&Environment::empty().with_parameters("ns/params", variables))
}

#[test]
fn nothing_is_as_the_specification_says() {
    let (variables, warnings) = read(&[]);
    assert_eq!(warnings, Vec::<String>::new());
    assert!(variables.endpoint.is_none() && !variables.disabled && variables.propagates);
    assert_eq!(variables.batching, Batching::default());
    assert_eq!(variables.speaking, Speaking::default());
    assert_eq!(
        variables.resource,
        [("service.name".to_owned(), "agentgateway".to_owned())]
    );
}

#[test]
fn endpoints_are_read_by_protocol() {
    let http = |path: &str| OtlpProtocol::Http {
        path: path.to_owned(),
    };
    let general = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    for (name, url, protocol, expected) in [
        (
            general,
            "http://c:4317",
            "",
            ("http://c:4317", OtlpProtocol::Grpc),
        ),
        (
            general,
            "https://c",
            "grpc",
            ("https://c:4317", OtlpProtocol::Grpc),
        ),
        (general, "c:1", "grpc", ("http://c:1", OtlpProtocol::Grpc)),
        (
            general,
            "http://c",
            "http/protobuf",
            ("http://c:4318", http("/v1/traces")),
        ),
        (
            general,
            "http://c/in/",
            "http/protobuf",
            ("http://c:4318", http("/in/v1/traces")),
        ),
        (
            traces,
            "http://c/in",
            "http/protobuf",
            ("http://c:4318", http("/in")),
        ),
        (
            traces,
            "http://[::1]:5",
            "grpc",
            ("http://[::1]:5", OtlpProtocol::Grpc),
        ),
    ] {
        let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
        let (variables, warnings) = read(&[(name, url), protocol]);
        let named = variables.endpoint.unwrap();
        assert_eq!(
            (named.target.to_string().as_str(), named.protocol),
            expected
        );
        assert_eq!(
            named.origin,
            format!("{name} of AgentgatewayParameters ns/params")
        );
        assert!(warnings.is_empty(), "{warnings:?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_what_is_used() {
    for (name, value, told) in [
        (
            "OTEL_TRACES_SAMPLER",
            "xray",
            "parentbased_always_on is used",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "ftp://x",
            "no endpoint is used",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://u:p@x",
            "no endpoint is used",
        ),
        (
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/json",
            "http/protobuf is used",
        ),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "none is used"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "10000 is used"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "2048 is used"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "a",
            "what can be read of it is used",
        ),
        ("OTEL_PROPAGATORS", "b3", "what of these is named is used"),
        ("OTEL_SDK_DISABLED", "yes", "false is used"),
    ] {
        // The protocol counts where there is an endpoint.
        let (_, warnings) = read(&[(name, value), ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=b")]);
        let [warning] = &warnings[..] else {
            panic!("{name}: {warnings:?}")
        };
        assert!(
            warning.starts_with(&format!("{name} of Agentgateway")),
            "{warning}"
        );
        assert!(warning.ends_with(told), "{warning}");
        assert!(!warning.contains(value) || value.len() < 3, "{warning}");
    }
    let ratio = [
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "x"),
    ];
    let (variables, warnings) = read(&ratio);
    assert!(warnings[0].ends_with("1.0 is used"), "{warnings:?}");
    assert_eq!(variables.sampler.unwrap().0.text(), "traceidratio 1.0");
}

#[test]
fn lists_and_numbers_are_read() {
    let (variables, warnings) = read(&[
        ("OTEL_RESOURCE_ATTRIBUTES", "a=1, service.name=x,b=c%2Cd"),
        ("OTEL_SERVICE_NAME", "front"),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "Authorization=Bearer%20secret",
        ),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "16"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_PROPAGATORS", "none"),
        ("OTEL_SDK_DISABLED", "True"),
    ]);
    assert_eq!(warnings, Vec::<String>::new());
    let pairs = [("a", "1"), ("b", "c,d"), ("service.name", "front")];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(variables.resource, pairs);
    let speaking = &variables.speaking;
    assert!(speaking.gzip && speaking.timeout == Some(Duration::from_millis(250)));
    let (name, value) = &speaking.headers[0];
    assert_eq!(
        (name.as_str(), value.to_str().unwrap()),
        ("authorization", "Bearer secret")
    );
    assert!(
        !format!("{variables:?}").contains("secret"),
        "it may be logged"
    );
    let batching = &variables.batching;
    assert_eq!(
        (batching.queue, batching.batch),
        (16, 16),
        "a batch fits the queue"
    );
    assert_eq!(batching.delay, Duration::from_millis(100));
    assert!(variables.disabled && !variables.propagates);
}

#[test]
fn the_process_beats_the_parameters() {
    let low = Environment::empty().with_parameters("ns/low", [("OTEL_SERVICE_NAME", "low")]);
    let both = Environment::empty()
        .with_parameters("ns/high", [("OTEL_SERVICE_NAME", "high")])
        .with_parameters("ns/low", [("OTEL_SERVICE_NAME", "low"), ("B", "b")]);
    assert_eq!(both.value("OTEL_SERVICE_NAME"), Some("high"));
    assert_eq!(both.value("B"), Some("b"));
    assert_ne!(both, low);
    assert!(
        !format!("{both:?}").contains("high\","),
        "values are not shown"
    );
}
