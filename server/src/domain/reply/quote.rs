//! Which of the words of an answer its writer wrote: without what is quoted and without the signature.
//!
//! What stands below all own words is cut off, and so is a quote above all of them. Who answers line by line keeps the lines in between,
//! as a quote.

/// A line below which everything is quoted; no text has it by itself.
pub(super) const BELOW: &str = "\u{1}";

/// Lines of who wrote when that are read as one: mail programs fold them.
const MAX_ATTRIBUTION: usize = 4;
const MAX_ATTRIBUTION_CHARS: usize = 400;

/// "wrote", as mail programs put it in front of a quote.
const WROTE: &[&str] = &[
    "wrote",
    "schrieb",
    "a écrit",
    "escribió",
    "ha scritto",
    "scritto",
    "escreveu",
    "schreef",
    "skrev",
    "skreiv",
    "napisał",
    "napisal",
    "napísal",
    "napsal",
    "написал",
    "пишет",
    "написав",
    "пише",
    "kirjoitti",
    "yazdı",
    "írta",
    "a scris",
    "έγραψε",
    "kirjutas",
    "rakstīja",
    "rašė",
    "napisao",
    "je napisal",
    "написа",
    "va escriure",
    "のメール",
    "書きました",
    "写道",
    "寫道",
    "작성",
    "כתב",
    "كتب",
    "đã viết",
    "menulis",
];

/// "From" at the beginning of the fields that Outlook puts in front of a quote.
const FROM: &[&str] = &[
    "from",
    "von",
    "de",
    "da",
    "van",
    "från",
    "fra",
    "od",
    "от",
    "від",
    "lähettäjä",
    "kimden",
    "gönderen",
    "feladó",
    "de la",
    "από",
    "差出人",
    "发件人",
    "寄件者",
    "보낸 사람",
    "مِن",
    "מאת",
];
/// The fields that follow it.
const FIELDS: &[&str] = &[
    "sent",
    "date",
    "to",
    "subject",
    "cc",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "enviado el",
    "fecha",
    "para",
    "asunto",
    "inviato",
    "data",
    "a",
    "oggetto",
    "assunto",
    "verzonden",
    "aan",
    "onderwerp",
    "skickat",
    "till",
    "ämne",
    "sendt",
    "til",
    "emne",
    "dato",
    "wysłano",
    "do",
    "temat",
    "отправлено",
    "дата",
    "кому",
    "тема",
    "lähetetty",
    "vastaanottaja",
    "aihe",
    "gönderildi",
    "tarih",
    "kime",
    "konu",
    "odesláno",
    "komu",
    "předmět",
    "送信日時",
    "日時",
    "宛先",
    "件名",
    "发送时间",
    "日期",
    "收件人",
    "主题",
    "主旨",
    "보낸 날짜",
    "받는 사람",
    "제목",
    "copie à",
    "kopie",
    "копия",
];
/// Between dashes, above a quote or a forwarded mail.
const ORIGINAL: &[&str] = &[
    "original message",
    "original appointment",
    "forwarded message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "message transféré",
    "mensaje original",
    "mensaje reenviado",
    "messaggio originale",
    "messaggio inoltrato",
    "oorspronkelijk bericht",
    "doorgestuurd bericht",
    "mensagem original",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "wiadomość oryginalna",
    "исходное сообщение",
    "пересылаемое сообщение",
    "alkuperäinen viesti",
    "orijinal mesaj",
    "původní zpráva",
    "元のメッセージ",
    "原始邮件",
    "原始郵件",
    "원본 메시지",
];
/// What telephones put below.
const SENT_FROM: &[&str] = &[
    "sent from my ",
    "sent from mail for ",
    "sent from outlook",
    "sent from proton",
    "sent from yahoo",
    "sent via ",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "holen sie sich outlook",
    "envoyé de mon ",
    "envoyé depuis ",
    "envoyé à partir de ",
    "obtenir outlook",
    "enviado desde ",
    "enviado do ",
    "enviado de ",
    "obtener outlook",
    "inviato da ",
    "inviato dal ",
    "verstuurd vanaf ",
    "verzonden vanaf ",
    "skickat från ",
    "hämta outlook",
    "sendt fra ",
    "wysłane z ",
    "отправлено с ",
    "отправлено из ",
    "lähetetty ",
    "odesláno z ",
    "iphoneから送信",
    "iphone から送信",
    "发自我的",
    "從我的",
    "나의 iphone에서 보냄",
];

/// Octets of a mail's text that are looked at: ten times what a comment holds.
const MAX_LOOKED_AT: usize = 100_000;

