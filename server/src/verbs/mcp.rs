//! `aside-server mcp --stdio`: for programs that start a server of the Model Context Protocol beside themselves. Each line is handed to the
//! `/mcp` of a server, with a token, and its answer is written out; nothing of this machine is read.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Stdin, Stdout};

/// Longest line that is read, in bytes.
const MAX_LINE: u64 = 1024 * 1024;

/// A server that says nothing for so long answers no more: whoever started this would wait for ever.
const CONNECT: Duration = Duration::from_secs(10);
const TOTAL: Duration = Duration::from_secs(120);

#[derive(Args)]
pub(crate) struct Mcp {
    /// Speak on stdin and stdout, a message a line
    #[arg(long, required = true)]
    stdio: bool,
    /// Which server, e.g. `https://aside.example.org`
    #[arg(long, env = "ASIDE_SERVER", value_name = "URL")]
    server: Url,
    /// A file that holds the token; without it, `ASIDE_TOKEN` does
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

pub(crate) fn run(verb: Mcp) -> anyhow::Result<()> {
    let Mcp {
        stdio: _,
        server,
        token_file,
    } = verb;
    let token = match token_file {
        Some(file) => std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?,
        None => std::env::var("ASIDE_TOKEN").context(
            "no token: put one into ASIDE_TOKEN, or say --token-file FILE. Settings → Recorders and API tokens makes one",
        )?,
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let proxy = Proxy {
        client: Client::builder()
            .user_agent(concat!("aside-server/", env!("CARGO_PKG_VERSION"), " mcp"))
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .build()?,
        address: server.join("/mcp")?,
        token: token.trim().to_owned(),
        version: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(
        proxy,
        BufReader::new(tokio::io::stdin()),
        tokio::io::stdout(),
    ))
}

struct Proxy {
    client: Client,
    address: Url,
    token: String,
    /// What server and client agreed on.
    version: Option<String>,
}

async fn serve(
    mut proxy: Proxy,
    mut lines: BufReader<Stdin>,
    mut out: Stdout,
) -> anyhow::Result<()> {
    loop {
        let mut line = String::new();
        let read = tokio::io::AsyncReadExt::take(&mut lines, MAX_LINE)
            .read_line(&mut line)
            .await?;
        if read == 0 {
            return Ok(());
        }
        if !line.ends_with('\n') && u64::try_from(read)? >= MAX_LINE {
            bail!("a message is longer than {MAX_LINE} bytes");
        }
        if line.trim().is_empty() {
            continue;
        }
        if let Some(answer) = proxy.answer(&line).await {
            let mut text = serde_json::to_string(&answer)?;
            text.push('\n');
            out.write_all(text.as_bytes()).await?;
            out.flush().await?;
        }
    }
}

impl Proxy {
    /// The answer to one message; none to a notification.
    async fn answer(&mut self, line: &str) -> Option<Value> {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            return Some(failure(&Value::Null, -32700, "this is no JSON", None));
        };
        if !message.is_object() {
            let text = "a message is one object; several at once are not taken";
            return Some(failure(&Value::Null, -32600, text, None));
        }
        let id = message.get("id").cloned();
        let told = match self.send(&message).await {
            Ok(told) => told,
            Err(error) => {
                let text = format!("{} does not answer: {error:#}", self.address);
                return id.map(|id| failure(&id, -32000, &text, None));
            }
        };
        let id = id?;
        if let Some(version) = told["result"]["protocolVersion"].as_str() {
            self.version = Some(version.to_owned());
        }
        Some(match told.get("jsonrpc") {
            Some(_) => told,
            // A problem: the server did not get as far as the protocol.
            None => {
                let detail = told["detail"].as_str().or_else(|| told["title"].as_str());
                let detail = detail.unwrap_or("the server refused this").to_owned();
                failure(&id, -32000, &detail, Some(&told))
            }
        })
    }

    async fn send(&self, message: &Value) -> anyhow::Result<Value> {
        let mut request = self
            .client
            .post(self.address.clone())
            .header(ACCEPT, "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        // What a client over HTTP would say in headers, too.
        let own = &message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"];
        if let Some(version) = own.as_str().or(self.version.as_deref()) {
            request = request.header("mcp-protocol-version", version);
        }
        if let Some(method) = message["method"].as_str() {
            request = request.header("mcp-method", method);
        }
        if let Some(name) = message["params"]["name"].as_str() {
            request = request.header("mcp-name", name);
        }
        let response = request.body(message.to_string()).send().await?;
        read(response).await
    }
}

async fn read(response: Response) -> anyhow::Result<Value> {
    if response.status() == StatusCode::ACCEPTED {
        return Ok(Value::Null);
    }
    let status = response.status();
    let wait = response.headers().get("retry-after");
    let wait = wait.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let body = response.bytes().await?;
    let Ok(mut told) = serde_json::from_slice::<Value>(&body) else {
        bail!("{status}: {}", String::from_utf8_lossy(&body).trim());
    };
    if let (Some(wait), Some(told)) = (wait, told.as_object_mut()) {
        told.insert("retry_after_s".to_owned(), wait.into());
    }
    Ok(told)
}

fn failure(id: &Value, code: i32, message: &str, data: Option<&Value>) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message, "data": data } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn several_messages_at_once_are_refused_before_anything_is_sent() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut proxy = Proxy {
            client: Client::new(),
            // Nobody listens there.
            address: "http://127.0.0.1:9/mcp".parse().unwrap(),
            token: String::new(),
            version: None,
        };
        let batch = r#"[{ "jsonrpc": "2.0", "id": 1, "method": "ping" }]"#;
        let answer = proxy.answer(batch).await.unwrap();
        assert_eq!(answer["id"], Value::Null);
        assert_eq!(answer["error"]["code"], -32600);
    }
}
