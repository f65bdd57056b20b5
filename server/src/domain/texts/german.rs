//! Mails and notifications in German. It says "du", as the pages do, and calls things as they do (`web/messages/de.json`).

use super::german_refusals::refusal;
use super::{About, Going, Notes, Said, Texts, said};
use crate::domain::notice::Kind;

pub(super) struct German;

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn hello(name: &str) -> String {
    format!("Hallo {name},")
}

fn invitation(by: Option<&str>, server: &str, days: i64) -> Said {
    let by = by.unwrap_or("Wer diesen Server betreibt,");
    let days = match days {
        1 => "einen Tag".to_owned(),
        days => format!("{days} Tage"),
    };
    said(
        &format!("{by} lädt dich zu {server} ein"),
        &[
            &format!("{by} lädt dich zu {server} ein. Dort schicken sich Leute Videonachrichten."),
            &format!(
                "Mit dem Link unten legst du dein Konto an. Er gilt einmal, {days} lang, und nur für diese Adresse."
            ),
            "Du weißt nicht, worum es geht? Dann tu nichts: Ohne dich gibt es kein Konto.",
        ],
        "Konto anlegen",
    )
}

fn going_soon(going: &Going) -> Said {
    let (what, go) = match going.count {
        1 => ("Eine deiner Aufnahmen".to_owned(), "kommt"),
        n => (format!("{n} deiner Aufnahmen"), "kommen"),
    };
    let mut paragraphs = vec![format!(
        "{what} {go} am {} oder später in den Papierkorb, weil eine Regel deiner Mediathek oder dieses Servers es so vorsieht:",
        going.first
    )];
    for (title, day) in &going.named {
        let title = if title.is_empty() {
            "Ohne Titel"
        } else {
            title
        };
        paragraphs.push(format!("{title}: {day}"));
    }
    let more = going.count.saturating_sub(going.named.len());
    if more > 0 {
        paragraphs.push(format!("und {more} weitere."));
    }
    let keep = "Wenn du sie behalten willst, wähle in der Mediathek „Auf Dauer behalten“. \
         Was in den Papierkorb kommt, kann dort dreißig Tage lang wiederhergestellt werden.";
    paragraphs.push(keep.to_owned());
    Said {
        subject: format!("{what} {go} in {} Tagen in den Papierkorb", going.days),
        paragraphs,
        label: "Zeigen, was bald wegkommt",
    }
}

impl Texts for German {
    fn letter(&self, about: &About<'_>) -> Said {
        match *about {
            About::NewPassword { name } => said(
                "Wähle ein neues Passwort",
                &[
                    &hello(name),
                    "jemand, vermutlich du, hat ein neues Passwort für dein Konto angefordert. Der Link gilt einmal, eine Stunde lang.",
                    "Falls du es nicht warst, tu nichts: Dein Passwort bleibt, wie es ist.",
                ],
                "Neues Passwort wählen",
            ),
            About::PasswordChanged { name } => said(
                "Dein Passwort wurde geändert",
                &[
                    &hello(name),
                    "das Passwort deines Kontos wurde geändert, und alle anderen Browser wurden abgemeldet.",
                    "Falls du es nicht warst, wähle jetzt ein neues Passwort:",
                ],
                "Ich habe mein Passwort vergessen",
            ),
            About::AddressAsked { name } => said(
                "Ist das deine Adresse?",
                &[
                    &format!("{name} möchte diese Adresse für ein Konto verwenden."),
                    "Wenn du das bist, folge dem Link innerhalb eines Tages. Wenn nicht, tu nichts.",
                ],
                "Das ist meine Adresse",
            ),
            About::AddressTaken => said(
                "Du hast schon ein Konto",
                &[
                    "Jemand wollte diese Adresse für ein anderes Konto verwenden. Geändert wurde nichts: Sie gehört weiterhin zu deinem Konto.",
                ],
                "Anmelden",
            ),
            About::AddressChanged { name, email } => said(
                "Deine Adresse wurde geändert",
                &[
                    &hello(name),
                    &format!(
                        "dein Konto hat jetzt die Adresse {email}. Mails gehen dorthin, und du meldest dich mit ihr an."
                    ),
                    "Falls du es nicht warst, sag es denen, die diesen Server betreiben.",
                ],
                "",
            ),
            About::Invitation { by, server, days } => invitation(by, server, days),
            About::MailLink { title } => {
                let what = match title {
                    "" => String::new(),
                    title => format!(": „{title}“"),
                };
                said(
                    "Eine Aufnahme für dich",
                    &[
                        &format!(
                            "Jemand, vermutlich du, möchte eine Aufnahme ansehen, die mit dieser Adresse geteilt ist{what}."
                        ),
                        "Der Link zeigt, dass dieses Postfach dir gehört: Gib ihn niemandem weiter. Er gilt einen Tag lang, in jedem Browser.",
                    ],
                    "Ansehen",
                )
            }
            About::GoingSoon(going) => going_soon(going),
            About::NotTaken {
                why,
                subject,
                has_words,
            } => {
                let about = subject.map_or_else(String::new, |it| format!(" ({it})"));
                said(
                    "Deine Antwort wurde nicht angenommen",
                    &[
                        &format!("Aus deiner Antwort per Mail{about} wurde kein Kommentar."),
                        &refusal(why),
                        if has_words {
                            "Das hast du geschrieben:"
                        } else {
                            "Hier wurde nichts davon aufgehoben."
                        },
                    ],
                    "Dein Eingang",
                )
            }
            About::Test => said(
                "Eine Testmail",
                &[
                    "Jemand hat mit aside-server doctor --mail geprüft, ob Mails ankommen. Diese ist angekommen.",
                ],
                "",
            ),
        }
    }