/// What the writer wrote; empty where that is nothing.
pub fn own_words(text: &str) -> String {
    let text = text.get(..text.floor_char_boundary(MAX_LOOKED_AT));
    let text = text.unwrap_or_default();
    let text = text.replace("\r\n", "\n").replace('\u{a0}', " ");
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    // Or each line would look through all blank ones below it.
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    let end = first_below(&lines);
    let mut own = without_signature(lines.get(..end).unwrap_or_default());
    own = trim(own);
    // What telephones put below stands in front of the quote, too.
    while let Some((last, rest)) = own.split_last() {
        if !is_sent_from(last) {
            break;
        }
        own = trim(rest);
    }
    own = trim(without_last_quote(own));
    if let Some((last, rest)) = own.split_last()
        && is_sent_from(last)
    {
        own = trim(rest);
    }
    joined(without_first_quote(own))
}

/// Lines that were folded at some width become paragraphs again, because line ends of a comment are shown.
fn joined(lines: &[&str]) -> String {
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        out.push_str(line);
        let Some(next) = lines.get(at + 1) else {
            break;
        };
        let first = next.split(' ').next().unwrap_or_default();
        let width = line.chars().count();
        let folded = (50..=80).contains(&width)
            && width + 1 + first.chars().count() > 72
            && !is_quoted(line)
            && next.starts_with(char::is_alphanumeric)
            && !starts_list(next);
        out.push(if folded { ' ' } else { '\n' });
        // What follows a quote without a gap would belong to it (CommonMark §5.1).
        if is_quoted(line) && !is_quoted(next) && !next.trim().is_empty() {
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

fn starts_list(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with(['.', ')'])
}

fn trim<'l, 't>(mut lines: &'l [&'t str]) -> &'l [&'t str] {
    while let Some((_, rest)) = lines.split_first().filter(|(it, _)| it.trim().is_empty()) {
        lines = rest;
    }
    while let Some((_, rest)) = lines.split_last().filter(|(it, _)| it.trim().is_empty()) {
        lines = rest;
    }
    lines
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Where something begins that has only quoted lines below it, whatever they look like.
fn first_below(lines: &[&str]) -> usize {
    let last_quoted = lines.iter().rposition(|it| is_quoted(it));
    for (at, line) in lines.iter().enumerate() {
        let rest = lines.get(at..).unwrap_or_default();
        if *line == BELOW || is_original(line) || begins_fields(rest) || is_rule_above_fields(rest)
        {
            return at;
        }
        // A mail program that does not mark what it quotes: nothing but the line above says so.
        if let Some(length) = attribution(rest) {
            let marked = last_quoted.is_some_and(|it| it >= at + length);
            let dated = rest.iter().take(length).any(|it| has_date(it));
            if !marked && dated && at > 0 {
                return at;
            }
        }
    }
    lines.len()
}

/// An address, a year or a time of day.
fn has_date(line: &str) -> bool {
    let shape: String = line
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    shape.contains('@') || shape.contains("0000") || shape.contains("0:00")
}

fn is_original(line: &str) -> bool {
    let bare = line.trim_start_matches(['-', '_', '=', '*', ' ', '#']);
    let dashed = line.trim_start().starts_with(['-', '_', '=']) && bare.len() < line.len();
    let words = bare
        .trim_end_matches(['-', '_', '=', '*', ' ', ':', '#'])
        .to_lowercase();
    dashed && ORIGINAL.contains(&&*words)
}

/// The name of a field of a mail, as programs show it: `*From:* Mo`.
fn field_of(line: &str) -> Option<String> {
    let line = line.trim_start().trim_start_matches(['*', '_']);
    let end = line.find([':', '：'])?;
    let name = line.get(..end)?.trim().trim_end_matches(['*', '_']).trim();
    (name.chars().count() <= 20).then(|| name.to_lowercase())
}

/// `From:` and two more of its kind.
fn begins_fields(lines: &[&str]) -> bool {
    let mut lines = lines.iter().filter(|it| !it.trim().is_empty());
    let is = |line: Option<&&str>, names: &[&str]| {
        line.and_then(|it| field_of(it))
            .is_some_and(|it| names.contains(&&*it))
    };
    is(lines.next(), FROM) && lines.take(4).filter(|it| is(Some(it), FIELDS)).count() >= 2
}

fn is_rule_above_fields(lines: &[&str]) -> bool {
    let Some((first, rest)) = lines.split_first() else {
        return false;
    };
    let first = first.trim();
    first.len() >= 8 && first.chars().all(|c| matches!(c, '_' | '-' | '=')) && begins_fields(rest)
}

/// How many lines say who wrote when, if these begin like that.
fn attribution(lines: &[&str]) -> Option<usize> {
    if lines
        .first()
        .is_none_or(|it| it.trim().is_empty() || is_quoted(it))
    {
        return None;
    }
    let mut all = String::new();
    for (at, line) in lines.iter().take(MAX_ATTRIBUTION).enumerate() {
        if line.trim().is_empty() || is_quoted(line) {
            return None;
        }
        all.push_str(line.trim());
        all.push(' ');
        if all.chars().count() > MAX_ATTRIBUTION_CHARS {
            return None;
        }
        let begins = |c: char| c.is_ascii_digit() || c == '@';
        if at > 0 && !lines.first().is_some_and(|it| it.contains(begins)) {
            return None;
        }
        let said = all.trim_end().to_lowercase();
        let Some(said) = said.strip_suffix([':', '：']) else {
            continue;
        };
        // Next to a date or an address: a sentence may end in "as she wrote:".
        let placed = said.contains(begins);
        let below = trim(lines.get(at + 1..).unwrap_or_default());
        let quotes = below.first().is_some_and(|it| is_quoted(it));
        // Gmail in Russian says nothing but when and who.
        let bare =
            said.ends_with('>') && said.contains('@') && said.starts_with(char::is_alphanumeric);
        let bare = bare && said.contains(|c: char| c.is_ascii_digit());
        if bare || WROTE.iter().any(|it| said.contains(it)) && (placed || quotes) {
            return Some(at + 1);
        }
    }
    None
}

/// Without what stands below `-- ` (RFC 3676 §4.3), as far as it is not quoted.
fn without_signature<'l, 't>(lines: &'l [&'t str]) -> &'l [&'t str] {
    let end = lines.iter().position(|it| *it == "--");
    let end = end.unwrap_or(lines.len());
    // Who writes below a quote signs at the very end.
    lines.get(..end).unwrap_or_default()
}

