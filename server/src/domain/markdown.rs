//! Markdown of strangers into HTML that is safe to show.
//!
//! Twice fenced: the renderer writes raw HTML as text, and the sanitiser lets only a short list
//! of elements through, whatever the renderer did. Pictures are not on it: a remote picture would
//! tell a stranger who watches.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use comrak::{Options, markdown_to_html};

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

/// Renders a comment.
pub fn to_html(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.render.hardbreaks = true;
    options.render.escape = true;
    let html = markdown_to_html(markdown, &options);
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
        .clean(&html)
        .to_string()
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
