//! Bodies as mail programs make them.

use super::*;
use proptest::prelude::*;

const QUOTE: &str = "> Mo answered: Demo at 0:03\n> > cut off\n> Open at this moment:\n> https://aside.test/w/x?t=3\n";

/// What every program puts between the words and the quote.
const ATTRIBUTIONS: &[&str] = &[
    "On Sat, Nov 28, 2026 at 10:00 AM Aside <aside@example.org> wrote:",
    "On Sat, Nov 28, 2026 at 10:00 AM Aside via Somebody With A Long Name\n<reply+abcdefghijklmnopqrstuvwxyz@example.org> wrote:",
    "On 28/11/2026 10:00, Aside wrote:",
    "On 28 Nov 2026, at 10:00, Aside <aside@example.org> wrote:",
    "Am 28.11.26 um 10:00 schrieb Aside:",
    "Am Sa., 28. Nov. 2026 um 10:00 Uhr schrieb Aside <aside@example.org>:",
    "Aside <aside@example.org> schrieb am Sa. 28. Nov. 2026 um 10:00:",
    "Le sam. 28 nov. 2026 à 10:00, Aside <aside@example.org> a écrit :",
    "Le 28/11/2026 à 10:00, Aside a écrit\u{a0}:",
    "El sáb, 28 nov 2026 a las 10:00, Aside (<aside@example.org>) escribió:",
    "Il giorno sab 28 nov 2026 alle ore 10:00 Aside <aside@example.org> ha scritto:",
    "Em sáb., 28 de nov. de 2026 às 10:00, Aside <aside@example.org> escreveu:",
    "Op za 28 nov 2026 om 10:00 schreef Aside <aside@example.org>:",
    "Den lör 28 nov. 2026 kl 10:00 skrev Aside <aside@example.org>:",
    "Den lør. 28. nov. 2026 kl. 10.00 skrev Aside <aside@example.org>:",
    "W dniu 28.11.2026 o 10:00, Aside pisze/napisał(a):",
    "сб, 28 нояб. 2026 г. в 10:00, Aside <aside@example.org>:",
    "28.11.2026 10:00, Aside пишет:",
    "so 28. 11. 2026 v 10:00 odesílatel Aside <aside@example.org> napsal:",
    "la 28. marrask. 2026 klo 10.00 Aside (aside@example.org) kirjoitti:",
    "Aside <aside@example.org>, 28 Kas 2026 Cmt, 10:00 tarihinde şunu yazdı:",
    "2026年11月28日(土) 10:00 Aside <aside@example.org>のメール:",
    "在 2026年11月28日，10:00，Aside <aside@example.org> 写道：",
    "2026년 11월 28일 (토) 오전 10:00, Aside <aside@example.org>님이 작성:",
];

#[test]
fn the_quote_below_is_cut_off_in_every_language_and_so_is_what_says_whose_it_is() {
    for who in ATTRIBUTIONS {
        for gap in ["\n", "\n\n"] {
            let mail = format!("Yes, the left one.\r\n\r\nTomorrow?\n\n{who}{gap}{QUOTE}");
            assert_eq!(
                own_words(&mail),
                "Yes, the left one.\n\nTomorrow?",
                "{mail}"
            );
        }
        let mail = format!("Yes.\n\n{who}\n\nMo answered: Demo at 0:03\nhttps://aside.test\n");
        assert_eq!(
            own_words(&mail),
            "Yes.",
            "a program that marks no quote: {who}"
        );
        let mail = format!("{who}\n{QUOTE}\nYes, below it.\n");
        assert_eq!(own_words(&mail), "Yes, below it.", "{who}");
    }
}

#[test]
fn a_quote_needs_nobody_who_says_whose_it_is() {
    assert_eq!(own_words(&format!("Yes.\n{QUOTE}")), "Yes.");
    assert_eq!(own_words(&format!("{QUOTE}Yes.")), "Yes.");
    assert_eq!(own_words(QUOTE), "");
}

#[test]
fn who_answers_line_by_line_keeps_the_lines_in_between() {
    let mail = "On 28/11/2026 10:00, Aside wrote:\n> Is it blue?\nNo.\n> And large?\nYes.\n\n> -- \n> Aside\n";
    assert_eq!(
        own_words(mail),
        "> Is it blue?\n\nNo.\n> And large?\n\nYes."
    );
}