fn is_sent_from(line: &str) -> bool {
    let line = line
        .trim()
        .trim_start_matches(['*', '_', '['])
        .to_lowercase();
    line.chars().count() <= 120 && SENT_FROM.iter().any(|it| line.starts_with(it))
}

/// Without the quote at the end, and who wrote it when.
fn without_last_quote<'l, 't>(lines: &'l [&'t str]) -> &'l [&'t str] {
    let is_own = |it: &&str| !it.trim().is_empty() && !is_quoted(it);
    let own = lines.iter().rposition(is_own).map_or(0, |at| at + 1);
    if own == lines.len() {
        return lines;
    }
    let lines = lines.get(..own).unwrap_or_default();
    above_attribution(lines).unwrap_or(lines)
}

/// Without the lines at the end that say who wrote when, if they do.
fn above_attribution<'l, 't>(lines: &'l [&'t str]) -> Option<&'l [&'t str]> {
    (1..=MAX_ATTRIBUTION.min(lines.len()))
        .rev()
        .find_map(|length| {
            let begin = lines.len() - length;
            // With a quote below them, or one without a date would not count.
            let mut with: Vec<&str> = lines.get(begin..)?.to_vec();
            with.push(">");
            (attribution(&with) == Some(length))
                .then(|| lines.get(..begin))
                .flatten()
        })
}

/// Without the quote at the beginning, where nothing else is quoted.
fn without_first_quote<'l, 't>(lines: &'l [&'t str]) -> &'l [&'t str] {
    let begin = attribution(lines).unwrap_or(0);
    let quote = trim(lines.get(begin..).unwrap_or_default());
    if !quote.first().is_some_and(|it| is_quoted(it)) {
        return lines;
    }
    let is_own = |it: &&str| !it.trim().is_empty() && !is_quoted(it);
    let own = quote.iter().position(is_own).unwrap_or(quote.len());
    let rest = quote.get(own..).unwrap_or_default();
    if rest.iter().any(|it| is_quoted(it)) {
        quote
    } else {
        rest
    }
}

/// `format=flowed` (RFC 3676): lines that end in a space go on in the next one.
pub(super) fn unflowed(text: &str, glued: bool) -> String {
    let mut out = String::new();
    let mut open: Option<usize> = None;
    for line in text.replace("\r\n", "\n").lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let rest = line.get(depth..).unwrap_or_default();
        // Space-stuffing (§4.4).
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let is_signature = rest == "-- ";
        if open.is_some_and(|it| it != depth || is_signature) {
            out.push('\n');
            open = None;
        }
        if open.is_none() && depth > 0 {
            out.push_str(&">".repeat(depth));
            out.push(' ');
        }
        let flows = rest.ends_with(' ') && !is_signature;
        if flows {
            out.push_str(if glued {
                rest.strip_suffix(' ').unwrap_or(rest)
            } else {
                rest
            });
            open = Some(depth);
        } else {
            out.push_str(rest);
            out.push('\n');
            open = None;
        }
    }
    if open.is_some() {
        out.push('\n');
    }
    out
}

#[cfg(test)]
#[path = "quote_tests.rs"]
mod tests;
