//! HTTP/1.1 by hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::answers::problem;
use super::{Fault, Seen, State};

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) body: Vec<u8>,
}

pub(super) async fn converse(
    mut stream: TcpStream,
    shared: Arc<(Mutex<State>, Condvar)>,
    base: String,
) {
    let mut buffer = Vec::new();
    loop {
        let Some((method, path, headers, rest)) = read_head(&mut stream, &mut buffer).await else {
            return;
        };
        let length: usize = headers
            .get("content-length")
            .and_then(|l| l.parse().ok())
            .unwrap_or(0);
        let fault = {
            let mut state = shared.0.lock().unwrap();
            (state.faults)(&method, &path)
        };
        let wanted = if fault == Fault::CutBody {
            length / 2
        } else {
            length
        };
        let mut body = rest;
        while body.len() < wanted {
            let mut more = vec![0; 64 * 1024];
            match stream.read(&mut more).await {
                Ok(n) if n > 0 => body.extend_from_slice(&more[..n]),
                _ => return,
            }
        }
        buffer = body.split_off(body.len().min(length));
        let request = Request {
            method: method.clone(),
            path: path.clone(),
            headers,
            body,
        };
        let answer = {
            let mut state = shared.0.lock().unwrap();
            state.seen.push(Seen {
                method,
                path,
                fault,
            });
            let answer = match fault {
                Fault::Problem(code) => Some(problem(code)),
                Fault::Proxy(status, kind, body) => Some(Answer {
                    status,
                    kind,
                    body: body.into(),
                }),
                Fault::CutBody | Fault::Hang => None,
                _ => Some(state.answer(&request, &base, fault)),
            };
            shared.1.notify_all();
            answer
        };
        match (fault, answer) {
            (Fault::Hang, _) => std::future::pending().await,
            (Fault::LoseAnswer, _) | (_, None) => return,
            (_, Some(answer)) => {
                let kind = match answer.kind {
                    "" => String::new(),
                    kind => format!("content-type: {kind}\r\n"),
                };
                let head = format!(
                    "HTTP/1.1 {} Because\r\n{kind}content-length: {}\r\n\r\n",
                    answer.status,
                    answer.body.len()
                );
                let bytes = [head.as_bytes(), &answer.body].concat();
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

type Head = (String, String, BTreeMap<String, String>, Vec<u8>);

async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Head> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(n) if n > 0 => buffer.extend_from_slice(&more[..n]),
            _ => return None,
        }
    };
    let rest = buffer.split_off(end);
    let text = String::from_utf8(std::mem::take(buffer)).ok()?;
    let mut lines = text.lines();
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let header = |line: &str| {
        line.split_once(':')
            .map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned()))
    };
    Some((method, path, lines.filter_map(header).collect(), rest))
}
