//! What a mail about notices says, as text and as HTML. Pure.
//!
//! Nothing is loaded from anywhere: the pictures of recordings lie in the mail, so that opening it tells nobody. They are there as long as
//! the mail is, as its words are.

use aside_protocol::id::CommentId;
use aside_protocol::time::clock;

use super::account::Email;
use super::mail::escape;
use super::notice::Kind;
use super::page_language::PageLanguage;
use super::server_look::Accent;
use super::texts::{Texts, texts};

/// So many notices one mail lists.
pub const MAX_LISTED: usize = 50;

/// So many pictures are in one mail.
pub const MAX_PICTURES: usize = 6;

/// What a picture is called in the mail (RFC 2392).
pub fn picture_id(number: usize) -> String {
    format!("picture{number}@aside")
}

/// One notice in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    /// Who did it; empty: nobody whose name is known.
    pub by: String,
    /// Of the recording.
    pub title: String,
    /// What was written, on one line; empty: nothing.
    pub words: String,
    /// Where it stands.
    pub at_ms: Option<u64>,
    /// The page, at that moment and that comment.
    pub url: String,
    /// Which of the pictures shows the recording; none: nothing does.
    pub picture: Option<usize>,
}

/// A mail about notices to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLetter {
    pub to: Email,
    /// In which it is written.
    pub language: PageLanguage,
    /// In front of the `@` of its `Message-ID`: the same for the same mail, however often it is sent.
    pub id: String,
    /// The thread that it is about, where all of it is about one.
    pub thread: Option<CommentId>,
    /// The address by which it is answered, where all of it is of one thread.
    pub reply_to: Option<String>,
    /// At least one.
    pub items: Vec<Item>,
    /// JPEGs of recordings, each one once.
    pub pictures: Vec<Vec<u8>>,
    /// So many more there were.
    pub left_out: usize,
    /// Turns such mails off, with one click of the mail program (RFC 8058).
    pub off: String,
    /// The page where it is set how one is told.
    pub settings: String,
}

impl Item {
    fn title(&self, texts: &dyn Texts) -> &str {
        if self.title.is_empty() {
            texts.notes().a_recording
        } else {
            &self.title
        }
    }

    /// What happened, without where.
    pub(super) fn what(&self, texts: &dyn Texts) -> String {
        texts.happened(self.kind, &self.by)
    }

    /// Where: the recording, and the moment.
    pub(super) fn place(&self, texts: &dyn Texts) -> String {
        let title = self.title(texts);
        match self.at_ms {
            Some(ms) => texts.place(title, &clock(ms)),
            None => title.to_owned(),
        }
    }

    /// What happened and where, on one line.
    pub(super) fn headline(&self, texts: &dyn Texts) -> String {
        format!("{}: {}", self.what(texts), self.place(texts))
    }
}

impl NoticeLetter {
    /// Mails about one thread have one subject, so that mail programs keep them together.
    pub fn subject(&self) -> String {
        let texts = texts(self.language);
        match &self.items[..] {
            [one] if self.thread.is_some() => format!("Re: {}", one.title(texts)),
            [one] => one.headline(texts),
            many => texts.several(many.len() + self.left_out),
        }
    }

    /// What becomes of an answer.
    fn answered(&self) -> &'static str {
        let notes = texts(self.language).notes();
        if self.reply_to.is_some() {
            notes.answer
        } else {
            notes.no_answer
        }
    }

    pub fn text(&self, server: &str) -> String {
        let texts = texts(self.language);
        let notes = texts.notes();
        let mut text = String::new();
        for item in &self.items {
            text.push_str(&format!("{}\n", item.headline(texts)));
            if !item.words.is_empty() {
                text.push_str(&format!("> {}\n", item.words));
            }
            let button = texts.button(item.kind);
            text.push_str(&format!("{button}:\n{}\n\n", item.url));
        }
        if self.left_out > 0 {
            text.push_str(&texts.left_out(self.left_out));
            text.push_str("\n\n");
        }
        text.push_str(self.answered());
        text.push_str("\n\n");
        text.push_str(&format!(
            "-- \n{server}\n{}: {}\n{}: {}\n",
            notes.settings, self.settings, notes.off, self.off
        ));
        text
    }

    /// Readable on a light and on a dark ground: the mail program says which, by `prefers-color-scheme`.
    pub fn html(&self, server: &str, accent: Option<Accent>) -> String {
        let texts = texts(self.language);
        let notes = texts.notes();
        let mut html = head(self.language, accent);
        for item in &self.items {
            html.push_str("<div class=\"card\">");
            if let Some(number) = item.picture {
                html.push_str(&format!(
                    "<a href=\"{}\"><img class=\"picture\" src=\"cid:{}\" alt=\"\" width=\"526\"></a>",
                    escape(&item.url),
                    picture_id(number)
                ));
            }
            html.push_str(&format!(
                "<p class=\"what\" dir=\"auto\"><b>{}</b></p><p class=\"where\" dir=\"auto\">{}{}</p>",
                escape(&item.what(texts)),
                escape(item.title(texts)),
                item.at_ms.map_or_else(String::new, |ms| format!(
                    " <span class=\"at\">{}</span>",
                    clock(ms)
                )),
            ));
            if !item.words.is_empty() {
                html.push_str(&format!(
                    "<blockquote dir=\"auto\">{}</blockquote>",
                    escape(&item.words)
                ));
            }
            html.push_str(&format!(
                "<p><a class=\"button\" href=\"{}\">{}</a></p></div>",
                escape(&item.url),
                texts.button(item.kind)
            ));
        }
        if self.left_out > 0 {
            html.push_str(&format!(
                "<p class=\"foot\">{}</p>",
                texts.left_out(self.left_out)
            ));
        }
        html.push_str(&format!("<p class=\"foot\">{}</p>", self.answered()));
        html.push_str(&format!(
            "<p class=\"foot\">{} · <a href=\"{}\">{}</a> · <a href=\"{}\">{}</a></p></div></body></html>",
            escape(server),
            escape(&self.settings),
            notes.settings,
            escape(&self.off),
            notes.off
        ));
        html
    }
}

