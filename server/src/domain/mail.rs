//! What a mail says, and how it is written as text and as HTML. Pure.

use serde::{Deserialize, Serialize};

use super::account::Email;
use super::page_language::PageLanguage;
use super::texts::{About, texts};

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    #[serde(with = "address")]
    pub to: Email,
    /// In which it is written; one that was queued before there was more than one is in English.
    #[serde(default)]
    pub language: PageLanguage,
    /// On one line.
    pub subject: String,
    /// Plain text, in order.
    pub paragraphs: Vec<String>,
    /// Stands behind the paragraphs.
    pub link: Option<LetterLink>,
}

/// A link in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterLink {
    /// What following it does, such as "Choose a new password".
    pub label: String,
    pub url: String,
}

mod address {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Email;

    pub(super) fn serialize<S: Serializer>(email: &Email, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(email.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Email, D::Error> {
        String::deserialize(d).map(Email::from_stored)
    }
}

impl Letter {
    /// `url`: where its link leads, if it has one.
    pub fn about(
        to: Email,
        language: PageLanguage,
        about: &About<'_>,
        url: Option<String>,
    ) -> Self {
        let said = texts(language).letter(about);
        Self {
            to,
            language,
            subject: said.subject,
            paragraphs: said.paragraphs,
            link: url.map(|url| LetterLink {
                label: said.label.to_owned(),
                url,
            }),
        }
    }

    /// The body as plain text. `server` is the name and the address of the server that sends it.
    pub fn text(&self, server: &str) -> String {
        let mut text = String::new();
        for paragraph in &self.paragraphs {
            text.push_str(paragraph);
            text.push_str("\n\n");
        }
        if let Some(link) = &self.link {
            text.push_str(&format!("{}:\n{}\n\n", link.label, link.url));
        }
        text.push_str(&format!("-- \n{server}\n"));
        text
    }

    /// The same as HTML. Nothing is loaded from anywhere, so opening it tells nobody.
    pub fn html(&self, server: &str) -> String {
        let mut html = format!(
            "<!doctype html><html lang=\"{}\"><body style=\"font-family:sans-serif;font-size:15px;line-height:1.5\">",
            self.language.tag()
        );
        for paragraph in &self.paragraphs {
            html.push_str(&format!("<p dir=\"auto\">{}</p>", escape(paragraph)));
        }
        if let Some(LetterLink { label, url }) = &self.link {
            let (label, url) = (escape(label), escape(url));
            html.push_str(&format!(
                "<p><a href=\"{url}\">{label}</a></p><p style=\"font-size:13px\">{url}</p>"
            ));
        }
        html.push_str(&format!(
            "<p style=\"font-size:13px\">{}</p></body></html>",
            escape(server)
        ));
        html
    }
}

pub(in crate::domain) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            to: "ana@example.org".parse().unwrap(),
            language: PageLanguage::English,
            subject: "A link".to_owned(),
            paragraphs: vec!["Hello <b>Ana</b>,".to_owned(), "follow it.".to_owned()],
            link: Some(LetterLink {
                label: "Open & see".to_owned(),
                url: "https://aside.example.org/x?a=1&b=\"2\"".to_owned(),
            }),
        }
    }

    #[test]
    fn the_text_has_the_link_on_a_line_of_its_own() {
        assert_eq!(
            letter().text("Aside at https://aside.example.org"),
            "Hello <b>Ana</b>,\n\nfollow it.\n\nOpen & see:\nhttps://aside.example.org/x?a=1&b=\"2\"\n\n-- \nAside at https://aside.example.org\n"
        );
    }

    #[test]
    fn what_a_person_typed_is_no_markup_in_the_html() {
        let html = letter().html("https://aside.example.org");
        assert!(html.contains("Hello &lt;b&gt;Ana&lt;/b&gt;,"), "{html}");
        assert!(
            html.contains("href=\"https://aside.example.org/x?a=1&amp;b=&quot;2&quot;\""),
            "{html}"
        );
        assert!(!html.contains("src="), "{html}");
    }

    #[test]
    fn a_letter_is_read_back_as_it_was_stored() {
        let json = serde_json::to_string(&letter()).unwrap();
        assert_eq!(serde_json::from_str::<Letter>(&json).unwrap(), letter());
    }

    #[test]
    fn a_letter_that_was_queued_without_a_language_is_in_english() {
        let mut german = letter();
        german.language = PageLanguage::German;
        let mut json = serde_json::to_value(&german).unwrap();
        assert_eq!(json["language"], "de");
        json.as_object_mut().unwrap().remove("language");
        assert_eq!(serde_json::from_value::<Letter>(json).unwrap(), letter());
    }
}
