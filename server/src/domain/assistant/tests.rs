use aside_protocol::time::Timestamp;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::answer::{Asked, Reader};
use super::due::{day_of, due};
use super::objects::Objects;
use super::stream::{Finish, Piece, Stream};
use super::translation::{LANGUAGES, Line, lines, next};
use super::who::{is_speaker, meant};
use super::*;
use crate::domain::suggest::SuggestionKind;

fn spoken(texts: &[&str]) -> Vec<Sentence> {
    let of = |(text, n): (&&str, u64)| Sentence {
        start_ms: n * 5000 + 700,
        end_ms: n * 5000 + 4000,
        pause_ms: 0,
        gap: n == 0,
        text: (*text).to_owned(),
    };
    texts.iter().zip(0..).map(of).collect()
}

#[test]
fn a_day_is_what_was_meant_where_it_was_spoken() {
    // A Friday.
    let friday = date(2026, 11, 27);
    let table: &[(&str, Option<Date>)] = &[
        ("2026-12-04", Some(date(2026, 12, 4))),
        ("2026-12-04T18:00:00Z", Some(date(2026, 12, 4))),
        // Models that cannot count write days that are past.
        ("2024-01-01", None),
        ("today", Some(friday)),
        ("by tomorrow evening", Some(date(2026, 11, 28))),
        ("übermorgen", Some(date(2026, 11, 29))),
        ("until Friday", Some(date(2026, 12, 4))),
        ("Montag", Some(date(2026, 11, 30))),
        ("next Monday", Some(date(2026, 11, 30))),
        ("Tuesday next week", Some(date(2026, 12, 1))),
        ("nächste Woche", Some(date(2026, 12, 4))),
        ("end of the week", Some(friday)),
        ("Ende des Monats", Some(date(2026, 11, 30))),
        ("in 3 days", Some(date(2026, 11, 30))),
        ("in two weeks", Some(date(2026, 12, 11))),
        ("in einem Monat", Some(date(2026, 12, 27))),
        ("in 99999999999999999999 days", None),
        ("soon", None),
        ("", None),
        ("９９９９-99-99", None),
    ];
    for (said, expected) in table {
        assert_eq!(due(said, friday), *expected, "{said}");
    }
    let wednesday = date(2026, 11, 25);
    assert_eq!(due("Friday", wednesday), Some(friday));
    assert_eq!(due("Friday next week", wednesday), Some(date(2026, 12, 4)));
}

#[test]
fn the_day_is_that_of_the_speaker() {
    let at = Timestamp::from_micros(1_767_225_600_000_000 - 1_000_000);
    assert_eq!(day_of(at, None), date(2025, 12, 31));
    assert_eq!(day_of(at, Some("Pacific/Kiritimati")), date(2026, 1, 1));
    assert_eq!(day_of(at, Some("Nowhere/Nothing")), date(2025, 12, 31));
}

#[test]
fn a_name_means_a_person_where_that_is_sure() {
    let names = ["Olga Berg", "Max Mint", "Max Moss", "Jo", "Łukasz", "李 雷"];
    for (said, expected) in [
        ("Olga", vec![0]),
        ("@olga berg", vec![0]),
        ("BERG", vec![0]),
        ("max", vec![1, 2]),
        ("Max Moss", vec![2]),
        ("jo", vec![3]),
        ("łukasz", vec![4]),
        ("李雷", vec![]),
        ("ol", vec![]),
        ("", vec![]),
        ("everybody", vec![]),
    ] {
        assert_eq!(meant(said, &names), expected, "{said}");
    }
    assert!(is_speaker("I") && is_speaker(" Speaker ") && !is_speaker("Olga"));
}

