//! The audit log as a table for other programs. Pure.

use serde_json::json;

use super::audit::Logged;

/// The columns.
pub const HEAD: &str = "seq,at,actor_id,actor_name,action,recording_id,detail\r\n";

/// One line of comma-separated values (RFC 4180). A field that a spreadsheet would take for a formula begins with an apostrophe.
pub fn csv_line(row: &Logged) -> String {
    let fields = [
        row.seq.to_string(),
        row.at.micros().to_string(),
        row.actor.map(|id| id.to_string()).unwrap_or_default(),
        row.actor_name.clone(),
        row.action.clone(),
        row.recording.map(|id| id.to_string()).unwrap_or_default(),
        row.detail.to_string(),
    ];
    csv(&fields)
}

/// One line of these fields.
pub(super) fn csv(fields: &[String]) -> String {
    let mut line = String::new();
    for (n, field) in fields.iter().enumerate() {
        if n > 0 {
            line.push(',');
        }
        let harmless = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            "'"
        } else {
            ""
        };
        let quoted = field.replace('"', "\"\"");
        line.push_str(&format!("\"{harmless}{quoted}\""));
    }
    line.push_str("\r\n");
    line
}

/// One line of JSON.
pub fn json_line(row: &Logged) -> String {
    let line = json!({
        "seq": row.seq,
        "at": row.at,
        "actor_id": row.actor,
        "actor_name": row.actor_name,
        "action": row.action,
        "recording_id": row.recording,
        "detail": row.detail,
    });
    format!("{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;

    #[test]
    fn a_name_is_neither_a_formula_nor_the_end_of_its_field() {
        let row = Logged {
            seq: 7,
            at: Timestamp::from_micros(1),
            actor: None,
            actor_name: "=1+1\"\n".to_owned(),
            action: "link_replaced".to_owned(),
            recording: None,
            detail: json!({}),
        };
        assert_eq!(
            csv_line(&row),
            "\"7\",\"1\",\"\",\"'=1+1\"\"\n\",\"link_replaced\",\"\",\"{}\"\r\n"
        );
        let read: serde_json::Value = serde_json::from_str(&json_line(&row)).unwrap();
        assert_eq!(read["actor_name"], "=1+1\"\n");
    }
}
