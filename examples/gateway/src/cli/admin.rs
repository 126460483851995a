//! Asks the admin listener of a gateway that runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use agentgateway_core::{Body, upstream::Client};
use bytes::Bytes;
use clap::Args;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use tower::ServiceExt;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The most that is read of an answer, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// Which gateway is asked.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Admin {
    /// The admin address of the gateway that runs
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 15000)))]
    pub admin: SocketAddr,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Silence {
    /// Nobody is there, or not in time.
    Unreached(String),
    /// Somebody is there who does not know what was asked.
    Refused(StatusCode, String),
}

impl std::fmt::Display for Silence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreached(why) => f.write_str(why),
            Self::Refused(status, said) => {
                write!(f, "the gateway answered {status}: {}", said.trim())
            }
        }
    }
}

impl Admin {
    /// The body of the answer to a GET.
    pub(super) async fn get(&self, path: &str) -> Result<Bytes, Silence> {
        let at = self.admin;
        let unreached = |why: &dyn std::fmt::Display| {
            Silence::Unreached(format!(
                "no gateway answers on {at}: {why} (--admin says where it is)"
            ))
        };
        let asked = async {
            let request = Request::get(format!("http://{at}{path}")).body(Body::default());
            let request = request.map_err(|error| unreached(&error))?;
            let client = Client::builder().build();
            let answer = client.oneshot(request).await;
            let answer = answer.map_err(|error| unreached(&chain(&error)))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, MAX_BYTES).collect().await;
            let body = body.map_err(|error| unreached(&error))?.to_bytes();
            Ok((head.status, body))
        };
        let late = |_| unreached(&format!("not within {} s", LIMIT.as_secs()));
        let (status, body) = tokio::time::timeout(LIMIT, asked).await.map_err(late)??;
        if status.is_success() {
            Ok(body)
        } else {
            let said: String = String::from_utf8_lossy(&body).chars().take(500).collect();
            Err(Silence::Refused(status, said))
        }
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}