#[test]
fn windows_hold_every_line_once_and_fit() {
    let text = "x".repeat(300);
    let all: Vec<&str> = std::iter::repeat_n(text.as_str(), 100).collect();
    let all = spoken(&all);
    let windows = windows(&all, 1000);
    assert_eq!(windows.len(), 12);
    assert_eq!(windows[0], 0..9);
    let joined: Vec<usize> = windows.into_iter().flatten().collect();
    assert_eq!(joined, (0..100).collect::<Vec<_>>());
    assert_eq!(
        super::windows(&spoken(&["long"]), 1),
        std::iter::once(0..1).collect::<Vec<_>>()
    );
    assert!(super::windows(&[], 1000).is_empty());
}

#[test]
fn what_is_sent_of_one_recording_has_an_end() {
    let text = "x".repeat(30_000);
    let all: Vec<&str> = std::iter::repeat_n(text.as_str(), 100).collect();
    let windows = windows(&spoken(&all), 1000);
    assert_eq!(windows.len(), 39);
}

#[test]
fn every_window_leaves_room_for_the_answer() {
    for context in [MIN_CONTEXT, 4096, 8192, 131_072, 1_000_000] {
        for room in [Room::to_sum_up(context), Room::to_translate(context)] {
            assert!(
                room.lines + room.answer + FRAME <= context,
                "{context}: {room:?}"
            );
            assert!(room.lines >= 200 && room.answer >= 400);
        }
        let room = Room::to_translate(context);
        assert!(
            room.answer >= room.lines * 2 - 2,
            "a translation may be longer"
        );
        let lines = lines(&spoken(&["word"; 1000]), &[]);
        assert!(
            room.lines <= 2000 && next(&lines, 0, room).len() <= 200,
            "models do not write so much at once: {context}"
        );
    }
}

fn objects(pieces: &[&str]) -> Vec<Value> {
    let mut objects = Objects::default();
    let found = pieces.iter().flat_map(|it| objects.push(it));
    found.map(Value::Object).collect()
}

#[test]
fn objects_are_found_in_whatever_is_around_them() {
    let a = json!({ "a": "} { \" \\" });
    let text = format!("Sure!\n```json\n[{a}, {a}]\n```\n{{ \"nested\": {a} }} {{broken}} {a}");
    let nested = json!({ "nested": a });
    let expected = vec![a.clone(), a.clone(), nested, a];
    assert_eq!(objects(&[&text]), expected);
    let single: Vec<String> = text.chars().map(String::from).collect();
    let single: Vec<&str> = single.iter().map(String::as_str).collect();
    assert_eq!(objects(&single), expected, "letter by letter");
    assert_eq!(
        objects(&["<think>{\"a\":1}</th", "ink>{\"b\":2}"]),
        [json!({ "b": 2 })]
    );
    assert_eq!(objects(&["<thi", "nk>{\"a\":1}"]), Vec::<Value>::new());
    let many = "{\"a\":1}".repeat(10_000);
    assert_eq!(objects(&[&many]).len(), 500);
}

/// Looking for the end of each of a million braces anew would take hours.
#[test]
fn braces_that_never_end_are_read_once() {
    for text in ["{", "{\"", "{{\"a\":", "<think>{"] {
        let text = text.repeat(1_000_000);
        let mut objects = Objects::default();
        for piece in text.as_bytes().chunks(4096) {
            assert!(objects.push(std::str::from_utf8(piece).unwrap()).is_empty());
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..2000), text in ".{0,500}") {
        let mut stream = Stream::default();
        for chunk in bytes.chunks(7) {
            stream.push(chunk);
        }
        stream.end();
        let mut objects = Objects::default();
        let mut reader = Reader::default();
        let spoken = spoken(&["a", "b"]);
        for piece in [&*text, &format!("{{\"kind\":\"task\",\"at\":\"{text}\",\"text\":\"{text}\"}}")] {
            for object in objects.push(piece) {
                let asked = Asked { spoken: &spoken, window: &(0..2), day: date(2026, 1, 1) };
                reader.read(&object, asked);
            }
        }
        due(&text, date(2026, 1, 1));
    }
}

