//! In German: why an answer by mail was not taken.

use crate::domain::account::{AccountError, MAX_NAME, MAX_PASSWORD, MIN_PASSWORD};
use crate::domain::assignment::NoDay;
use crate::domain::attachment::{AttachmentError, MAX_FILES};
use crate::domain::comment::{CommentError, MAX_BODY, MAX_COMMENTS};
use crate::domain::drawing::{DrawingError, MAX_BYTES, MAX_POINTS, MAX_SHAPES, MAX_TEXT};
use crate::domain::mention::MAX_MENTIONS;
use crate::domain::reply::Refused;

pub(super) fn refusal(why: Refused) -> String {
    let text = match why {
        Refused::TooOld => {
            "Die Adresse, an die du geantwortet hast, ist zu alt: Solche Adressen gelten höchstens ein Jahr. Öffne die Seite, um dort zu antworten."
        }
        Refused::OtherSender => {
            "Die Adresse, an die du geantwortet hast, wurde für jemand anderen oder für eine andere Mailadresse von dir gemacht. Sie nimmt Antworten nur von der Adresse an, an die ihre Mail ging."
        }
        Refused::NotProved => {
            "Der Mailserver konnte nicht belegen, dass deine Mail von der Adresse kommt, die sie nennt. Jemand anderes könnte sie geschrieben haben."
        }
        Refused::NoAccess => {
            "Du kannst dort nicht (mehr) kommentieren, oder das, worauf du geantwortet hast, ist weg."
        }
        Refused::TooLarge => {
            "Deine Mail ist zu groß. Schick sie ohne Dateien, oder öffne die Seite, um dort zu antworten."
        }
        Refused::TooComplex => {
            "Deine Mail besteht aus zu vielen ineinander verschachtelten Teilen und wurde deshalb nicht gelesen."
        }
        Refused::Empty => {
            "In deiner Mail steht nur, was sie zitiert, und nichts von dir. Schreib deine Antwort oberhalb der zitierten Mail."
        }
        Refused::Comment(error) => return comment(error),
        Refused::TooMany => {
            "Von dir kamen innerhalb einer Stunde mehr Antworten, als Menschen schreiben. Die nächsten werden wortlos verworfen, bis eine Stunde vergangen ist."
        }
    };
    text.to_owned()
}

fn comment(error: CommentError) -> String {
    let text = match error {
        CommentError::Empty => "Ein Kommentar braucht Wörter, die zu sehen sind.",
        CommentError::TooComplex => {
            "In diesem Kommentar liegen zu viele Zitate, Listen oder Links ineinander. Mach ihn einfacher."
        }
        CommentError::TooLong => {
            return format!("Ein Kommentar hat höchstens {MAX_BODY} Zeichen.");
        }
        CommentError::TooLate => "Der Kommentar steht hinter dem Ende der Aufnahme.",
        CommentError::Backwards => "Der Bereich endet, bevor er beginnt.",
        CommentError::NoSuchThread => {
            "Der Kommentar, auf den du antwortest, gehört zu einer anderen Aufnahme oder ist nicht da."
        }
        CommentError::ThreadDeleted => "Die Diskussion, in der du antwortest, wurde gelöscht.",
        CommentError::TooMany => {
            return format!(
                "Diese Aufnahme hat {MAX_COMMENTS} Kommentare. Mehr geht nicht; lösch zuerst welche."
            );
        }
        CommentError::NameTaken => {
            "Jemand mit einem Konto heißt hier so. Setz einen Nachnamen oder Buchstaben dazu, damit man euch unterscheiden kann."
        }
        CommentError::NoName => "Sag, wer du bist: Ein Name genügt.",
        CommentError::Name(error) => return name(error),
        CommentError::NotAThread => {
            "Nur eine Diskussion kann erledigt werden, keine Antwort darin."
        }
        CommentError::TooManyMentions => {
            return format!("Ein Kommentar erwähnt höchstens {MAX_MENTIONS} Personen und Gruppen.");
        }
        CommentError::UnknownMention => {
            "Jemand, der hier erwähnt wird, ist nicht bekannt. Nimm die Erwähnung heraus."
        }
        CommentError::PrivateNeedsAccount => {
            "Melde dich an, um eine Notiz zu schreiben, die nicht alle lesen."
        }
        CommentError::AssignsReply => "Zugewiesen wird eine Diskussion, keine Antwort darin.",
        CommentError::NoSuchPerson => "Auf diesem Server gibt es niemanden mit dieser ID.",
        CommentError::AssignsNote => {
            "Nur du liest diese Notiz, also kannst nur du um etwas gebeten werden."
        }
        CommentError::NoDay(NoDay) => "Ein Tag wird geschrieben wie 2026-01-31.",
        CommentError::Drawing(error) => return drawing(error),
        CommentError::Attachment(error) => return attachment(error),
    };
    text.to_owned()
}

fn drawing(error: DrawingError) -> String {
    let text = match error {
        DrawingError::Empty => "Eine Zeichnung braucht mindestens eine Form.",
        DrawingError::TooManyShapes => {
            return format!("Eine Zeichnung hat höchstens {MAX_SHAPES} Formen.");
        }
        DrawingError::TooManyPoints => {
            return format!("Eine Zeichnung hat höchstens {MAX_POINTS} Punkte.");
        }
        DrawingError::TooLarge => {
            return format!("Eine Zeichnung hat höchstens {} KB.", MAX_BYTES / 1024);
        }
        DrawingError::Outside => "Ein Punkt liegt außerhalb des Bildes.",
        DrawingError::WrongPoints => "Eine Form hat die falsche Zahl von Punkten.",
        DrawingError::WrongText => {
            return format!(
                "Ein Text in einer Zeichnung hat 1 bis {MAX_TEXT} sichtbare Zeichen; andere Formen haben keinen."
            );
        }
    };
    text.to_owned()
}

fn name(error: AccountError) -> String {
    match error {
        AccountError::Email => "Das sieht nicht wie eine Mailadresse aus.".to_owned(),
        AccountError::Name => format!("Ein Name hat 1 bis {MAX_NAME} sichtbare Zeichen."),
        AccountError::PasswordTooShort => {
            format!("Ein Passwort braucht mindestens {MIN_PASSWORD} Zeichen.")
        }
        AccountError::PasswordTooLong => {
            format!("Ein Passwort darf höchstens {MAX_PASSWORD} Zeichen haben.")
        }
    }
}

fn attachment(error: AttachmentError) -> String {
    let text = match error {
        AttachmentError::Last => {
            "Diese Datei ist alles, was der Kommentar hat. Lösch stattdessen den Kommentar."
        }
        AttachmentError::Empty => "Diese Datei ist leer. Wähle eine andere.",
        AttachmentError::TooMany => {
            return format!(
                "Ein Kommentar hat höchstens {MAX_FILES} Dateien. Leg die anderen in eine Antwort oder in ein Archiv."
            );
        }
        AttachmentError::Unknown => {
            "Eine Datei dieses Kommentars ist nicht mehr auf dem Server. Nimm sie heraus, und füg sie wieder hinzu."
        }
        AttachmentError::TooManyUnnamed => {
            "Hier wurden viele Dateien gesendet, die kein Kommentar nennt. Schick zuerst deinen Kommentar, oder versuch es morgen wieder."
        }
    };
    text.to_owned()
}
