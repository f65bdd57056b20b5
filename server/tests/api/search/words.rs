//! What is typed, and what it finds.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::Value;

use super::{catch_up, comment, encoded, hits, page, shown};
use crate::take::take;

#[both]
async fn what_is_typed_finds_what_the_table_says(app: TestApp) {
    let take = take(&app).await;
    let lines = [
        "The quick brown fox, and the lazy dog.",
        "Über den Dächern von Köln, auf der Straße.",
        "use std::fmt::Write; see POL-358 and TS 38.101-1",
        "東京都庁と渋谷",
        "我们使用数据库",
        "한국어 검색",
        "Call readFile in GitHub's e-mail C++ part",
        "Čeština, crème brûlée, Ελλάδα, ёлка",
        "😀 smile **bold** and `code`",
    ];
    for line in lines {
        comment(&take.owner, &take, line).await;
    }
    catch_up(&app).await;
    for (typed, found) in [
        // Words: all of them, in any order, whatever their case.
        ("FOX quick ", "The [quick] brown [fox], and the lazy dog."),
        ("quick cat ", ""),
        // In a row.
        (
            "\"quick brown\"",
            "The [quick brown] fox, and the lazy dog.",
        ),
        ("\"brown quick\"", ""),
        // The last word may go on, others when they say so.
        ("qui", "The [quick] brown fox, and the lazy dog."),
        ("qui dog", ""),
        ("qui* dog", "The [quick] brown fox, and the lazy [dog]."),
        ("qui ", ""),
        // Other spellings.
        (
            "uber dachern ",
            "[Über] den [Dächern] von Köln, auf der Straße.",
        ),
        (
            "ueber koeln ",
            "[Über] den Dächern von [Köln], auf der Straße.",
        ),
        ("STRASSE ", "Über den Dächern von Köln, auf der [Straße]."),
        (
            "\"ueber den\"",
            "[Über den] Dächern von Köln, auf der Straße.",
        ),
        ("cestina creme ", "[Čeština], [crème] brûlée, Ελλάδα, ёлка"),
        ("ελλαδα елка ", "Čeština, crème brûlée, [Ελλάδα], [ёлка]"),
        (
            "u\u{308}ber ",
            "[Über] den Dächern von Köln, auf der Straße.",
        ),
        // Code words, whole and in pieces.
        (
            "std::fmt ",
            "use [std::fmt]::Write; see POL-358 and TS 38.101-1",
        ),
        (
            "write ",
            "use std::fmt::[Write]; see POL-358 and TS 38.101-1",
        ),
        ("fmt::std ", ""),
        (
            "pol-358 ",
            "use std::fmt::Write; see [POL-358] and TS 38.101-1",
        ),
        (
            "POL358 ",
            "use std::fmt::Write; see [POL-358] and TS 38.101-1",
        ),
        (
            "38.101 ",
            "use std::fmt::Write; see POL-358 and TS [38.101]-1",
        ),
        ("file ", "Call read[File] in GitHub's e-mail C++ part"),
        (
            "\"readfile in github\"",
            "Call [readFile in GitHub]'s e-mail C++ part",
        ),
        ("email ", "Call readFile in GitHub's [e-mail] C++ part"),
        ("c++ ", "Call readFile in GitHub's e-mail [C++] part"),
        // Without blanks.
        ("東京", "[東京]都庁と渋谷"),
        ("都庁と", "東京[都庁と]渋谷"),
        ("庁", "東京都[庁]と渋谷"),
        ("谷", "東京都庁と渋[谷]"),
        ("渋谷 東京", "[東京]都庁と[渋谷]"),
        ("京庁", ""),
        ("数据", "我们使用[数据]库"),
        ("검색", "한국어 [검색]"),
        ("국어 ", "한[국어] 검색"),
        // Signs.
        ("bold code ", "😀 smile [bold] and [code]"),
        ("smile", "😀 [smile] bold and code"),
        // Filters.
        (
            "in:comments fox ",
            "The quick brown [fox], and the lazy dog.",
        ),
        ("in:title fox ", ""),
        ("from:sam fox ", "The quick brown [fox], and the lazy dog."),
        ("from:nobody fox ", ""),
        ("tag:none fox ", ""),
        ("fox from:sa ", "The quick brown [fox], and the lazy dog."),
    ] {
        let got = hits(&take.owner, typed).await;
        let wanted: Vec<String> = match found {
            "" => vec![],
            line => vec![format!("comment: {line}")],
        };
        assert_eq!(got, wanted, "{typed:?}");
        let inside = take.api(&format!("/search?q={}", encoded(typed)));
        let inside: Value = app.anonymous().get(&inside).await.expect(200).json();
        assert_eq!(shown(&inside), wanted, "inside: {typed:?}");
    }
}

#[both]
async fn nothing_that_is_typed_is_an_error(app: TestApp) {
    let take = take(&app).await;
    comment(&take.owner, &take, "something to find").await;
    catch_up(&app).await;
    let long = "word ".repeat(2_000);
    let controls: String = (1..32_u8).map(char::from).collect();
    let letters = "x".repeat(10_000);
    for typed in [
        "",
        " ",
        "\"",
        "\"\"",
        "*",
        "**",
        "AND",
        "a AND",
        "OR OR",
        "NOT x",
        "NEAR(a b)",
        "main:x",
        "beside : x",
        "-x",
        "^x",
        "(",
        ")",
        "{x}",
        "a\"b",
        "'",
        "';--",
        "\\",
        "%",
        "_",
        "a & b | !c",
        "<->",
        ":*",
        "x:*A",
        "\u{0}",
        "\u{feff}",
        "\u{1f468}\u{200d}\u{1f469}",
        "from:",
        "tag:\"",
        "in:x",
        "ﷺ",
        "\u{202e}abc",
        "e\u{301}\u{301}\u{301}",
        &controls,
        &letters,
        &long,
    ] {
        let got = page(&take.owner, typed).await;
        assert!(got["items"].is_array(), "{typed:?}");
        let inside = take.api(&format!("/search?q={}", encoded(typed)));
        take.owner.get(&inside).await.expect(200);
    }
    let later = app.app.now().plus(Duration::from_secs(3600)).micros();
    for cursor in [
        "nonsense".to_owned(),
        "1.".to_owned(),
        "-1.0".to_owned(),
        format!("{}.0", i64::MIN),
        format!("{}.0", i64::MAX),
        format!("{later}.0"),
    ] {
        let path = format!("/api/search?q=something&cursor={cursor}");
        let bad = take.owner.get(&path).await;
        let problem = bad.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("cursor"), "{cursor}");
    }
    for cursor in ["0.0".to_owned(), format!("0.{}", usize::MAX)] {
        let path = format!("/api/search?q=something&cursor={cursor}");
        take.owner.get(&path).await.expect(200);
    }
}

#[both]
async fn pages_follow_each_other_and_end(app: TestApp) {
    let take = take(&app).await;
    for n in 0..45 {
        comment(&take.owner, &take, &format!("needle number {n}")).await;
    }
    catch_up(&app).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut path = "/api/search?q=needle&limit=20".to_owned();
    let mut pages = 0;
    loop {
        let page: Value = take.owner.get(&path).await.expect(200).json();
        pages += 1;
        seen.extend(shown(&page));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/search?q=needle&limit=20&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 45));
}
