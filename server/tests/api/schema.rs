//! Holds every answer that passes through the tests against the description of the API: the status
//! is one that is described, the body has the described type and says what its schema says and
//! nothing else.

use std::sync::OnceLock;

use aside_server::http::{openapi, router};
use aside_server::testing::{self, Answer};
use axum::http::Method;
use serde_json::{Map, Value, json};

/// From now on every answer of a [`testing::Client`] in this process is checked.
pub(crate) fn check_answers() {
    testing::check_answers(check);
}

/// Fails the test when the data of an event is not as described.
pub(crate) fn check_event(kind: &str, data: &Value) {
    let events = &description()["components"]["schemas"]["Events"]["properties"];
    let schema = events.get(kind);
    let schema = schema.unwrap_or_else(|| panic!("the event {kind} is not described"));
    assert_valid(schema, data, &format!("event {kind}"));
}

fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| serde_json::from_str(&openapi::document(router::routes())).unwrap())
}

fn check(method: &Method, path: &str, answer: &Answer) {
    let about = format!("{method} {path}: {} {}", answer.status, answer.text());
    let status = answer.status.as_u16();
    let kind = answer.header("content-type");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let Some(operation) = operation(method, path) else {
        if kind == "application/problem+json" {
            let schema = json!({ "$ref": "#/components/schemas/Problem" });
            assert_valid(&schema, &answer.json(), &about);
        }
        return;
    };
    let responses = operation["responses"].as_object().unwrap();
    let response = responses.get(&status.to_string()).or_else(|| {
        let default = responses.get("default");
        default.filter(|_| status >= 400)
    });
    let response = response.unwrap_or_else(|| panic!("this status is not described: {about}"));
    let none = Map::new();
    let content = response["content"].as_object().unwrap_or(&none);
    if answer.body.is_empty() && *method != Method::HEAD {
        assert!(content.is_empty(), "a body is described: {about}");
        return;
    }
    let media = content.get(kind).or_else(|| {
        // Where the operation has an envelope of its own for a status, the server may still fail as everywhere.
        let default = responses.get("default")?["content"].get(kind);
        default.filter(|_| status >= 400)
    });
    let media = media.unwrap_or_else(|| panic!("{kind:?} is not described: {about}"));
    if kind.ends_with("json") {
        assert_valid(&media["schema"], &answer.json(), &about);
    }
}

/// What is described for a request.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or_default();
    let pieces: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == pieces.len()
            && template
                .iter()
                .zip(&pieces)
                .all(|(t, p)| t.starts_with('{') || t == p)
    };
    let paths = description()["paths"].as_object().unwrap();
    // `/api/device/token` is more than `/api/device/{user_code}`.
    let mut fitting: Vec<_> = paths.iter().filter(|(t, _)| fits(t)).collect();
    fitting.sort_by_key(|(template, _)| template.matches('{').count());
    let (_, item) = fitting.first()?;
    item.get(method.as_str().to_lowercase())
}

fn assert_valid(schema: &Value, data: &Value, about: &str) {
    let mut wrong = Vec::new();
    judge(schema, data, "", true, &mut wrong);
    assert!(wrong.is_empty(), "{}\n{about}", wrong.join("\n"));
}

/// JSON Schema 2020-12, as far as the description uses it: a keyword that is not known here fails,
/// so that none is passed over. An object that is `closed` has no properties but the described ones.
fn judge(schema: &Value, data: &Value, at: &str, closed: bool, wrong: &mut Vec<String>) {
    let schema = resolve(schema);
    for (keyword, says) in schema {
        let fits = match keyword.as_str() {
            "description" | "example" | "title" | "format" | "required" | "properties"
            | "default" | "propertyNames" => true,
            // What is not described is refused everywhere; a map says what its values are.
            "additionalProperties" => {
                let own = schema.get("properties").and_then(Value::as_object);
                let map = says.is_object().then(|| data.as_object()).flatten();
                for (name, value) in map.into_iter().flatten() {
                    if own.is_none_or(|own| !own.contains_key(name)) {
                        judge(says, value, &format!("{at}/{name}"), true, wrong);
                    }
                }
                says.is_object() || *says == json!(false)
            }
            "contentEncoding" => *says == json!("base64"),
            "pattern" => data
                .as_str()
                .is_none_or(|text| matches(text, says.as_str().unwrap())),
            "type" => match says {
                Value::Array(any) => any.iter().any(|t| is_of_type(data, t)),
                one => is_of_type(data, one),
            },
            "enum" => says.as_array().unwrap().contains(data),
            "minimum" => data.as_f64().is_none_or(|n| n >= says.as_f64().unwrap()),
            "maximum" => data.as_f64().is_none_or(|n| n <= says.as_f64().unwrap()),
            "minItems" | "maxItems" => data.as_array().is_none_or(|items| {
                let (count, says) = (items.len() as u64, says.as_u64().unwrap());
                (keyword == "minItems" && count >= says) || (keyword == "maxItems" && count <= says)
            }),
            "allOf" => {
                for piece in says.as_array().unwrap() {
                    judge(piece, data, at, false, wrong);
                }
                true
            }
            "oneOf" | "anyOf" => says.as_array().unwrap().iter().any(|piece| {
                let mut inner = Vec::new();
                judge(piece, data, at, closed, &mut inner);
                inner.is_empty()
            }),
            "items" => {
                for (n, item) in data.as_array().into_iter().flatten().enumerate() {
                    judge(says, item, &format!("{at}/{n}"), true, wrong);
                }
                true
            }
            other => panic!("the test does not know the keyword {other} of a schema"),
        };
        if !fits {
            wrong.push(format!("{at}: {data} is not {keyword} {says}"));
        }
    }
    let Some(object) = data.as_object() else {
        return;
    };
    for name in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if !object.contains_key(name.as_str().unwrap()) {
            wrong.push(format!("{at}: {name} is missing"));
        }
    }
    let described = properties(&Value::Object(schema.clone()));
    let own = schema.get("properties").and_then(Value::as_object);
    for (name, value) in object {
        let at = format!("{at}/{name}");
        if let Some(of) = own.and_then(|own| own.get(name)) {
            judge(of, value, &at, true, wrong);
        } else if closed && !is_anything(schema) && !described.contains(&name.clone()) {
            wrong.push(format!("{at} is not described"));
        }
    }
}

