//! What the model wants done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::Builder;

use eframe::egui::Context;

use super::{Shell, window};
use crate::model::news::News;
use crate::model::{Effect, Task};

impl Shell {
    pub(super) fn perform(&mut self, ctx: &Context, effects: Vec<Effect>) {
        for effect in effects {
            self.perform_one(Some(ctx), effect);
        }
    }

    pub(super) fn perform_one(&mut self, ctx: Option<&Context>, effect: Effect) {
        match effect {
            Effect::Start { id, flags, scratch } => self.engines.start(id, &flags, scratch),
            Effect::Play { id, take } => self.engines.play(id, &take),
            Effect::ForgetScratch => self.engines.forget_scratch(),
            Effect::Shoot => {
                if let Some(ctx) = ctx {
                    self.shoot(ctx);
                }
            }
            Effect::Attach { id, socket } => self.engines.attach(id, &socket),
            Effect::Send { id, command } => self.engines.send(id, &command),
            Effect::Release(id) => self.engines.release(id),
            Effect::Run { task, args } => {
                let (task, args) = self.with_file(task, args);
                self.engines.run(task, &args);
            }
            Effect::SignIn { server } => self.engines.sign_in(&server),
            Effect::CancelSignIn => self.engines.cancel_sign_in(),
            Effect::Copy(text) => {
                if let Some(ctx) = ctx {
                    ctx.copy_text(text);
                }
            }
            Effect::Open(what) => open(what),
            Effect::SaveSettings => {
                // The next change tries again; nothing of a take depends on it.
                let _ = save(&self.paths.settings, &self.model.settings.write());
            }
            Effect::BindHotkeys => {
                let problems = self
                    .hotkeys
                    .bind(&self.model.settings, self.model.is_live());
                if let Some(ctx) = ctx {
                    self.hear(ctx, News::Hotkeys(problems));
                }
            }
            Effect::Raise => {
                if let Some(ctx) = ctx {
                    window::raise(ctx);
                }
            }
        }
    }

    /// A file that is to be saved gets a folder, and a name that is free there.
    fn with_file(&self, task: Task, mut args: Vec<String>) -> (Task, Vec<String>) {
        let Task::Export { id, file } = task else {
            return (task, args);
        };
        let folder = self.paths.videos.join("Aside");
        // Where it cannot be made, saving says so.
        let _ = fs::create_dir_all(&folder);
        let path = free_name(&folder, &file, |path| path.exists());
        let file = path.display().to_string();
        if let Some(last) = args.last_mut() {
            last.clone_from(&file);
        }
        (Task::Export { id, file }, args)
    }
}

/// `name.mp4`, else `name (2).mp4` …
fn free_name(folder: &Path, name: &str, taken: impl Fn(&Path) -> bool) -> PathBuf {
    let stem = name.strip_suffix(".mp4").unwrap_or(name);
    let numbered = (2..1000).map(|n| format!("{stem} ({n}).mp4"));
    let mut names = std::iter::once(format!("{stem}.mp4"))
        .chain(numbered)
        .map(|name| folder.join(name));
    let free = names.find(|path| !taken(path));
    free.unwrap_or_else(|| folder.join(name))
}

/// Replaces the file as a whole.
fn save(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension("toml.new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}

/// In the desktop's own program for it.
fn open(what: String) {
    let run = move || {
        let _ = Command::new("xdg-open")
            .arg(what)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    };
    // The address can be copied as well.
    let _ = Builder::new().name("open".to_owned()).spawn(run);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_never_written_over() {
        let folder = Path::new("/videos");
        let taken = [folder.join("a.mp4"), folder.join("a (2).mp4")];
        let free = free_name(folder, "a.mp4", |path| taken.contains(&path.to_owned()));
        assert_eq!(free, folder.join("a (3).mp4"));
    }

    #[test]
    fn settings_are_saved_as_a_whole_into_a_folder_that_was_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("below/app.toml");
        save(&path, "one").unwrap();
        save(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }
}
