//! What things are called where. Names checked against Debian 12, Fedora 42, Arch and Homebrew.

use serde::Serialize;

/// What installs programs on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manager {
    Apt,
    Dnf,
    Pacman,
    Brew,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'a> {
    /// FFmpeg with libx264.
    Encoders,
    /// PipeWire or PulseAudio.
    SoundServer,
    /// xdg-desktop-portal and the part that belongs to the desktop (`XDG_CURRENT_DESKTOP`).
    Portal { desktop: &'a str },
}

impl Manager {
    const ALL: [Self; 4] = [Self::Apt, Self::Dnf, Self::Pacman, Self::Brew];

    /// From the text of `/etc/os-release` (os-release(5)): `ID`, then `ID_LIKE`.
    pub fn of(os_release: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = os_release
                .lines()
                .find_map(|l| l.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        let ids = format!("{} {}", field("ID"), field("ID_LIKE"));
        ids.split_whitespace().find_map(|id| match id {
            "debian" | "ubuntu" | "linuxmint" | "pop" | "raspbian" => Some(Self::Apt),
            "fedora" | "rhel" | "centos" => Some(Self::Dnf),
            "arch" | "manjaro" | "endeavouros" => Some(Self::Pacman),
            _ => None,
        })
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Brew => "brew",
        }
    }

    fn command(self, need: Need<'_>) -> Option<String> {
        let packages = match (self, need) {
            (Self::Apt | Self::Pacman | Self::Brew, Need::Encoders) => "ffmpeg".to_owned(),
            (Self::Dnf, Need::Encoders) => {
                // Fedora's own FFmpeg comes without x264; RPM Fusion has the whole one.
                return Some(
                    "sudo dnf install https://mirrors.rpmfusion.org/free/fedora/rpmfusion-free-release-$(rpm -E \
                     %fedora).noarch.rpm && sudo dnf swap ffmpeg-free ffmpeg --allowerasing"
                        .to_owned(),
                );
            }
            (Self::Apt | Self::Pacman, Need::SoundServer) => {
                "pipewire-pulse wireplumber".to_owned()
            }
            (Self::Dnf, Need::SoundServer) => "pipewire-pulseaudio wireplumber".to_owned(),
            (Self::Brew, Need::SoundServer | Need::Portal { .. }) => return None,
            (Self::Apt | Self::Dnf | Self::Pacman, Need::Portal { desktop }) => {
                format!("xdg-desktop-portal {}", backend(desktop))
            }
        };
        Some(match self {
            Self::Apt => format!("sudo apt install {packages}"),
            Self::Dnf => format!("sudo dnf install {packages}"),
            Self::Pacman => format!("sudo pacman -S {packages}"),
            Self::Brew => format!("brew install {packages}"),
        })
    }
}

/// The portal's part that can record, by desktop.
fn backend(desktop: &str) -> &'static str {
    let is = |name: &str| desktop.to_ascii_lowercase().contains(name);
    if is("kde") {
        "xdg-desktop-portal-kde"
    } else if is("gnome") || is("unity") {
        "xdg-desktop-portal-gnome"
    } else if is("hyprland") {
        "xdg-desktop-portal-hyprland"
    } else {
        "xdg-desktop-portal-wlr"
    }
}

/// The command for this machine; where it is not known what installs programs here, all of them.
pub fn install(manager: Option<Manager>, need: Need<'_>) -> Option<String> {
    match manager {
        Some(manager) => manager.command(need),
        None => {
            let all: Vec<String> = Manager::ALL
                .into_iter()
                .filter_map(|m| m.command(need).map(|c| format!("{}: {c}", m.as_str())))
                .collect();
            (!all.is_empty()).then(|| all.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_of_a_known_system_is_known() {
        assert_eq!(
            Manager::of("NAME=Zorin\nID=zorin\nID_LIKE=\"ubuntu debian\"\n"),
            Some(Manager::Apt)
        );
        assert_eq!(Manager::of("ID=fedora\n"), Some(Manager::Dnf));
        assert_eq!(
            Manager::of("ID=\"manjaro\"\nID_LIKE=arch"),
            Some(Manager::Pacman)
        );
        assert_eq!(Manager::of("ID=nixos"), None);
    }

    #[test]
    fn where_the_system_is_unknown_every_command_is_named() {
        let text = install(None, Need::Encoders).unwrap();
        for manager in ["apt: ", "dnf: ", "pacman: ", "brew: "] {
            assert!(text.contains(manager), "{text}");
        }
    }

    #[test]
    fn the_portal_fits_the_desktop() {
        let fix = |desktop| install(Some(Manager::Apt), Need::Portal { desktop }).unwrap();
        assert!(fix("ubuntu:GNOME").ends_with("xdg-desktop-portal-gnome"));
        assert!(fix("KDE").ends_with("xdg-desktop-portal-kde"));
        assert!(fix("sway").ends_with("xdg-desktop-portal-wlr"));
    }
}
