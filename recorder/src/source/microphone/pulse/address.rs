//! Where the sound server listens.

use std::path::{Path, PathBuf};

/// The socket of the environment's server: `$PULSE_SERVER` and nothing else where it is set, else the user's own.
pub(super) fn socket() -> Option<PathBuf> {
    let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    find(
        var("PULSE_SERVER").as_deref(),
        var("PULSE_RUNTIME_PATH").as_deref(),
        var("XDG_RUNTIME_DIR").as_deref(),
        Path::exists,
    )
}

fn find(
    servers: Option<&str>,
    runtime: Option<&str>,
    xdg: Option<&str>,
    exists: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    if let Some(servers) = servers {
        return servers
            .split_whitespace()
            .filter_map(local)
            .find(|path| exists(path));
    }
    let paths = [
        runtime.map(|r| Path::new(r).join("native")),
        runtime.map(|r| Path::new(r).join("pulse/native")),
        xdg.map(|x| Path::new(x).join("pulse/native")),
    ];
    paths.into_iter().flatten().find(|path| exists(path))
}

/// `unix:/path`, `/path`, each perhaps behind `{machine}`. Servers of other machines are not spoken to.
fn local(server: &str) -> Option<PathBuf> {
    let server = match server.strip_prefix('{') {
        Some(rest) => rest.split_once('}')?.1,
        None => server,
    };
    let path = server.strip_prefix("unix:").unwrap_or(server);
    path.starts_with('/').then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_of_the_environment_go_before_the_users_own() {
        let there = |_: &Path| true;
        let found = |servers| find(servers, Some("/r"), Some("/x"), there);
        assert_eq!(found(Some("unix:/a")), Some("/a".into()));
        assert_eq!(found(Some("{4f2}unix:/a /b")), Some("/a".into()));
        assert_eq!(found(Some("tcp:studio:4713 /b")), Some("/b".into()));
        assert_eq!(found(Some("studio")), None);
        assert_eq!(found(None), Some("/r/native".into()));
        assert_eq!(
            find(None, None, Some("/x"), there),
            Some("/x/pulse/native".into())
        );
    }

    #[test]
    fn a_named_server_that_is_not_there_is_not_replaced_by_another() {
        let there = |path: &Path| path.starts_with("/x");
        assert_eq!(find(Some("unix:/a"), None, Some("/x"), there), None);
    }
}
