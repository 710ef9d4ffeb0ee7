//! The page about a recording.

use std::path::Path;

use recording::{
    Chosen, Column, NamedColumn, Recording, Sanity, Selection, SyntheticOptions, TrialClasses, TrialTable, generate,
};
use study::recording_page::{Fact, page};

use crate::support::page::faults;

fn facts() -> Vec<Fact> {
    vec![Fact { name: "columns", rows: vec![("<b>side</b>".into(), "left & \"right\"".into())] }]
}

/// Directions as classes.
fn classes(recording: &Recording) -> TrialClasses {
    TrialClasses::read(recording, &all(recording), None, None).unwrap()
}

fn all(recording: &Recording) -> Chosen {
    Selection::default().choose(recording).unwrap()
}

/// The page, which must be whole and need no other file.
fn sound(recording: &Recording, classes: &TrialClasses) -> String {
    let chosen = all(recording);
    let sanity = Sanity::of(recording, &chosen, 16, false);
    let page = page(recording, &chosen, &sanity, &facts(), classes);
    let faults = faults(&page, Path::new("absent"));
    assert!(faults.is_empty(), "{faults:#?}");
    page
}

#[test]
fn spikes_and_rates_are_drawn_around_every_event() {
    let recording = generate(&SyntheticOptions { trials_per_direction: 6, ..SyntheticOptions::default() }).unwrap();
    let page = sound(&recording, &classes(&recording));
    for part in ["id=\"units\"", "id=\"session\"", "Around start_time", "Around go_cue_time", "by target_direction"] {
        assert!(page.contains(part), "no {part}");
    }
    // Eight directions: one raster of each, around both events.
    assert_eq!(page.matches("<path fill=\"none\"").count(), 16);
    assert!(page.contains("Spikes of all 64 units, in the order of the file, around go_cue_time in 8 of 48 trials."));
}

#[test]
fn text_from_a_file_is_escaped() {
    let mut recording = generate(&SyntheticOptions { n_channels: 4, ..SyntheticOptions::default() }).unwrap();
    recording.name = "<script>alert(1)</script>".into();
    let hostile = "<img src=x onerror=alert(1)>";
    let times = recording.trials.start_s.clone();
    let column =
        NamedColumn { name: format!("{hostile}_time"), description: String::new(), values: Column::Real(times) };
    recording.trials.columns.push(column);
    let mut classes = classes(&recording);
    classes.names[0] = hostile.into();
    let page = sound(&recording, &classes);
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;b&gt;side&lt;/b&gt;"), "nothing is escaped");
}

#[test]
fn a_large_recording_gives_a_page_of_a_few_megabytes_that_says_what_it_leaves_out() {
    let options = SyntheticOptions {
        n_channels: 300,
        trials_per_direction: 300,
        trial_ms: 100,
        baseline_hz: (40.0, 60.0),
        ..SyntheticOptions::default()
    };
    let mut recording = generate(&options).unwrap();
    let go = recording.trials.columns.iter().find(|column| column.name == "go_cue_time").unwrap().clone();
    let more = (0..8).map(|index| NamedColumn { name: format!("event_{index}_time"), ..go.clone() });
    recording.trials.columns.extend(more);
    let page = sound(&recording, &classes(&recording));
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    for part in ["spikes is drawn", "trials are drawn", "of 2400 trials, evenly spread", "4 more columns of times"] {
        assert!(page.contains(part), "no {part}");
    }
}

#[test]
fn a_recording_with_next_to_nothing_in_it_has_a_page() {
    let made = |units: Vec<Vec<f64>>, trials| {
        Recording::generated("made".into(), String::new(), units, Vec::new(), trials).unwrap()
    };
    let one = TrialTable { start_s: vec![1.0], stop_s: vec![1.0], ..TrialTable::default() };
    for (units, trials) in [
        (vec![Vec::new()], TrialTable::default()),
        (vec![vec![1.0]], one.clone()),
        (vec![Vec::new(), vec![1.0, 2.0]], one),
        (vec![vec![0.0, 0.5]], TrialTable { start_s: vec![f64::NAN], stop_s: vec![2.0], ..TrialTable::default() }),
    ] {
        let recording = made(units, trials);
        sound(&recording, &TrialClasses::one(&recording, &all(&recording)));
    }
}
