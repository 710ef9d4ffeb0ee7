//! Accuracy of the default training on a real session, compared with the classical decoders.

use crate::support::{Folder, json_lines, shared_data, succeed};

/// How far below shrinkage LDA the accuracy may be: machines differ in the last bits of a float, and two hundred trials leave a
/// standard error of more than two points.
const TOLERANCE: f64 = 0.05;

#[test]
fn the_default_training_decodes_a_real_session_about_as_well_as_lda() {
    let Some(recording) = shared_data("pmd_delay_7targets.nwb") else { return };
    let folder = Folder::new();
    let output = folder.path("reach.img");
    let lines =
        json_lines(&succeed(&["train", recording.to_str().unwrap(), "-o", &output, "--window-ms", "50", "--json"]));
    let report = lines.last().unwrap();
    let share = |field: &str| report[field].as_f64().unwrap();
    assert!(share("accuracy_mean") >= share("lda") - TOLERANCE, "{report}");
    assert!(share("lda") > 5.0 * share("chance"), "{report}");
}
