//! `aside-server backup FILE`: a whole server in one file, also where a run was killed in its middle.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use aside_server::testing::Take;

use crate::process::{Server, aside, folder, said};

fn backup(data: &Path, file: &Path) -> Command {
    aside(data, &["backup", file.to_str().unwrap()])
}

/// Runs until the file under its other name is there, and kills it. Says whether it was killed before it had ended.
fn killed(data: &Path, file: &Path, partial: &Path) -> bool {
    let mut run = backup(data, file).stdout(Stdio::null()).spawn().unwrap();
    while !partial.exists() && run.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    run.kill().unwrap();
    let status = run.wait().unwrap();
    if file.exists() {
        std::fs::remove_file(file).unwrap();
    }
    !status.success() && partial.exists()
}

#[tokio::test]
async fn a_killed_backup_leaves_one_private_file_that_the_next_writes_over_and_a_whole_one_restores()
 {
    let data = folder();
    let take = Take::new(1, 3);
    let mut server = Server::start(data.path());
    server.create(&take).await;
    for n in 0..3 {
        server.put(&take, n, &take.video[n]).await;
    }
    let out = folder();
    let (file, partial) = (
        out.path().join("all.tar"),
        out.path().join("all.tar.partial"),
    );
    // It is short: on a machine that looks away it may end first.
    assert!(
        (0..200).any(|_| killed(data.path(), &file, &partial)),
        "it was never killed in its middle"
    );
    let names = || {
        let all = std::fs::read_dir(out.path()).unwrap();
        let mut names: Vec<_> = all.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["all.tar.partial"]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&partial), 0o600);
    let refused = aside(
        &folder().path().join("new"),
        &["restore", partial.to_str().unwrap()],
    )
    .output()
    .unwrap();
    assert!(!refused.status.success(), "half a file was restored");

    let done = backup(data.path(), &file).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert!(said(&done).contains("3 objects copied"), "{}", said(&done));
    assert_eq!(names(), ["all.tar"]);
    assert_eq!(mode(&file), 0o600);
    let taken = backup(data.path(), &file).output().unwrap();
    assert!(
        !taken.status.success(),
        "a second took the place of the first"
    );
    let checked = Command::new("tar")
        .args(["-tf", file.to_str().unwrap()])
        .output()
        .unwrap();
    let listed = said(&checked);
    assert!(
        listed.starts_with("aside-backup.json\nrows.gz\nobjects/recordings/"),
        "{listed}"
    );
    assert!(listed.ends_with("objects.sha256"), "{listed}");
    server.terminate();

    let new = folder();
    let restored = aside(new.path(), &["restore", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(restored.status.success(), "{restored:?}");
    let server = Server::start_with(new.path(), server.token());
    let page = server.get(&format!("/api/watch/{}", take.slug)).await;
    assert_eq!(page.status(), 200);

    // The rows alone, as before.
    let rows = out.path().join("rows");
    let done = aside(
        data.path(),
        &["backup", rows.to_str().unwrap(), "--rows-only"],
    )
    .output()
    .unwrap();
    assert!(said(&done).contains("The media is not in it"), "{done:?}");
    let again = folder();
    let restored = aside(again.path(), &["restore", rows.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(restored.status.success(), "{restored:?}");

    // Nothing is written over that is not a backup's own.
    let kept = out.path().join("kept");
    std::fs::write(&kept, "kept").unwrap();
    let (next, partial) = (out.path().join("next"), out.path().join("next.partial"));
    std::os::unix::fs::symlink(&kept, &partial).unwrap();
    let led = backup(data.path(), &next).output().unwrap();
    std::fs::remove_file(&partial).unwrap();
    std::fs::hard_link(&kept, &partial).unwrap();
    let shared = backup(data.path(), &next).output().unwrap();
    assert!(!led.status.success() && !shared.status.success());
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "kept");
    assert!(!next.exists());
}