#[test]
fn a_stream_is_read_in_any_pieces() {
    let text = "event: x\r\n: comment\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"ä\"}}]}\r\n\r\ndata:{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n";
    let expected = [Piece::Text("ä".to_owned()), Piece::Finish(Finish::Cut)];
    for size in [1, 2, 5, 1000] {
        let mut stream = Stream::default();
        let chunks = text.as_bytes().chunks(size);
        let pieces: Vec<Piece> = chunks.flat_map(|it| stream.push(it)).collect();
        assert_eq!(pieces, expected);
        assert!(stream.finished);
    }
    let mut stream = Stream::default();
    let failed = stream.push(b"data: {\"error\":{\"message\":\"out of memory\"}}\n");
    assert_eq!(failed, [Piece::Failed("out of memory".to_owned())]);
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[test]
fn an_answer_stands_on_what_was_sent_or_is_left_out() {
    let spoken = spoken(&["one", "two", "three", "four"]);
    // The first and the last were not sent.
    let asked = Asked {
        spoken: &spoken,
        window: &(1..3),
        day: date(2026, 1, 1),
    };
    let at = |at: Value| {
        let said = json!({ "kind": "sentence", "at": at, "text": "x" });
        let read = Reader::default().read(&object(said), asked);
        read.map(|it| it.found.at_ms)
    };
    assert_eq!(at(json!(5)), Some(5700), "seconds were sent, cut off");
    assert_eq!(at(json!("[10]")), Some(10_700));
    assert_eq!(at(json!(8.5)), Some(5700));
    assert_eq!(at(json!("0:11")), Some(10_700));
    for outside in [
        json!(0),
        json!(15),
        json!(1e12),
        json!(-3),
        json!(null),
        json!("soon"),
        json!([5]),
    ] {
        assert_eq!(at(outside.clone()), None, "{outside}");
    }
}

#[test]
fn an_answer_has_so_many_of_each_and_no_longer_texts() {
    let spoken = spoken(&["one"]);
    let asked = Asked {
        spoken: &spoken,
        window: &(0..1),
        day: date(2026, 1, 1),
    };
    let mut reader = Reader::default();
    let long = "ß".repeat(100_000);
    for n in 0..100 {
        let said = json!({ "kind": "task", "at": 0, "text": format!("{n} {long}"), "who": long });
        if let Some(it) = reader.read(&object(said), asked) {
            assert_eq!(it.found.kind, SuggestionKind::Action);
            assert_eq!(it.found.text.chars().count(), 400);
            assert_eq!(it.who.unwrap().chars().count(), 80);
        }
    }
    assert_eq!(reader.count(), 20);
    let title = json!({ "kind": "title", "text": long });
    let title = reader.read(&object(title), asked).unwrap();
    assert_eq!(title.found.text.chars().count(), 100);
}

#[test]
fn the_languages_are_in_order_and_each_is_there_once() {
    let codes: Vec<&str> = LANGUAGES.iter().map(|(code, _)| *code).collect();
    assert!(codes.is_sorted() && codes.windows(2).all(|it| it[0] != it[1]));
    assert!(codes.iter().all(|it| it.len() == 2));
}

#[test]
fn what_was_translated_stays_and_the_rest_is_asked_for_in_pieces_that_fit() {
    let before = lines(&spoken(&["one", "two"]), &[]);
    let mut before: Vec<Line> = before;
    before[0].text = Some("eins".to_owned());
    let long = "x".repeat(600);
    let now = lines(&spoken(&["new", "one", &long, &long]), &before);
    let held: Vec<Option<&str>> = now.iter().map(|it| it.text.as_deref()).collect();
    assert_eq!(held, [None, Some("eins"), None, None]);
    let room = Room {
        lines: 250,
        answer: 500,
    };
    assert_eq!(next(&now, 0, room), [0, 2]);
    assert_eq!(next(&now, 3, room), [3]);
    assert_eq!(next(&now, 4, room), Vec::<usize>::new());
}
