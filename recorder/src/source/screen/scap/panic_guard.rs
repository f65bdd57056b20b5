//! A guard around a library that panics.
//!
//! Two kinds of panic have to be caught. On our own thread unwinding ends at `catch_unwind`. On the library's thread, inside a
//! callback from C, unwinding would abort the process; but the panic hook runs before anything unwinds, on the
//! thread that panicked, so there it reports and then never returns.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Once, PoisonError};

/// Name of the guarded thread.
pub(super) const THREAD: &str = "aside-portal";
/// In the path of every source file of the library.
const LIBRARY: &str = "scap-0.0.8";

pub(super) type Report = Arc<dyn Fn(String) + Send + Sync>;

/// Whom the hook tells of a panic on the library's own thread. One capture runs at a time.
static REPORT: Mutex<Option<Report>> = Mutex::new(None);

/// Runs `body`; the error is what the panic said, word for word. `report` hears of panics on the library's own
/// threads, in our words.
pub(super) fn run(report: Report, body: impl FnOnce()) -> Result<(), String> {
    *REPORT.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    install();
    catch_unwind(AssertUnwindSafe(body)).map_err(|panic| said(panic.as_ref()))
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some(THREAD) {
                // `run` catches it and says what it means; a trace on the terminal helps nobody.
                return;
            }
            if !info.location().is_some_and(|l| l.file().contains(LIBRARY)) {
                return others(info);
            }
            let report = REPORT
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(report) = report {
                report(explain(&said(info.payload())));
            }
            loop {
                std::thread::park();
            }
        }));
    });
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it failed and gave no reason")
        .to_owned()
}

/// Whether a desktop only refused to draw the pointer. The library says the same of a portal that is not there, with
/// another reason behind it.
pub(super) fn is_about_pointer(said: &str) -> bool {
    said.contains("msg: \"Unsupported cursor mode\"")
}

/// The library's words in ours.
pub(super) fn explain(said: &str) -> String {
    let means = [
        (
            "dbus connection",
            "there is no session bus (DBUS_SESSION_BUS_ADDRESS)",
        ),
        ("was not provided by any", "no portal is running"),
        ("ServiceUnknown", "no portal is running"),
        (
            "No such interface",
            "this desktop's portal cannot record screens",
        ),
        (
            "No such property",
            "this desktop's portal cannot record screens",
        ),
        ("cancelled", "the dialog was closed without a choice"),
        ("some other way", "the dialog was closed without a choice"),
        (
            "Did not get response",
            "nobody chose a screen in time (the portal waits ten seconds)",
        ),
        ("cursor mode", "it cannot show the pointer"),
        (
            "frame format",
            "its pixels are in a format that cannot be read",
        ),
    ];
    let explained = means
        .iter()
        .find(|(word, _)| said.contains(word))
        .map(|(_, plain)| *plain);
    explained.map_or_else(|| said.to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hook recognises the library by the path of its sources; another version has another path.
    #[test]
    fn the_guarded_library_is_the_one_that_is_built() {
        let lock = include_str!("../../../../../Cargo.lock");
        let (name, version) = LIBRARY.rsplit_once('-').expect("name-version");
        let package = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert_eq!(
            lock.matches(&package).count(),
            1,
            "not in Cargo.lock: {LIBRARY}"
        );
        assert_eq!(lock.matches(&format!("name = \"{name}\"\n")).count(), 1);
    }

    #[test]
    fn a_portal_that_is_not_there_is_not_taken_for_one_without_a_pointer() {
        let missing = "Unsupported cursor mode: LinCapError { msg: \"The name org.freedesktop.portal.Desktop \
            was not provided by any .service files\" }";
        assert!(!is_about_pointer(missing));
        assert_eq!(explain(missing), "no portal is running");
        assert!(is_about_pointer(
            "Unsupported cursor mode: LinCapError { msg: \"Unsupported cursor mode\" }"
        ));
    }

    #[test]
    fn a_guarded_panic_becomes_an_explained_error() {
        let guarded = std::thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(|| {
                run(Arc::new(|_| {}), || {
                    panic!("Failed to get screencast stream: User cancelled the interaction")
                })
            });
        let said = guarded.unwrap().join().unwrap().unwrap_err();
        assert_eq!(explain(&said), "the dialog was closed without a choice");
    }
}