    fn foot(&self, server: &str, address: &str) -> String {
        format!("{server} unter {address}")
    }

    /// Such as `8. Januar 2026`.
    fn day(&self, date: jiff::civil::Date) -> String {
        let month = usize::try_from(date.month() - 1).ok();
        let month = month
            .and_then(|it| MONTHS.get(it).copied())
            .unwrap_or_default();
        format!("{}. {month} {}", date.day(), date.year())
    }

    fn happened(&self, kind: Kind, by: &str) -> String {
        let by = if by.is_empty() { "Jemand" } else { by };
        match kind {
            Kind::Mention => format!("{by} hat dich erwähnt"),
            Kind::Assigned => format!("{by} hat dir eine Diskussion zugewiesen"),
            Kind::Answer => format!("{by} hat geantwortet"),
            Kind::Comment | Kind::Followed => format!("{by} hat kommentiert"),
            Kind::Asked => format!("{by} bittet um Zugang"),
            Kind::Shared => format!("{by} hat eine Aufnahme mit dir geteilt"),
            Kind::Given => format!("{by} hat dir eine Aufnahme übergeben"),
            Kind::Published => format!("{by} hat etwas aufgenommen"),
            Kind::Resolved => format!("{by} hat eine Diskussion erledigt"),
            Kind::Required => format!("{by} bittet dich, eine Aufnahme anzusehen"),
            Kind::Reminder => "Eine Aufnahme wartet noch darauf, dass du sie ansiehst".to_owned(),
            Kind::Stopped => "An eines deiner Ziele wird nichts mehr gesendet".to_owned(),
        }
    }

    fn place(&self, title: &str, clock: &str) -> String {
        format!("{title} bei {clock}")
    }

    fn button(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Asked => "Antworten",
            Kind::Stopped => "Ansehen, woran es liegt",
            Kind::Shared | Kind::Given | Kind::Published | Kind::Required | Kind::Reminder => {
                "Ansehen"
            }
            Kind::Mention
            | Kind::Assigned
            | Kind::Answer
            | Kind::Comment
            | Kind::Followed
            | Kind::Resolved => "An dieser Stelle öffnen",
        }
    }

    fn several(&self, count: usize) -> String {
        format!("{count} Neuigkeiten für dich")
    }

    fn left_out(&self, count: usize) -> String {
        format!("Weitere in deinem Eingang: {count}.")
    }

    fn notes(&self) -> Notes {
        Notes {
            a_recording: "eine Aufnahme",
            answer: "Antworte auf diese Mail, um in der Diskussion zu antworten.",
            no_answer: "Antworte auf der Seite: Eine Antwort auf diese Mail erreicht keinen der Beteiligten.",
            settings: "Wie du benachrichtigt wirst",
            off: "Keine solchen Mails mehr",
            something: "Neues für dich",
        }
    }
}
