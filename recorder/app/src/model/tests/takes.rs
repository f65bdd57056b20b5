//! Takes on this computer, and keys.

use super::*;

#[test]
fn a_verb_on_a_take_runs_once_and_the_list_is_read_again() {
    let mut model = signed_in();
    model.act(Intent::Page(Page::Takes));
    assert_eq!(model.act(Intent::Discard("aa".to_owned())), []);
    assert_eq!(model.takes.confirm.as_deref(), Some("aa"));
    let effects = model.act(Intent::DiscardSurely("aa".to_owned()));
    let [Effect::Run { task, args }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(args, &["takes", "discard", "aa", "--yes"]);
    assert_eq!(model.act(Intent::DiscardSurely("aa".to_owned())), []);
    let said = Said {
        ok: false,
        err: "aside: somebody else has it".to_owned(),
        ..Said::default()
    };
    let again = model.hear(News::Done {
        task: task.clone(),
        said,
    });
    assert!(matches!(
        &again[..],
        [Effect::Run {
            task: Task::Takes,
            ..
        }]
    ));
    assert_eq!(
        model.takes.problem.as_deref(),
        Some("Somebody else has it.")
    );
    assert_eq!(model.takes.busy, [] as [&str; 0]);
}

#[test]
fn keys_are_bound_when_they_are_whole_and_none_is_a_choice() {
    let mut model = signed_in();
    let half = model.act(Intent::Keys(Action::Pause, "Ctrl+".to_owned()));
    assert!(!half.contains(&Effect::BindHotkeys));
    for keys in ["Ctrl+Alt+9", ""] {
        let whole = model.act(Intent::Keys(Action::Pause, keys.to_owned()));
        assert!(whole.contains(&Effect::BindHotkeys), "{keys}");
        assert_eq!(model.settings.keys(Action::Pause), keys);
    }
}
