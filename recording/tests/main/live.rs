//! Recordings that are appended to while they are made, and windows of trials without labels.

use recording::{Column, Dataset, Recording, WindowOptions, live_header};

use crate::support::{column, recording, texts};

const HEADER: &str = "t_ms,channel\n";

fn open(events: &str, trials: Option<&str>) -> Recording {
    Recording::from_event_list("day.csv", events.as_bytes(), trials.map(str::as_bytes)).unwrap()
}

#[test]
fn a_live_recording_has_all_its_channels_also_before_the_first_spike() {
    let header = live_header(3);
    let recording = open(&format!("{header}{HEADER}0,1\n"), None);
    assert_eq!(recording.units, [vec![], vec![0.0], vec![]]);
    assert_eq!(open(&format!("{header}{HEADER}"), None).units, vec![Vec::<f64>::new(); 3]);
}

#[test]
fn a_number_of_channels_that_the_spikes_or_a_recording_exceed_is_refused() {
    let refused =
        |events: String| Recording::from_event_list("day.csv", events.as_bytes(), None).unwrap_err().to_string();
    let beyond = refused(format!("{}{HEADER}0,1\n5,5\n", live_header(2)));
    assert!(beyond.contains("line 4: channel 5, and the first line says 2 channels"), "{beyond}");
    let too_many = refused(format!("# motorsrnn live, 70000 channels\n{HEADER}0,1\n"));
    assert!(too_many.contains("line 1: it says 70000 channels, and there can be 65535"), "{too_many}");
    assert_eq!(open(&format!("# motorsrnn live, many channels\n{HEADER}0,1\n"), None).units.len(), 2);
}

#[test]
fn names_of_many_digits_stay_apart() {
    let trials = "start_ms,stop_ms,batch,id\n0,1,1234567890123456789012,1\n2,3,1234567890123456789013,2\n";
    let session = open(&format!("{HEADER}0,0\n"), Some(trials));
    assert_eq!(session.trials.column("batch").unwrap().labels(), ["1234567890123456789012", "1234567890123456789013"]);
    assert_eq!(session.trials.column("id").unwrap(), &Column::Integer(vec![1, 2]));
}

#[test]
fn a_last_line_that_is_cut_off_is_left_out_of_a_live_recording_only() {
    let header = live_header(30);
    for cut in ["1", "12", "12,", "12,2"] {
        let recording =
            open(&format!("{header}{HEADER}1,2\n{cut}"), Some(&format!("{header}start_ms,stop_ms\n0,5\n5,1")));
        assert_eq!(recording.n_spikes(), 1);
        assert_eq!((recording.trials.len(), recording.trials.stop_s[0]), (1, 0.005));
        assert!(recording.warnings.iter().any(|warning| warning.contains("cut off")), "{:?}", recording.warnings);
    }
    // Another program need not end the last line.
    assert_eq!(open(&format!("{HEADER}1,2\n12,2"), None).n_spikes(), 2);
    assert!(Recording::from_event_list("day.csv", format!("{HEADER}1,2\n12,").as_bytes(), None).is_err());
}

#[test]
fn windows_without_labels_are_those_of_the_labelled_trials_also_where_nothing_spikes() {
    let units = vec![vec![0.1, 0.1035, 0.306], vec![0.109, 0.109, 0.2]];
    let trials = [(0.1, 0.2), (0.3, 0.4), (0.9, 1.0), (0.5, 0.2)];
    let labels = column("side", texts(&["left", "right", "left", "left"]));
    let cues = column("cue", Column::Real(vec![0.1, 0.3, f64::NAN, 0.5]));
    let session = recording(units, &trials, vec![labels, cues]);
    let label_column = Some("side".into());
    let options = WindowOptions { label_column, window_ms: 10, offset_ms: 1.0, ..WindowOptions::default() };
    let labelled = Dataset::cut(&session, &options).unwrap();
    let (windows, left_out) = session.windows(&[0, 1], &options).unwrap();
    assert_eq!(windows[..2].iter().map(|window| window.trial).collect::<Vec<_>>(), [0, 1]);
    for (window, sample) in windows.iter().zip(&labelled.samples) {
        assert_eq!(window.ticks, sample.ticks);
    }
    // After the last spike, too; a trial that stops before it starts has none.
    assert_eq!((windows.len(), left_out.total(), left_out.unusable_times), (3, 1, 1));
    assert_eq!(windows[2].ticks, vec![Vec::<u16>::new(); 10]);
    let (windows, left_out) =
        session.windows(&[1], &WindowOptions { align_column: Some("cue".into()), ..options.clone() }).unwrap();
    assert_eq!((windows.len(), left_out.no_event), (2, 1));
    assert_eq!(windows[0].ticks[7..9], [vec![], vec![0]]);
    // A column that is not there is the start of the trial.
    let elsewhere = WindowOptions { align_column: Some("go".into()), ..options };
    assert_eq!(session.windows(&[0, 1], &elsewhere).unwrap().0.len(), 3);
    assert!(session.windows(&[2], &elsewhere).is_err());
    assert!(session.is_unlabelled("target") && !session.is_unlabelled("side"));
}

#[test]
fn runs_have_every_tick_from_their_start_to_their_stop() {
    let units = vec![vec![0.012, 0.02], vec![0.0199]];
    let runs =
        |columns| recording(units.clone(), &[(0.0, 0.016), (0.016, 0.028)], columns).runs(&[0, 1], 4_000_000).unwrap();
    assert_eq!(runs(Vec::new()), None);
    let runs = runs(vec![column("run", Column::Integer(vec![0, 1]))]).unwrap();
    assert_eq!(runs[0].ticks, [vec![], vec![], vec![], vec![0]]);
    assert_eq!(runs[1].ticks, [vec![1], vec![0], vec![]]);
}
