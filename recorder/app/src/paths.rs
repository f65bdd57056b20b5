//! Where things lie; the same places as the recorder's.

use std::path::PathBuf;

use directories::{ProjectDirs, UserDirs};

/// Read once from the environment.
#[derive(Debug, Clone)]
pub struct Paths {
    /// `app.toml`.
    pub settings: PathBuf,
    /// The socket on which a second start asks this one to show itself.
    pub instance: PathBuf,
    /// For a take that is kept nowhere; deleted when it is seen and heard.
    pub scratch: PathBuf,
    /// For takes that are saved as files.
    pub videos: PathBuf,
}

impl Paths {
    /// Reads through `var`; an empty value counts as none. `None`: this account has no home.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let var = |name: &str| var(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let project = ProjectDirs::from("", "", "aside");
        let project = project.as_ref();
        let config = var("ASIDE_CONFIG_DIR").or_else(|| Some(project?.config_dir().to_owned()))?;
        let own_data = var("ASIDE_DATA_DIR");
        let run = match (&own_data, var("XDG_RUNTIME_DIR")) {
            (None, Some(runtime)) => runtime.join("aside"),
            (Some(data), _) => data.join("run"),
            (None, None) => project?.data_dir().join("run"),
        };
        let user = UserDirs::new();
        let videos = user.as_ref().map(|user| {
            let videos = user.video_dir().map(ToOwned::to_owned);
            videos.unwrap_or_else(|| user.home_dir().to_owned())
        });
        Some(Self {
            settings: config.join("app.toml"),
            // Without the ending of the recorders' sockets, which are all asked by `aside status`.
            instance: run.join("app"),
            scratch: run.join("test-recording"),
            videos: own_data.or(videos)?,
        })
    }
}
