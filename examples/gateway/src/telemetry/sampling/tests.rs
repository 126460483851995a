use agentgateway_core::telemetry::TraceContext;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};

use super::{rule::takes, *};
use crate::{
    expression::{Expression, Facts, Vocabulary},
    telemetry::{Collector, ExportStats, OtlpProtocol, TracingPolicy},
};

const TRACES: [u128; 4] = [
    0x0000_0000_0000_0001_0000_0000_0000_0001,
    0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
    0x0000_0000_0000_0001_7fff_ffff_ffff_ffff,
    u128::MAX,
];

fn parent(trace: u128, sampled: bool) -> TraceContext {
    TraceContext::new(trace, 7, sampled).unwrap()
}

/// Whether the request is traced.
fn traced(sampling: &Sampling, parent: Option<&TraceContext>, trace: u128) -> bool {
    let stats = ExportStats::default();
    let decision = sampling.decide(parent, &Facts::none(), || trace, &stats);
    matches!(decision, Decision::Sampled(of) if of == trace)
}

/// What the SDK's own sampler says.
fn sdk(sampler: &Sampler, parent: Option<bool>, trace: u128) -> bool {
    let mut context = Context::new();
    if let Some(sampled) = parent {
        let flags = TraceFlags::default().with_sampled(sampled);
        let (trace, span) = (TraceId::from(trace), SpanId::from(7));
        let remote = SpanContext::new(trace, span, flags, true, TraceState::default());
        context = context.with_remote_span_context(remote);
    }
    let kind = SpanKind::Server;
    let told = sampler.should_sample(Some(&context), trace.into(), "", &kind, &[], &[]);
    told.decision == SamplingDecision::RecordAndSample
}

#[test]
fn the_environments_samplers_decide_as_the_sdks() {
    let based = |root| Sampler::ParentBased(Box::new(root));
    for share in [0.0, 0.1, 0.5, 0.75, 1.0] {
        let table = [
            ("always_on", Sampler::AlwaysOn),
            ("always_off", Sampler::AlwaysOff),
            ("traceidratio", Sampler::TraceIdRatioBased(share)),
            ("parentbased_always_on", based(Sampler::AlwaysOn)),
            ("parentbased_always_off", based(Sampler::AlwaysOff)),
            (
                "parentbased_traceidratio",
                based(Sampler::TraceIdRatioBased(share)),
            ),
        ];
        for (name, theirs) in &table {
            let named = EnvironmentSampler::named(name, share).unwrap();
            let ours = Sampling::environment(Some(&(named, "test".to_owned())));
            for trace in TRACES {
                for flag in [None, Some(false), Some(true)] {
                    let remote = flag.map(|sampled| parent(trace, sampled));
                    assert_eq!(
                        traced(&ours, remote.as_ref(), trace),
                        sdk(theirs, flag, trace),
                        "{name} {share} {flag:?} {trace:x}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_share_is_a_share() {
    let ids = (0..10_000u128).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let taken = ids.filter(|id| takes(0.25, *id)).count();
    assert!((2_300..2_700).contains(&taken), "{taken}");
}

fn policy(random: Option<&str>, client: Option<&str>) -> TracingPolicy {
    let collector = Collector::new("collector:4317", false);
    let mut policy = TracingPolicy::new("ns/otel", collector, OtlpProtocol::Grpc);
    let compile = |text: &str| {
        Expression::compile_ratio(text, &Vocabulary::request().with_response()).unwrap()
    };
    policy.random_sampling = random.map(compile);
    policy.client_sampling = client.map(compile);
    policy
}

#[test]
fn a_policy_decides_over_the_environment() {
    let off = ("always_off", 0.0);
    let ratio = ("traceidratio", 1.0);
    // random, client, environment; then: no trace, a trace not recorded, a trace recorded.
    let table = [
        (None, None, None, [false, false, true]),
        (Some("true"), None, None, [true, false, true]),
        (Some("false"), None, Some(ratio), [false, false, true]),
        (Some("true"), Some("true"), Some(off), [true, true, true]),
        (Some("true"), Some("false"), None, [true, false, false]),
        (Some("0.0"), Some("1.0"), None, [false, true, true]),
        (None, None, Some(ratio), [true, true, true]),
        (None, None, Some(off), [false, false, false]),
        (None, Some("true"), Some(off), [false, true, true]),
        // What cannot be worked out is taken for no.
        (
            Some("request.path == '/'"),
            Some("size(request.path) > 0"),
            None,
            [false; 3],
        ),
    ];
    for (random, client, environment, expected) in table {
        let named = environment.map(|(name, share)| {
            (
                EnvironmentSampler::named(name, share).unwrap(),
                String::new(),
            )
        });
        let sampling = Sampling::policy(&policy(random, client), named.as_ref());
        let trace = TRACES[1];
        let found = [None, Some(false), Some(true)]
            .map(|flag| traced(&sampling, flag.map(|on| parent(trace, on)).as_ref(), trace));
        assert_eq!(found, expected, "{random:?} {client:?} {environment:?}");
    }
}

#[test]
fn who_is_behind_learns_what_was_decided() {
    let stats = ExportStats::default();
    let decide = |random: &str, parent: Option<&TraceContext>| {
        let sampling = Sampling::policy(&policy(Some(random), Some("false")), None);
        sampling.decide(
            parent,
            &Facts::none(),
            || 1 << 64 | u128::from(u64::MAX),
            &stats,
        )
    };
    let recorded = parent(5, true);
    assert_eq!(decide("true", Some(&recorded)), Decision::Unsampled(5));
    assert_eq!(decide("true", Some(&parent(5, false))), Decision::Untouched);
    assert!(matches!(decide("0.5", None), Decision::Unsampled(_)));
    assert_eq!(decide("false", None), Decision::Untouched);
}

/// Fault C14: a sampling expression that fails at run time samples nothing and is counted.
#[test]
fn a_fault_at_run_time_is_counted() {
    let stats = ExportStats::default();
    let sampling = Sampling::policy(&policy(Some("request.path == '/'"), None), None);
    let decision = sampling.decide(None, &Facts::none(), || 1, &stats);
    assert_eq!(decision, Decision::Untouched);
    assert_eq!(stats.expression_errors.get(), 1);
}

#[test]
fn a_trace_in_a_message_is_decided_on_by_itself() {
    let honoured = Sampling::policy(&policy(Some("false"), None), None);
    assert!(honoured.decide_inner(1, true, false));
    assert!(!honoured.decide_inner(1, false, true));
    let asked = policy(None, Some("request.method == 'POST'"));
    let asked = Sampling::policy(&asked, None);
    assert!(asked.decide_inner(1, false, true));
    assert!(!asked.decide_inner(1, true, false));
}

#[test]
fn the_origin_is_told() {
    let named = (
        EnvironmentSampler::named("traceidratio", 0.5).unwrap(),
        "X".to_owned(),
    );
    let told = Sampling::environment(Some(&named)).random_described;
    assert_eq!(
        (told.text.as_str(), told.origin.as_str()),
        ("traceidratio 0.5", "X")
    );
    let told = Sampling::policy(&policy(Some("0.1"), None), Some(&named));
    assert_eq!(
        told.random_described.origin,
        "policy ns/otel randomSampling"
    );
    assert_eq!(told.client_described.text, "as the client recorded");
    assert_eq!(
        Sampling::environment(None).random_described.origin,
        "default"
    );
}
