use super::*;

/// Sentences, each with the pause before it in seconds; a word takes 400 ms.
fn talk(sentences: &[(u64, &str)]) -> Vec<Word> {
    let (mut words, mut at) = (Vec::new(), 0);
    for (pause, text) in sentences {
        at += pause * 1000;
        for (k, token) in text.split(' ').enumerate() {
            words.push(Word {
                n: words.len() as u64,
                start_ms: at,
                end_ms: at + 380,
                text: token.to_owned(),
                gap: k == 0 && *pause > 0,
                joined: false,
            });
            at += 400;
        }
    }
    words
}

fn texts(found: &[Found], kind: SuggestionKind) -> Vec<&str> {
    let of_kind = found.iter().filter(|it| it.kind == kind);
    of_kind.map(|it| it.text.as_str()).collect()
}

/// Two subjects of a dozen sentences each, and a pause between them.
fn two_subjects() -> Vec<Word> {
    let login = [
        "The login button is cut off on small screens of the phone.",
        "When the login form is narrow the button moves out of the form.",
        "You see the button behind the edge of the login form here.",
        "The problem is the fixed width of the login form on the phone.",
    ];
    let invoice = [
        "The invoice export writes the wrong currency into the invoice file.",
        "Every invoice of a customer abroad gets the currency of the account.",
        "The currency of the invoice should come from the customer instead.",
        "The export of the invoice then shows the right currency for everybody.",
    ];
    let mut all: Vec<(u64, &str)> = Vec::new();
    for n in 0..12 {
        all.push((u64::from(n % 4 == 0), login[n % 4]));
    }
    for n in 0..12 {
        all.push((
            if n == 0 { 5 } else { u64::from(n % 4 == 0) },
            invoice[n % 4],
        ));
    }
    talk(&all)
}

#[test]
fn a_chapter_begins_where_the_words_change() {
    let words = two_subjects();
    let found = suggest(&words, Some("en"));
    let chapters: Vec<_> = found
        .iter()
        .filter(|it| it.kind == SuggestionKind::Chapter)
        .collect();
    assert_eq!(chapters.len(), 2, "{chapters:?}");
    assert_eq!(chapters[0].at_ms, 0);
    let change = words.iter().find(|w| w.text == "invoice").unwrap().start_ms;
    assert!(chapters[1].at_ms.abs_diff(change) < 1000, "{chapters:?}");
    assert!(
        chapters[0].text.to_lowercase().contains("login"),
        "{chapters:?}"
    );
    assert!(
        chapters[1].text.to_lowercase().contains("invoice"),
        "{chapters:?}"
    );
}

#[test]
fn a_short_talk_and_one_of_one_subject_have_no_chapters() {
    let short = talk(&[(0, "Only one sentence here.")]);
    assert_eq!(suggest(&short, Some("en")), []);
    let same: Vec<(u64, &str)> = (0..40)
        .map(|_| (0, "The login button of the login form is cut off again."))
        .collect();
    assert_eq!(
        texts(&suggest(&talk(&same), Some("en")), SuggestionKind::Chapter),
        Vec::<&str>::new()
    );
}

#[test]
fn key_sentences_are_spoken_ones_in_their_order_and_no_two_are_the_same() {
    let words = two_subjects();
    let found = suggest(&words, Some("en"));
    let sentences = texts(&found, SuggestionKind::Sentence);
    assert!((2..=6).contains(&sentences.len()), "{sentences:?}");
    let spoken = crate::domain::transcript_file::sentence(&words);
    assert!(sentences.iter().all(|it| spoken.contains(it)));
    let different: std::collections::HashSet<_> = sentences.iter().collect();
    assert_eq!(different.len(), sentences.len());
    let moments: Vec<u64> = found
        .iter()
        .filter(|it| it.kind == SuggestionKind::Sentence)
        .map(|it| it.at_ms)
        .collect();
    assert!(moments.is_sorted());
}

#[test]
fn what_somebody_is_to_do_is_found_in_english_and_in_german() {
    let english = talk(&[
        (0, "I will show you the login page now."),
        (0, "Mara, can you fix the button until Friday?"),
        (0, "I'll send the report tomorrow morning."),
        (0, "We need to look at the numbers again."),
        (0, "That was nice to see."),
        (0, "Please do it."),
        (0, "Please."),
    ]);
    assert_eq!(
        texts(&suggest(&english, Some("en")), SuggestionKind::Action),
        [
            "Mara, can you fix the button until Friday?",
            "I'll send the report tomorrow morning.",
            "We need to look at the numbers again."
        ]
    );
    let german = talk(&[
        (0, "Ich werde euch jetzt die Seite zeigen."),
        (0, "Jo, kannst du das bis Freitag prüfen?"),
        (0, "Wir müssen den Export noch testen."),
        (0, "Das ist schon ganz schön."),
    ]);
    assert_eq!(
        texts(&suggest(&german, Some("de")), SuggestionKind::Action),
        [
            "Jo, kannst du das bis Freitag prüfen?",
            "Wir müssen den Export noch testen."
        ]
    );
    assert_eq!(
        texts(&suggest(&german, Some("fr")), SuggestionKind::Action),
        Vec::<&str>::new()
    );
}

#[test]
fn words_without_full_stops_and_without_end_are_no_trouble() {
    let endless = talk(&[(0, "word ".repeat(5000).trim())]);
    for found in suggest(&endless, None) {
        assert!(found.text.chars().count() <= MAX_TEXT);
    }
    assert_eq!(suggest(&[], Some("de")), []);
}

#[test]
fn a_language_that_is_not_said_is_guessed_by_its_small_words() {
    let guess = |text: &str| Language::guess(text.split(' '));
    assert_eq!(
        guess("We run it on two servers, and the button is cut off."),
        Language::English
    );
    assert_eq!(
        guess("Das ist der Knopf, und wir müssen ihn noch prüfen."),
        Language::German
    );
    for other in [
        "",
        "Kubernetes PostgreSQL",
        "Le bouton est coupé sur la page.",
        "the der",
    ] {
        assert_eq!(guess(other), Language::Other, "{other}");
    }
    let german = talk(&[(0, "Kannst du das bitte bis Freitag noch prüfen?")]);
    assert_eq!(suggest(&german, None).len(), 1);
}
