//! Markdown of strangers into HTML that is safe to show.
//!
//! Twice fenced: the renderer writes raw HTML as text, and the sanitiser lets only a short list
//! of elements through, whatever the renderer did. Pictures are not on it: a remote picture would
//! tell a stranger who watches.
//!
//! Rendering is bounded: nesting deeper than [`MAX_DEPTH`] or HTML many times as long as its
//! source is shown as plain text. New comments like that are refused.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use ammonia::{Builder, UrlRelative};
use aside_protocol::text::is_visible;
use comrak::nodes::AstNode;
use comrak::{Arena, Options, arena_tree::NodeEdge, format_html, parse_document};
use sha2::{Digest as _, Sha256};

const ELEMENTS: [&str; 13] = [
    "p",
    "br",
    "em",
    "strong",
    "del",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "hr",
];
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// Blocks, lists and emphases within each other.
pub const MAX_DEPTH: usize = 32;
/// Longest HTML, as a multiple of the source: a text of nothing but mail addresses of six letters has 12.3.
const MAX_GROWTH: usize = 14;
/// What HTML may have beyond [`MAX_GROWTH`]: the marks around a word or two.
const GROWTH_ALLOWANCE: usize = 1024;

/// Why Markdown is not rendered as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrendered {
    /// Nested too deeply, or too long as HTML.
    TooMuch,
    /// Nothing of it would be seen.
    Nothing,
}

/// Renders a comment. What was rendered lately is not rendered again.
pub fn to_html(markdown: &str) -> String {
    static RENDERED: Mutex<Memo> = Mutex::new(Memo::new());
    let lock = || RENDERED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = Key::from(Sha256::digest(markdown.as_bytes()));
    if let Some(html) = lock().get(&key) {
        return html.to_string();
    }
    let html = render(markdown).unwrap_or_else(|_| plain(markdown));
    lock().insert(key, html.as_str().into());
    html
}

/// Says whether a comment can be rendered, and shows anything then.
pub fn check(markdown: &str) -> Result<(), Unrendered> {
    let text = without_tags(&render(markdown)?);
    // The sanitiser writes `&`, `<`, `>` and the no-break space as entities; only the last is blank.
    if is_visible(&text.replace("&nbsp;", " ")) {
        Ok(())
    } else {
        Err(Unrendered::Nothing)
    }
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// The words of a comment on one line, without marks; cut off behind `most` characters.
pub fn excerpt(markdown: &str, most: usize) -> String {
    let text = without_tags(&to_html(markdown));
    // The last, or a text that names an entity would become one.
    let text = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text, |text, (entity, letter)| text.replace(entity, letter));
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn render(markdown: &str) -> Result<String, Unrendered> {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.render.hardbreaks = true;
    options.render.escape = true;
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options);
    if is_deep(root) {
        return Err(Unrendered::TooMuch);
    }
    let mut html = String::new();
    format_html(root, &options, &mut html).map_err(|_| Unrendered::TooMuch)?;
    let clean = sanitise(&html);
    if clean.len() > markdown.len() * MAX_GROWTH + GROWTH_ALLOWANCE {
        return Err(Unrendered::TooMuch);
    }
    Ok(clean)
}

/// Without recursion, because the tree may be ten thousand levels deep.
fn is_deep<'a>(root: &'a AstNode<'a>) -> bool {
    let mut depth = 0_usize;
    for edge in root.traverse() {
        match edge {
            NodeEdge::Start(_) => depth += 1,
            NodeEdge::End(_) => depth -= 1,
        }
        // The document, and text in the innermost block.
        if depth > MAX_DEPTH + 2 {
            return true;
        }
    }
    false
}

fn sanitise(html: &str) -> String {
    Builder::default()
        .tags(HashSet::from(ELEMENTS))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .generic_attributes(HashSet::new())
        .set_tag_attribute_value("a", "target", "_blank")
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"))
        .clean(html)
        .to_string()
}

/// The source as it was typed.
fn plain(markdown: &str) -> String {
    let escaped = ammonia::clean_text(markdown).replace("&#10;", "<br>\n");
    format!("<p>{escaped}</p>\n")
}

type Key = [u8; 32];

/// Rendered comments, bounded in bytes. Two generations: when the young one is full it becomes the
/// old one, and what nobody asked for since is forgotten.
#[derive(Debug)]
struct Memo {
    young: Option<HashMap<Key, Arc<str>>>,
    old: Option<HashMap<Key, Arc<str>>>,
    /// Of the young ones.
    bytes: usize,
}

impl Memo {
    /// Of each generation.
    const MAX_BYTES: usize = 8 * 1024 * 1024;

    const fn new() -> Self {
        Self {
            young: None,
            old: None,
            bytes: 0,
        }
    }

    fn get(&mut self, key: &Key) -> Option<Arc<str>> {
        if let Some(html) = self.young.as_ref().and_then(|m| m.get(key)) {
            return Some(Arc::clone(html));
        }
        let html = self.old.as_mut()?.remove(key)?;
        self.insert(*key, Arc::clone(&html));
        Some(html)
    }