/// With the server's own colour, where it has one.
fn head(language: PageLanguage, accent: Option<Accent>) -> String {
    let head = HEAD.replace("LANGUAGE", language.tag());
    let Some(accent) = accent else {
        return head;
    };
    let (light, dark) = (accent.on_light(), accent.on_dark());
    head.replace("#4f4bbd", &light.accent)
        .replace("#4542b0", &light.link)
        .replace("#635fd0", &dark.accent)
        .replace("#aba8ff", &dark.link)
}

/// Colours as `web/src/ui/tokens.css` has them; they pass contrast (WCAG AA) on both grounds.
const HEAD: &str = "<!doctype html><html lang=\"LANGUAGE\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
<meta name=\"supported-color-schemes\" content=\"light dark\"><style>\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
body{margin:0;padding:24px 16px;background:#ffffff;color:#1b1b22;font:15px/1.5 system-ui,sans-serif}\
.all{max-width:560px;margin:0 auto}\
.card{border:1px solid #dfdfe8;border-radius:8px;padding:16px;margin:0 0 16px}\
p{margin:0 0 8px}.card p:last-child{margin:0}.where,.foot{color:#5b5b68}.at{white-space:nowrap}\
blockquote{margin:8px 0 16px;padding:0 0 0 12px;border-left:3px solid #dfdfe8}\
.picture{display:block;width:100%;height:auto;border-radius:4px;margin:0 0 12px}\
.button{display:inline-block;padding:8px 16px;border-radius:8px;background:#4f4bbd;color:#ffffff;text-decoration:none;font-weight:600}\
.foot{font-size:13px}.foot a{color:#4542b0}\
@media (prefers-color-scheme:dark){body{background:#131317;color:#ededf2}.card,blockquote{border-color:#30303a}\
.where,.foot{color:#a7a7b5}.button{background:#635fd0}.foot a{color:#aba8ff}}\
</style></head><body><div class=\"all\">";

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        Item {
            kind: Kind::Answer,
            by: "Mo <b>".to_owned(),
            title: "Bug in <login>".to_owned(),
            words: "it's \"cut off\" & gone".to_owned(),
            at_ms: Some(83_400),
            url: "https://aside.test/w/x?t=83&a=1".to_owned(),
            picture: None,
        }
    }

    fn letter(items: Vec<Item>) -> NoticeLetter {
        NoticeLetter {
            to: "ana@example.org".parse().unwrap(),
            language: PageLanguage::English,
            id: "1".to_owned(),
            thread: None,
            reply_to: None,
            items,
            pictures: Vec::new(),
            left_out: 0,
            off: "https://aside.test/unsubscribe/x".to_owned(),
            settings: "https://aside.test/settings".to_owned(),
        }
    }

    #[test]
    fn a_mail_says_who_did_what_where_and_opens_at_the_second() {
        let it = letter(vec![item()]);
        assert_eq!(it.subject(), "Mo <b> answered: Bug in <login> at 1:23");
        let text = it.text("https://aside.test");
        assert!(
            text.starts_with(
                "Mo <b> answered: Bug in <login> at 1:23\n> it's \"cut off\" & gone\nOpen at this moment:\nhttps://aside.test/w/x?t=83&a=1\n"
            ),
            "{text}"
        );
        let html = it.html("https://aside.test", None);
        assert!(html.contains("Mo &lt;b&gt; answered"), "{html}");
        assert!(
            html.contains("href=\"https://aside.test/w/x?t=83&amp;a=1\""),
            "{html}"
        );
        assert!(
            !html.contains("<b>Mo <b>") && !html.contains("src="),
            "{html}"
        );
        assert!(html.contains("prefers-color-scheme:dark"));
    }

    #[test]
    fn mails_of_one_thread_have_one_subject_and_a_digest_counts() {
        let thread = CommentId::new(aside_protocol::time::Timestamp::from_micros(1), [1; 10]);
        let mut it = letter(vec![item()]);
        it.thread = Some(thread);
        assert_eq!(it.subject(), "Re: Bug in <login>");
        let mut many = letter(vec![item(), item()]);
        many.left_out = 3;
        assert_eq!(many.subject(), "5 things for you");
        assert!(many.text("s").contains("3 more are in your inbox."));
    }

    #[test]
    fn a_picture_lies_in_the_mail_and_leads_to_its_moment() {
        let mut it = letter(vec![item(), item()]);
        it.items[1].picture = Some(0);
        it.reply_to = Some("reply+x@example.org".to_owned());
        let notes = texts(it.language).notes();
        let html = it.html("https://aside.test", None);
        assert_eq!(html.matches("src=").count(), 1);
        assert!(html.contains("src=\"cid:picture0@aside\""), "{html}");
        for text in [html, it.text("s")] {
            assert!(
                text.contains(notes.answer) && !text.contains(notes.no_answer),
                "{text}"
            );
        }
        it.reply_to = None;
        for text in [it.html("s", None), it.text("s")] {
            assert!(
                text.contains(notes.no_answer) && !text.contains(notes.answer),
                "{text}"
            );
        }
    }

    #[test]
    fn a_moment_is_written_as_players_do() {
        for (ms, text) in [(0, "0:00"), (83_999, "1:23"), (3_723_000, "1:02:03")] {
            assert_eq!(clock(ms), text);
        }
    }
}
