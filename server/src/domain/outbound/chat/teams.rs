//! Microsoft Teams, by a workflow with the trigger "When a Teams webhook request is received".
//!
//! After learn.microsoft.com: "Create incoming webhooks with Workflows for Microsoft Teams", "Send adaptive cards using an incoming
//! webhook" (the envelope; 28 KB; four requests a second, then 429), and adaptivecards.io "RichTextBlock, TextRun" (reads no
//! Markdown, as `TextBlock` does), "Action.OpenUrl", "Image". A mention needs `msteams.entities`, which no card has.

use serde_json::{Value, json};

use super::super::message::{Card, cut};
use super::super::retry::Outcome;
use super::{Answer, strict};

/// Far below 28 KB with everything, whatever the letters weigh.
const WORDS: usize = 2000;

pub fn body(card: &Card) -> Value {
    let text = |runs: Value, spacing: &str| json!({ "type": "RichTextBlock", "spacing": spacing, "inlines": runs });
    let run = |words: &str, limit, look: Value| {
        let mut run = json!({ "type": "TextRun", "text": cut(words, limit) });
        if let (Some(run), Value::Object(look)) = (run.as_object_mut(), look) {
            run.extend(look);
        }
        run
    };
    let mut body = vec![
        text(
            json!([run(&card.headline, 300, json!({ "isSubtle": true }))]),
            "None",
        ),
        text(
            json!([run(
                &card.title,
                150,
                json!({ "size": "Large", "weight": "Bolder" })
            )]),
            "Small",
        ),
    ];
    if let Some(words) = &card.words {
        let mut runs = Vec::new();
        if let Some(moment) = &card.moment {
            runs.push(run(
                &format!("{moment}  "),
                20,
                json!({ "weight": "Bolder" }),
            ));
        }
        runs.push(run(words, WORDS, Value::Null));
        body.push(text(Value::Array(runs), "Medium"));
    }
    if let Some(picture) = &card.picture {
        body.push(json!({ "type": "Image", "url": picture, "altText": cut(&card.title, 150), "size": "Stretch" }));
    }
    let content = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{ "type": "Action.OpenUrl", "title": card.button, "url": card.url }],
    });
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": content,
        }],
    })
}

/// A workflow answers 202; one that was deleted or turned off 404, or 400 with a code that says so.
pub fn read(answer: &Answer<'_>) -> Outcome {
    let code = answer.json()["error"]["code"].as_str().map(str::to_owned);
    let off = [
        "WorkflowTriggerIsNotEnabled",
        "WorkflowNotFound",
        "TriggerNotFound",
    ];
    match code {
        Some(code) if answer.status < 500 && off.contains(&&*code) => Outcome::Gone {
            why: format!("the workflow is not there or is turned off: {code}"),
        },
        _ => strict(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, hostile, long};
    use super::*;

    #[test]
    fn words_are_text_runs_and_nobody_is_mentioned() {
        let body = body(&hostile());
        let content = &body["attachments"][0]["content"];
        let kinds = content["body"].as_array().unwrap().iter();
        let kinds: Vec<_> = kinds.map(|it| it["type"].as_str().unwrap()).collect();
        assert_eq!(
            kinds,
            ["RichTextBlock", "RichTextBlock", "RichTextBlock", "Image"]
        );
        assert!(content["msteams"].is_null() && !body.to_string().contains("TextBlock\",\"text"));
        assert_eq!(
            content["actions"][0]["url"],
            "https://aside.test/w/abc?t=83"
        );
    }

    #[test]
    fn a_card_stays_below_28_kilobytes() {
        let mut card = long();
        card.words = Some("\u{1f600}".repeat(10_000));
        assert!(body(&card).to_string().len() < 28 * 1024);
    }

    #[test]
    fn the_errors_of_the_documentation() {
        assert_eq!(read(&answer(202, b"")), Outcome::Taken);
        let off = br#"{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"x"}}"#;
        assert!(matches!(read(&answer(400, off)), Outcome::Gone { .. }));
        assert!(matches!(
            read(&answer(429, b"")),
            Outcome::NotNow { paced: true, .. }
        ));
    }
}
