use std::path::PathBuf;

use agentgateway_core::route::{Head, without_port};
use anyhow::Context;
use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header::HOST};

use crate::cli::{
    Exit, Format,
    admin::{Admin, Silence},
    loaded::Loaded,
    manifests::Given,
    output,
};
use crate::config::explain::{Decision, Explanation, Where, explain};

/// The options of `explain request`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct ExplainRequest {
    /// The method (GET when it is left out) and the path, with its query
    #[arg(value_name = "[METHOD] PATH", num_args = 1..=2, required = true)]
    pub request: Vec<String>,
    /// The port that the request comes to
    #[arg(long, value_name = "PORT")]
    pub port: u16,
    /// The host that it names
    #[arg(long, value_name = "HOST", default_value = "localhost")]
    pub host: String,
    /// A header; may be repeated. Values are not shown
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Of several Gateways on the port, the one of this name
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub gateway: Option<String>,
    /// Of several listeners on the port, the one of this name
    #[arg(long, value_name = "NAME")]
    pub listener: Option<String>,
    /// Judge this directory, without a gateway that runs
    #[arg(long, value_name = "DIR", conflicts_with = "admin")]
    pub config: Option<PathBuf>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// The gateway that runs.
    #[command(flatten)]
    pub admin: Admin,
    /// What is said beside the directory.
    #[command(flatten)]
    pub given: Given,
}

impl ExplainRequest {
    /// Says which rule takes a request.
    ///
    /// # Errors
    /// The request is none, the answer cannot be read, or standard output takes no more.
    pub async fn run(&self) -> anyhow::Result<Exit> {
        let asked = Asked::new(self)?;
        let Some(root) = &self.config else {
            return self.running(&asked).await;
        };
        let loaded = Loaded::read(root, &self.given)?;
        let configuration = match loaded.configuration() {
            Ok(configuration) => configuration,
            Err(report) => {
                output::remark(report);
                return Ok(Exit::Faults);
            }
        };
        let snapshot = &configuration.compiled.snapshot;
        self.print(&explain(snapshot, &asked.place, &asked.head()))
    }

    fn print(&self, explanation: &Explanation) -> anyhow::Result<Exit> {
        output::print(explanation, self.output)?;
        Ok(match &explanation.decision {
            Decision::Rule(rule) if rule.status.is_none_or(|status| status < 400) => Exit::Fine,
            _ => Exit::Faults,
        })
    }

    async fn running(&self, asked: &Asked) -> anyhow::Result<Exit> {
        let said = match self.admin.get(&asked.query()).await {
            Ok(said) => said,
            Err(silence) => {
                output::complain(&silence);
                return Ok(match silence {
                    Silence::Unreached(_) => Exit::Unreached,
                    // It runs without a configuration, in which there is nothing to explain.
                    Silence::Refused(StatusCode::NOT_FOUND, _) => Exit::Faults,
                    Silence::Refused(..) => Exit::Unable,
                });
            }
        };
        let explanation: Explanation =
            serde_json::from_slice(&said).context("the gateway's answer cannot be read")?;
        self.print(&explanation)
    }
}

/// A request that is asked about.
#[derive(Debug)]
struct Asked {
    place: Where,
    host: String,
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
}

impl Asked {
    fn new(given: &ExplainRequest) -> anyhow::Result<Self> {
        let (method, target) = match given.request.as_slice() {
            [method, path] => (method.as_str(), path.as_str()),
            [path] => ("GET", path.as_str()),
            _ => anyhow::bail!("expected [METHOD] PATH"),
        };
        let method = method
            .to_ascii_uppercase()
            .parse()
            .context("the method is none")?;
        if !target.starts_with('/') {
            anyhow::bail!("expected a path that begins with /, found {target:?}");
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let mut headers = HeaderMap::new();
        for header in &given.headers {
            let form = "expected a header as NAME: VALUE";
            let (name, value) = header.split_once(':').context(form)?;
            let name: HeaderName = name.trim().parse().context(form)?;
            let value: HeaderValue = value.trim().parse().context(form)?;
            headers.append(name, value);
        }
        let mut place = Where::port(given.port);
        place.gateway.clone_from(&given.gateway);
        place.listener.clone_from(&given.listener);
        Ok(Self {
            place,
            host: given.host.clone(),
            method,
            path: path.to_owned(),
            query,
            headers,
        })
    }

    fn head(&self) -> Head<'_> {
        Head {
            host: without_port(&self.host),
            authority: (!self.headers.contains_key(HOST)).then_some(&*self.host),
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
        }
    }

    /// The question as the admin listener takes it.
    fn query(&self) -> String {
        let mut pairs = vec![
            ("port".to_owned(), self.place.port.to_string()),
            ("host".to_owned(), self.host.clone()),
            ("method".to_owned(), self.method.to_string()),
            ("path".to_owned(), self.path.clone()),
        ];
        let mut some = |name: &str, value: &Option<String>| {
            pairs.extend(value.clone().map(|value| (name.to_owned(), value)));
        };
        some("query", &self.query);
        some("gateway", &self.place.gateway);
        some("listener", &self.place.listener);
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            pairs.push(("header".to_owned(), format!("{name}:{value}")));
        }
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        format!("/explain?{}", pairs.join("&"))
    }
}