/// Whether the schema leaves open what is in an object; what a `oneOf` says was judged piece by piece.
fn is_anything(schema: &Map<String, Value>) -> bool {
    let says_something = ["type", "properties", "allOf"];
    if schema
        .get("additionalProperties")
        .is_some_and(Value::is_object)
    {
        return true;
    }
    schema.contains_key("oneOf") || !says_something.iter().any(|k| schema.contains_key(*k))
}

/// The one shape of patterns that is used: `^[0-9a-f]{64}$`, ranges and a length.
fn matches(text: &str, pattern: &str) -> bool {
    let inner = pattern
        .strip_prefix("^[")
        .and_then(|p| p.strip_suffix("}$"));
    let (ranges, length) = inner.and_then(|p| p.split_once("]{")).unwrap();
    let ranges: Vec<char> = ranges.chars().collect();
    let fits = |c: char| {
        ranges
            .chunks(3)
            .any(|r| r[1] == '-' && (r[0]..=r[2]).contains(&c))
    };
    text.chars().count() == length.parse::<usize>().unwrap() && text.chars().all(fits)
}

/// Names of all properties, of the pieces of `allOf` too.
fn properties(schema: &Value) -> Vec<String> {
    let schema = resolve(schema);
    let own = schema.get("properties").and_then(Value::as_object);
    let pieces = schema.get("allOf").and_then(Value::as_array);
    let own = own.into_iter().flat_map(|p| p.keys().cloned());
    own.chain(pieces.into_iter().flatten().flat_map(properties))
        .collect()
}

fn resolve(schema: &Value) -> &Map<String, Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(path) => {
            let pointer = path.strip_prefix('#').unwrap();
            let found = description().pointer(pointer);
            resolve(found.unwrap_or_else(|| panic!("{path} leads nowhere")))
        }
        None => schema.as_object().unwrap(),
    }
}

fn is_of_type(data: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => data.is_null(),
        "boolean" => data.is_boolean(),
        "integer" => data.is_i64() || data.is_u64(),
        "number" => data.is_number(),
        "string" => data.is_string(),
        "array" => data.is_array(),
        "object" => data.is_object(),
        other => panic!("there is no type {other}"),
    }
}

#[test]
fn an_answer_that_is_not_as_described_is_found() {
    let me = |user: Value| {
        json!({
            "user": user,
            "guest": null,
            "setup_needed": false,
            "look": { "picture": null, "time_zone": null, "language": null },
            "server": { "transcription": "ready", "mail": false, "provider": null, "assistant": null },
        })
    };
    let schema = &description()["paths"]["/api/me"]["get"]["responses"]["200"]["content"]["application/json"]
        ["schema"];
    let passes = |data: &Value| std::panic::catch_unwind(|| assert_valid(schema, data, "")).is_ok();
    assert!(passes(&me(Value::Null)));
    let ana = json!({ "id": "0192f0c1-2345-7abc-8def-0123456789ab", "email": "a@b.c", "name": "Ana", "role": "owner" });
    assert!(passes(&me(ana.clone())));
    let mut more = ana.clone();
    more["password_hash"] = json!("x");
    assert!(!passes(&me(more)), "a field more");
    let mut other = ana;
    other["role"] = json!("Owner");
    assert!(!passes(&me(other)), "no such role");
    assert!(!passes(&json!({ "user": null })), "fields are missing");
}

#[test]
fn codes_are_described_as_they_are_sent() {
    use aside_protocol::problem::ProblemCode;
    let described = &description()["components"]["schemas"]["ProblemCode"]["enum"];
    let described: Vec<&str> = described
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c.as_str().unwrap())
        .collect();
    let sent = ProblemCode::ALL.iter().map(|c| c.as_str());
    let sent: Vec<&str> = sent.chain(["unknown"]).collect();
    assert_eq!(described, sent);
}
