//! A mail that is HTML, as plain text. Only tags and text are looked at, in one pass and without a tree: nothing can be nested too deep,
//! nothing is loaded and nothing is run. What mail programs mark as quoted begins with `>` afterwards.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::quote::BELOW;

/// Open elements that are remembered; what is deeper is taken for text of the deepest.
const MAX_OPEN: usize = 512;

/// What is in an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Words,
    /// What somebody else said.
    Quoted,
    /// Nothing to be read: a style, a signature, who wrote when.
    Nothing,
}

/// The text of it.
pub(super) fn text_of_html(html: &str) -> String {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    // Scripts are never run, so it never stops for one.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut text = tokenizer.sink.0.take();
    text.end_line();
    text.out
}

#[derive(Default)]
struct Sink(RefCell<Text>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut text = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(chars) => text.add(&chars),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return text.open(&tag),
            Token::TagToken(tag) => text.close(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[derive(Default)]
struct Text {
    out: String,
    line: String,
    open: Vec<(String, Holds)>,
    /// Open elements that are not remembered.
    beyond: usize,
    /// Elements that hold nothing, and quoted ones, among the open ones.
    nothing: usize,
    quoted: usize,
    preformatted: usize,
    /// Where a link leads, and where its words begin in the line.
    link: Option<(String, usize)>,
}

impl Text {
    fn add(&mut self, chars: &str) {
        if self.nothing > 0 {
            return;
        }
        for c in chars.chars() {
            match c {
                '\n' if self.preformatted > 0 => self.end_line(),
                c if c.is_whitespace() => {
                    if !self.line.is_empty() && !self.line.ends_with(' ') {
                        self.line.push(' ');
                    }
                }
                c => self.line.push(c),
            }
        }
    }

    /// Empty lines are kept, but never two in a row.
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        self.link = None;
        if line.is_empty() {
            return;
        }
        if self.quoted > 0 {
            self.out.push_str("> ");
        }
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn blank_line(&mut self) {
        self.end_line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn open(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        match name {
            "br" => {
                if self.line.trim().is_empty() && self.nothing == 0 {
                    self.blank_line();
                } else {
                    self.end_line();
                }
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "ul" | "ol" | "pre"
            | "blockquote" => self.blank_line(),
            "div" | "tr" | "hr" | "section" | "article" | "header" | "footer" | "dd" | "dt" => {
                self.end_line();
            }
            "li" => {
                self.end_line();
                self.add("- ");
            }
            "td" | "th" => self.add(" "),
            "img" => {
                let alt = attribute(tag, "alt");
                // A letter that is shown as a picture.
                if alt.chars().count() <= 2 {
                    self.add(&alt);
                }
            }
            "a" if self.nothing == 0 => {
                self.link = Some((attribute(tag, "href"), self.line.len()));
            }
            _ => {}
        }
        if is_void(name) {
            return TokenSinkResult::Continue;
        }
        let holds = holds(tag);
        if holds == Holds::Quoted || holds == Holds::Nothing {
            self.end_line();
        }
        if is_head_of_quote(tag) && self.nothing == 0 && self.quoted == 0 {
            self.end_line();
            self.out.push_str(BELOW);
            self.out.push('\n');
        }
        if self.open.len() < MAX_OPEN {
            self.count(name, holds, true);
            self.open.push((name.to_owned(), holds));
        } else {
            self.beyond += 1;
        }
        match name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "ul" | "ol" | "pre"
            | "blockquote" => self.blank_line(),
            "div" | "tr" | "li" | "section" | "article" | "header" | "footer" => self.end_line(),
            "a" => self.end_link(),
            _ => {}
        }
        // As many as were opened deeper than is remembered.
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        // What was never opened closes nothing, and what was left open ends with what it is in.
        let Some(at) = self.open.iter().rposition(|(open, _)| open == name) else {
            return;
        };
        while self.open.len() > at {
            if let Some((name, holds)) = self.open.pop() {
                if holds != Holds::Words {
                    self.end_line();
                }
                self.count(&name, holds, false);
            }
        }
    }

    fn count(&mut self, name: &str, holds: Holds, opens: bool) {
        let step = |number: &mut usize| {
            *number = if opens {
                *number + 1
            } else {
                number.saturating_sub(1)
            };
        };
        match holds {
            Holds::Quoted => step(&mut self.quoted),
            Holds::Nothing => step(&mut self.nothing),
            Holds::Words => {}
        }
        if name == "pre" {
            step(&mut self.preformatted);
        }
    }

    /// Says where a link leads, where its words do not.
    fn end_link(&mut self) {
        let Some((href, begin)) = self.link.take() else {
            return;
        };
        let words = self.line.get(begin..).unwrap_or_default().trim();
        let leads = href.starts_with("https://") || href.starts_with("http://");
        if leads && href.len() <= 500 && !words.is_empty() && !words.contains("://") {
            self.add(&format!(" <{href}>"));
        }
    }
}

fn attribute(tag: &Tag, name: &str) -> String {
    let found = tag.attrs.iter().find(|it| &*it.name.local == name);
    found.map_or_else(String::new, |it| it.value.to_string())
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr"
            | "img"
            | "input"
            | "meta"
            | "link"
            | "area"
            | "base"
            | "col"
            | "embed"
            | "source"
            | "track"
            | "wbr"
            | "param"
    )
}

/// By the marks of mail programs: Gmail, Thunderbird, Apple Mail, Yahoo, Proton, Tuta, Outlook on phones.
fn holds(tag: &Tag) -> Holds {
    let (class, id) = (attribute(tag, "class"), attribute(tag, "id"));
    let is = |names: &[&str]| class.split_whitespace().any(|it| names.contains(&it));
    match &*tag.name {
        "head" | "style" | "script" | "title" | "template" | "textarea" | "select" | "svg"
        | "object" | "iframe" | "noembed" | "noframes" | "xmp" => Holds::Nothing,
        _ if is(&[
            "gmail_attr",
            "moz-cite-prefix",
            "gmail_signature",
            "moz-signature",
        ]) =>
        {
            Holds::Nothing
        }
        _ if ["Signature", "ms-outlook-mobile-signature"].contains(&&*id) => Holds::Nothing,
        "blockquote" => Holds::Quoted,
        _ if is(&["yahoo_quoted", "protonmail_quote", "tutanota_quote"]) => Holds::Quoted,
        _ => Holds::Words,
    }
}

/// Outlook does not put what it quotes into an element: it stands below one.
fn is_head_of_quote(tag: &Tag) -> bool {
    let (id, style) = (attribute(tag, "id"), attribute(tag, "style"));
    let style: String = style.split_whitespace().collect();
    let style = style.to_ascii_lowercase();
    ["divRplyFwdMsg", "appendonsend", "OLK_SRC_BODY_SECTION"].contains(&&*id)
        || (&*tag.name == "div"
            && style.contains("border:none;border-top:solid#")
            && style.contains("padding:3.0pt0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_lines_and_nothing_of_it_is_run_or_shown() {
        let table = [
            ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree\n\n"),
            (
                "<div>one</div><div><br></div><div>two</div>",
                "one\n\ntwo\n",
            ),
            (
                "<head><title>x</title><style>p{}</style></head>a &amp; b<script>if (1<2) alert('</p>')</script>",
                "a & b\n",
            ),
            ("<ul><li>a<li>b</ul>", "- a\n- b\n\n"),
            ("a\n  b&nbsp;c", "a b c\n"),
            ("<pre>a\nb</pre>", "a\nb\n\n"),
            (
                "see <a href=\"https://example.org/x\">this</a>, <a href=\"javascript:x\">that</a>",
                "see this <https://example.org/x>, that\n",
            ),
            (
                "<a href=\"https://example.org\">https://example.org</a>",
                "https://example.org\n",
            ),
            ("yes<blockquote>no<p>never", "yes\n\n> no\n\n> never\n"),
            ("a</div></p></b>b", "a\n\nb\n"),
            ("<!-- a --><b>x</b><unknown>y</unknown>", "xy\n"),
            ("", ""),
        ];
        for (html, text) in table {
            assert_eq!(text_of_html(html), text, "{html}");
        }
    }

    #[test]
    fn what_is_nested_without_end_is_read_in_one_pass() {
        let deep = format!(
            "{}words{}",
            "<div><blockquote>".repeat(200_000),
            "</p>".repeat(1000)
        );
        assert!(text_of_html(&deep).contains("words"));
        // What is deeper than is remembered closes nothing that is not: the quote stays one.
        let quoted = format!(
            "own<blockquote>{}theirs{}theirs as well</blockquote>",
            "<div>".repeat(1000),
            "</div>".repeat(1000)
        );
        let text = text_of_html(&quoted);
        assert!(text.contains("> theirs as well"), "{text}");
        let open = "<a href='".repeat(100_000);
        assert_eq!(text_of_html(&open).trim(), "");
    }
}
