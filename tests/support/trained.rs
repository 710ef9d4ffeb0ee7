//! A synthetic session and networks trained on it, made once by the program and shared by all tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use super::{json_lines, succeed, text};

/// A session, and a network trained on it. Tests that change a file copy it first, see [`super::Folder`].
pub struct Trained {
    /// 24 units, 4 directions and 6 trials of each.
    pub recording: String,
    /// The network image.
    pub image: String,
    /// The report of the training.
    pub report: Value,
}

/// Options of a training that takes a moment.
pub const BRIEF: [&str; 4] = ["--epochs", "3", "--folds", "2"];

/// A network for the core `ecp5-25f`, with windows of the default length.
pub fn trained() -> &'static Trained {
    static TRAINED: LazyLock<Trained> = LazyLock::new(|| Trained::new("default", &["--core", "ecp5-25f"]));
    &TRAINED
}

/// A network for the core `gowin`, which has one lane, with windows of 10 ms: quick to simulate.
pub fn short() -> &'static Trained {
    static TRAINED: LazyLock<Trained> =
        LazyLock::new(|| Trained::new("short", &["--core", "gowin", "--window-ms", "10"]));
    &TRAINED
}

/// Trains briefly, and returns the report.
pub fn brief(recording: &str, image: &str, options: &[&str]) -> Value {
    let arguments = [&["train", recording, "-o", image, "--json"], &BRIEF[..], options].concat();
    json_lines(&succeed(&arguments)).remove(0)
}

impl Trained {
    /// Both files are written whole or not at all, and always the same, so that several test processes can share the folder.
    fn new(name: &str, options: &[&str]) -> Self {
        let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let [recording, image] = ["synthetic.nwb", "reach.img"].map(|name| text(&folder.join(name)));
        let sizes = ["--channels", "24", "--directions", "4", "--trials", "6", "--seed", "5"];
        succeed(&[&["synth", "-o", &recording], &sizes[..]].concat());
        let report = brief(&recording, &image, options);
        Self { recording, image, report }
    }
}
