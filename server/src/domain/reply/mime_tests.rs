use super::*;

fn read(raw: &str) -> Body {
    Body::read(raw.replace('\n', "\r\n").as_bytes()).unwrap()
}

#[test]
fn text_is_read_whatever_encodes_it() {
    let table = [
        (
            "Content-Type: text/plain; charset=utf-8\n\ngrün\n",
            "grün\r\n",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nZ3LDvG4=\n",
            "grün",
        ),
        (
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ngr=FCn und so=\n weiter\n",
            "grün und so weiter\r\n",
        ),
        (
            "Content-Type: text/plain; charset=\"shift_jis\"\nContent-Transfer-Encoding: base64\n\nk/qWe4zq\n",
            "日本語",
        ),
        (
            "Content-Type: text/plain; charset=nonsense\n\nyes\n",
            "yes\r\n",
        ),
        ("Subject: x\n\nyes\n", "yes\r\n"),
        (
            "Content-Type: text/plain; format=flowed\n\none \ntwo\n",
            "one two\n",
        ),
        ("Content-Type: text/html\n\n<p>yes</p>\n", "yes\n\n"),
    ];
    for (part, text) in table {
        assert_eq!(read(part).text.trim_end(), text.trim_end(), "{part}");
    }
}

#[test]
fn of_two_forms_of_a_text_the_plain_one_is_read_and_files_are_kept() {
    let raw = "From: mo@example.org\nContent-Type: multipart/mixed; boundary=\"a b\"\n\npreamble\n--a b\n\
Content-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nplain\n--c\nContent-Type: text/html\n\n<b>html</b>\n--c--\n\
--a b\nContent-Type: image/png; name=\"x.png\"\nContent-Disposition: attachment; filename=\"=?utf-8?q?gr=C3=BCn.png?=\"\n\
Content-Transfer-Encoding: base64\n\niVBORw==\n\
--a b\nContent-Type: image/gif\nContent-ID: <logo@x>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\nR0lG\n\
--a b\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/plain\n\nnot this\n--a b--\nepilogue\n";
    let body = read(raw);
    assert_eq!(body.text.trim(), "plain");
    let names: Vec<&str> = body.files.iter().map(|it| &*it.name).collect();
    assert_eq!(names.len(), 2, "{:?}", body.files);
    assert!(names[0].contains("png"), "{names:?}");
    assert_eq!(body.files[0].bytes, [0x89, b'P', b'N', b'G']);
}

#[test]
fn an_html_mail_loses_what_gmail_and_outlook_quote() {
    use super::super::own_words;
    let gmail = "<div dir=\"ltr\">Yes.<div>And <b>no</b>.</div></div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On Sat, \
Nov 28, 2026 at 10:00 Aside &lt;<a href=\"mailto:a@example.org\">a@example.org</a>&gt; wrote:<br></div><blockquote class=\"gmail_quote\" \
style=\"margin:0\"><div>Mo answered</div></blockquote></div>";
    let outlook = "<html><head><style>p{color:red}</style></head><body><p class=\"MsoNormal\">Yes.</p><p>And <b>no</b>.</p>\
<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p><b>From:</b> Aside</p></div><p>Mo answered</p></body></html>";
    let owa = "<div>Yes.</div><div>And no.</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Aside</div><div>Mo</div>";
    let apple = "<html><body>Yes.<div>And no.<br><div><br><blockquote type=\"cite\"><div>On 28 Nov 2026, at 10:00, Aside wrote:</div><div>Mo</div>\
</blockquote></div></div></body></html>";
    let thunderbird = "<p>Yes.</p><p>And no.</p><div class=\"moz-cite-prefix\">On 28/11/2026 10:00, Aside wrote:<br></div><blockquote type=\"cite\">\
Mo</blockquote><pre class=\"moz-signature\">-- \nMe</pre>";
    for html in [gmail, outlook, owa, apple, thunderbird] {
        let body = read(&format!(
            "Content-Type: text/html; charset=utf-8\n\n{html}\n"
        ));
        let words = own_words(&body.text);
        let lines: Vec<&str> = words.lines().filter(|it| !it.is_empty()).collect();
        assert_eq!(lines, ["Yes.", "And no."], "{html}");
    }
}

#[test]
fn the_head_says_who_wrote_it_and_to_whom_it_came() {
    let raw = b"Delivered-To: reply+x@example.org\r\nFrom: =?utf-8?q?M=C3=B6?= <MO@Example.org>\r\nTo: Aside\r\n <reply+y@example.org>\r\n\
Message-ID: <1@example.org>\r\nSubject: Re: x\r\n\r\nyes";
    let head = Head::read(raw).unwrap();
    assert_eq!(head.from(), ["mo@example.org".parse::<Email>().unwrap()]);
    assert_eq!(head.message_id(), Some("1@example.org"));
    assert!(head.recipients().contains("reply+x@") && head.recipients().contains("reply+y@"));
    assert_eq!(head.subject(), Some("Re: x"));
    let none = Head::read(b"Subject: x\r\n\r\nyes").unwrap();
    assert_eq!(none.from(), []);
    let twice = Head::read(b"From: a@example.org\r\nFrom: b@example.org\r\n\r\nx").unwrap();
    assert_ne!(twice.from().len(), 1, "nobody knows which one wrote it");
    let two = Head::read(b"From: a@example.org, b@example.org\r\n\r\nx").unwrap();
    assert_eq!(two.from().len(), 2);
}
