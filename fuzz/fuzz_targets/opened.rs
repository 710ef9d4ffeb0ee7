//! What holds of a recording that opens, whatever its bytes were.

use recording::{Agreement, Content, Dataset, Recording, Selection, WindowOptions};

/// Cuts a recording in two ways.
///
/// # Panics
/// If its spike times are not finite and ascending, or its content changes.
pub fn check(recording: &Recording) {
    assert!(recording.units.iter().all(|unit| unit.iter().all(|time| time.is_finite()) && unit.is_sorted()));
    let _ = Dataset::cut(recording, &WindowOptions { stride_ms: Some(10), ..WindowOptions::default() });
    let selection = Selection { units: Some("id!=3".into()), trials: Some("stop_time>0,start_time!=,id!=3".into()) };
    let (align_column, bin_angles) = (Some("go_ms".into()), Some(8));
    let chosen = WindowOptions { selection, align_column, align_relative: true, bin_angles, ..WindowOptions::default() };
    let _ = Dataset::cut(recording, &chosen);
    let _ = recording.doubt_of_events(&chosen);
    let _ = recording.doubts();
    let content = Content::of(recording);
    assert_eq!(content.agreement(&Content::of(recording)), Agreement::Same);
    assert_eq!(content.apart_from(0..3).len(), recording.trials.len());
}
