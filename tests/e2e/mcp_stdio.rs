//! `aside-server mcp --stdio` as a local client starts it: a message a line, answered by the `/mcp` of a running server.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use harness::TestSetup;
use harness::program::{Program, built};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{ChildStdin, Command};

/// The running verb and its standard input.
struct Client {
    program: Program,
    stdin: ChildStdin,
}

impl Client {
    fn start(url: &str, token: &str) -> Result<Self> {
        let mut command = Command::new(built("aside-server")?);
        command
            .args(["mcp", "--stdio", "--server", url])
            .env("ASIDE_TOKEN", token)
            .stdin(Stdio::piped());
        let mut program = Program::start_with_stdin("aside-server mcp", command)?;
        let stdin = program.stdin().context("no standard input")?;
        Ok(Self { program, stdin })
    }

    async fn tell(&mut self, message: &Value) -> Result<()> {
        self.stdin
            .write_all(format!("{message}\n").as_bytes())
            .await?;
        Ok(())
    }

    /// The answer to a request, which is the next line.
    async fn ask(&mut self, id: u64, method: &str, params: Value) -> Result<Value> {
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.tell(&message).await?;
        let line = self.program.line().await?.context("no answer")?;
        let answer: Value = serde_json::from_str(&line)?;
        ensure!(answer["id"] == id, "{answer}");
        Ok(answer)
    }
}

fn hello() -> Value {
    json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_client_lists_and_calls_tools_over_stdin_and_stdout() -> Result<()> {
    let setup = TestSetup::new().await?;
    let take = setup.take().await?;
    take.create(&setup.owner).send().await?.error_for_status()?;
    let token = setup.owner.token.clone().context("a token")?;
    let mut client = Client::start(&setup.server.url, &token)?;

    let answer = client.ask(1, "initialize", hello()).await?;
    ensure!(
        answer["result"]["capabilities"]["tools"].is_object(),
        "{answer}"
    );
    client
        .tell(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
        .await?;
    let answer = client.ask(2, "tools/list", json!({})).await?;
    let tools = answer["result"]["tools"].as_array().context("tools")?;
    ensure!(
        tools.iter().any(|it| it["name"] == "list_recordings"),
        "{answer}"
    );
    let call = json!({ "name": "list_recordings", "arguments": {} });
    let answer = client.ask(3, "tools/call", call).await?;
    ensure!(
        answer.to_string().contains(&take.slug.to_string()),
        "{answer}"
    );

    client.stdin.write_all(b"no JSON\n").await?;
    let line = client.program.line().await?.context("no answer")?;
    let answer: Value = serde_json::from_str(&line)?;
    ensure!(answer["error"]["code"] == -32700, "{answer}");
    let answer = client.ask(4, "tools/list", json!({})).await?;
    ensure!(
        answer["result"]["tools"].is_array(),
        "bad input ends nothing: {answer}"
    );

    drop(client.stdin);
    let status = client.program.ended().await?;
    ensure!(status.success(), "{status}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_does_not_count_is_told_to_the_local_client() -> Result<()> {
    let setup = TestSetup::new().await?;
    let token = "aside_forged_token_of_a_plausible_length_0123";
    let mut client = Client::start(&setup.server.url, token)?;
    let answer = client.ask(1, "initialize", hello()).await?;
    ensure!(answer["error"]["message"].is_string(), "{answer}");
    Ok(())
}
