use std::cell::RefCell;

use super::*;

fn passed(encoder: &str) -> TestResult {
    TestResult {
        encoder: encoder.to_owned(),
        passed_ms: Some(5),
        ..TestResult::default()
    }
}

fn slow(candidate: &Candidate) -> TestResult {
    TestResult::failed(candidate.name, "it took 300 ms".to_owned(), true)
}

fn grey(candidate: &Candidate) -> TestResult {
    TestResult::failed(candidate.name, "it is grey".to_owned(), false)
}

/// A folder in which every test of this machine is remembered as passed.
fn remembered(machine: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let results = EncoderChoice::Auto.to_test();
    let remembered = Remembered {
        machine: machine.to_owned(),
        results: results.iter().map(|c| passed(c.name)).collect(),
    };
    write(&folder.path().join(FILE), &remembered).unwrap();
    folder
}

/// At this second, on a machine of this name.
fn conditions<'a>(
    machine: &str,
    second: i64,
    idle: bool,
    test: &'a dyn Fn(&Candidate) -> TestResult,
) -> Conditions<'a> {
    Conditions {
        machine: machine.to_owned(),
        now: Timestamp::from_micros(second * 1_000_000),
        idle,
        lacks: &|_| None,
        test,
    }
}

fn all() -> usize {
    EncoderChoice::Auto.to_test().len()
}

#[test]
fn what_is_remembered_of_this_machine_is_believed() {
    let folder = remembered("this");
    let untested = |_: &Candidate| -> TestResult { panic!("it is known") };
    let conditions = conditions("this", 1, true, &untested);
    let chosen = choose(EncoderChoice::Auto, folder.path(), &conditions).unwrap();
    assert_eq!(chosen.candidates().len(), all() + 1);
}

#[test]
fn an_encoder_whose_device_is_missing_is_not_tested_and_that_is_not_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let untested = |_: &Candidate| -> TestResult { panic!("it cannot work") };
    let no_card = Conditions {
        lacks: &|_| Some("this computer has no graphics card".to_owned()),
        ..conditions("this", 1, true, &untested)
    };
    let chosen = choose(EncoderChoice::Auto, folder.path(), &no_card).unwrap();
    assert_eq!(chosen.candidates().len(), 1, "libx264 alone");
    let refused = choose(EncoderChoice::Nvenc, folder.path(), &no_card).unwrap_err();
    assert!(
        refused.to_string().contains("no graphics card"),
        "{refused}"
    );
    // The card is put in.
    let passes = |candidate: &Candidate| passed(candidate.name);
    let chosen = choose(
        EncoderChoice::Auto,
        folder.path(),
        &conditions("this", 2, true, &passes),
    );
    assert_eq!(chosen.unwrap().candidates().len(), all() + 1);
}

#[test]
fn an_encoder_that_failed_in_a_take_is_out_until_a_driver_changes() {
    let folder = remembered("this");
    let choose = |machine: &str, second, test: fn(&Candidate) -> TestResult| {
        let conditions = conditions(machine, second, false, &test);
        let chosen = choose(EncoderChoice::Auto, folder.path(), &conditions);
        chosen.unwrap().candidates().len() - 1
    };
    let note = |why: EncodeError| {
        let conditions = conditions("this", 10, false, &grey);
        let name = EncoderChoice::Auto.to_test()[0].name;
        note_failure(name, &why, folder.path(), &conditions);
    };
    note(EncodeError::Failed("the line is slow".to_owned()));
    assert_eq!(choose("this", 20, grey), all());
    note(EncodeError::BrokeDown("signal 11".to_owned()));
    assert_eq!(choose("this", 30, grey), all() - 1);
    note(EncodeError::Stalled);
    assert_eq!(choose("this", 40, grey), all() - 1);
    let passes: fn(&Candidate) -> TestResult = |c| passed(c.name);
    let a_day_later = 10 + 25 * 3600;
    assert_eq!(
        choose("this", a_day_later, passes),
        all(),
        "the machine was busy"
    );
    note(EncodeError::BrokeDown("signal 11".to_owned()));
    assert_eq!(choose("this", a_day_later, passes), all() - 1);
    assert_eq!(choose("another", 50, passes), all());
}

