//! Several recordings as one set, and units matched by id.

use recording::{
    Column, Dataset, Error, LeftOut, Recording, SyntheticOptions, TrialTable, WindowOptions, check_distinct,
    doubts_of_trials, generate,
};

use crate::support::{column, texts};

/// A session with these ids.
fn session(seed: u64, ids: &[&str]) -> Recording {
    let options = SyntheticOptions {
        n_channels: ids.len(),
        n_directions: 4,
        trials_per_direction: 2,
        seed,
        ..SyntheticOptions::default()
    };
    let mut session = generate(&options).unwrap();
    session.path = format!("day{seed}.nwb").into();
    session.unit_columns = vec![column("id", texts(ids))];
    session
}

const IDS: [&str; 4] = ["17", "4", "23", "8"];

fn cut(recordings: &[&Recording]) -> Result<Dataset, Error> {
    Dataset::cut_all(recordings, &WindowOptions::default())
}

#[test]
fn trials_are_numbered_through_and_units_matched_by_id() {
    let (morning, noon) = (session(1, &IDS), session(2, &["8", "17", "4", "23"]));
    let both = cut(&[&morning, &noon]).unwrap();
    assert_eq!((both.n_trials, &both.first_trials[..]), (16, &[0, 8][..]));
    assert_eq!(both.units, [[0, 1, 2, 3], [1, 2, 3, 0]]);
    let trials: Vec<usize> = both.samples.iter().map(|sample| sample.trial).collect();
    assert_eq!(trials, (0..16).collect::<Vec<_>>());
    let of_noon = Dataset::cut_units(&noon, &[1, 2, 3, 0], &WindowOptions::default()).unwrap();
    for (sample, alone) in both.samples[8..].iter().zip(&of_noon.samples) {
        assert_eq!((&sample.ticks, sample.class, sample.trial), (&alone.ticks, alone.class, alone.trial + 8));
    }
    assert_eq!(cut(&[&morning]).unwrap(), Dataset::cut(&morning, &WindowOptions::default()).unwrap());
}

#[test]
fn a_class_may_be_in_one_of_them_only_and_left_out_trials_add_up() {
    let (mut morning, noon) = (session(1, &IDS), session(2, &IDS));
    let directions = morning.trials.columns.iter_mut().find(|column| column.name == "target_direction").unwrap();
    let Column::Real(values) = &mut directions.values else { panic!("they are degrees") };
    values.iter_mut().filter(|value| **value > 0.0).for_each(|value| *value = f64::NAN);
    let both = cut(&[&morning, &noon]).unwrap();
    assert_eq!((both.n_trials, both.classes.len()), (10, 4));
    assert_eq!(both.left_out, LeftOut { no_label: 6, ..LeftOut::default() });
    assert_eq!(both.left_out_of, [both.left_out, LeftOut::default()]);
}

#[test]
fn recordings_that_are_no_one_set_are_refused_with_both_names() {
    let morning = session(1, &IDS);
    for (other, part) in [
        (session(2, &["17", "4", "23"]), "4 and 3 units"),
        (session(2, &["17", "4", "23", "9"]), "other ids, 3 of 4 in common"),
        (session(1, &IDS), "spikes in common"),
    ] {
        let other = Recording { path: "noon.nwb".into(), ..other };
        let message = cut(&[&morning, &other]).unwrap_err().to_string();
        for part in ["day1.nwb", "noon.nwb", part] {
            assert!(message.contains(part), "{message}");
        }
    }
    let no_trials = Recording { trials: TrialTable::default(), ..session(2, &IDS) };
    assert!(cut(&[&morning, &no_trials]).unwrap_err().to_string().starts_with("day2.nwb"));
    let mut no_column = session(2, &IDS);
    no_column.trials.columns.remove(0);
    let message = cut(&[&morning, &no_column]).unwrap_err().to_string();
    assert!(message.starts_with("day2.nwb: "), "{message}");
}

#[test]
fn a_session_that_was_sorted_again_is_refused() {
    let morning = session(1, &IDS);
    let irregular = |seed, lag_s: f64| {
        let mut other = session(seed, &IDS);
        let TrialTable { start_s, stop_s, .. } = &mut other.trials;
        for (row, time_s) in start_s.iter_mut().zip(stop_s).enumerate() {
            let later_s = lag_s * (row * row) as f64;
            *time_s.0 += later_s;
            *time_s.1 += later_s;
        }
        other
    };
    let (once, again, later) = (irregular(1, 0.05), irregular(2, 0.05), irregular(3, 0.07));
    assert!(matches!(check_distinct(&[&once, &again]), Err(Error::SharedTrials { trials: 8, .. })));
    assert!(cut(&[&once, &later]).is_ok() && check_distinct(&[&once, &later]).is_ok());
    assert!(matches!(check_distinct(&[&morning, &later, &morning]), Err(Error::SharedSpikes { .. })));
}

#[test]
fn trials_at_the_same_regular_times_with_the_same_labels_are_doubted() {
    let (morning, noon) = (session(1, &IDS), session(2, &IDS));
    let doubts = |recordings: &[&Recording]| doubts_of_trials(recordings, &cut(recordings).unwrap());
    assert_eq!(doubts(&[&morning, &noon]), [""; 0]);
    let again = Recording { trials: morning.trials.clone(), name: "again".into(), ..noon };
    let found = doubts(&[&morning, &again]);
    assert!(found[0].starts_with("8 trials of again are at the times") && found.len() == 1, "{found:?}");
}

#[test]
fn ids_that_number_the_rows_say_nothing() {
    for ids in [&["0", "1", "2", "3"][..], &["1", "2", "3", "4"], &["7", "7", "8", "9"], &["7", "", "8", "9"]] {
        assert_eq!(session(1, ids).unit_ids(), None, "{ids:?}");
    }
    assert_eq!(session(1, &IDS).unit_ids().unwrap(), IDS);
    let permuted = cut(&[&session(1, &["0", "1", "2"]), &session(2, &["2", "0", "1"])]).unwrap();
    assert_eq!(permuted.units, [[0, 1, 2], [1, 2, 0]]);
    // Others are matched by row, as units without ids are.
    assert!(cut(&[&session(1, &["0", "1", "2"]), &session(2, &["5", "4", "3"])]).is_ok());
}

#[test]
fn names_tell_where_ids_number_the_rows() {
    let named = |seed: u64, names: &[&str]| {
        let mut session = session(seed, &["0", "1", "2", "3"]);
        session.unit_columns.push(column("unit_name", texts(names)));
        session
    };
    let other = named(2, &["8", "17", "4", "23"]);
    assert_eq!(cut(&[&named(1, &IDS), &other]).unwrap().units, [[0, 1, 2, 3], [1, 2, 3, 0]]);
    assert_eq!(other.unit_ids().unwrap(), ["8", "17", "4", "23"]);
    assert_eq!(named(1, &["3", "3", "4", "5"]).unit_ids(), None);
    assert_eq!(named(1, &["1", "2", "3", "4"]).unit_ids(), None);
}

#[test]
fn a_split_column_is_read_through_all() {
    let recordings = [session(1, &IDS), session(2, &IDS)];
    let joined = TrialTable::joined_text(&recordings.iter().collect::<Vec<_>>(), "split").unwrap();
    assert_eq!(joined.len(), 16);
    let error = TrialTable::joined_text(&[&recordings[0]], "target_direction").unwrap_err();
    assert!(matches!(error, Error::UnsuitableColumn { .. }));
}
