use std::{fs, sync::Arc};

use rustls::{ClientConfig, RootCertStore, crypto::ring::default_provider};

use super::{server::Server, *};
use crate::store::TaskIndex;

/// A `redis-server` that speaks TLS; where it was built without, this says so.
#[tokio::test]
async fn a_redis_is_spoken_to_within_tls() {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = std::env::temp_dir().join(format!("redis-tls-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let certificate = file("cert.pem", key.cert.pem());
    let private = file("key.pem", key.signing_key.serialize_pem());
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = probe.local_addr().unwrap().port();
    drop(probe);
    let server = Server::start_with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &private,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
    ]);
    let Some(_server) = server else { return };
    let url = format!("rediss://localhost:{port}");
    let stranger = Redis::builder(&url).unwrap().build();
    let mut roots = RootCertStore::empty();
    roots.add(key.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let redis = Redis::builder(&url).unwrap().tls(config).build();
    tokio::spawn(stranger.maintain());
    tokio::spawn(redis.maintain());
    timeout(SOON, redis.present()).await.unwrap();
    assert_eq!(soon(redis.home("t")).await.unwrap(), None);
    assert!(
        !stranger.standing().is_present,
        "its roots do not know the server"
    );
    fs::remove_dir_all(folder).unwrap();
}
