//! A study of drift: its days, its switch, its page.

use std::sync::atomic::AtomicBool;

use recording::{Column, NamedColumn, Recording, SyntheticOptions, WindowOptions, generate};
use study::cells::Reporting;
use study::drift::{DriftMethod, DriftOptions, DriftOutcome, DriftRun, DriftStudy};
use study::report::{PAGE, Verdict};
use train::adapt::Trusted;
use train::drift::Night;

use crate::study::topology;
use crate::support::page;

fn session(seed: u64) -> Recording {
    let options = SyntheticOptions {
        n_channels: 24,
        n_directions: 4,
        trials_per_direction: 24,
        trial_ms: 100,
        baseline_hz: (20.0, 40.0),
        modulation_hz: (20.0, 40.0),
        tuned_fraction: 1.0,
        trial_gain_sd: 0.0,
        seed,
        ..SyntheticOptions::default()
    };
    generate(&options).unwrap()
}

fn options() -> DriftOptions {
    let windows = WindowOptions { window_ms: 100, tick_ms: 2, ..WindowOptions::default() };
    DriftOptions {
        labels: vec![8, 24],
        n_days: 3,
        epochs: Some(4),
        n_threads: 2,
        ..DriftOptions::quick(windows, topology(), 1)
    }
}

#[test]
fn a_page_has_every_way_to_deal_with_drift() {
    let (recording, options, interrupted) = (session(1), options(), AtomicBool::new(false));
    let folder = tempfile::tempdir().unwrap();
    let days = [&recording];
    let study = DriftStudy::new(&days, &options, folder.path()).unwrap();
    let report = study.run(folder.path(), &interrupted, &|_| {}).unwrap();
    let text = std::fs::read_to_string(folder.path().join(PAGE)).unwrap();
    assert_eq!(page::faults(&text, folder.path()), [""; 0]);
    for way in DriftMethod::ALL {
        assert!(text.contains(&way.to_string()), "{way}");
    }
    let table = &report.sections[0].panels.last().unwrap().table;
    assert_eq!(table.rows.len(), 1 + 2 * 7, "frozen once, six other ways and the switch with both numbers of labels");
    assert!(report.claims.iter().all(|claim| claim.verdict != Verdict::NotTested));
    let (gathered, missing) = study.gather(folder.path()).unwrap();
    assert_eq!((gathered.sections, missing.len()), (report.sections, 0));
}

#[test]
fn labels_follow_the_drift_and_the_switch_follows_the_better_one() {
    let (recording, interrupted) = (session(1), AtomicBool::new(false));
    let folder = tempfile::tempdir().unwrap();
    let days = [&recording];
    for (night, is_adapted) in [(Night { replaced: 0.3, ..Night::HARSH }, true), (Night::CALM, false)] {
        let options = DriftOptions { night, n_days: 4, epochs: Some(60), ..options() };
        let study = DriftStudy::new(&days, &options, folder.path()).unwrap();
        let carry_out = |method, labels| {
            let run = DriftRun { method, labels, seed: 1 };
            let outcome = study.carry_out(&run, &interrupted).unwrap();
            assert_eq!(outcome, study.carry_out(&run, &interrupted).unwrap(), "the same bits");
            outcome
        };
        let (frozen, adapted) = (carry_out(DriftMethod::Frozen, 0), carry_out(DriftMethod::Labels, 24));
        let after = |outcome: &DriftOutcome| outcome.days.last().unwrap().accuracy();
        if is_adapted {
            assert!(after(&adapted) > after(&frozen) + 0.1, "{} {}", after(&adapted), after(&frozen));
        } else {
            let at_first = frozen.days[0].accuracy();
            assert!(frozen.days.iter().all(|day| day.accuracy() == at_first), "a calm night changes nothing");
        }
        let trusted = adapted.days.last().unwrap().trusted;
        assert!(trusted.is_some() && (!is_adapted || trusted == Some(Trusted::Adapted)), "{trusted:?}");
    }
}

#[test]
fn units_of_later_sessions_are_found_again_by_id() {
    let with_ids = |mut recording: Recording, ids: Vec<usize>| {
        recording.units = ids.iter().map(|id| recording.units[*id].clone()).collect();
        let values = Column::Text(ids.iter().map(|id| format!("unit {id}")).collect());
        recording.unit_columns = vec![NamedColumn { name: "id".to_owned(), description: String::new(), values }];
        recording
    };
    let (first, options) = (with_ids(session(1), (0..20).collect()), options());
    let folder = tempfile::tempdir().unwrap();
    let interrupted = AtomicBool::new(false);
    let outcome = |ids: Vec<usize>| {
        let later = with_ids(session(2), ids);
        let days = [&first, &later];
        let study = DriftStudy::new(&days, &options, folder.path()).unwrap();
        let run = DriftRun { method: DriftMethod::Frozen, labels: 0, seed: 1 };
        (study.carry_out(&run, &interrupted).unwrap(), study.notes().join(" "))
    };
    let (in_order, _) = outcome((0..20).collect());
    let (reversed, words) = outcome((0..20).rev().collect());
    assert_eq!(in_order, reversed);
    assert!(words.contains("20 of 20 found again by id"), "{words}");
    let (_, words) = outcome((2..24).collect());
    assert!(words.contains("22, 18 of 20 found again by id"), "{words}");
    assert_eq!(outcome((0..19).collect()).0.days[1].tested.len(), in_order.days[1].tested.len());
}
