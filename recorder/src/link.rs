//! Which link a person is shown: to watch, or to say yes to a sign-in. Pure.

use url::{Position, Url};

/// The link the server told, or the same path on `address`, the server as this recorder reaches it,
/// when the told one is weaker: http where `address` is https, or another host without https. A
/// server behind a proxy that it was not told about names itself like that, and such a link may
/// lead nowhere. Another host with https is what `--public-url` is for.
pub fn at_least_as_good(address: &str, told: String) -> String {
    let (Ok(ours), Ok(theirs)) = (Url::parse(address), Url::parse(&told)) else {
        return told;
    };
    let same_place = theirs.host() == ours.host()
        && theirs.port_or_known_default() == ours.port_or_known_default()
        && theirs.scheme() == ours.scheme();
    if same_place || theirs.scheme() == "https" {
        return told;
    }
    let path = &theirs[Position::BeforePath..];
    format!("{}{path}", address.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_never_replaced_by_a_weaker_one() {
        let table = [
            (
                "https://a.test:4743",
                "http://a.test:4743",
                "https://a.test:4743",
            ),
            ("https://a.test", "http://a.test", "https://a.test"),
            ("https://a.test", "http://backend:4646", "https://a.test"),
            ("http://a.test", "http://backend:4646", "http://a.test"),
            ("http://a.test:1", "http://a.test:1", "http://a.test:1"),
            ("http://a.test:1", "https://b.test", "https://b.test"),
            ("https://a.test", "https://b.test", "https://b.test"),
            (
                "https://a.test/aside/",
                "http://a.test",
                "https://a.test/aside",
            ),
        ];
        for (address, told, shown) in table {
            let link = at_least_as_good(address, format!("{told}/w/abc"));
            assert_eq!(link, format!("{shown}/w/abc"), "{address} {told}");
        }
        let code = at_least_as_good(
            "https://a.test",
            "http://a.test/device?code=BCDF".to_owned(),
        );
        assert_eq!(code, "https://a.test/device?code=BCDF");
    }
}
