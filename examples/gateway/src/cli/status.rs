use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{
    Exit, Format,
    admin::{Admin, Silence},
    loaded::{Loaded, painter},
    manifests::Given,
    output,
};
use crate::config::did_you_mean;
use crate::overview::{Health, Item, Overview, configuration_words, words};

/// The kinds that have a status here.
const KINDS: [&str; 7] = [
    "GatewayClass",
    "Gateway",
    "Listener",
    "HTTPRoute",
    "GRPCRoute",
    "AgentgatewayBackend",
    "AgentgatewayPolicy",
];

/// The options of `status`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Status {
    /// One object, as in gateway/edge, httproute/tools or listener/mcp; all when it is left out
    #[arg(value_name = "KIND/NAME")]
    pub object: Option<ObjectName>,
    /// The namespace of that object
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
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

/// `kind/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectName {
    /// The kind, in any case.
    pub kind: String,
    /// The name.
    pub name: String,
}

impl std::str::FromStr for ObjectName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() && !name.contains('/') => {
                (kind, name)
            }
            _ => {
                let form = "expected KIND/NAME, as in gateway/edge";
                let known = std::path::Path::new(text).exists();
                let hint = if known {
                    "; a directory is named by --config"
                } else {
                    ""
                };
                return Err(format!("{form}{hint}"));
            }
        };
        if !KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
            let hint = did_you_mean(kind, KINDS).map(|hint| format!("; {hint}"));
            let hint = hint.unwrap_or_else(|| format!("; there are {}", KINDS.join(", ")));
            return Err(format!("{kind} has no status here{hint}"));
        }
        Ok(Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl Status {
    /// Shows how the objects are.
    ///
    /// # Errors
    /// The answer cannot be read, or standard output takes no more.
    pub async fn run(&self) -> anyhow::Result<Exit> {
        let overview = match &self.config {
            Some(root) => {
                let loaded = Loaded::read(root, &self.given)?;
                match loaded.configuration() {
                    Ok(configuration) => configuration.overview(),
                    Err(report) => {
                        output::remark(report);
                        return Ok(Exit::Faults);
                    }
                }
            }
            None => match running(&self.admin).await? {
                Ok(overview) => overview,
                Err(silence) => {
                    output::complain(&silence);
                    return Ok(Exit::Unreached);
                }
            },
        };
        let Some(object) = &self.object else {
            self.print_all(&overview)?;
            return Ok(exit(overview.health()));
        };
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let Some(item) = overview.find(&object.kind, namespace, &object.name) else {
            output::complain(missing(&overview, object, namespace));
            return Ok(Exit::Faults);
        };
        if overview
            .configuration
            .as_ref()
            .is_some_and(|it| !it.applied)
        {
            let refused = "what is on disk is refused, and this is of what runs; `status` says why";
            output::complain(refused);
        }
        self.print(item)?;
        Ok(exit(item.worst()))
    }

    fn print_all(&self, overview: &Overview) -> std::io::Result<()> {
        if self.output == Format::Json {
            return output::json(overview);
        }
        let paint = painter(output::colours());
        let whole = overview.configuration.as_ref();
        let mut said = whole.map_or_else(String::new, |it| configuration_words(it, &paint));
        said.push_str(&words(&overview.items, &paint));
        output::write(&said)
    }

    fn print(&self, item: &Item) -> std::io::Result<()> {
        let items = std::slice::from_ref(item);
        match self.output {
            Format::Json => output::json(item),
            Format::Text => output::write(&words(items, painter(output::colours()))),
        }
    }
}

fn exit(health: Health) -> Exit {
    match health {
        Health::Fine | Health::Waiting => Exit::Fine,
        Health::Failing => Exit::Faults,
    }
}

/// What a running gateway says of its objects.
pub(super) async fn running(admin: &Admin) -> anyhow::Result<Result<Overview, Silence>> {
    let body = match admin.get("/overview").await {
        Ok(body) => body,
        Err(silence) => return Ok(Err(silence)),
    };
    let overview = serde_json::from_slice(&body).context("the gateway's answer cannot be read")?;
    Ok(Ok(overview))
}

/// Says that there is no such object, and where one of its name is.
pub(super) fn missing(overview: &Overview, object: &ObjectName, namespace: &str) -> String {
    let ObjectName { kind, name } = object;
    match overview.find(kind, "", name) {
        Some(other) => format!(
            "there is no {kind} {name} in namespace {namespace}; there is {}",
            other.title()
        ),
        None => {
            let known = overview.names(kind);
            match known.as_slice() {
                [] => format!("there is no {kind} {name}, nor any other {kind}"),
                known => format!("there is no {kind} {name}; there are: {}", known.join(", ")),
            }
        }
    }
}
