use std::collections::HashMap;

use agentgateway_core::{
    body::BodyPrefix,
    context::{AuthMethod, ClientAddr, Principal, ServerName},
    envoy::authz::{ExtAuthz, GrpcService, Metadata},
};
use bytes::Bytes;
use envoy_types::pb::{
    envoy::{
        config::core::v3::{
            self as core, HeaderValue, HeaderValueOption, QueryParameter, SocketAddress,
            header_value_option::HeaderAppendAction, socket_address::PortSpecifier,
        },
        service::auth::v3::{
            AttributeContext, CheckResponse, DeniedHttpResponse, OkHttpResponse,
            attribute_context::{HttpRequest, Peer, Request as Asked, TlsSession},
            check_response::HttpResponse,
        },
        r#type::v3::HttpStatus,
    },
    google::{
        protobuf::{BoolValue, ListValue, Struct, Value, value::Kind},
        rpc::Status,
    },
};
use http::{Request, Version};
use http_body_util::BodyExt;
use serde_json::json;

use super::scene::*;

fn service(port: u16) -> GrpcService {
    GrpcService::new(endpoint(port), client()).deadline(PATIENCE)
}

fn text(text: &str) -> Value {
    Value {
        kind: Some(Kind::StringValue(text.into())),
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Struct {
    let members = members.into_iter();
    Struct {
        fields: members.map(|(name, value)| (name.into(), value)).collect(),
    }
}

fn option(key: &str, value: &str) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(HeaderValue {
            key: key.into(),
            value: value.into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn acting(key: &str, value: &str, action: HeaderAppendAction) -> HeaderValueOption {
    HeaderValueOption {
        append_action: action as i32,
        ..option(key, value)
    }
}

#[expect(deprecated, reason = "most services write it")]
fn appending(key: &str, value: &str, append: bool) -> HeaderValueOption {
    HeaderValueOption {
        append: Some(BoolValue { value: append }),
        ..option(key, value)
    }
}

fn peer(address: &str, port: u32) -> Peer {
    let address = SocketAddress {
        address: address.into(),
        port_specifier: Some(PortSpecifier::PortValue(port)),
        ..Default::default()
    };
    Peer {
        address: Some(core::Address {
            address: Some(core::address::Address::SocketAddress(address)),
        }),
        ..Default::default()
    }
}

fn allowing() -> CheckResponse {
    CheckResponse {
        status: Some(Status::default()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_request_is_told_in_envoys_own_message() {
    let judge = Start::default().authz(|_| Ok(allowing())).await;
    let service = service(judge.port)
        .context_extension("tenant", "blue")
        .request_metadata("own", |_| {
            Some(json!({"a": [1, null], "b": true}).as_object()?.clone())
        })
        .destination("10.0.0.1:8443".parse().unwrap())
        .certificate(|_| Some("-----BEGIN".into()))
        .forward_body();
    let mut request = Request::put("https://api.example/a?b=c")
        .version(Version::HTTP_2)
        .header("x-request-id", "r-1")
        .header("x-many", "1")
        .header("x-many", "2")
        .body(())
        .unwrap();
    let extensions = request.extensions_mut();
    extensions.insert(ClientAddr::new("10.1.2.3:4000".parse().unwrap()));
    extensions.insert(ServerName::new("api.example"));
    extensions.insert(BodyPrefix::new(Bytes::from_static(b"hello"), true));
    Principal::new(AuthMethod::ClientCertificate, "spiffe://example.org/a").insert(extensions);

    call(ExtAuthz::grpc(service.clone()), request)
        .await
        .unwrap();
    let mut attributes = judge.asked().remove(0).attributes.unwrap();
    let asked = attributes.request.as_mut().unwrap();
    let time = asked.time.take().unwrap();
    assert!(time.seconds > 1_700_000_000, "{time:?}");

    let headers = [
        (":authority", "api.example"),
        (":method", "PUT"),
        (":path", "/a?b=c"),
        (":scheme", "https"),
        ("x-envoy-auth-partial-body", "false"),
        ("x-many", "1,2"),
        ("x-request-id", "r-1"),
    ];
    let list = ListValue {
        values: vec![
            Value {
                kind: Some(Kind::NumberValue(1.0)),
            },
            Value {
                kind: Some(Kind::NullValue(0)),
            },
        ],
    };
    let own = object([
        (
            "a",
            Value {
                kind: Some(Kind::ListValue(list)),
            },
        ),
        (
            "b",
            Value {
                kind: Some(Kind::BoolValue(true)),
            },
        ),
    ]);
    let expected = AttributeContext {
        source: Some(Peer {
            principal: "spiffe://example.org/a".into(),
            certificate: "-----BEGIN".into(),
            ..peer("10.1.2.3", 4000)
        }),
        destination: Some(peer("10.0.0.1", 8443)),
        request: Some(Asked {
            time: None,
            http: Some(HttpRequest {
                id: "r-1".into(),
                method: "PUT".into(),
                headers: headers
                    .map(|(name, value)| (name.into(), value.into()))
                    .into(),
                path: "/a?b=c".into(),
                host: "api.example".into(),
                scheme: "https".into(),
                size: 5,
                protocol: "HTTP/2".into(),
                body: "hello".into(),
                ..Default::default()
            }),
        }),
        context_extensions: HashMap::from([("tenant".into(), "blue".into())]),
        metadata_context: Some(core::Metadata {
            filter_metadata: HashMap::from([("own".into(), own)]),
            ..Default::default()
        }),
        tls_session: Some(TlsSession {
            sni: "api.example".into(),
        }),
        ..Default::default()
    };
    assert_eq!(attributes, expected);

    let mut request = get("/");
    request
        .extensions_mut()
        .insert(BodyPrefix::new(Bytes::from_static(b"\xff\x00"), false));
    call(ExtAuthz::grpc(service.forward_raw_body()), request)
        .await
        .unwrap();
    let attributes = judge.asked().remove(0).attributes.unwrap();
    let http = attributes.request.unwrap().http.unwrap();
    assert_eq!((http.raw_body, http.size), (b"\xff\x00".to_vec(), -1));
}

#[tokio::test]
async fn every_edit_of_a_yes_is_made() {
    use HeaderAppendAction::{
        AddIfAbsent, AppendIfExistsOrAdd, OverwriteIfExists, OverwriteIfExistsOrAdd,
    };
    let edits = || {
        let raw = HeaderValue {
            key: "x-raw".into(),
            raw_value: b"\xe9".to_vec(),
            ..Default::default()
        };
        vec![
            acting("x-usual", "new", AppendIfExistsOrAdd),
            appending("x-append", "new", true),
            appending("x-set", "new", false),
            acting("x-there", "new", AddIfAbsent),
            acting("x-absent", "new", AddIfAbsent),
            acting("x-over", "new", OverwriteIfExistsOrAdd),
            acting("x-over-there", "new", OverwriteIfExists),
            acting("x-over-absent", "new", OverwriteIfExists),
            HeaderValueOption {
                header: Some(raw),
                ..Default::default()
            },
        ]
    };
    let judge = Start::default().authz(move |_| {
        let parameter = |key: &str, value: &str| QueryParameter {
            key: key.into(),
            value: value.into(),
        };
        Ok(CheckResponse {
            http_response: Some(HttpResponse::OkResponse(OkHttpResponse {
                headers: edits(),
                headers_to_remove: vec!["authorization".into()],
                response_headers_to_add: edits(),
                query_parameters_to_set: vec![parameter("tenant", "blue")],
                query_parameters_to_remove: vec!["token".into()],
                ..Default::default()
            })),
            dynamic_metadata: Some(object([
                ("sub", text("alice")),
                (
                    "level",
                    Value {
                        kind: Some(Kind::NumberValue(3.0)),
                    },
                ),
                (
                    "plan",
                    Value {
                        kind: Some(Kind::StructValue(object([("name", text("free"))]))),
                    },
                ),
            ])),
            ..allowing()
        })
    });
    let judge = judge.await;
    let mut request = Request::get("/a?token=t&x=1").header("authorization", "Bearer t");
    for name in [
        "x-usual",
        "x-append",
        "x-set",
        "x-there",
        "x-over",
        "x-over-there",
    ] {
        request = request.header(name, "old");
    }
    let policy = ExtAuthz::grpc(service(judge.port));
    let answer = call(policy, request.body(()).unwrap()).await.unwrap();

    let behind = answer.extensions().get::<Behind>().unwrap();
    assert_eq!(behind.uri, "/a?x=1&tenant=blue");
    let mut left = fields(&behind.headers);
    left.sort_unstable();
    let expected: [(&str, &[u8]); 9] = [
        ("x-absent", b"new"),
        ("x-append", b"new"),
        ("x-append", b"old"),
        ("x-over", b"new"),
        ("x-over-there", b"new"),
        ("x-raw", b"\xe9"),
        ("x-set", b"new"),
        ("x-there", b"old"),
        // In a request the action that a message has by default replaces, as services expect.
        ("x-usual", b"new"),
    ];
    assert_eq!(left, expected);
    let caller = behind.extensions.get::<Principal>().unwrap();
    assert_eq!(
        (caller.name(), caller.method()),
        ("alice", AuthMethod::External)
    );
    let metadata = behind.extensions.get::<Metadata>().unwrap().members();
    let expected = json!({"sub": "alice", "level": 3, "plan": {"name": "free"}});
    assert_eq!(serde_json::Value::from(metadata.clone()), expected);

    // The service behind has answered with none of these.
    let mut left = fields(answer.headers());
    left.sort_unstable();
    let expected: [(&str, &[u8]); 8] = [
        ("x-absent", b"new"),
        ("x-append", b"new"),
        ("x-behind", b"1"),
        ("x-over", b"new"),
        ("x-raw", b"\xe9"),
        ("x-set", b"new"),
        ("x-there", b"new"),
        ("x-usual", b"new"),
    ];
    assert_eq!(left, expected);
}

#[tokio::test]
async fn a_no_brings_its_status_fields_and_body() {
    let judge = Start::default().authz(|_| {
        Ok(CheckResponse {
            status: Some(Status {
                code: 7,
                message: "no".into(),
                ..Default::default()
            }),
            http_response: Some(HttpResponse::DeniedResponse(DeniedHttpResponse {
                status: Some(HttpStatus { code: 401 }),
                headers: vec![
                    option("www-authenticate", "Bearer"),
                    appending("set-cookie", "a=1", true),
                    appending("set-cookie", "b=2", true),
                ],
                body: "who are you?".into(),
            })),
            ..Default::default()
        })
    });
    let judge = judge.await;
    let answer = call(ExtAuthz::grpc(service(judge.port)), get("/"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let expected: [(&str, &[u8]); 4] = [
        ("www-authenticate", b"Bearer"),
        ("set-cookie", b"a=1"),
        ("set-cookie", b"b=2"),
        ("content-type", b"text/plain"),
    ];
    assert_eq!(fields(answer.headers()), expected);
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "who are you?"
    );
}

#[tokio::test]
async fn a_failure_of_the_service_in_its_own_words() {
    let judge = Start::default().authz(|_| {
        Ok(CheckResponse {
            http_response: Some(HttpResponse::ErrorResponse(DeniedHttpResponse {
                status: Some(HttpStatus { code: 500 }),
                body: "database".into(),
                ..Default::default()
            })),
            ..Default::default()
        })
    });
    let judge = judge.await;
    let policy = ExtAuthz::grpc(service(judge.port));
    let answer = call(policy.clone(), get("/")).await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(policy.counts().failures.status, 1);
}
