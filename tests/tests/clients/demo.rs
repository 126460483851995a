//! What a newcomer does: real clients of all three protocols, without a configuration.

use agentgateway_tests::{TestGateway, python, run_client};

#[tokio::test(flavor = "multi_thread")]
async fn every_client_finds_somebody_to_talk_to() {
    let gateway = TestGateway::demo().await;
    let (llm, mcp, a2a) = (gateway.url("llm"), gateway.url("mcp"), gateway.url("a2a"));
    let py = python("py");
    let chat = "chat,chat_stream,chat_stream_usage,responses,responses_stream,models";
    run_client(
        &py,
        "openai_client.py",
        &[&format!("{llm}/v1"), "--only", chat],
    )
    .await;
    let messages = "messages,messages_stream,helper_stream";
    run_client(&py, "anthropic_client.py", &[&llm, "--only", messages]).await;
    run_client(&py, "genai_client.py", &[&llm, "--only", "generate,stream"]).await;
    let tools = format!("{mcp}/mcp");
    run_client("node", "mcp_v1.mjs", &[&tools, "--only", "tools,echo"]).await;
    run_client(
        &py,
        "mcp_client.py",
        &[&tools, "--mode", "2026-07-28", "--only", "tools,echo"],
    )
    .await;
    let calls = "send,message,get,resume,cancel,unknown_task";
    run_client(&py, "a2a_client.py", &[&a2a, "--only", calls]).await;
}
