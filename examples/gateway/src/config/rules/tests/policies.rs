//! Rules of policies and parameters.

use super::*;

#[test]
fn rules_of_policies_and_parameters() {
    let policy = |target: &str, rest: &str, path: &str, words: &str| {
        let group = if target.starts_with("Service") {
            "''"
        } else {
            "gateway.networking.k8s.io"
        };
        let spec = format!("{{targetRefs: [{{group: {group}, kind: {target}, name: t}}], {rest}}}");
        breaks("AgentgatewayPolicy", &spec, path, words);
    };
    let tracing = "frontend: {tracing: {url: 'http://c:1'}}";
    policy(
        "Gateway",
        "",
        "spec",
        "At least one of traffic, frontend, or backend",
    );
    policy(
        "HTTPRoute",
        tracing,
        "spec.targetRefs[0].kind",
        "the 'frontend' field can only target a Gateway",
    );
    policy(
        "Service",
        "traffic: {hostRewrite: {mode: Auto}}",
        "spec.targetRefs[0].kind",
        "the 'traffic' field can only target",
    );
    policy(
        "GatewayClass",
        "backend: {tls: {}}",
        "spec.targetRefs[0].kind",
        "targetRefs may only reference Gateway",
    );
    policy(
        "Gateway",
        "frontend: {}",
        "spec.frontend",
        "at least one of the fields in [accessLog",
    );
    policy(
        "Gateway",
        "frontend: {tracing: {}}",
        "spec.frontend.tracing",
        "exactly one of the fields in [backendRef url]",
    );
    policy(
        "Gateway",
        "frontend: {tracing: {url: 'http://c:1/x'}}",
        "spec.frontend.tracing.url",
        "url path is only valid with protocol HTTP",
    );
    policy(
        "Gateway",
        "frontend: {tracing: {url: 'http://c:1', path: /x}}",
        "spec.frontend.tracing.path",
        "path is only valid with protocol HTTP",
    );
    for (spec, path) in [
        ("tcp: {keepalive: {time: 999ms}}", "tcp.keepalive.time"),
        (
            "tcp: {keepalive: {interval: 1ms}}",
            "tcp.keepalive.interval",
        ),
        (
            "health: {eviction: {duration: 1ms}}",
            "health.eviction.duration",
        ),
    ] {
        let name = path.rsplit('.').next().unwrap();
        policy(
            "Gateway",
            &format!("backend: {{{spec}}}"),
            &format!("spec.backend.{path}"),
            &format!("{name} must be at least 1 second"),
        );
    }
    policy(
        "Gateway",
        "frontend: {http: {http1IdleTimeout: 1ms}}",
        "spec.frontend.http.http1IdleTimeout",
        "http1IdleTimeout must be at least 1 second",
    );
    policy(
        "Gateway",
        "frontend: {http: {http2FrameSize: 1Ki}}",
        "spec.frontend.http.http2FrameSize",
        "http2FrameSize must be at least 16384 bytes",
    );
    policy(
        "Gateway",
        "frontend: {http: {maxBufferSize: 8Gi}}",
        "spec.frontend.http.maxBufferSize",
        "value must be at least 1 byte and fit within uint32",
    );
    policy(
        "Gateway, sectionName: a, port: 1",
        tracing,
        "spec.targetRefs[0].port",
        "at most one of the fields in [sectionName port]",
    );
    policy(
        "Gateway, sectionName: a",
        "frontend: {http: {http1MaxHeaders: 1}}",
        "spec.targetRefs[0].sectionName",
        "frontend tcp, networkAuthorization",
    );
    policy(
        "Gateway, port: 1",
        "traffic: {timeouts: {request: 1s}}",
        "spec.targetRefs[0].port",
        "port may only be set on frontend-only",
    );
    policy(
        "Gateway",
        "traffic: {timeouts: {request: 0s}}",
        "spec.traffic.timeouts.request",
        "request must be at least 1ms",
    );
    policy(
        "Service, sectionName: http",
        "backend: {tls: {}}",
        "spec.targetRefs[0].sectionName",
        "Service sectionName must be a numeric port",
    );
    policy(
        "Service",
        "backend: {mcp: {guardrails: {processors: [{methods: {a: Full}, remote: {url: 'http://a'}}]}}}",
        "spec.targetRefs[0].kind",
        "backend.mcp may not be used with a Service target",
    );
    policy(
        "Gateway",
        "traffic: {jwtAuthentication: {providers: [{issuer: a, jwks: {inline: '{}'}}]}}, \
         backend: {mcp: {authentication: {jwks: {url: 'http://a'}}}}",
        "spec.traffic.jwtAuthentication",
        "traffic.jwtAuthentication may not be used with backend.mcp.authentication",
    );
    let parameters =
        |spec: &str, path: &str, words: &str| breaks("AgentgatewayParameters", spec, path, words);
    parameters(
        "{daemonSet: {}}",
        "spec.daemonSet",
        "daemonSet overlays are only valid",
    );
    parameters(
        "{deployment: {}, workload: {kind: DaemonSet}}",
        "spec.deployment",
        "deployment overlays are only valid",
    );
    parameters(
        "{shutdown: {min: 2, max: 1}}",
        "spec.shutdown",
        "The 'min' value must be less",
    );
}
