//! Every request with a body that the API's description knows, each text of it in turn empty, endless, invisible, turned round or broken, each
//! number out of all bounds: the answer is a problem in words, or the thing is done; the server itself never fails over it.

use std::time::Duration;

use aside_protocol::problem::Problem;
use aside_server::domain::account::Role;
use aside_server::http::{openapi, router};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Map, Value, json};

use crate::people::recorded;

/// What people, and programs, send.
fn bad() -> Vec<Value> {
    let texts = [
        "",
        "\u{200b}\u{2060}",
        "\u{202e}gnp.exe",
        "a\u{0}b",
        "\u{e9}\u{301}\u{fffe}\u{10ffff}",
        "../../etc/passwd",
        "9999-99-99T99:99:99Z",
    ];
    let mut all: Vec<Value> = texts.into_iter().map(Value::from).collect();
    all.push(json!("x".repeat(10_000)));
    for number in [-1, 0, i64::MAX, i64::MIN] {
        all.push(json!(number));
    }
    all.extend([
        json!(1e300),
        json!(null),
        json!([]),
        json!({}),
        json!([[[]]]),
    ]);
    all
}

/// A value that a schema describes.
fn sample(schema: &Value, spec: &Value, depth: usize) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/components/schemas/");
        return match depth {
            0..8 => sample(&spec["components"]["schemas"][name], spec, depth + 1),
            _ => Value::Null,
        };
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(ways) = schema[several].as_array() {
            let real = ways.iter().find(|way| way["type"] != "null");
            return real.map_or(Value::Null, |way| sample(way, spec, depth + 1));
        }
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null"),
        kind => Some(kind),
    };
    match kind.and_then(Value::as_str) {
        Some("string") => match schema["format"].as_str() {
            Some("uuid") => json!("01890000-0000-7000-8000-000000000001"),
            Some("date-time") => json!("2026-01-02T03:04:05Z"),
            _ => json!("Some words"),
        },
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([sample(&schema["items"], spec, depth + 1)]),
        _ => {
            let fields = schema["properties"].as_object();
            let pairs = fields.into_iter().flatten();
            let pairs = pairs.map(|(name, field)| (name.clone(), sample(field, spec, depth + 1)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

/// Where something stands in a value that could be something else, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                places(field, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            found.push(at.to_owned());
            for (n, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{n}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

/// The bodies to send: all of it and what must be there, with one place of it bad.
fn bodies(schema: &Value, spec: &Value) -> Vec<Value> {
    let whole = sample(schema, spec, 0);
    let mut all = vec![json!(null), json!("x"), json!([]), json!({})];
    let name = schema["$ref"].as_str().unwrap_or_default();
    let named = &spec["components"]["schemas"][name.trim_start_matches("#/components/schemas/")];
    let required = named["required"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    places(&whole, "", &mut found);
    for place in found.iter().filter(|place| !place.is_empty()) {
        for bad in bad() {
            let mut body = whole.clone();
            if let Some(spot) = body.pointer_mut(place) {
                *spot = bad;
            }
            // The other fields that may be left out are, so that they are not refused first.
            let mut least = body.clone();
            if let Some(fields) = least.as_object_mut() {
                let field = place.split('/').nth(1).unwrap_or_default();
                fields.retain(|name, _| name == field || required.contains(&json!(name)));
            }
            if least != body {
                all.push(least);
            }
            all.push(body);
        }
    }
    all
}

async fn send(client: &Client, method: &str, path: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "aside.test")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()));
    client.request(request.unwrap()).await
}

#[both]
async fn no_form_makes_the_server_fail_whatever_is_typed(app: TestApp) {
    let spec: Value = serde_json::from_str(&openapi::document(router::routes())).unwrap();
    let owner = app.person("olga", Role::Owner).await;
    let (mut sent, mut forms) = (0, 0);
    let nothing = json!({});
    for (path, operations) in spec["paths"].as_object().unwrap() {
        for method in ["post", "put", "patch", "delete"] {
            let content = &operations[method]["requestBody"]["content"];
            let schema = &content["application/json"]["schema"];
            if operations.get(method).is_none() || schema.is_null() {
                continue;
            }
            forms += 1;
            // Each its own: it may be gone, or nobody's, afterwards.
            let take = recorded(&app, owner.clone(), "owner").await;
            let mut there = path
                .replace("{slug}", &take.slug.to_string())
                .replace("{user_code}", "BCDF-GHJK");
            let own = path.starts_with("/api/recordings/{id}");
            let id = if own {
                take.id.to_string()
            } else {
                "01890000-0000-7000-8000-00000000000f".to_owned()
            };
            there = there.replace("{id}", &id);
            while let (Some(from), Some(to)) = (there.find('{'), there.find('}')) {
                there.replace_range(from..=to, "01890000-0000-7000-8000-00000000000f");
            }
            for body in bodies(schema, &spec) {
                sent += 1;
                app.clock.advance(Duration::from_secs(60));
                let answer = send(&owner, &method.to_uppercase(), &there, &body).await;
                let status = answer.status.as_u16();
                let (typed, text) = (body.to_string(), answer.text());
                let told = format!("{method} {there} {typed:.300}: {status} {text:.300}");
                assert!(status < 500, "{told}");
                if status >= 400 {
                    let problem: Problem = answer.json();
                    assert_eq!(problem.status, status, "{told}");
                }
            }
            // In the path as well.
            for bad in ["%00", "%E2%80%AE", "%ff", &"x".repeat(10_000), "..%2f"] {
                let Some(at) = path.find('{') else { break };
                let answer = send(
                    &owner,
                    &method.to_uppercase(),
                    &format!("{}{bad}", &path[..at]),
                    &nothing,
                )
                .await;
                assert!(
                    answer.status.as_u16() < 500,
                    "{method} {path} {bad:.9}: {}",
                    answer.text()
                );
            }
        }
    }
    assert!(forms > 40 && sent > 3000, "{forms} forms, {sent} requests");
}
