//! Where recordings go.

use super::*;

#[test]
fn no_device_is_opened_before_the_person_has_signed_in_or_said_that_it_goes_without() {
    let mut model = Model::new(Settings::default(), false);
    model.begin();
    let effects = [
        model.hear(no_takes()),
        model.hear(done(Task::Account, r#"{"server":null,"signed_in":false}"#)),
    ];
    assert!(
        effects
            .concat()
            .iter()
            .all(|e| !matches!(e, Effect::Start { .. }))
    );
    started(&model.act(Intent::SkipSignIn));
}

#[test]
fn the_code_is_shown_and_opened_and_the_engine_starts_when_it_was_confirmed() {
    let mut model = Model::new(Settings::default(), false);
    model.hear(no_takes());
    model.act(Intent::Server(" a.example ".to_owned()));
    let effects = model.act(Intent::SignIn);
    let server = "a.example".to_owned();
    assert_eq!(effects, [Effect::SignIn { server }]);
    let code = LoginLine::Code {
        code: "ABCD-EFGH".to_owned(),
        page: "https://a.example/device".to_owned(),
        page_with_code: "https://a.example/device?code=ABCD-EFGH".to_owned(),
    };
    let effects = model.hear(News::Login(code));
    assert!(matches!(&effects[..], [Effect::Open(page)] if page.ends_with("ABCD-EFGH")));
    assert!(matches!(&model.sign_in.step, Step::Code { code, .. } if code == "ABCD-EFGH"));
    let person = "Sam <sam@a.example>".to_owned();
    let server = "https://a.example".to_owned();
    started(&model.hear(News::Login(LoginLine::SignedIn { server, person })));
    assert!(matches!(model.account, Account::SignedIn { .. }));
}

#[test]
fn a_sign_in_that_ends_without_an_answer_says_why_and_can_be_tried_again() {
    let mut model = Model::new(Settings::default(), false);
    model.act(Intent::SignIn);
    assert!(matches!(&model.sign_in.step, Step::Failed(why) if why.contains("address")));
    model.act(Intent::Server("a.example".to_owned()));
    model.act(Intent::SignIn);
    let message = "aside: The server does not answer.\n".to_owned();
    model.hear(News::LoginOver { message });
    assert_eq!(
        model.sign_in.step,
        Step::Failed("The server does not answer.".to_owned())
    );
}