    fn insert(&mut self, key: Key, html: Arc<str>) {
        // The key and the pointers cost something too.
        self.bytes += html.len() + 96;
        self.young.get_or_insert_default().insert(key, html);
        if self.bytes > Self::MAX_BYTES {
            self.old = self.young.take();
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_usual_marks_are_rendered() {
        assert_eq!(
            to_html("**loud** and `code`\nnext"),
            "<p><strong>loud</strong> and <code>code</code><br>\nnext</p>\n"
        );
        assert_eq!(to_html("- a\n- b"), "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n");
    }

    #[test]
    fn a_link_tells_nobody_where_it_came_from() {
        let html = to_html("see https://example.org/x");
        assert!(html.contains("href=\"https://example.org/x\""), "{html}");
        assert!(
            html.contains("rel=\"nofollow noopener noreferrer\"")
                && html.contains("target=\"_blank\""),
            "{html}"
        );
    }

    #[test]
    fn what_could_run_is_shown_as_text_or_not_at_all() {
        for bad in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "![x](https://example.org/spy.png)",
            "<a href=\"https://example.org\" onclick=\"alert(1)\">x</a>",
            "<svg/onload=alert(1)>",
            "[x](//example.org \"\\\" onmouseover=alert(1) \\\"\")",
            "`<script>`",
        ] {
            let html = to_html(bad);
            assert!(is_harmless(&html), "{bad} became {html}");
        }
        assert!(to_html("<b>x</b>").contains("&lt;b&gt;x&lt;/b&gt;"));
    }

    #[test]
    fn what_costs_much_is_refused_and_shown_as_it_was_typed() {
        for (costly, refused) in [
            (">".repeat(9_999) + "x", true),
            ("- ".repeat(5_000) + "x", true),
            ("> - ".repeat(33) + "x", true),
            ("> - ".repeat(10) + "x", false),
            ("*a ".repeat(3_333), false),
            ("[".repeat(10_000), false),
            ("<".repeat(10_000), false),
            ("`".repeat(10_000), false),
            ("**a".repeat(3_333), false),
            ("a@b.co ".repeat(1_400), false),
            ("![".repeat(5_000), false),
        ] {
            assert_eq!(
                check(&costly) == Err(Unrendered::TooMuch),
                refused,
                "{}",
                &costly[..8]
            );
            let html = to_html(&costly);
            assert!(is_harmless(&html));
            assert!(
                html.len() <= costly.len() * MAX_GROWTH + GROWTH_ALLOWANCE,
                "{}: {}",
                &costly[..8],
                html.len()
            );
        }
    }

    #[test]
    fn a_comment_that_would_show_nothing_is_found() {
        for nothing in [
            "[x]: https://example.org",
            "&#8203;",
            "![](https://example.org/a.png)",
            "\u{200b}",
            "&nbsp;",
            "---",
        ] {
            assert_eq!(check(nothing), Err(Unrendered::Nothing), "{nothing:?}");
        }
        for something in ["x", "<b>", "`x`", "&lt;", "👍", "1 < 2", "> q"] {
            assert_eq!(check(something), Ok(()), "{something:?}");
        }
    }

    #[test]
    fn what_was_rendered_is_kept_within_bounds() {
        let mut memo = Memo::new();
        let html: Arc<str> = "x".repeat(100_000).into();
        for n in 0..=255_u8 {
            memo.insert([n; 32], Arc::clone(&html));
            assert!(memo.get(&[n; 32]).is_some());
            assert!(memo.bytes <= Memo::MAX_BYTES);
        }
        assert!(memo.get(&[0; 32]).is_none());
    }

    /// Every `<` opens one of the allowed elements, and those carry only our attributes.
    fn is_harmless(html: &str) -> bool {
        html.split('<').skip(1).all(|tag| {
            let (inner, _) = tag.split_once('>').unwrap_or((tag, ""));
            let name = inner
                .trim_start_matches('/')
                .split([' ', '/'])
                .next()
                .unwrap_or("");
            let attributes: Vec<&str> = inner
                .split("=\"")
                .map(|a| a.rsplit(' ').next().unwrap_or(""))
                .collect();
            let known = ["href", "rel", "target", "start"];
            let href = inner.split_once("href=\"").map_or("https:", |(_, url)| url);
            ELEMENTS.contains(&name)
                && attributes[..attributes.len() - 1]
                    .iter()
                    .all(|a| known.contains(a))
                && SCHEMES.iter().any(|s| href.starts_with(&format!("{s}:")))
        })
    }

    proptest! {
        #[test]
        fn no_text_becomes_html_that_runs(words in prop::collection::vec(prop_oneof![
            Just("<script>".to_owned()), Just("</".to_owned()), Just("<img src=x onerror=y>".to_owned()), Just("[a](".to_owned()),
            Just("javascript:".to_owned()), Just(")".to_owned()), Just("`".to_owned()), Just("\n\n".to_owned()), Just("> ".to_owned()),
            Just("<!--".to_owned()), Just("&lt;".to_owned()), Just("\" onload=\"".to_owned()), "\\PC{0,6}",
        ], 0..30)) {
            let html = to_html(&words.concat());
            prop_assert!(is_harmless(&html), "{}", html);
        }
    }
}
