//! Steps as a PDF: what is in it, read by the rules of the format, and who gets it.

mod reader;

use aside_protocol::id::Slug;
use aside_protocol::problem::ProblemCode;
use aside_server::service::steps_pdf::StepsPdfs;
use aside_server::testing::TestApp;
use serde_json::json;

use self::reader::Pdf;
use crate::one_file::recorded;
use crate::take::Take;
use crate::transcript::publish;

/// A recording with two steps.
async fn with_steps(app: &TestApp) -> Take {
    let take = recorded(app, "Sam").await;
    let path = format!("/api/recordings/{}", take.id);
    let title = json!({ "title": "Grüße/Λάθος" });
    take.owner.patch(&path, &title).await.expect(200);
    for (at, title) in [(0, "Tür öffnen"), (2000, "Ende (gut)")] {
        let mark = json!({ "at_ms": at, "title": title });
        let marks = take.api("/marks");
        take.owner.post(&marks, &mark).await.expect(201);
    }
    publish(app, &take, &[(100, "Zuerst"), (2500, "Fenster")]).await;
    take
}

#[tokio::test]
async fn steps_are_a_pdf_with_pictures_links_and_words_that_can_be_found() {
    let app = TestApp::sqlite().await;
    let app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    let take = with_steps(&app).await;
    let answer = app.anonymous().get(&take.api("/steps.pdf")).await;
    let answer = answer.expect(200);
    assert_eq!(answer.header("content-type"), "application/pdf");
    let how = answer.header("content-disposition");
    assert!(how.starts_with("attachment; filename="), "{how}");
    assert!(how.contains("''Gr%C3%BC%C3%9Fe-"), "{how}");
    assert!(how.ends_with(".pdf"), "{how}");

    let pdf = Pdf(&answer.body);
    assert!(answer.body.starts_with(b"%PDF-1.7") && answer.body.ends_with(b"%%EOF"));
    let text = pdf.text();
    for line in [
        "Grüße/Λάθος",
        "watch the recording",
        "1. Tür öffnen",
        "0:00",
        "2. Ende (gut)",
        "0:02",
        "1 / 1",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}: {text}");
    }
    assert!(
        text.contains("Zuerst") && text.contains("Fenster"),
        "{text}"
    );
    // Of fonts there is what is used: a whole one has hundreds of kilobytes.
    assert_eq!(pdf.count("/FontFile2"), 2);
    assert!(answer.body.len() < 200_000, "{}", answer.body.len());
    assert_eq!(pdf.count("/DCTDecode"), 2);
    let moment = format!("/URI(http://aside.test/w/{}?t=2)", take.slug);
    assert_eq!(pdf.count(&moment), 2, "the clock and the picture");
    assert_eq!(pdf.count("/S/Figure"), 2);
    assert_eq!(pdf.count("/S/H2"), 2);
    assert_eq!(pdf.count("/Alt(The picture at 0:02)"), 1);
    assert_eq!(
        pdf.count("/Title(2. Ende \\(gut\\))") + pdf.count("/Title(2. Ende (gut))"),
        1
    );
    assert!(pdf.count("/Lang(ja)") > 0);
}

#[tokio::test]
async fn a_machine_without_fonts_writes_western_letters_in_helvetica() {
    let app = TestApp::sqlite().await;
    let mut app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    app.app.steps_pdfs = StepsPdfs::with_fonts_in(vec![app.folder().join("none")]);
    let take = with_steps(&app).await;
    let answer = take.owner.get(&take.api("/steps.pdf")).await.expect(200);
    let pdf = Pdf(&answer.body);
    let text = pdf.text();
    assert!(
        text.contains("1. Tür öffnen") && text.contains("Grüße/?????"),
        "{text}"
    );
    assert_eq!(pdf.count("/BaseFont/Helvetica"), 1);
    assert_eq!(pdf.count("/FontFile"), 0);
    assert_eq!(pdf.count("/DCTDecode"), 2);
}

#[tokio::test]
async fn who_may_not_watch_gets_what_a_missing_recording_gives_and_who_asks_too_often_waits() {
    let app = TestApp::sqlite().await;
    let app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    let take = recorded(&app, "Sam").await;
    let anyone = app.anonymous();
    anyone.get(&take.api("/steps.pdf")).await.expect(200);

    // Its pictures are kept by now: the document counts by itself.
    let (there, often) = ("198.51.100.7", anyone.clone().at("198.51.100.7"));
    while app.app.limits.frame(there.parse().unwrap()).is_ok() {}
    let refused = often.get(&take.api("/steps.pdf")).await;
    refused.expect_problem(ProblemCode::TooManyRequests);

    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let closed = json!({ "audience": "owner" });
    take.owner.patch(&sharing, &closed).await.expect(200);
    let hidden = anyone.get(&take.api("/steps.pdf")).await.expect(404);
    let other = Slug::from_entropy(&[7; 64]).unwrap();
    let missing = anyone.get(&format!("/api/watch/{other}/steps.pdf")).await;
    assert_eq!(hidden.body, missing.expect(404).body);
    take.owner.get(&take.api("/steps.pdf")).await.expect(200);
}