/// Outlook puts its quote below a row of fields, or below a line with words.
#[test]
fn what_outlook_quotes_is_cut_off() {
    let below = [
        "-----Original Message-----\nFrom: Aside <a@example.org>\nSent: Saturday\nSubject: Re: Demo\n\nMo answered",
        "-----Ursprüngliche Nachricht-----\nVon: Aside\nGesendet: Samstag\n\nMo answered",
        "________________________________\nFrom: Aside <a@example.org>\nSent: Saturday, November 28, 2026 10:00 AM\nTo: Mo\nSubject: Re: Demo\n\nMo answered",
        "________________________________________\nDe : Aside\nEnvoyé : samedi 28 novembre 2026 10:00\nÀ : Mo\nObjet : Re: Demo\n\nMo",
        "Von: Aside <a@example.org>\nGesendet: Samstag, 28. November 2026 10:00\nAn: Mo <mo@example.org>\nBetreff: Re: Demo\n\nMo answered",
        "*From:* Aside <a@example.org>\n*Sent:* Saturday\n*To:* Mo\n*Subject:* Re: Demo\n\nMo answered",
        "De: Aside\nEnviado: sábado, 28 de noviembre de 2026\nPara: Mo\nAsunto: Re: Demo\n",
        "Da: Aside\nInviato: sabato\nA: Mo\nOggetto: Re: Demo\n",
        "Van: Aside\nVerzonden: zaterdag\nAan: Mo\nOnderwerp: Re: Demo\n",
        "Från: Aside\nSkickat: lördag\nTill: Mo\nÄmne: Re: Demo\n",
        "От: Aside\nОтправлено: суббота\nКому: Mo\nТема: Re: Demo\n",
        "差出人: Aside\n送信日時: 2026年11月28日\n宛先: Mo\n件名: Re: Demo\n",
        "发件人: Aside\n发送时间: 2026年11月28日\n收件人: Mo\n主题: Re: Demo\n",
        "---------- Forwarded message ---------\nFrom: Aside\nDate: Sat\n",
        "\u{1}\nanything\n",
    ];
    for below in below {
        let mail = format!("Yes.\n\nMo\n\n{below}");
        assert_eq!(own_words(&mail), "Yes.\n\nMo", "{mail}");
    }
}

#[test]
fn signatures_are_cut_off() {
    let table = [
        ("Yes.\n-- \nMo Example\n+49 30 1234\n", "Yes."),
        ("Yes.\n--\nMo\n", "Yes."),
        ("Yes.\n\nSent from my iPhone\n", "Yes."),
        ("Yes.\n\nVon meinem iPhone gesendet\n", "Yes."),
        (
            "Yes.\n\nGet Outlook for iOS <https://aka.ms/o0ukef>\n",
            "Yes.",
        ),
        (
            "Yes.\n\nEnvoyé de mon iPhone\n\n> Le 28 nov. 2026 à 10:00, Aside a écrit :\n> x\n",
            "Yes.",
        ),
        (
            "Yes.\n\nSent from my iPhone\n\n> On 28 Nov 2026, at 10:00, Aside <a@example.org> wrote:\n> \n> x\n",
            "Yes.",
        ),
        (
            "Yes.\n-- \nMo\n\nOn 28/11/2026 10:00, Aside wrote:\n> x\n",
            "Yes.",
        ),
    ];
    for (mail, words) in table {
        assert_eq!(own_words(mail), words, "{mail}");
    }
}

#[test]
fn what_somebody_wrote_stays_as_it_is() {
    let table = [
        "It says:\n\n- one\n- two",
        "She wrote: no.",
        "As I wrote:\nit is blue.",
        "From: here, To: there\nis how it should read.",
        "1. one\n2. two",
        "A long line that somebody typed on a telephone goes on and on without any end, and that is no fold.\nThe next one.",
        "a -- b\n\n---\n\nc",
        "On Monday we wrote: nothing",
    ];
    for words in table {
        assert_eq!(own_words(words), words.trim(), "{words}");
    }
}

#[test]
fn folded_lines_become_one_again() {
    let mail = "The button at the left is cut off on my telephone, but only when it is\nheld upright. Can you\nlook at it?\n";
    assert_eq!(
        own_words(mail),
        "The button at the left is cut off on my telephone, but only when it is held upright. Can you\nlook at it?"
    );
    assert_eq!(
        unflowed("one \r\ntwo\r\n\r\n three\r\n", false),
        "one two\n\nthree\n"
    );
    assert_eq!(
        unflowed("> one \r\n> two\r\nown \r\n-- \r\nMo\r\n", false),
        "> one two\nown \n-- \nMo\n"
    );
    assert_eq!(unflowed("日本 \r\n語\r\n", true), "日本語\n");
}

/// Each of these took minutes while every line looked at all below it.
#[test]
fn a_mail_of_blank_lines_or_of_nothing_but_who_wrote_when_is_cut_in_one_pass() {
    let blank = "\n".repeat(1 << 20);
    assert_eq!(own_words(&blank), "");
    assert_eq!(own_words(&format!("yes\n{blank}")), "yes");
    let wrote = "On Nov 28, 2026 Mo wrote:\n".repeat(40_000);
    assert!(!own_words(&format!("{wrote}{blank}> x\n")).contains("> x"));
    let words = "word ".repeat(15_000);
    assert_eq!(own_words(&words).trim(), words.trim());
}

proptest! {
    #[test]
    fn whatever_arrives_is_cut_without_a_panic(text in "(\\PC|\n|>|-|:){0,400}") {
        let own = own_words(&text);
        prop_assert!(own.len() <= text.len() * 2);
        let flowed = unflowed(&text, true);
        prop_assert!(flowed.len() <= text.len() * 2 + 2);
    }
}
