//! The sets: windows of recordings and of synthetic sessions.

use std::error::Error;
use std::path::Path;

use recording::{Dataset, Recording, SyntheticOptions, WindowOptions, generate};

/// All of them; where a name has a number, it is the window in milliseconds, of `sg` and `sy` the seed.
pub const ALL: [&str; 15] = [
    "pmd7:25",
    "pmd7:50",
    "pmd7:100",
    "pmd7:200",
    "pmd4:25",
    "pmd4:50",
    "pmd4:100",
    "pmd4:200",
    "chewie:100",
    "chewie:200",
    "centre_out:50",
    "sg:1",
    "sg:2",
    "sy:1",
    "sy:2",
];

/// Windows, and how many folds they are split into.
pub struct Set {
    pub dataset: Dataset,
    pub folds: usize,
}

/// The set of that name, of ticks of `tick_ms`; recordings lie in the folder `data`.
pub fn load(data: &Path, name: &str, tick_ms: u32) -> Result<Set, Box<dyn Error>> {
    let (kind, number) = name.split_once(':').ok_or_else(|| format!("{name}: no set of that name; see --help"))?;
    let number: u32 = number.parse().map_err(|_| format!("{name}: a number follows the colon"))?;
    let windows = WindowOptions { window_ms: number, tick_ms, ..WindowOptions::default() };
    let text = |name: &str| Some(name.to_owned());
    let cut = |path: &Path, windows: WindowOptions| -> Result<Set, Box<dyn Error>> {
        Ok(Set { dataset: Dataset::cut(&Recording::open(path)?, &windows)?, folds: 5 })
    };
    let pmd = data.join("pmd_delay_7targets.nwb");
    let of_targets =
        WindowOptions { label_column: text("target_label"), align_column: text("align_time"), ..windows.clone() };
    match kind {
        "pmd7" => cut(&pmd, of_targets),
        "pmd4" => {
            let classes = ["1", "3", "5", "6"].map(str::to_owned).to_vec();
            cut(&pmd, WindowOptions { classes: Some(classes), ..of_targets })
        }
        "chewie" => {
            let path = data.join("velocity/chewie_20131003.nwb");
            cut(&path, WindowOptions { label_column: text("target_label"), ..windows })
        }
        "centre_out" => {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/centre_out.nwb");
            cut(&path, WindowOptions { align_column: text("go_cue_time"), ..windows })
        }
        "sg" => synthetic(SyntheticOptions::regular_units(), number, windows),
        "sy" => synthetic(SyntheticOptions::shared_noise(), number, windows),
        _ => Err(format!("{name}: no set of that name; see --help").into()),
    }
}

fn synthetic(options: SyntheticOptions, seed: u32, windows: WindowOptions) -> Result<Set, Box<dyn Error>> {
    let options = SyntheticOptions { seed: u64::from(seed), ..options };
    let windows = WindowOptions { window_ms: options.trial_ms, ..windows };
    Ok(Set { dataset: Dataset::cut(&generate(&options)?, &windows)?, folds: 2 })
}
