//! Accuracy of the standard training on a real session, next to the classical decoders.

mod support;

use support::{Folder, json_lines, shared, succeed};

/// How far below shrinkage LDA a training may end: machines differ in the last bits of a float, and two hundred trials
/// leave a standard error of more than two points.
const TOLERANCE: f64 = 0.05;

#[test]
fn standard_training_decodes_a_real_session_about_as_well_as_lda() {
    let Some(recording) = shared("pmd_delay_7targets.nwb") else { return };
    let folder = Folder::new();
    let output = folder.path("reach.img");
    let lines = json_lines(&succeed(&["train", &recording, "-o", &output, "--window-ms", "50", "--json"]));
    let report = lines.last().unwrap();
    let share = |field: &str| report[field].as_f64().unwrap();
    assert!(share("accuracy_mean") >= share("lda") - TOLERANCE, "{report}");
    assert!(share("lda") > 5.0 * share("chance"), "{report}");
}
