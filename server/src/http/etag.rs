//! Whether a client holds the current version already (`If-None-Match`, RFC 9110 §13.1.2).

use axum::http::{HeaderMap, header};

/// Whether one of the tags that the client names is `etag`, by the weak comparison: `W/` does not count.
pub(super) fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let etag = opaque(etag);
    let fields = headers.get_all(header::IF_NONE_MATCH).iter();
    fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .any(|tag| opaque(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_tags() {
        let table = [
            ("\"a\"", "\"a\"", true),
            ("W/\"a\"", "\"a\"", true),
            ("\"b\", W/\"a\"", "W/\"a\"", true),
            ("\"ab\"", "\"a\"", false),
            ("", "\"a\"", false),
        ];
        for (named, etag, held) in table {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, named.parse().unwrap())]);
            assert_eq!(is_held(&headers, etag), held, "{named} {etag}");
        }
        assert!(!is_held(&HeaderMap::new(), "\"a\""));
    }
}