#[test]
fn what_a_computer_lacks_is_told_by_its_files() {
    let root = tempfile::tempdir().unwrap();
    let lacking = || {
        let candidates = EncoderChoice::ALL.iter().flat_map(|c| c.to_test());
        let mut names: Vec<_> = candidates
            .filter(|c| lacks(root.path(), c).is_some())
            .map(|c| c.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let put = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n");
    assert_eq!(lacking(), ["h264_nvenc", "h264_qsv", "h264_vaapi"]);
    put("dev/dri/renderD128", "");
    assert_eq!(lacking(), ["h264_nvenc"]);
    put("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
    assert_eq!(lacking(), [] as [&str; 0]);
}

#[test]
fn with_another_driver_everything_is_tested_again_and_that_is_remembered() {
    let folder = remembered("this");
    let chosen = choose(
        EncoderChoice::Auto,
        folder.path(),
        &conditions("another", 1, false, &grey),
    );
    assert_eq!(chosen.unwrap().candidates().len(), 1, "libx264 alone");
    let known = read(&folder.path().join(FILE)).unwrap();
    assert_eq!(known.machine, "another");
    assert_eq!(known.results.len(), all());
    assert!(known.results.iter().all(|r| r.failed.is_some()));
}

#[test]
fn one_that_was_slow_on_a_busy_machine_gets_another_chance_on_an_idle_one() {
    let folder = tempfile::tempdir().unwrap();
    let tested = RefCell::new(0);
    let choose = |second, idle, test: fn(&Candidate) -> TestResult| {
        let counted = |candidate: &Candidate| {
            *tested.borrow_mut() += 1;
            test(candidate)
        };
        let conditions = conditions("this", second, idle, &counted);
        let chosen = choose(EncoderChoice::Auto, folder.path(), &conditions);
        let tests = tested.replace(0);
        (tests, chosen.unwrap().candidates().len() - 1)
    };
    let passes: fn(&Candidate) -> TestResult = |c| passed(c.name);
    assert_eq!(choose(10, false, slow), (all(), 0));
    assert_eq!(choose(20, false, passes), (0, 0), "still busy");
    assert_eq!(choose(30, true, passes), (all(), all()));
    assert_eq!(choose(40, true, slow), (0, all()), "and that is kept");
}

#[test]
fn a_file_that_cannot_be_read_or_written_costs_a_test_and_no_take() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), b"{").unwrap();
    let conditions = conditions("m", 1, true, &grey);
    assert!(choose(EncoderChoice::Auto, folder.path(), &conditions).is_ok());
    let file = folder.path().join("a-file");
    std::fs::write(&file, b"").unwrap();
    assert!(choose(EncoderChoice::X264, &file, &conditions).is_ok());
    assert!(choose(EncoderChoice::Auto, &file, &conditions).is_ok());
}

#[test]
fn another_card_or_driver_is_another_machine() {
    let root = tempfile::tempdir().unwrap();
    let before = machine(root.path());
    let card = root.path().join("sys/class/drm/renderD128/device");
    std::fs::create_dir_all(&card).unwrap();
    std::fs::write(card.join("vendor"), "0x8086\n").unwrap();
    let with_card = machine(root.path());
    let driver = root.path().join("proc/driver/nvidia");
    std::fs::create_dir_all(&driver).unwrap();
    std::fs::write(driver.join("version"), "NVRM version: 550.54\nGCC\n").unwrap();
    let with_driver = machine(root.path());
    assert!(before != with_card && with_card != with_driver);
    assert!(with_driver.contains("0x8086") && with_driver.contains("550.54"));
    // A package brings another driver of VA-API, with the same kernel.
    let folder = root.path().join("usr/lib64/dri");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("iHD_drv_video.so"), "23.1").unwrap();
    let with_vaapi = machine(root.path());
    std::fs::write(folder.join("iHD_drv_video.so"), "23.1.6").unwrap();
    let with_newer = machine(root.path());
    assert!(with_driver != with_vaapi && with_vaapi != with_newer);
}

#[test]
fn a_machine_is_idle_while_less_than_half_of_its_cores_are_wanted() {
    let root = tempfile::tempdir().unwrap();
    assert!(is_idle(root.path(), 2), "nothing tells");
    std::fs::create_dir(root.path().join("proc")).unwrap();
    let load = |text: &str| std::fs::write(root.path().join("proc/loadavg"), text).unwrap();
    load("0.99 3.00 3.00 2/300 12345\n");
    assert!(is_idle(root.path(), 2));
    load("1.00 0.10 0.10 2/300 12345\n");
    assert!(!is_idle(root.path(), 2) && is_idle(root.path(), 4));
}
