use std::time::Duration;

use super::*;
use crate::pipeline::{
    CameraChoice, CameraShape, Encoders, MicChoice, PortalKind, PortalWish, ScreenArea,
    ScreenChoice, ScreenPart, WindowChoice,
};

fn record(args: &[&str]) -> Result<Record, clap::Error> {
    let cli = Cli::try_parse_from(["aside", "record"].iter().chain(args))?;
    let Some(Verb::Record(record)) = cli.verb else {
        panic!("{cli:?}")
    };
    record.check()?;
    Ok(*record)
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn invalid_arguments_are_refused_before_anything_is_opened() {
    for args in [
        &["--duration", "-3"][..],
        &["--duration", "0"],
        &["--duration", "soon"],
        &["--duration", "NaN"],
        &["--duration=1e9"],
        &["--fps", "0"],
        &["--fps", "-1"],
        &["--fps", "121"],
        &["--countdown", "-1"],
        &["--screen", "window"],
        &["--mic", ""],
        &["--share", "everyone"],
        &["--share", ""],
        &["--system-audio", "loud"],
        &["--mic", "file:"],
        &["--screen", "synthetic", "--display", "1"],
        &["--display", "one"],
        &["--camera", ""],
        &["--camera", "lavfi:"],
        &["--camera-only", "--camera", "none"],
        &["--camera-only", "--screen", "x11"],
        &["--display", "0,"],
        &["--window", "firefox"],
        &["--window", "0"],
        &["--window", ""],
        &["--window", "active", "--display", "1"],
        &["--window", "active", "--screen", "portal"],
        &["--window", "active", "--screen", "portal-window"],
        &["--display", "0", "--screen", "scap"],
        &["--display", "0", "--ask"],
        &["--window", "active", "--area", "0,0,100,100"],
        &["--area", "0,0,100"],
        &["--area", "0,0,-5,100"],
        &["--area", "0,0,0,100"],
        &["--area", "0,0,99999999999,100"],
        &["--area", "1,2,300,400", "--display", "0"],
    ] {
        let error = record(args).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{args:?}: {error}");
    }
    let error = record(&["--duration", "-3"]).unwrap_err().to_string();
    assert!(error.contains("more than 0"), "{error}");
}

#[test]
fn what_to_record_is_understood() {
    let plain = record(&[]).unwrap();
    assert_eq!((plain.screen_choice(), plain.fps), (ScreenChoice::Auto, 30));
    assert_eq!(plain.mic, MicChoice::Default);
    let second = record(&["--display", "1", "--mic", "none", "--duration", "2.5"]).unwrap();
    assert_eq!(
        second.screen_choice(),
        ScreenChoice::Part(ScreenPart::Displays(vec![1]))
    );
    assert_eq!(
        (second.mic, second.duration),
        (MicChoice::None, Some(Duration::from_millis(2500)))
    );
    let part = |args: &[&str]| record(args).unwrap().screen_choice();
    assert_eq!(
        part(&["--display", "0,2", "--screen", "x11"]),
        ScreenChoice::X11(ScreenPart::Displays(vec![0, 2]))
    );
    for (text, wanted) in [
        ("active", WindowChoice::Active),
        ("0x1a00007", WindowChoice::Id(0x01a0_0007)),
        ("27262983", WindowChoice::Id(27_262_983)),
    ] {
        assert_eq!(
            part(&["--window", text]),
            ScreenChoice::Part(ScreenPart::Window(wanted))
        );
    }
    let area = ScreenArea {
        x: -5,
        y: 10,
        width: 641,
        height: 480,
    };
    assert_eq!(
        part(&["--area", "-5,10,641,480"]),
        ScreenChoice::Part(ScreenPart::Area(area))
    );
    let portal = |kind, ask| ScreenChoice::Portal(PortalWish { kind, ask });
    assert_eq!(part(&["--screen", "portal"]), portal(PortalKind::Any, 0));
    assert_eq!(
        part(&["--screen", "portal-window", "--ask"]),
        portal(PortalKind::Window, 1)
    );
    assert_eq!(part(&["--ask"]), portal(PortalKind::Any, 1));
    assert_eq!(part(&["--screen", "scap"]), ScreenChoice::Scap);
    let spoken = record(&["--screen", "synthetic", "--mic", "file:a b.wav"]).unwrap();
    assert_eq!(spoken.mic, MicChoice::File(PathBuf::from("a b.wav")));
}

#[test]
fn a_camera_is_off_unless_asked_for_and_may_be_a_device_a_graph_or_synthetic() {
    assert_eq!(
        record(&[])
            .unwrap()
            .chosen(Encoders::default())
            .camera_plan(),
        None
    );
    let choice = |name: &str| {
        let args = record(&["--camera", name]).unwrap();
        args.chosen(Encoders::default())
            .camera_plan()
            .unwrap()
            .choice
    };
    assert_eq!(choice("default"), CameraChoice::Default);
    assert_eq!(
        choice("/dev/video2"),
        CameraChoice::Device("/dev/video2".to_owned())
    );
    assert_eq!(
        choice("lavfi:testsrc2=size=640x480"),
        CameraChoice::Graph("testsrc2=size=640x480".to_owned())
    );
    let shape = |more: &str| {
        let args = record(&["--camera", "synthetic", more]).unwrap();
        args.chosen(Encoders::default())
            .camera_plan()
            .unwrap()
            .shape
    };
    assert_eq!(shape("--mirror"), CameraShape::Square);
    assert_eq!(shape("--camera-whole"), CameraShape::Whole);
    assert_eq!(shape("--camera-only"), CameraShape::Large);
    let alone = record(&["--camera-only"])
        .unwrap()
        .chosen(Encoders::default())
        .camera_plan()
        .unwrap();
    assert_eq!(alone.choice, CameraChoice::Default);
}

#[test]
fn who_may_watch_is_said_in_the_same_words_before_a_take_and_after_it() {
    let shared = |args: &[&str]| record(args).unwrap().chosen(Encoders::default()).audience;
    assert_eq!(shared(&[]), None, "as the person or the server has it");
    for (word, audience) in [
        ("me", Audience::Owner),
        ("owner", Audience::Owner),
        ("members", Audience::Members),
        ("link", Audience::Link),
    ] {
        assert_eq!(shared(&["--share", word]), Some(audience));
        let id = "0198c0de-0000-7000-8000-000000000001";
        let cli = Cli::try_parse_from(["aside", "change", id, "--audience", word]).unwrap();
        let Some(Verb::Change(change)) = cli.verb else {
            panic!("{word}")
        };
        assert_eq!(change.audience.map(Audience::from), Some(audience));
    }
}

#[test]
fn takes_are_listed_with_or_without_the_word_for_it() {
    let takes = |args: &[&str]| {
        let cli = Cli::try_parse_from(["aside", "takes"].iter().chain(args)).unwrap();
        match cli.verb {
            Some(Verb::Takes(takes)) => takes,
            other => panic!("{other:?}"),
        }
    };
    assert!(takes(&["--json"]).json.json && takes(&["--json"]).verb.is_none());
    let listed = takes(&["list", "--json"]);
    assert!(matches!(listed.verb, Some(TakesVerb::List(json)) if json.json));
}
