//! The official Rust SDK, asked by lines: `a2a-lf-client URL BINDING [NAME=VALUE]...`, the headers last.
//!
//! It prints the card, then answers each line `{id, call, request}` of stdin by lines of `{id, ok}`,
//! `{id, error: {code, message}}`, or, for streams, `{id, event}` and at their end `{id, ok: null}`. All
//! is JSON of protocol 1.0. `clients/a2a_lf_matrix.py` asks.

use std::{env, error::Error, sync::Arc};

use a2a::{A2AError, AgentCard, GetExtendedAgentCardRequest, StreamResponse};
use a2a_client::{
    A2AClient, A2AClientFactory, BoxStream, ServiceParams, Transport,
    agent_card::AgentCardResolver, middleware::CallInterceptor,
};
use a2a_grpc::GrpcTransportFactory;
use async_trait::async_trait;
use futures::StreamExt;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

type Client = A2AClient<Box<dyn Transport>>;
type Events = BoxStream<'static, Result<StreamResponse, A2AError>>;

/// What is asked.
#[derive(Deserialize)]
struct Line {
    id: u64,
    call: String,
    request: Value,
}

/// Adds headers, or metadata, to each call.
struct Headers(Vec<(String, String)>);

#[async_trait]
impl CallInterceptor for Headers {
    async fn before(&self, _: &str, params: &mut ServiceParams) -> Result<(), A2AError> {
        params.extend(
            self.0
                .iter()
                .map(|(name, value)| (name.clone(), vec![value.clone()])),
        );
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (url, binding) = arguments
        .next()
        .zip(arguments.next())
        .ok_or("URL BINDING [NAME=VALUE]...")?;
    let headers = arguments.map(|header| {
        let (name, value) = header.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let headers: Vec<_> = headers
        .collect::<Option<_>>()
        .ok_or("a header is NAME=VALUE")?;

    let card = card(&url, &headers).await?;
    println!("{}", serde_json::to_string(&card)?);
    let mut only = card;
    only.supported_interfaces
        .retain(|it| it.protocol_binding == binding);
    let factory = A2AClientFactory::builder()
        .register(Arc::new(GrpcTransportFactory::new()))
        .with_interceptor(Arc::new(Headers(headers)))
        .build();
    let client = Arc::new(factory.create_from_card(&only).await?);

    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let line: Line = serde_json::from_str(&line)?;
        tokio::spawn(answer(client.clone(), line));
    }
    Ok(())
}

async fn card(url: &str, headers: &[(String, String)]) -> Result<AgentCard, Box<dyn Error>> {
    let mut map = reqwest::header::HeaderMap::new();
    for (name, value) in headers {
        map.insert(reqwest::header::HeaderName::try_from(name)?, value.parse()?);
    }
    let http = reqwest::Client::builder().default_headers(map).build()?;
    Ok(AgentCardResolver::new(Some(http)).resolve(url).await?)
}

async fn answer(client: Arc<Client>, Line { id, call, request }: Line) {
    let answer = match &*call {
        "stream" | "subscribe" => follow(&client, id, &call, request).await,
        _ => ask(&client, &call, request).await,
    };
    match answer {
        Ok(ok) => println!("{}", json!({"id": id, "ok": ok})),
        Err(A2AError { code, message, .. }) => {
            println!(
                "{}",
                json!({"id": id, "error": {"code": code, "message": message}})
            );
        }
    }
}

/// Tells of each event.
async fn follow(client: &Client, id: u64, call: &str, request: Value) -> Result<Value, A2AError> {
    let mut events: Events = match call {
        "stream" => client.send_streaming_message(&read(request)?).await?,
        _ => client.subscribe_to_task(&read(request)?).await?,
    };
    while let Some(event) = events.next().await {
        println!("{}", json!({"id": id, "event": event?}));
    }
    Ok(Value::Null)
}

async fn ask(client: &Client, call: &str, request: Value) -> Result<Value, A2AError> {
    match call {
        "send" => Ok(json!(client.send_message(&read(request)?).await?)),
        "get" => Ok(json!(client.get_task(&read(request)?).await?)),
        "list" => Ok(json!(client.list_tasks(&read(request)?).await?)),
        "cancel" => Ok(json!(client.cancel_task(&read(request)?).await?)),
        "push_set" => Ok(json!(client.create_push_config(&read(request)?).await?)),
        "push_get" => Ok(json!(client.get_push_config(&read(request)?).await?)),
        "push_list" => Ok(json!(client.list_push_configs(&read(request)?).await?)),
        "push_delete" => Ok(json!(client.delete_push_config(&read(request)?).await?)),
        "extended_card" => {
            let request = GetExtendedAgentCardRequest { tenant: None };
            Ok(json!(client.get_extended_agent_card(&request).await?))
        }
        _ => Err(A2AError::method_not_found(call)),
    }
}

fn read<T: DeserializeOwned>(request: Value) -> Result<T, A2AError> {
    serde_json::from_value(request).map_err(|error| A2AError::parse_error(error.to_string()))
}
