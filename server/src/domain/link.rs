//! Links to the pages of recordings. Pure.

use url::Url;

/// The slug in the address of a page of the server at `base`, be it the recording's own or the one for other sites.
pub fn slug_in(address: &str, base: &str) -> Option<String> {
    let (url, here) = (Url::parse(address).ok()?, Url::parse(base).ok()?);
    if url.host_str() != here.host_str()
        || url.port_or_known_default() != here.port_or_known_default()
    {
        return None;
    }
    let mut pieces = url.path_segments()?;
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some("w" | "e"), Some(slug), None | Some("")) => Some(slug.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::slug_in;

    #[test]
    fn only_pages_of_recordings_of_this_server_have_one() {
        let here = |address: &str| slug_in(address, "https://aside.test");
        for address in [
            "https://aside.test/w/abc",
            "https://aside.test:443/w/abc?t=3#x",
            "https://aside.test/e/abc/",
        ] {
            assert_eq!(here(address).as_deref(), Some("abc"), "{address}");
        }
        for address in [
            "https://aside.test/",
            "https://aside.test/w/abc/d",
            "https://other.test/w/abc",
            "https://aside.test:8443/w/abc",
            "abc",
        ] {
            assert_eq!(here(address), None, "{address}");
        }
    }
}
