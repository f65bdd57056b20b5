//! The reference of the API as HTML, from its description (OpenAPI 3.1).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// Text in HTML.
fn text(raw: &str) -> String {
    raw.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The same, where words between backticks are code.
fn line(raw: &str) -> String {
    let mut code = false;
    let mut out = String::new();
    for piece in raw.split('`') {
        if code {
            _ = write!(out, "<code>{}</code>", text(piece));
        } else {
            out.push_str(&text(piece));
        }
        code = !code;
    }
    out
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The list of what stands in it, and the reference; `html` makes HTML of the Markdown of descriptions.
pub(super) fn written(spec: &Value, html: impl Fn(&str) -> String) -> (String, String) {
    let mut groups: BTreeMap<&str, Vec<(&str, &str, &Value)>> = BTreeMap::new();
    for (path, item) in spec["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            groups
                .entry(tag)
                .or_default()
                .push((path, method, operation));
        }
    }
    let mut contents = String::from("<ul>");
    let mut out = String::from("<h2 id=\"reference\">Reference</h2>\n");
    for (tag, operations) in groups {
        _ = write!(contents, "<li><a href=\"#of-{tag}\">{tag}</a></li>");
        _ = writeln!(out, "<section id=\"of-{tag}\"><h3>{}</h3>", text(tag));
        for (path, method, operation) in operations {
            out.push_str(&written_operation(path, method, operation, &html));
        }
        out.push_str("</section>\n");
    }
    contents += "<li><a href=\"#types\">types</a></li></ul>";
    out += "<section id=\"types\"><h3>Types</h3>\n";
    let schemas = spec["components"]["schemas"].as_object();
    for (name, schema) in schemas.into_iter().flatten() {
        _ = writeln!(
            out,
            "<details id=\"type-{name}\"><summary><code>{name}</code></summary>{}{}</details>",
            described(schema, &html),
            fields(schema, &html)
        );
    }
    out += "</section>\n";
    (contents, out)
}

fn described(of: &Value, html: &impl Fn(&str) -> String) -> String {
    of["description"].as_str().map(html).unwrap_or_default()
}

fn written_operation(
    path: &str,
    method: &str,
    operation: &Value,
    html: &impl Fn(&str) -> String,
) -> String {
    let summary = operation["summary"].as_str().unwrap_or_default();
    let id = operation["operationId"].as_str().unwrap_or_default();
    let mut out = format!(
        "<details id=\"{id}\"><summary><b class=\"{method}\">{}</b> <code>{}</code> <span>{}</span></summary>\n{}",
        method.to_uppercase(),
        text(path),
        line(summary),
        described(operation, html)
    );
    _ = writeln!(out, "<p>{}</p>", who(operation));
    let parameters = operation["parameters"].as_array();
    if let Some(parameters) = parameters.filter(|all| !all.is_empty()) {
        out += "<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th>What it says</th></tr></thead><tbody>\n";
        for it in parameters {
            _ = writeln!(
                out,
                "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(it["name"].as_str().unwrap_or_default()),
                needed(it["required"] == true),
                text(it["in"].as_str().unwrap_or_default()),
                type_of(&it["schema"]),
                described(it, html)
            );
        }
        out += "</tbody></table>\n";
    }
    if let Some(content) = operation["requestBody"]["content"].as_object() {
        for (kind, body) in content {
            _ = writeln!(
                out,
                "<p>Body: <code>{}</code> {}</p>",
                text(kind),
                type_of(&body["schema"])
            );
        }
    }
    out += "<ul>\n";
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let kinds = answer["content"].as_object().into_iter().flatten();
        let kinds = kinds.map(|(kind, body)| {
            format!(" <code>{}</code> {}", text(kind), type_of(&body["schema"]))
        });
        _ = writeln!(
            out,
            "<li><b>{}</b> {}{}</li>",
            text(status),
            line(answer["description"].as_str().unwrap_or_default()),
            kinds.collect::<String>()
        );
    }
    out + "</ul></details>\n"
}

fn who(operation: &Value) -> String {
    let Some(all) = operation["security"].as_array() else {
        return "Needs no token.".to_owned();
    };
    let scopes = all.iter().find_map(|it| it["token"].as_array());
    let anybody = all.iter().any(|it| it.get("token").is_none());
    let scope = match scopes.and_then(|all| all.first()).and_then(Value::as_str) {
        Some(scope) => format!("Scope: <code>{}</code>.", text(scope)),
        None => "In no scope: for browsers, and tokens for everything.".to_owned(),
    };
    if anybody {
        format!(
            "{scope} Works without a token where the recording, or the answer, is for everybody."
        )
    } else {
        scope
    }
}

const fn needed(is: bool) -> &'static str {
    if is { " <i>needed</i>" } else { "" }
}

fn fields(schema: &Value, html: &impl Fn(&str) -> String) -> String {
    if let Some(all) = schema["allOf"].as_array() {
        return all
            .iter()
            .map(|it| match it.get("properties") {
                Some(_) => fields(it, html),
                None => format!("<p>All of {}, and:</p>", type_of(it)),
            })
            .collect();
    }
    let Some(properties) = schema["properties"].as_object() else {
        return format!("<p>{}</p>", type_of(schema));
    };
    let required = |name: &str| {
        let all = schema["required"].as_array();
        all.is_some_and(|all| all.iter().any(|it| it == name))
    };
    let rows = properties.iter().map(|(name, field)| {
        format!(
            "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td></tr>\n",
            text(name),
            needed(required(name)),
            type_of(field),
            described(field, html)
        )
    });
    let rows: String = rows.collect();
    format!(
        "<table><thead><tr><th>Field</th><th>Type</th><th>What it says</th></tr></thead><tbody>\n{rows}</tbody></table>"
    )
}

fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = text(name.rsplit('/').next().unwrap_or_default());
        return format!("<a href=\"#type-{name}\">{name}</a>");
    }
    if let Some(names) = schema["enum"].as_array() {
        let names = names.iter().filter_map(Value::as_str);
        let names = names.map(|it| format!("<code>{}</code>", text(it)));
        return names.collect::<Vec<_>>().join(" | ");
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[several].as_array() {
            return all.iter().map(type_of).collect::<Vec<_>>().join(" | ");
        }
    }
    let base = match &schema["type"] {
        Value::String(one) if one == "array" => {
            return format!("list of {}", type_of(&schema["items"]));
        }
        Value::String(one) => text(one),
        Value::Array(all) => {
            let all = all.iter().filter_map(Value::as_str).map(|one| match one {
                "array" => format!("list of {}", type_of(&schema["items"])),
                "null" => "none".to_owned(),
                other => text(other),
            });
            return all.collect::<Vec<_>>().join(" | ");
        }
        _ => "anything".to_owned(),
    };
    match schema["format"].as_str() {
        Some(format) => format!("{base} ({})", text(format)),
        None => base,
    }
}
